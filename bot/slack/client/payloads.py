"""Translates Slack's payloads into the bot's types. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from bot.core.message_ref import MessageRef
from bot.core.types import Attachment, Feedback, Question, QuestionId
from bot.slack.client.identity import BotIdentity
from knowledge.model.types import Principal

Payload = Mapping[str, Any]
Thumb = Literal["up", "down"]

_TALK = frozenset({"", "file_share", "thread_broadcast"})
"""Subtypes with which people talk; all others report something (an edit, a deletion, a join)."""

_MOST_FILES = 20
_LONGEST_TOKEN = 500
_LONGEST_NAME = 100
"""Characters of a file's name: what is stored of a message has to be small."""

_TOKEN = re.compile(r"<([^<>\n]+)>")
_THUMBS: Mapping[str, Thumb] = {
    "+1": "up",
    "thumbsup": "up",
    "thumbsup_all": "up",
    "-1": "down",
    "thumbsdown": "down",
}


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message that somebody wrote where the bot can see it.

    Attributes:
        question: The question that it is, if it is one; its asker and its receipt come later.
        subtype: Slack's kind of message, "" for the usual one.
        mentions: Ids of the people and groups that it mentions, the bot among them.
        from_bot: A bot or Slack itself wrote it.
        in_thread: It is a reply, not the root of a thread.
        edited_after: Seconds between writing and editing, None when it was never edited.
    """

    place: MessageRef
    question: Question
    subtype: str
    mentions: frozenset[str]
    from_bot: bool
    in_thread: bool
    edited_after: float | None

    @property
    def is_talk(self) -> bool:
        """Whether somebody says something, a person or a bot; it is no report of Slack's."""
        return self.subtype in _TALK or (self.from_bot and self.subtype == "bot_message")


@dataclass(frozen=True, slots=True)
class Reaction:
    """A thumb that was put on a message, or taken away from it."""

    place: MessageRef
    author: str
    person: str
    verdict: Thumb
    added: bool
    at: float


@dataclass(frozen=True, slots=True)
class Edited:
    """A message of a person that was edited or deleted.

    Attributes:
        place: Where the message is, or was.
        event: Which edit this is; the same event has the same name.
        person: Who edited it; its author where Slack does not tell.
        text: What it says now, "" if it is gone.
        before: What it said before.
        gone: It was deleted.
    """

    place: MessageRef
    event: str
    person: str
    text: str
    before: str
    gone: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """The order to stop a question.

    Attributes:
        place: Where and when the order was given; the same order has the same place.
        partitions: Beginning of the names of the partitions that can hold the question.
    """

    place: MessageRef
    partitions: str
    person: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing for us, and why."""

    reason: str


def translate(
    body: Payload, me: BotIdentity
) -> IncomingMessage | Edited | Reaction | Stop | Ignored:
    """Read the body of an event delivery."""
    event: Payload = body.get("event") or {}
    match event.get("type"):
        case "message" if _edited_ts(event) and event.get("channel"):
            return _edited(event, me)
        case "app_mention" | "message":
            if not event.get("ts") or not event.get("channel"):
                return Ignored("a message without a place")
            return _message(body, event, me)
        case "reaction_added" | "reaction_removed":
            return _reaction(event, me)
        case "agent_session_stopped":
            return _stop(event, me)
        case other:
            return Ignored(f"event {other}")


def button(body: Payload, at: float) -> Feedback | None:
    """Read a click on a feedback button; None when its value is not one of ours."""
    verdict, _, answer = str(body["actions"][0].get("value", "")).partition("|")
    if verdict not in {"up", "down"} or not answer:
        return None
    person = str(body["user"]["id"])
    return Feedback(
        QuestionId(answer), person, "up" if verdict == "up" else "down", via="button", at=at
    )


def thumb(reaction: str) -> Thumb | None:
    """Return what a reaction says of an answer, whatever its skin tone; None: nothing."""
    return _THUMBS.get(reaction.partition("::")[0])


def readable(text: str) -> str:
    """Turn Slack's tokens and entities into plain Markdown."""
    plain = _TOKEN.sub(lambda token: _written_out(token[1]), text)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _message(body: Payload, event: Payload, me: BotIdentity) -> IncomingMessage:
    place = MessageRef(me.team, event["channel"], event["ts"])
    root = MessageRef(me.team, event["channel"], event.get("thread_ts") or event["ts"])
    raw = str(event.get("text") or "")
    person = str(event.get("user") or "")
    edited = event.get("edited")
    mentions = set(_mentions(raw)) | ({me.user} if event["type"] == "app_mention" else set())
    question = Question(
        id=place.question,
        thread=root.thread,
        text=_text(raw, event.get("blocks") or (), me),
        asker=Principal(place.channel),
        person=person,
        attachments=tuple(_attachments(event.get("files") or ())),
        action_token=str(event.get("action_token") or "")[:_LONGEST_TOKEN],
    )
    return IncomingMessage(
        place=place,
        question=question,
        subtype=str(event.get("subtype") or ""),
        mentions=frozenset(mentions),
        from_bot=bool(event.get("bot_id")) or person in {"", me.user, "USLACKBOT"},
        in_thread=root != place,
        edited_after=float(body.get("event_time") or 0) - float(place.ts) if edited else None,
    )


