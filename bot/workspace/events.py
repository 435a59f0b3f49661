"""The JSON of all events and interactions, as Slack documents it."""

import secrets
from collections.abc import Mapping, Sequence

from bot.workspace.objects import message_object
from bot.workspace.state import AppIdentity, Channel, File, Json, SlackMessage, User


def envelope(
    event: Json,
    channel: Channel | None,
    identity: AppIdentity,
    at: float,
    *,
    org: bool = False,
) -> Json:
    """Wrap *event* as the Events API does; *org* for an installation of the organisation."""
    return {
        "type": "event_callback",
        "token": "legacy",
        "team_id": identity.team_id,
        "enterprise_id": identity.enterprise_id or None,
        "context_team_id": identity.team_id,
        "context_enterprise_id": identity.enterprise_id or None,
        "api_app_id": identity.app_id,
        "event": event,
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(at),
        "event_context": secrets.token_hex(8),
        "is_ext_shared_channel": bool(channel and channel.shared),
        "authorizations": [
            {
                "enterprise_id": identity.enterprise_id or None,
                "team_id": identity.team_id,
                "user_id": identity.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": org,
            }
        ],
    }


def posted(
    message: SlackMessage,
    channel: Channel,
    author: User,
    identity: AppIdentity,
    parent: SlackMessage | None,
) -> Json:
    """Return the `message` event of a new message."""
    event = message_object(message, identity, with_metadata=True) | {
        "channel": channel.id,
        "channel_type": channel.kind,
        "event_ts": message.ts,
    }
    event |= _foreign(author, identity)
    if parent:
        event["parent_user_id"] = parent.user
    return event


def mentioned(message: SlackMessage, channel: Channel, author: User, identity: AppIdentity) -> Json:
    """Return the `app_mention` event of a message, new or edited."""
    told = message_object(message, identity)
    keys = ("user", "ts", "text", "team", "client_msg_id", "blocks", "thread_ts", "files", "edited")
    event: Json = {"type": "app_mention"} | {key: told[key] for key in keys if key in told}
    return event | {"channel": channel.id, "event_ts": message.ts} | _foreign(author, identity)


def changed(
    message: SlackMessage, before: Json, channel: Channel, identity: AppIdentity, ts: str
) -> Json:
    """Return the event of an edit; *before* is the message object as it was."""
    return _hidden("message_changed", channel, ts) | {
        "message": message_object(message, identity, with_metadata=True),
        "previous_message": before,
    }


def deleted(message: SlackMessage, channel: Channel, identity: AppIdentity, ts: str) -> Json:
    """Return the event of a deletion."""
    return _hidden("message_deleted", channel, ts) | {
        "deleted_ts": message.ts,
        "previous_message": message_object(message, identity),
    }


def reacted(kind: str, message: SlackMessage, user: str, name: str, ts: str) -> Json:
    """Return a `reaction_added` or `reaction_removed` event: no text, no thread."""
    return {
        "type": kind,
        "user": user,
        "reaction": name,
        "item_user": message.user,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "event_ts": ts,
    }


def of_file(kind: str, file: File, channel: Channel | None, ts: str) -> Json:
    """Return a `file_shared`, `file_unshared`, `file_change` or `file_deleted` event: ids alone."""
    event: Json = {"type": kind, "file_id": file.id, "event_ts": ts}
    if kind != "file_deleted":
        event["file"] = {"id": file.id}
    if channel:
        event |= {"channel_id": channel.id, "user_id": file.user}
    return event


def home_opened(user: str, channel: Channel, tab: str, view: Json | None, ts: str) -> Json:
    """Return an `app_home_opened` event."""
    event: Json = {
        "type": "app_home_opened",
        "user": user,
        "channel": channel.id,
        "tab": tab,
        "event_ts": ts,
    }
    return event | ({"view": view} if view else {})


def session_stopped(
    channel: str, thread_ts: str, user: str, streams: Sequence[str], ts: str
) -> Json:
    """Return an `agent_session_stopped` event."""
    return {
        "type": "agent_session_stopped",
        "channel": channel,
        "thread_ts": thread_ts,
        "user": user,
        "streaming_message_ts": list(streams),
        "event_ts": ts,
    }


