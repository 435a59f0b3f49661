"""What events and histories say about the messages and files of a channel. Pure."""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bot.slack.client.identity import BotIdentity
from bot.slack.client.payloads import table
from knowledge.sync.sources.slack_messages import ChannelMessage, SharedFile

LONGEST_TEXT = 40_000
"""Characters of a message, by Slack's own limit."""

_MOST_FILES = 20
_LONGEST_NAME = 100
_KINDS = frozenset({"", "file_share", "me_message", "thread_broadcast"})
"""Subtypes of what people write; all others are notices, as of who has joined, or a bot's."""

TOMBSTONE = "tombstone"
"""What Slack leaves of a deleted message with replies, whose author is USLACKBOT or is kept, and of
a deleted file in the message that shared it."""


@dataclass(frozen=True, slots=True)
class MessageChange:
    """What an event changes in a channel's history.

    Attributes:
        message: The message as it is now; None when it is gone, or was never to be kept.
        ts: Of that message.
        to_bot: It is addressed to the bot, so that its thread is no conversation of people.
    """

    channel: str
    ts: str
    message: ChannelMessage | None = None
    to_bot: bool = False


@dataclass(frozen=True, slots=True)
class FileChange:
    """What an event changes about a file.

    Attributes:
        file: Its id.
        gone: It was deleted, or taken out of *channel*; else it is to be looked at again.
        at: When, in seconds since the epoch by Slack's clock.
        channel: The channel that it was taken out of; "" where the event names none.
    """

    file: str
    gone: bool
    at: float
    channel: str = ""


HistoryChange = MessageChange | FileChange


def change_of(body: Mapping[str, Any], me: BotIdentity) -> HistoryChange | None:
    """Read the body of an event delivery; None where it changes nothing that is kept."""
    event: Mapping[str, Any] = body.get("event") or {}
    if str(event.get("type") or "").startswith("file_"):
        return _file_change(event, body)
    channel = str(event.get("channel") or "")
    if event.get("type") != "message" or not channel or channel.startswith("D"):
        return None
    match event.get("subtype"):
        case "message_deleted":
            ts = str(event.get("deleted_ts") or "")
            return MessageChange(channel, ts) if ts else None
        case "message_changed":
            now: Mapping[str, Any] = event.get("message") or {}
            if now.get("subtype") == TOMBSTONE and now.get("ts"):
                return MessageChange(channel, str(now["ts"]))
            return _change(channel, now, me)
        case _:
            return _change(channel, event, me)


def _file_change(event: Mapping[str, Any], body: Mapping[str, Any]) -> FileChange | None:
    """Read an event about a file; that one was shared is told by its message.

    https://docs.slack.dev/reference/events/file_deleted (and file_unshared, file_change). Older
    samples of `file_unshared` name no channel: what the file says of its shares counts then.
    """
    file, channel = str(event.get("file_id") or ""), str(event.get("channel_id") or "")
    if not file:
        return None
    at = float(event.get("event_ts") or body.get("event_time") or 0.0)
    match event["type"]:
        case "file_deleted":
            return FileChange(file, gone=True, at=at)
        case "file_unshared":
            return FileChange(file, gone=bool(channel), at=at, channel=channel)
        case "file_change":
            return FileChange(file, gone=False, at=at)
        case _:
            return None


def _change(channel: str, told: Mapping[str, Any], me: BotIdentity) -> MessageChange | None:
    ts, subtype = str(told.get("ts") or ""), str(told.get("subtype") or "")
    if not ts or _is_of_bot(told, me) or subtype not in _KINDS:
        return None
    return MessageChange(channel, ts, kept(told, me), to_bot=is_to_bot(told, me))


def kept(told: Mapping[str, Any], me: BotIdentity) -> ChannelMessage | None:
    """Return the `message` object *told* as it is kept; None for what is left out."""
    if str(told.get("subtype") or "") not in _KINDS or _is_of_bot(told, me) or is_to_bot(told, me):
        return None
    ts = str(told["ts"])
    files = (file for file in told.get("files") or () if isinstance(file, Mapping))
    shared = (
        SharedFile(str(file.get("id") or ""), _name(file)[:_LONGEST_NAME])
        for file in files
        if file.get("mode") != TOMBSTONE
    )
    return ChannelMessage(
        ts,
        str(told["user"]),
        _text(told)[:LONGEST_TEXT],
        thread=str(told.get("thread_ts") or ""),
        stamp=float((told.get("edited") or {}).get("ts") or ts),
        files=tuple(islice((file for file in shared if file.id), _MOST_FILES)),
    )


def _name(file: Mapping[str, Any]) -> str:
    """Return what people call a file: of a canvas, whose name is "-", the title."""
    names = (str(file.get(key) or "") for key in ("name", "title"))
    return next((name for name in names if name.strip(" -")), "")


def canvases_of(channel: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids of the canvases of a channel: in its tabs, and the one beside its messages.

    Of most channels, `properties.tabs` alone names it; of older ones, `properties.canvas`.
    https://docs.slack.dev/reference/methods/conversations.info
    """
    properties: Mapping[str, Any] = channel.get("properties") or {}
    tabs = (tab for tab in properties.get("tabs") or () if tab.get("type") == "canvas")
    canvas: Mapping[str, Any] = properties.get("canvas") or {}
    told = [*((tab.get("data") or {}).get("file_id") for tab in tabs), canvas.get("file_id")]
    return frozenset(str(one) for one in told if one)


def shown_name(user: Mapping[str, Any], id_: str) -> str:
    """Return the name by which others see a person."""
    profile: Mapping[str, Any] = user.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), user.get("name"), id_)
    return str(next(filter(None, names)))


def is_to_bot(told: Mapping[str, Any], me: BotIdentity) -> bool:
    """Tell whether the `message` object *told* mentions the bot."""
    text = str(told.get("text") or "")
    return f"<@{me.user}>" in text or f"<@{me.user}|" in text


def _is_of_bot(told: Mapping[str, Any], me: BotIdentity) -> bool:
    return bool(told.get("bot_id")) or str(told.get("user") or "") in {"", me.user, "USLACKBOT"}


def _text(told: Mapping[str, Any]) -> str:
    """Return the text in Slack's markup, with tables, which Slack leaves out of it."""
    blocks: Iterable[Mapping[str, Any]] = told.get("blocks") or ()
    tables = (table(block) for block in blocks if block.get("type") == "table")
    written = [html.escape(one, quote=False) for one in tables if one]
    return "\n\n".join(filter(None, [str(told.get("text") or ""), *written]))