def _edited_ts(event: Payload) -> str:
    """Return which message an event says was edited or deleted, "" for another event."""
    match event.get("subtype"):
        case "message_changed":
            return str((event.get("message") or {}).get("ts") or "")
        case "message_deleted":
            return str(event.get("deleted_ts") or "")
        case _:
            return ""


def _edited(event: Payload, me: BotIdentity) -> Edited | Ignored:
    after: Payload = event.get("message") or {}
    before: Payload = event.get("previous_message") or {}
    if before.get("bot_id") or before.get("user") in {None, me.user}:
        return Ignored("not a person's message")
    # Of a deleted message with replies, Slack leaves a stone.
    gone = event["subtype"] == "message_deleted" or after.get("subtype") == "tombstone"
    return Edited(
        place=MessageRef(me.team, event["channel"], _edited_ts(event)),
        event=str(event.get("event_ts") or event.get("ts") or ""),
        person=str((after.get("edited") or {}).get("user") or before["user"]),
        text="" if gone else readable(str(after.get("text") or "")),
        before=readable(str(before.get("text") or "")),
        gone=gone,
    )


def _reaction(event: Payload, me: BotIdentity) -> Reaction | Ignored:
    item: Payload = event.get("item") or {}
    verdict = thumb(str(event.get("reaction", "")))
    if item.get("type") != "message" or verdict is None:
        return Ignored("a reaction that is no verdict")
    if not (item.get("channel") and item.get("ts") and event.get("user")):
        return Ignored("a reaction without a place or a person")
    return Reaction(
        place=MessageRef(me.team, item["channel"], item["ts"]),
        author=str(event.get("item_user") or ""),
        person=str(event["user"]),
        verdict=verdict,
        added=event["type"] == "reaction_added",
        at=float(event.get("event_ts") or 0),
    )


def _stop(event: Payload, me: BotIdentity) -> Stop | Ignored:
    """Read a press on Slack's own Stop button, which stands in a thread."""
    channel, thread = event.get("channel"), event.get("thread_ts")
    if not channel or not thread:
        return Ignored("a stop without a place")
    place = MessageRef(me.team, channel, str(event.get("event_ts") or thread))
    return Stop(place, MessageRef(me.team, channel, thread).thread, str(event.get("user") or ""))


def _text(raw: str, blocks: Iterable[Payload], me: BotIdentity) -> str:
    """Return what was asked, without the mention of the bot, with pasted tables."""
    # A run of spaces is tried from its beginning only: from each of its spaces, it is a square.
    mention = rf"(?<![^\S\n])[^\S\n]*<@{re.escape(me.user)}(\|[^<>]*)?>[^\S\n]*"
    words = re.sub(mention, " ", raw)
    tables = (table(block) for block in blocks if block.get("type") == "table")
    return "\n\n".join(filter(None, (readable(words).strip(), *tables)))


def _mentions(raw: str) -> Iterable[str]:
    for token in _TOKEN.findall(raw):
        target = token.partition("|")[0]
        if target.startswith("@"):
            yield target[1:]
        elif target.startswith("!") and not target.startswith("!date"):
            yield target


def _written_out(token: str) -> str:
    target, _, label = token.partition("|")
    match target[:1]:
        case "@":
            return f"@{label or target[1:]}"
        case "#":
            return f"#{label or target[1:]}"
        case "!":
            name = label or target[1:].partition("^")[0]
            return name if label else f"@{name}"
        case _:
            address = target.removeprefix("mailto:")
            return f"[{label}]({target})" if label and label not in address else address


def _attachments(files: Iterable[Payload]) -> Iterable[Attachment]:
    for file in islice(files, _MOST_FILES):
        name = str(file.get("name") or file.get("title") or file.get("id") or "file")
        yield Attachment(
            name=name[:_LONGEST_NAME],
            media_type=str(file.get("mimetype") or ""),
            url=str(file.get("url_private_download") or file.get("url_private") or ""),
        )


def table(block: Payload) -> str:
    """Write a table block as a Markdown table; Slack leaves it out of the message's text."""
    rows = [[_cell(cell) for cell in row] for row in block.get("rows", ())]
    if not rows:
        return ""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    rule = f"|{' --- |' * len(rows[0])}"
    return "\n".join([lines[0], rule, *lines[1:]])


def _cell(cell: object) -> str:
    """Collect the words of a cell, however deep its rich text nests them."""
    words = " ".join(_words(cell)).split()
    return " ".join(words).replace("|", "\\|")


def _words(part: object) -> Iterable[str]:
    if isinstance(part, list):
        for item in part:
            yield from _words(item)
    elif isinstance(part, dict):
        if isinstance(part.get("text"), str):
            yield part["text"]
        elif "url" in part:
            yield str(part["url"])
        yield from _words(part.get("elements"))
