"""The periodic tasks of entries: expiry, conflicts with documents."""

from collections.abc import Sequence

from bot.entries.conflicts import EntryConflict, conflicts_of
from bot.entries.entry import NOTICE_DAYS, Entry, due
from bot.entries.jobs import today_at
from bot.entries.service import EntryService, digest
from knowledge.base import KnowledgeBase


class EntryExpiry:
    """Asks in time whether entries still hold, and takes expired ones out of the index."""

    name = "expiry of entries"

    def __init__(self, entries: EntryService) -> None:
        self._entries = entries

    async def __call__(self, now: float) -> None:
        """Do what is due on the day of *now*."""
        today = today_at(now)
        await self._entries.store.expire(today)
        known = await self._entries.store.entries()
        for entry in due(known, today, NOTICE_DAYS):
            about = f"expiring:{entry.id}:{entry.expires}"
            await self._entries.tell_owner(entry, "expiring", about, {"date": str(entry.expires)})
        for entry in known:
            if entry.state == "expired":
                about = f"expired:{entry.id}:{entry.version}"
                await self._entries.tell_owner(entry, "expired", about)


class EntryConflicts:
    """Asks owners when documents contradict their entries, once for the same two texts."""

    name = "conflicts of entries"

    def __init__(self, entries: EntryService, base: KnowledgeBase) -> None:
        self._entries = entries
        self._base = base

    async def __call__(self, now: float) -> None:  # noqa: ARG002 - whatever the time is
        """Compare, if anything has changed since the last time."""
        notes = self._entries.notes
        active = [one for one in await self._entries.store.entries() if one.state == "active"]
        state = _state(self._base.index_version, active)
        if not active or await notes.compared() == state:
            return
        for entry in active:
            await self._compare(entry)
        await notes.note_compared(state)

    async def _compare(self, entry: Entry) -> None:
        """Compare *entry* with the documents that its owner may read, and with no other."""
        people = await self._entries.concerned(entry)
        if not people:
            return
        reader = await self._entries.permissions.of_person(people[0])
        for conflict in await conflicts_of(entry, self._base, reader):
            about = f"contradicted:{digest(conflict.ours, conflict.theirs)}"
            await self._entries.tell_owner(
                entry, "contradicted", about, _words(conflict), documents=[conflict.document_id]
            )


def _words(conflict: EntryConflict) -> dict[str, str]:
    return {
        "ours": conflict.ours,
        "title": conflict.title,
        "url": conflict.url,
        "document_date": str(conflict.date or ""),
        "theirs": conflict.theirs,
    }


def _state(index_version: str, entries: Sequence[Entry]) -> str:
    versions = ",".join(sorted(f"{entry.id}:{entry.version}" for entry in entries))
    return f"{index_version} {digest(versions)}"