def step_run(
    execution: str, callback_id: str, definition: Json, inputs: Json, app: str, ts: str
) -> Json:
    """Return a `function_executed` event: a workflow has come to a step of the app.

    https://docs.slack.dev/reference/events/function_executed
    """
    described = {key: definition.get(key, "") for key in ("title", "description")}
    sides = ("input_parameters", "output_parameters")
    parameters = {
        side: list(definition.get(side, {}).get("properties", {}).values()) for side in sides
    }
    times = {"date_created": 0, "date_updated": 0, "date_deleted": 0}
    return {
        "type": "function_executed",
        "function": {
            "id": "Fn0WORKSPACE",
            "callback_id": callback_id,
            "type": "app",
            "app_id": app,
            **described,
            **parameters,
            **times,
        },
        "inputs": inputs,
        "function_execution_id": execution,
        "workflow_execution_id": f"Wx{execution[2:]}",
        "event_ts": ts,
        "bot_access_token": f"xwfp-{secrets.token_urlsafe(24)}",
    }


def command(
    name: str, text: str, user: User, channel: Channel, identity: AppIdentity, *, org: bool = False
) -> Json:
    """Return the form of a slash command, without `trigger_id` and `response_url`."""
    return {
        "token": "legacy",
        "team_id": identity.team_id,
        "team_domain": "workspace",
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.kind == "im" else channel.name,
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": identity.app_id,
        "is_enterprise_install": "true" if org else "false",
    } | ({"enterprise_id": identity.enterprise_id} if identity.enterprise_id else {})


def interaction(kind: str, user: User, identity: AppIdentity, *, org: bool = False) -> Json:
    """Return the fields that all interactive payloads have; *org* as in `envelope`.

    https://docs.slack.dev/reference/interaction-payloads/ (`team`: null if org-installed)
    """
    enterprise = identity.enterprise_id
    return {
        "type": kind,
        "token": "legacy",
        "api_app_id": identity.app_id,
        "team": None if org else {"id": identity.team_id, "domain": "workspace"},
        "enterprise": {"id": enterprise, "name": enterprise} if enterprise else None,
        "is_enterprise_install": org,
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": user.team_id,
        },
    }


def on_message(message: SlackMessage, channel: Channel, identity: AppIdentity) -> Json:
    """Return the parts of a `block_actions` payload that say where the click was."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.ephemeral_to),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    place: Json = {"container": container, "channel": {"id": channel.id, "name": channel.name}}
    if not message.ephemeral_to:
        place["message"] = message_object(message, identity, with_metadata=True)
    return place


def action(element: Mapping[str, object], block_id: str, value: str | None, ts: str) -> Json:
    """Return one entry of `actions`.

    Raises:
        LookupError: the element has no option or button with *value*.
    """
    kind = str(element.get("type", ""))
    entry: Json = {
        "type": kind,
        "action_id": element.get("action_id", ""),
        "block_id": block_id,
        "action_ts": ts,
    }
    if kind == "feedback_buttons":
        chosen = _chosen([element.get("positive_button"), element.get("negative_button")], value)
        return entry | {"value": chosen["value"], "text": chosen.get("text")}
    if kind in {"static_select", "overflow", "radio_buttons"}:
        options = element.get("options")
        return entry | {
            "selected_option": _chosen(options if isinstance(options, list) else [], value)
        }
    own = {key: element[key] for key in ("value", "text", "style") if key in element}
    return entry | own | ({"value": value} if value is not None else {})


def _chosen(options: Sequence[object], value: str | None) -> Json:
    choices = [dict(option) for option in options if isinstance(option, Mapping)]
    for choice in choices:
        if value is None or choice.get("value") == value:
            return choice
    raise LookupError(f"no option with value {value!r}; there are: {choices}")


def _hidden(subtype: str, channel: Channel, ts: str) -> Json:
    return {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": channel.id,
        "channel_type": channel.kind,
        "ts": ts,
        "event_ts": ts,
    }


def _foreign(author: User, identity: AppIdentity) -> Json:
    """Return the extra fields of a message by somebody from another team (Slack Connect)."""
    if author.team_id == identity.team_id:
        return {}
    return {
        "team": author.team_id,
        "user_team": author.team_id,
        "source_team": author.team_id,
        "user_profile": {"name": author.name, "team": author.team_id, "is_restricted": False},
    }
