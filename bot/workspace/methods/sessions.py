"""`assistant.threads.*` and `agents.sessions.*`: status lines, titles, prompts, sessions."""

from collections.abc import Mapping
from dataclasses import replace

from bot.workspace.errors import ApiError
from bot.workspace.methods.call import Arguments, Method
from bot.workspace.state import Json, Session, SessionStatus, Status
from bot.workspace.team import Team

SESSION_STATES: Mapping[str, SessionStatus] = {
    "active": "active",
    "processing": "processing",
    "suspended": "suspended",
    "closed": "closed",
}
LOADING_MESSAGES = 10
LOADING_CHARACTERS = 50
PROMPTS = 4
TITLE_CHARACTERS = 200


def set_status(team: Team, arguments: Arguments) -> Json:
    """Write a thread's status line; "" clears it."""
    channel_id, thread_ts = _thread(team, arguments)
    if "status" not in arguments:
        raise ApiError.arguments("missing required field: status")
    loading = _loading_messages(arguments)
    status = Status(arguments.text("status"), team.clock.now(), loading_messages=loading)
    team.set_status(channel_id, thread_ts, status)
    return {}


def set_title(team: Team, arguments: Arguments) -> Json:
    """Name a thread."""
    place = _thread(team, arguments)
    team.titles[place] = arguments.required("title")
    team.changes.ring()
    return {}


def set_suggested_prompts(team: Team, arguments: Arguments) -> Json:
    """Show up to four prompts in the direct messages."""
    channel = team.channel(arguments.required("channel_id"))
    prompts = arguments.json("prompts", "invalid_arguments")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= PROMPTS:
        raise ApiError.arguments(f"prompts must have 1 to {PROMPTS} items")
    team.prompts[channel.id] = [_prompt(prompt) for prompt in prompts]
    team.changes.ring()
    return {}


def set_session_status(team: Team, arguments: Arguments) -> Json:
    """Set the state of a thread's session, creating it when there is none."""
    status = arguments.required("status")
    if status not in SESSION_STATES:
        raise ApiError("invalid_status")
    place = _session_place(team, arguments)
    known = team.sessions.get(place)
    if known is None:
        initiator = arguments.text("initiator_user_id")
        if initiator:
            team.user(initiator)
        known = Session("active", _title(arguments.text("title")), initiator)
    team.set_session(*place, replace(known, status=SESSION_STATES[status]))
    response: Json = {"status": status, "agent_status": status, "title": known.title}
    if "agent_session_stopped" not in team.subscriptions:
        response["warning"] = "missing_agent_session_stopped_event_subscription"
    return response


def rename_session(team: Team, arguments: Arguments) -> Json:
    """Give a session a new title."""
    place = _session_place(team, arguments)
    known = team.sessions.get(place)
    if known is None:
        raise ApiError("session_not_found")
    title = _title(arguments.required("title"))
    team.sessions[place] = replace(known, title=title)
    team.changes.ring()
    return {"title": title}


def _thread(team: Team, arguments: Arguments) -> tuple[str, str]:
    channel = team.channel(arguments.required("channel_id"))
    thread_ts = arguments.text("thread_ts")
    if team.find(channel.id, thread_ts) is None:
        raise ApiError("invalid_thread_ts")
    return channel.id, thread_ts


def _session_place(team: Team, arguments: Arguments) -> tuple[str, str]:
    channel = team.channel(arguments.required("channel_id"))
    if not team.has_bot(channel):
        raise ApiError("not_authorized")
    if not arguments.text("thread_ts"):
        raise ApiError("thread_ts_required")
    return channel.id, arguments.text("thread_ts")


def _loading_messages(arguments: Arguments) -> tuple[str, ...]:
    value = arguments.json("loading_messages", "invalid_arguments")
    if value is None:
        return ()
    texts = value if isinstance(value, list) else [value]
    if not 1 <= len(texts) <= LOADING_MESSAGES:
        raise ApiError.arguments(f"loading_messages must have 1 to {LOADING_MESSAGES} items")
    for text in texts:
        if not isinstance(text, str) or not 1 <= len(text) <= LOADING_CHARACTERS:
            raise ApiError.arguments(f"loading_messages: 1 to {LOADING_CHARACTERS} characters each")
    return tuple(texts)


def _prompt(prompt: object) -> Json:
    if isinstance(prompt, str) and prompt:
        return {"title": prompt, "message": prompt}
    if isinstance(prompt, dict) and prompt.get("title") and prompt.get("message"):
        return prompt
    raise ApiError.arguments("a prompt needs a title and a message")


def _title(title: str) -> str:
    if len(title) > TITLE_CHARACTERS:
        raise ApiError.arguments(f"title must be less than {TITLE_CHARACTERS + 1} characters")
    return title


_STATUS_SCOPES = ("chat:write", "assistant:write")
METHODS = (
    Method("assistant.threads.setStatus", set_status, 5, _STATUS_SCOPES),
    Method("assistant.threads.setTitle", set_title, 4, ("assistant:write",)),
    Method("assistant.threads.setSuggestedPrompts", set_suggested_prompts, 4, ("assistant:write",)),
    Method("agents.sessions.setStatus", set_session_status, 3, ("chat:write",)),
    Method("agents.sessions.rename", rename_session, 3, ("chat:write",)),
)
