"""`chat.startStream`, `chat.appendStream`, `chat.stopStream`."""

from dataclasses import replace

from bot.workspace.blocks import MARKDOWN_CHARACTERS, MESSAGE_BLOCKS, TASK_STATES, problems
from bot.workspace.errors import ApiError
from bot.workspace.methods.call import Arguments, Method
from bot.workspace.methods.chat import own, own_message, thread, writable
from bot.workspace.methods.content import read_blocks, read_metadata, refuse
from bot.workspace.methods.sessions import SESSION_STATES
from bot.workspace.objects import message_object
from bot.workspace.state import Channel, Json, Session, SlackMessage, Stream
from bot.workspace.team import Team

STREAM_BYTES = 11_000
"""UTF-8 bytes that a stream holds; field reports say 10,600 to 12,000."""


def start_stream(team: Team, arguments: Arguments) -> Json:
    """Start a streamed message; its thread's session is `processing` from now on."""
    channel = writable(team, arguments.required("channel"))
    thread_ts = thread(team, channel, arguments.text("thread_ts"))
    if channel.kind == "im" and not thread_ts:
        raise ApiError("invalid_thread_ts")
    mode = arguments.text("task_display_mode") or "timeline"
    if mode not in {"timeline", "plan"}:
        raise ApiError.arguments("task_display_mode must be timeline or plan")
    recipient = _recipient(team, channel, arguments)
    stream = Stream(team.clock.now(), "plan" if mode == "plan" else "timeline", recipient)
    message = own_message(team, channel, "", thread_ts)
    message.stream = stream
    _append(message, _chunks(arguments))
    team.add(message)
    team.announce(message)
    _set_session(team, message, "processing")
    return {"channel": channel.id, "ts": message.ts}


def append_stream(team: Team, arguments: Arguments) -> Json:
    """Add text or chunks to a stream."""
    message = _streaming(team, arguments)
    chunks = _chunks(arguments)
    if not chunks:
        raise ApiError("no_text")
    _append(message, chunks)
    team.changes.ring()
    return {"channel": message.channel, "ts": message.ts}


def stop_stream(team: Team, arguments: Arguments) -> Json:
    """Finish a stream; its thread's session gets `session_status`, or `active`."""
    message = _streaming(team, arguments)
    status = arguments.text("session_status") or "active"
    if status not in SESSION_STATES:
        raise ApiError("invalid_status")
    blocks = read_blocks(arguments)
    metadata = read_metadata(arguments)
    before = team.snapshot(message)
    _append(message, _chunks(arguments))
    message.blocks = [*message.blocks, *blocks]
    message.metadata = metadata or message.metadata
    assert message.stream
    message.stream.state = "completed"
    team.announce_change(message, before)
    _set_session(team, message, status)
    told = message_object(message, team.identity, with_metadata=True)
    return {"channel": message.channel, "ts": message.ts, "message": told}


def render(stream: Stream) -> list[Json]:
    """Return the blocks of a stream's parts: text joined, task cards alone or as one plan."""
    tasks = [part for part in stream.parts if part["type"] == "task_card"]
    blocks: list[Json] = []
    for part in stream.parts:
        if part["type"] == "task_card" and stream.mode == "plan":
            if part is tasks[0]:
                title = stream.plan_title or str(tasks[-1]["title"])
                blocks.append({"type": "plan", "title": title, "tasks": tasks})
        elif part["type"] == "markdown" and blocks and blocks[-1]["type"] == "markdown":
            blocks[-1] = part | {"text": str(blocks[-1]["text"]) + str(part["text"])}
        else:
            blocks.append(part)
    return blocks


def _recipient(team: Team, channel: Channel, arguments: Arguments) -> str:
    if channel.kind == "im":
        return ""
    if not arguments.text("recipient_team_id"):
        raise ApiError("missing_recipient_team_id")
    if not arguments.text("recipient_user_id"):
        raise ApiError("missing_recipient_user_id")
    user = team.user(arguments.text("recipient_user_id"))
    if user.team_id != arguments.text("recipient_team_id"):
        raise ApiError("user_not_found")
    return user.id


