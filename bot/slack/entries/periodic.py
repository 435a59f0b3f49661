"""What is looked after from time to time in saved knowledge: crashes, expiry, contradictions."""

import datetime as dt
import hashlib
from collections.abc import Sequence

from bot.entries.conflicts import EntryConflict, contradictions_of
from bot.entries.entry import NOTICE_DAYS, Entry, due
from bot.entries.notes import EntryNotes
from bot.entries.store import EntryStore
from bot.slack import texts
from bot.slack.client.escape import mrkdwn
from bot.slack.client.permissions import Principals
from bot.slack.entries.forms import linked, quoted
from bot.slack.entries.jobs import EntryNews, today_at
from bot.slack.entries.worker import EntryHandler, concerned
from knowledge.base import KnowledgeBase


class EntryRepair:
    """Finishes what a crash has left, and knows again which messages entries came from."""

    name = "saved entries"

    def __init__(self, saved: EntryStore, notes: EntryNotes) -> None:
        self.saved = saved
        self.notes = notes

    async def __call__(self, now: float) -> None:  # noqa: ARG002 - whatever the time is
        """Do it."""
        await self.saved.mend()
        entries = await self.saved.entries()
        await self.notes.note_places({one.place: one.id for one in entries if one.place})


class EntryExpiry:
    """Asks in time whether entries still hold, and takes those out of the index that do not."""

    name = "expiry of entries"

    def __init__(self, saved: EntryStore, notes: EntryNotes, work: EntryHandler) -> None:
        self.saved = saved
        self.notes = notes
        self.work = work

    async def __call__(self, now: float) -> None:
        """Do what is due on the day of *now*."""
        today = today_at(now)
        await self.saved.expire(today)
        entries = await self.saved.entries()
        for entry in due(entries, today, NOTICE_DAYS):
            words = {"date": str(entry.expires)}
            await self._ask(entry, f"expiring:{entry.id}:{entry.expires}", words)
        for entry in entries:
            if entry.state == "expired":
                await self._ask(entry, f"expired:{entry.id}:{entry.version}", {})

    async def _ask(self, entry: Entry, what: str, words: dict[str, str]) -> None:
        people = concerned(entry)
        if people and not await self.notes.was_told(what):
            said: EntryNews = "expiring" if words else "expired"
            await self.work.tell(entry, people[0], said, words, about=what)
            await self.notes.note_told(what)


class EntryConflicts:
    """Asks owners when documents contradict what they said, once for two texts."""

    name = "contradictions of entries"

    def __init__(
        self,
        saved: EntryStore,
        base: KnowledgeBase,
        notes: EntryNotes,
        work: EntryHandler,
        principals: Principals,
    ) -> None:
        self.saved = saved
        self.base = base
        self.notes = notes
        self.work = work
        self.principals = principals

    async def __call__(self, now: float) -> None:  # noqa: ARG002 - whatever the time is
        """Look, if anything has changed since the last look."""
        entries = [entry for entry in await self.saved.entries() if entry.state == "active"]
        state = _state(self.base.index_version, entries)
        if not entries or await self.notes.compared() == state:
            return
        for entry in entries:
            people = concerned(entry)
            if people:
                await self._compare(entry, people[0])
        await self.notes.note_compared(state)

    async def _compare(self, entry: Entry, person: str) -> None:
        """Compare *entry* with what its owner may read: nobody is shown anything else."""
        reader = await self.principals.of_person(person)
        language = await self.principals.language(person)
        found = await contradictions_of(entry, self.base, reader)
        for one in found:
            what = f"contradicted:{_mark(one.ours, one.theirs)}"
            if not await self.notes.was_told(what):
                words = _words(one, entry, texts.ENTRY_LINK.to(language))
                await self.work.tell(entry, person, "contradicted", words, about=what)
                await self.notes.note_told(what)


def _words(one: EntryConflict, entry: Entry, title: str) -> dict[str, str]:
    return {
        "entry": linked(title, entry.link),
        "entry_date": str(entry.on),
        "ours": quoted(one.ours),
        "document": linked(one.title, one.url),
        "document_date": _date(one.date),
        "theirs": quoted(one.theirs),
    }


def _date(date: dt.date | None) -> str:
    return mrkdwn(str(date or "–"))


def _state(index_version: str, entries: Sequence[Entry]) -> str:
    versions = ",".join(sorted(f"{entry.id}:{entry.version}" for entry in entries))
    return f"{index_version} {_mark(versions)}"


def _mark(*texts_: str) -> str:
    return hashlib.sha256("\n".join(texts_).encode()).hexdigest()[:24]
