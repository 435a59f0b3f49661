"""Changes entries, and has them indexed like every other document."""

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from bot.core.errors import RedisUnavailableError
from bot.entries.entry import SOURCE, Entry, EntryError, due, expires_after, same, tidied
from bot.entries.versions import EntryEdit, EntryVersions
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError, SyncRunningError

SYNC_SECONDS = 20.0
"""How long a change waits for another sync to end before it leaves the index to the next one."""

_PAUSE = 0.2
_LOOK_SECONDS = 0.5
"""Pause between two looks for what others have changed; after a failure, ten times as long."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EntryChange:
    """The result of a change, which holds for every process of every machine.

    Attributes:
        entry: As it is now.
        changed: It has another version than before.
        late: Why the index of this process does not show it yet, "" when it does; the next sync
            will. What was withdrawn is not shown all the same.
    """

    entry: Entry
    changed: bool
    late: str = ""


class EntryStore:
    """Changes entries, and has them indexed.

    Any number of processes may do so at the same time.

    Args:
        versions: Keeps them.
        base: The knowledge base, of which they are a source; None to leave the index to others.
        days: How long an entry holds if nobody says otherwise; 0: for ever.
        starts: Whether to make an index of entries where there is none yet, so that they answer
            before the first documents do.
    """

    def __init__(
        self,
        versions: EntryVersions,
        base: KnowledgeBase | None,
        days: int = 365,
        *,
        starts: bool = False,
    ) -> None:
        self.days = days
        self._starts = starts
        self.kept = versions
        self._base = base
        self._syncing = asyncio.Lock()
        self._indexed: int | None = None

    async def save(self, entry: Entry, by: str = "") -> EntryChange:
        """Keep *entry* as a new version of the entry with the same question or id.

        Args:
            entry: What to keep, as an active entry.
            by: Who does it; `saved_by` if it is "".
        """
        wanted = tidied(replace(entry, state="active", reason=""))
        return await self._change(wanted.id, lambda _: wanted, by or entry.saved_by)

    async def withdraw(self, entry_id: str, by: str = "", reason: str = "") -> EntryChange:
        """Let nobody find an entry any more; its versions stay. Raises `EntryError`."""

        def edit(present: Entry | None) -> Entry | None:
            if present is None or present.state == "withdrawn":
                return None
            return replace(present, state="withdrawn", reason=reason)

        return await self._change(entry_id, edit, by)

    async def renew(
        self, entry_id: str, by: str = "", *, today: dt.date | None = None
    ) -> EntryChange:
        """Let an entry hold for the usual time from *today* on. Raises `EntryError`."""

        def edit(present: Entry | None) -> Entry | None:
            if present is None or present.state == "withdrawn":
                return None
            expires = expires_after(self.days, today or _today())
            return replace(present, state="active", expires=expires)

        return await self._change(entry_id, edit, by)

    async def restore(self, entry_id: str, version: int = 0, by: str = "") -> EntryChange:
        """Make *version* (0: the last that was active) the present one again.

        Raises:
            EntryError: there is none.
        """
        known = await self.versions(entry_id)
        wanted = [
            one for one in known if (one.version == version if version else one.state == "active")
        ]
        if not wanted:
            raise EntryError(f"the entry {entry_id} has no version {version or 'to go back to'}")
        expires = wanted[-1].expires
        if expires is not None and expires <= _today():
            expires = expires_after(self.days, _today())
        again = replace(wanted[-1], state="active", reason="", expires=expires)
        return await self._change(entry_id, lambda _: again, by)

    async def expire(self, today: dt.date) -> list[Entry]:
        """Let nobody find the entries that expire *today* or before; return them."""
        expired = []
        for entry in due(await self.entries(), today):
            change = await self._keep(entry.id, lambda present: _expired(present, today), "")
            if change.changed:
                expired.append(change.entry)
        if expired:
            await self.sync()
        return expired

    async def get(self, entry_id: str) -> Entry:
        """Return the present version of an entry. Raises `EntryError`."""
        present = await self.kept.get(entry_id)
        if present is None:
            raise EntryError(f"there is no entry {entry_id}: see `kotae entries list --all`")
        return present

    async def entries(self) -> list[Entry]:
        """Return the present version of each entry, the newest change first.

        One that cannot be read is left out, and logged.
        """
        found = await self.kept.all()
        return sorted(found, key=lambda entry: (entry.changed_at, str(entry.on)), reverse=True)

    async def of_place(self, place: str) -> list[Entry]:
        """Return the active entries that came from the message at *place*."""
        found = await self.entries()
        return [one for one in found if one.place == place and one.state == "active"]

    async def versions(self, entry_id: str) -> list[Entry]:
        """Return all versions of an entry, oldest first. Raises `EntryError`."""
        await self.get(entry_id)
        return list(await self.kept.of(entry_id))

    async def keep_indexed(
        self, may_index: Callable[[], bool] = lambda: True, pause: float = _LOOK_SECONDS
    ) -> None:
        """Have indexed whatever anybody changes, as long as the program runs.

        Args:
            may_index: Whether this process is the one that does so now.
            pause: Seconds between two looks.
        """
        while True:
            late = ""
            try:
                if may_index() and await self._is_behind():
                    late = await self.sync()
            except RedisUnavailableError as error:
                late = str(error)
            await asyncio.sleep(pause * 10 if late else pause)

    async def sync(self) -> str:
        """Index the changes; return why that is not possible now, or ""."""
        if self._base is None:
            return ""
        async with self._syncing:
            revision = await self.kept.revision()
            try:
                async with asyncio.timeout(SYNC_SECONDS):
                    await self._sync(self._base)
            except TimeoutError:
                _log.warning("entries_not_indexed", reason="another sync is at work")
                return "another sync is at work"
            except KnowledgeError as error:
                _log.warning("entries_not_indexed", reason=str(error))
                return str(error)
            self._indexed = revision
            return ""

    async def _is_behind(self) -> bool:
        """Tell whether the index of this process lacks a change, if it has one or starts one."""
        if self._base is None or not (self._base.index_version or self._starts):
            return False
        return await self.kept.revision() != self._indexed

    async def _sync(self, base: KnowledgeBase) -> None:
        while True:
            try:
                # A withdrawn entry may be most of a small index: its loss is no accident.
                report = await base.sync((SOURCE,), accept_loss=True, vectors=False)
            except SyncRunningError:
                await asyncio.sleep(_PAUSE)
                continue
            mine = [failure.reason for failure in report.failures if failure.source == SOURCE]
            if mine:
                raise KnowledgeError(mine[0])
            return

    async def _change(self, entry_id: str, edit: EntryEdit, by: str) -> EntryChange:
        change = await self._keep(entry_id, edit, by)
        return replace(change, late=await self.sync())

    async def _keep(self, entry_id: str, edit: EntryEdit, by: str) -> EntryChange:
        """Make and keep the next version."""
        seen: list[Entry] = []

        def next_version(present: Entry | None) -> Entry | None:
            seen[:] = [present] if present else []
            wanted = edit(present)
            if wanted is None or (present is not None and same(present, wanted)):
                return None
            return _stamped(wanted, present.version + 1 if present else 1, by)

        entry = await self.kept.change(entry_id, next_version)
        if entry is not None:
            return EntryChange(entry, changed=True)
        if not seen:
            raise EntryError(f"there is no entry {entry_id}")
        return EntryChange(seen[0], changed=False)


def _stamped(entry: Entry, version: int, by: str) -> Entry:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return replace(tidied(entry), version=version, changed_by=by, changed_at=now)


def _expired(present: Entry | None, today: dt.date) -> Entry | None:
    """Return *present* as expired, unless it was renewed a moment ago."""
    if present is None or not due([present], today):
        return None
    return replace(present, state="expired")


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