def _streaming(team: Team, arguments: Arguments) -> SlackMessage:
    channel = team.channel(arguments.required("channel"))
    message = own(team, channel, arguments.required("ts"), "message_not_in_streaming_state")
    if message.stream and message.stream.stopped_by:
        raise ApiError("stopped_by_user")
    if message.streaming != "in_progress":
        raise ApiError("message_not_in_streaming_state")
    return message


def _chunks(arguments: Arguments) -> list[Json]:
    """Read `markdown_text` or `chunks`, as chunks. Raises `ApiError`."""
    text = arguments.text("markdown_text")
    chunks = arguments.objects("chunks", "invalid_chunks")
    if text and chunks:
        raise ApiError("cannot_provide_both_markdown_text_and_chunks")
    found = [{"type": "markdown_text", "text": text}] if text else chunks
    for chunk in found:
        _check(chunk)
    return found


def _check(chunk: Json) -> None:
    match chunk.get("type"):
        case "markdown_text" if isinstance(chunk.get("text"), str):
            if len(chunk["text"]) > MARKDOWN_CHARACTERS:
                raise ApiError("msg_too_long")
        case "task_update" if chunk.get("id") and chunk.get("title"):
            if chunk.get("status", "pending") not in TASK_STATES:
                raise ApiError("invalid_chunks")
        case "plan_update" if chunk.get("title"):
            pass
        case "blocks" if isinstance(chunk.get("blocks"), list):
            refuse(problems(chunk["blocks"]), "invalid_blocks")
        case _:
            raise ApiError("invalid_chunks")


def _append(message: SlackMessage, chunks: list[Json]) -> None:
    """Add *chunks* to the stream, all or none. Raises `ApiError` when it gets too big."""
    assert message.stream
    stream = replace(message.stream, parts=list(message.stream.parts))
    for chunk in chunks:
        _take(stream, chunk)
    if stream.body_bytes > STREAM_BYTES:
        raise ApiError("msg_too_long")
    if sum(part["type"] not in {"markdown", "task_card"} for part in stream.parts) > MESSAGE_BLOCKS:
        raise ApiError("invalid_blocks")
    message.stream = stream
    message.blocks = render(stream)
    message.text = "".join(str(p["text"]) for p in stream.parts if p["type"] == "markdown")


def _take(stream: Stream, chunk: Json) -> None:
    match chunk["type"]:
        case "markdown_text":
            stream.body_bytes += len(chunk["text"].encode())
            stream.parts.append({"type": "markdown", "text": chunk["text"]})
        case "task_update":
            _update_task(stream, chunk)
        case "plan_update":
            stream.plan_title = str(chunk["title"])
        case "blocks":
            stream.parts.extend(chunk["blocks"])


def _update_task(stream: Stream, chunk: Json) -> None:
    """Show a task, or change the card with the same id in place."""
    kept = {key: value for key, value in chunk.items() if key not in {"type", "id"}}
    card = {"type": "task_card", "task_id": chunk["id"], "status": "pending"} | kept
    for index, part in enumerate(stream.parts):
        if part.get("task_id") == chunk["id"]:
            stream.parts[index] = part | card | {"status": kept.get("status", part["status"])}
            return
    stream.parts.append(card)


def _set_session(team: Team, message: SlackMessage, status: str) -> None:
    known = team.sessions.get((message.channel, message.root), Session("active"))
    team.set_session(message.channel, message.root, replace(known, status=SESSION_STATES[status]))


METHODS = (
    Method("chat.startStream", start_stream, 2, ("chat:write",)),
    Method("chat.appendStream", append_stream, 4, ("chat:write",)),
    Method("chat.stopStream", stop_stream, 2, ("chat:write",)),
)
