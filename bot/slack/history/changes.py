"""What events and histories say about the messages of a channel. Pure."""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bot.slack.client.identity import BotIdentity
from bot.slack.client.payloads import table
from knowledge.sync.sources.slack_messages import ChannelMessage

LONGEST_TEXT = 40_000
"""Characters of a message, by Slack's own limit."""

_MOST_FILES = 20
_LONGEST_NAME = 100
_KINDS = frozenset({"", "file_share", "me_message", "thread_broadcast"})
"""Subtypes of what people write; all others are notices, as of who has joined, or a bot's."""

_TOMBSTONE = "tombstone"
"""What Slack leaves of a deleted message with replies; its author is USLACKBOT, or is kept."""


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


def change_of(body: Mapping[str, Any], me: BotIdentity) -> MessageChange | None:
    """Read the body of an event delivery; None where it says nothing of a channel's messages."""
    event: Mapping[str, Any] = body.get("event") or {}
    channel = str(event.get("channel") or "")
    if event.get("type") != "message" or not channel or channel.startswith("D"):
        return None
    match event.get("subtype"):
        case "message_deleted":
            ts = str(event.get("deleted_ts") or "")
            return MessageChange(channel, ts) if ts else None
        case "message_changed":
            now: Mapping[str, Any] = event.get("message") or {}
            if now.get("subtype") == _TOMBSTONE and now.get("ts"):
                return MessageChange(channel, str(now["ts"]))
            return _change(channel, now, me)
        case _:
            return _change(channel, event, me)


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
    names = (str(file.get("name") or file.get("title") or "") for file in files)
    return ChannelMessage(
        ts,
        str(told["user"]),
        _text(told)[:LONGEST_TEXT],
        thread=str(told.get("thread_ts") or ""),
        stamp=float((told.get("edited") or {}).get("ts") or ts),
        files=tuple(name[:_LONGEST_NAME] for name in islice(filter(None, names), _MOST_FILES)),
    )


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
