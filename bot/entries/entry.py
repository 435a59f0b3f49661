"""An entry, its text, and how long it holds. Pure."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import yaml

from bot.core.errors import BotError
from knowledge.model.settings import ENTRIES
from knowledge.model.types import Access, Principal

SOURCE = ENTRIES
"""Name of the source that all entries belong to."""

SUFFIX = ".md"

NOTICE_DAYS = 14
"""Days before an entry expires that its owner is asked whether it still holds."""

EntryState = Literal["active", "withdrawn", "expired"]

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that Markdown or YAML cannot hold."""


class EntryError(BotError):
    """There is no such entry or version, or it cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer that somebody has saved.

    Attributes:
        question: What it answers, in one line; its title.
        answer: In Markdown.
        author: Who said it: a person's id, or a name.
        saved_by: Who saved it.
        link: Address of the message that said it.
        groups: Whose members may read it; empty for every member of the team.
        on: The day on which it was said.
        wordings: Other ways to ask, each in one line, in either language.
        place: The message it came from (`slack:T1:C1:ts`), "" for none.
        expires: The first day on which it no longer holds; None for never.
        id: The same for the same question and readers; "" before it is saved.
        version: From 1, counted up by every change; 0 before it is saved.
        state: Only what is active is indexed.
        changed_by: Who made this version; "" for the bot itself.
        changed_at: When, in ISO form with its time zone.
        reason: Why it was withdrawn.
    """

    question: str
    answer: str
    author: str
    saved_by: str
    link: str
    groups: Sequence[str] = ()
    on: dt.date | None = None
    wordings: Sequence[str] = ()
    place: str = ""
    expires: dt.date | None = None
    id: str = ""
    version: int = 0
    state: EntryState = "active"
    changed_by: str = ""
    changed_at: str = ""
    reason: str = ""

    @property
    def document_id(self) -> str:
        """Its document's id."""
        return f"{SOURCE}/{self.id}{SUFFIX}"

    def permits(self, reader: Principal) -> bool:
        """Tell whether *reader* may see it."""
        access = Access("groups", frozenset(self.groups)) if self.groups else Access("members")
        return access.permits(reader)


def id_of(entry: Entry) -> str:
    """Return the id of *entry*: entries with the same question and readers share one."""
    named = "\n".join((one_line(entry.question), *sorted(entry.groups)))
    return entry.id or hashlib.sha256(named.encode()).hexdigest()[:16]


def tidied(entry: Entry) -> Entry:
    """Return *entry* as it is kept: no control characters, titles and names in one line."""
    asked = one_line(entry.question)
    others = dict.fromkeys(map(one_line, entry.wordings))
    return replace(
        entry,
        id=id_of(entry),
        question=asked,
        answer=_CONTROL.sub("", entry.answer.replace("\r\n", "\n").replace("\r", "\n")).strip(),
        author=one_line(entry.author),
        saved_by=one_line(entry.saved_by),
        link=one_line(entry.link),
        reason=one_line(entry.reason),
        groups=tuple(entry.groups),
        wordings=tuple(other for other in others if other and other != asked),
        on=entry.on or dt.datetime.now(dt.UTC).date(),
    )


def one_line(text: str) -> str:
    """Return *text* in one line."""
    return _CONTROL.sub("", " ".join(text.split())).strip()


def same(one: Entry, other: Entry) -> bool:
    """Tell whether two versions say the same."""
    return _bare(one) == _bare(other)


def written(entry: Entry) -> str:
    """Return *entry* as Markdown, with all that is known of it."""
    entry = tidied(entry)
    more = {
        "saved_by": entry.saved_by,
        "place": entry.place,
        "expires": entry.expires.isoformat() if entry.expires else "",
        "version": entry.version,
        "state": entry.state,
        "changed_by": entry.changed_by,
        "changed_at": entry.changed_at,
        "reason": entry.reason,
    }
    return _markdown(_searched(entry) | more, entry.answer)


def searched(entry: Entry) -> str:
    """Return *entry* as the Markdown document that is indexed."""
    entry = tidied(entry)
    return _markdown(_searched(entry), entry.answer)


def _searched(entry: Entry) -> dict[str, object]:
    """Return what a search finds *entry* by, and shows of it, beside its text."""
    return {
        "title": entry.question,
        "wordings": list(entry.wordings),
        "date": entry.on.isoformat() if entry.on else "",
        "owner": entry.author,
        "audience": list(entry.groups) or "members",
        "url": entry.link,
    }


def _markdown(facts: Mapping[str, object], text: str) -> str:
    known = {name: value for name, value in facts.items() if value not in ("", [])}
    head = yaml.dump(known, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=float("inf"))
    # `\ud83d` in somebody's text must not look like the escape for half a character.
    head = head.replace("\\\\", "\\x5c")
    return f"---\n{head}---\n{text}\n"


def expires_after(days: int, today: dt.date) -> dt.date | None:
    """Return the day *days* after *today*; None, which is never, for 0."""
    return today + dt.timedelta(days=days) if days else None


def due(entries: Iterable[Entry], today: dt.date, within: int = 0) -> list[Entry]:
    """Return the active entries that expire at most *within* days after *today*."""
    end = today + dt.timedelta(days=within)
    return [
        entry
        for entry in entries
        if entry.state == "active" and entry.expires is not None and entry.expires <= end
    ]


def _bare(entry: Entry) -> Entry:
    return replace(tidied(entry), version=0, changed_by="", changed_at="")


class _Dumper(yaml.SafeDumper):
    """Quotes texts with a backslash, because backslashes are escapes in quotation marks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = '"' if "\\" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
