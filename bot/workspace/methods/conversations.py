"""`conversations.*`, read-only apart from `open`."""

import base64
from collections.abc import Sequence
from typing import TypeVar

from bot.workspace.errors import ApiError
from bot.workspace.methods.call import Arguments, Method, require_scope
from bot.workspace.objects import channel_object, message_object
from bot.workspace.state import Channel, Json, SlackMessage
from bot.workspace.team import Team

Item = TypeVar("Item")

HISTORY_LIMIT = 999
REPLIES_LIMIT = 1000
LIST_LIMIT = 1000
_FAMILIES = {"channel": "channels", "group": "groups", "im": "im"}
_TYPES = {"channel": "public_channel", "group": "private_channel", "im": "im"}


def info(team: Team, arguments: Arguments) -> Json:
    """Return one channel."""
    channel = _visible(team, arguments, "read")
    canvases = [
        file for file in team.files.values() if channel.id in file.tabs and not file.deleted
    ]
    return {"channel": channel_object(channel, team.identity, canvases)}


def history(team: Team, arguments: Arguments) -> Json:
    """Return top-level messages, newest first."""
    channel = _readable(team, arguments)
    roots = [m for m in _between(team, channel, arguments) if not m.thread_ts]
    page, cursor = paginate(roots[::-1], arguments, 100, HISTORY_LIMIT)
    return _messages(team, page, cursor, arguments)


def replies(team: Team, arguments: Arguments) -> Json:
    """Return a thread, oldest first, its root in front."""
    channel = _readable(team, arguments)
    ts = arguments.required("ts")
    asked = team.find(channel.id, ts)
    if asked is None or asked.deleted:
        raise ApiError("thread_not_found")
    found = [m for m in _between(team, channel, arguments) if m.root == asked.root]
    page, cursor = paginate(found, arguments, REPLIES_LIMIT, REPLIES_LIMIT)
    return _messages(team, page, cursor, arguments)


def members(team: Team, arguments: Arguments) -> Json:
    """Return the ids of a channel's members."""
    channel = _visible(team, arguments, "read")
    page, cursor = paginate(channel.members, arguments, 100, LIST_LIMIT)
    return {"members": list(page)} | _more(cursor)


def list_all(team: Team, arguments: Arguments) -> Json:
    """Return the channels that the app may know of."""
    return _list(team, list(team.channels.values()), arguments)


def of_user(team: Team, arguments: Arguments) -> Json:
    """Return the channels that a user, or the app, is a member of."""
    user = arguments.text("user") or team.bot.id
    return _list(team, [c for c in team.channels.values() if user in c.members], arguments)


def open_direct(team: Team, arguments: Arguments) -> Json:
    """Open direct messages with one user."""
    require_scope(team, "im:write")
    users = arguments.text("users").strip("[]\"' ")
    if arguments.text("channel"):
        channel = team.channel(arguments.text("channel"))
    elif not users or "," in users:
        raise ApiError("users_list_not_supplied" if not users else "method_not_supported")
    else:
        channel = team.direct(team.user(users).id)
    return {"channel": channel_object(channel, team.identity)}


def _visible(team: Team, arguments: Arguments, right: str) -> Channel:
    channel = team.channel(arguments.required("channel"))
    require_scope(team, f"{_FAMILIES[channel.kind]}:{right}")
    return channel


def _readable(team: Team, arguments: Arguments) -> Channel:
    channel = _visible(team, arguments, "history")
    return team.joined(channel.id)


def _between(team: Team, channel: Channel, arguments: Arguments) -> list[SlackMessage]:
    """Return the messages between `oldest` and `latest`, oldest first."""
    oldest, latest = _time(arguments, "oldest", "0"), _time(arguments, "latest", "inf")
    inclusive = arguments.flag("inclusive")
    return [
        message
        for message in team.timeline(channel.id)
        if oldest < float(message.ts) < latest
        or (inclusive and float(message.ts) in {oldest, latest})
    ]


def _time(arguments: Arguments, name: str, default: str) -> float:
    try:
        return float(arguments.text(name) or default)
    except ValueError:
        raise ApiError(f"invalid_ts_{name}") from None


def _messages(team: Team, page: Sequence[SlackMessage], cursor: str, arguments: Arguments) -> Json:
    with_metadata = arguments.flag("include_all_metadata")
    found = [
        message_object(
            message,
            team.identity,
            replies=[] if message.thread_ts else team.replies(message),
            with_metadata=with_metadata,
        )
        for message in page
    ]
    return {"messages": found, "has_more": bool(cursor)} | (_more(cursor) if cursor else {})


def _list(team: Team, channels: Sequence[Channel], arguments: Arguments) -> Json:
    types = (arguments.text("types") or "public_channel").split(",")
    for kind, name in _TYPES.items():
        if name in types:
            require_scope(team, f"{_FAMILIES[kind]}:read")
    wanted = [
        channel
        for channel in channels
        if _TYPES[channel.kind] in types
        and (channel.kind == "channel" or team.has_bot(channel))
        and not (channel.archived and arguments.flag("exclude_archived"))
    ]
    page, cursor = paginate(wanted, arguments, 100, LIST_LIMIT)
    return {"channels": [channel_object(c, team.identity) for c in page]} | _more(cursor)


def paginate(
    items: Sequence[Item], arguments: Arguments, default: int, most: int
) -> tuple[Sequence[Item], str]:
    """Cut out the page that `cursor` and `limit` ask for; return it and the next cursor."""
    limit = arguments.number("limit", default)
    if limit < 1:
        raise ApiError("invalid_limit")
    limit = min(limit, most)
    start = _offset(arguments.text("cursor"))
    end = start + limit
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return items[start:end], cursor


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except ValueError:
        raise ApiError("invalid_cursor") from None


def _more(cursor: str) -> Json:
    return {"response_metadata": {"next_cursor": cursor}}


METHODS = (
    Method("conversations.info", info, 3),
    Method("conversations.history", history, 3),
    Method("conversations.replies", replies, 3),
    Method("conversations.members", members, 4),
    Method("conversations.list", list_all, 2),
    Method("conversations.open", open_direct, 3),
    Method("users.conversations", of_user, 3),
)
