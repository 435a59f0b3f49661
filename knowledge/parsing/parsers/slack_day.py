"""A day of a channel, as an export of Slack holds it."""

import datetime as dt
import html
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from knowledge.model.errors import parse_errors
from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.access_rules import refuse_unread_lines

MARK = '{"slack_export":'
"""The beginning of what a Slack export's archive gives for one day of a channel."""

_TOKEN = re.compile(r"<([@#!]?)([^<>|]{1,2000})(?:\|([^<>]{0,2000}))?>")
_SILENT = re.compile(r"(?:channel|group)_.*|bot_(?:add|remove)|pinned_item|reminder_add")
_LONG = 1000
"""Characters after which messages without a thread begin another section."""


def parse_slack_day(text: str, name: str) -> ParsedFile:
    """Return a day's messages: one section per thread; messages outside of threads stand together.

    Times are in UTC. The members of a private channel are its only readers.

    Raises:
        ParseError: when it is damaged, or looks like it holds an access rule.
    """
    day = PurePosixPath(name).stem
    with parse_errors("export of Slack"):
        found = json.loads(text)
        about, messages = found["slack_export"], found["messages"]
        people = {str(id_): str(shown) for id_, shown in about["people"].items()}
        sections = tuple(_sections([item for item in messages if _is_message(item)], people))
    metadata: dict[str, object] = {"date": day}
    if about.get("audience") is not None:
        metadata["audience"] = about["audience"]
    else:
        refuse_unread_lines("\n".join(section.text for section in sections[:3]), metadata=False)
    return ParsedFile(f"#{about['channel']} {day}", sections, metadata)


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


def _line(message: dict[str, Any], people: Mapping[str, str]) -> str:
    attached = _dicts(message.get("attachments"))
    texts = [str(message.get("text") or "")]
    texts += [str(item.get("text") or item.get("fallback") or "") for item in attached]
    texts += [f"({file.get('name')})" for file in _dicts(message.get("files")) if file.get("name")]
    said = "\n".join(_readable(text, people) for text in texts if text.strip())
    return f"{_author(message, people)} ({_clock(message)}): {said}" if said.strip() else ""


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


def _clock(message: dict[str, Any]) -> str:
    seconds = float(str(message.get("ts") or 0))
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%H:%M UTC")


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
