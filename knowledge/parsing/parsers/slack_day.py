"""A day or a thread of a channel, as an export of Slack or our own history of it holds it."""

import datetime as dt
import html
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from knowledge.model.errors import parse_errors
from knowledge.model.types import ParsedFile, Section

MARK = '{"slack_export":'
"""The beginning of what a Slack export's archive gives for one day of a channel, and of what the
history of a channel gives for a day or a thread."""

_TOKEN = re.compile(r"<([@#!]?)([^<>|]{1,2000})(?:\|([^<>]{0,2000}))?>")
_SILENT = re.compile(r"(?:channel|group)_.*|bot_(?:add|remove)|pinned_item|reminder_add")
_SPOKEN = re.compile(r"\s*.{1,120} \((?:\d{4}-\d\d-\d\d )?\d\d:\d\d UTC\):")
"""A line that looks like the beginning of somebody else's message."""

_LONG = 1000
"""Characters after which messages without a thread begin another section."""

_LONGEST_TITLE = 80


def parse_slack_day(text: str, name: str) -> ParsedFile:
    """Return a day's messages: one section per thread; messages outside of threads stand together.

    Times are in UTC. The members of a private channel are its only readers; what somebody wrote
    there changes nothing of it.

    Raises:
        ParseError: when it is damaged.
    """
    day = PurePosixPath(name).stem
    with parse_errors("export of Slack"):
        found = json.loads(text)
        about, messages = found["slack_export"], found["messages"]
        people = {str(id_): str(shown) for id_, shown in about["people"].items()}
        if "document" in about:
            return _kept(about, [item for item in messages if _is_message(item)], people)
        sections = tuple(_sections([item for item in messages if _is_message(item)], people))
    metadata: dict[str, object] = {"date": day}
    if about.get("audience") is not None:
        metadata["audience"] = about["audience"]
    return ParsedFile(f"#{about['channel']} {day}", sections, metadata)


def _kept(
    about: Mapping[str, Any], messages: list[dict[str, Any]], people: Mapping[str, str]
) -> ParsedFile:
    """Return a thread or a day of a channel's history; its source says who reads it."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", str(about["document"])):
        return ParsedFile(
            f"#{about['channel']} {about['document']}", tuple(_sections(messages, people))
        )
    words = (_readable(str(message.get("text") or ""), people) for message in messages)
    title = next((line for text in words for line in text.splitlines() if line.strip()), "")
    title = " ".join(title.split()) or f"#{about['channel']}"
    shortened = title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"
    lines = [_line(message, people, "%Y-%m-%d %H:%M UTC") for message in messages]
    return ParsedFile(shortened, (Section("\n\n".join(filter(None, lines))),))


def _is_message(item: object) -> bool:
    return isinstance(item, dict) and not _SILENT.fullmatch(str(item.get("subtype") or ""))


def _sections(messages: list[dict[str, Any]], people: Mapping[str, str]) -> Iterator[Section]:
    threads: dict[str, list[str]] = {}
    titles = dict[str, str]()
    loose = ""
    for message in messages:
        said = _line(message, people)
        if not said:
            continue
        thread = str(message.get("thread_ts") or "")
        if not thread:
            if not loose or sum(map(len, threads[loose])) > _LONG:
                loose = str(message.get("ts"))
            thread = loose
        threads.setdefault(thread, []).append(said)
        titles.setdefault(thread, _clock(message))
    for thread, lines in threads.items():
        yield Section("\n\n".join(lines), (titles[thread],))


def _line(message: dict[str, Any], people: Mapping[str, str], clock: str = "%H:%M UTC") -> str:
    attached = _dicts(message.get("attachments"))
    texts = [str(message.get("text") or "")]
    texts += [str(item.get("text") or item.get("fallback") or "") for item in attached]
    texts += [f"({file.get('name')})" for file in _dicts(message.get("files")) if file.get("name")]
    said = "\n".join(_readable(text, people) for text in texts if text.strip())
    if not said.strip():
        return ""
    said = "\n".join(f"> {line}" if _SPOKEN.match(line) else line for line in said.split("\n"))
    return f"{_author(message, people)} ({_clock(message, clock)}): {said}"


def _author(message: dict[str, Any], people: Mapping[str, str]) -> str:
    profile = message.get("user_profile")
    stated = profile if isinstance(profile, dict) else {}
    user = str(message.get("user") or "")
    names = (people.get(user), stated.get("display_name"), stated.get("real_name"))
    return str(next(filter(None, (*names, message.get("username"), user)), "?"))


def _readable(text: str, people: Mapping[str, str]) -> str:
    """Return the text of a message with names in place of ids, and addresses after their words."""

    def shown(token: re.Match[str]) -> str:
        kind, target, label = token[1], token[2], token[3]
        match kind:
            case "@":
                return f"@{people.get(target) or label or target}"
            case "#":
                return f"#{label or target}"
            case "!":
                return label or f"@{target.partition('^')[0]}"
        return f"{label} ({target})" if label and label != target else target

    return html.unescape(_TOKEN.sub(shown, text))


def _clock(message: dict[str, Any], form: str = "%H:%M UTC") -> str:
    seconds = float(str(message.get("ts") or 0))
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime(form)


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
