"""Keeps entries as Markdown files, which are indexed like every other document.

An active entry has its file in the indexed folder. All versions of all entries are in a folder
beside it, which is not indexed. After a crash between the two their versions differ, and so they do
after a person has changed or deleted a file by hand: the next time both are made to agree.
"""

import asyncio
import datetime as dt
import fcntl
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from bot.core.atomic_write import write_whole
from bot.entries.entry import (
    SOURCE,
    SUFFIX,
    Entry,
    EntryError,
    due,
    expires_after,
    read_entry,
    same,
    tidied,
    written,
)
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError, SyncRunningError

SYNC_SECONDS = 20.0
"""How long a change waits for another sync to end before it leaves the index to the next one."""

_PAUSE = 0.2
_MARK = "unsynced"
_log = structlog.get_logger(__name__)

EntryEdit = Callable[[Entry | None], Entry | None]
"""Makes the next version from the present one; None leaves it as it is."""


@dataclass(frozen=True, slots=True)
class EntryChange:
    """The result of a change.

    Attributes:
        entry: As it is now.
        changed: It has another version than before.
        late: Why the index does not show it yet, "" when it does; the next sync will.
    """

    entry: Entry
    changed: bool
    late: str = ""


class EntryStore:
    """Keeps entries with all their versions, and has them indexed.

    Any number of processes may do so at the same time.

    Args:
        folder: Where the files of active entries are; the versions are in a folder beside it.
        base: The knowledge base, of which they are a source.
        days: How long an entry holds if nobody says otherwise; 0: for ever.
    """

    def __init__(self, folder: Path, base: KnowledgeBase, days: int = 365) -> None:
        self.days = days
        self._folder = folder
        self._history = history_of(folder)
        self._base = base
        self._syncing = asyncio.Lock()

    async def save(self, entry: Entry, by: str = "") -> EntryChange:
        """Keep *entry* as a new version of the entry with the same question or id.

        Args:
            entry: What to keep, as an active entry.
            by: Who does it; `saved_by` if it is "".
        """
        wanted = tidied(replace(entry, state="active", reason=""))
        return await self._change(wanted.id, lambda _: wanted, by or entry.saved_by)

    async def withdraw(self, entry_id: str, by: str = "", reason: str = "") -> EntryChange:
        """Take an entry out of the index; its versions stay. Raises `EntryError`."""

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
        """Take the entries that expire *today* or before out of the index, and return them."""
        expired = []
        for entry in due(await self.entries(), today):
            change = await asyncio.to_thread(
                self._write, entry.id, lambda present: _expired(present, today), ""
            )
            if change.changed:
                expired.append(change.entry)
        if expired:
            await self.sync()
        return expired

    async def get(self, entry_id: str) -> Entry:
        """Return the present version of an entry. Raises `EntryError`."""
        present = await asyncio.to_thread(self._present, entry_id)
        if present is None:
            raise EntryError(f"there is no entry {entry_id}: see `kotae entries list --all`")
        return present

    async def entries(self) -> list[Entry]:
        """Return the present version of each entry, the newest change first.

        A file that cannot be read is left out, and logged.
        """
        return await asyncio.to_thread(self._all)

    async def of_place(self, place: str) -> list[Entry]:
        """Return the active entries that came from the message at *place*."""
        found = await self.entries()
        return [one for one in found if one.place == place and one.state == "active"]

    async def versions(self, entry_id: str) -> list[Entry]:
        """Return all versions of an entry, oldest first. Raises `EntryError`."""
        present = await self.get(entry_id)
        known = await asyncio.to_thread(self._versions, entry_id)
        return [one for one in known if one.version != present.version] + [present]

    async def mend(self) -> None:
        """Finish what a crash has interrupted, take over edited files, and index them."""
        await asyncio.to_thread(self._settle_all)
        if (self._history / _MARK).exists():
            await self.sync()

    async def sync(self) -> str:
        """Index the changes; return why that is not possible now, or ""."""
        async with self._syncing:
            mark = await asyncio.to_thread(self._mark)
            try:
                async with asyncio.timeout(SYNC_SECONDS):
                    await self._sync()
            except TimeoutError:
                return "another sync is at work"
            except KnowledgeError as error:
                _log.warning("entries_not_indexed", reason=str(error))
                return str(error)
            await asyncio.to_thread(self._unmark, mark)
            return ""

    async def _sync(self) -> None:
        while True:
            try:
                # A withdrawn entry may be most of a small index: its loss is no accident.
                report = await self._base.sync((SOURCE,), accept_loss=True, vectors=False)
            except SyncRunningError:
                await asyncio.sleep(_PAUSE)
                continue
            mine = [failure.reason for failure in report.failures if failure.source == SOURCE]
            if mine:
                raise KnowledgeError(mine[0])
            return

    async def _change(self, entry_id: str, edit: EntryEdit, by: str) -> EntryChange:
        change = await asyncio.to_thread(self._write, entry_id, edit, by)
        unsynced = await asyncio.to_thread(self._mark)
        return replace(change, late=await self.sync()) if unsynced else change

    # Files; all of this blocks.

    def _write(self, entry_id: str, edit: EntryEdit, by: str) -> EntryChange:
        """Make and keep the next version."""
        with locked_entries(self._folder):
            present = self._settle(entry_id)
            wanted = edit(present)
            if wanted is None or (present is not None and same(present, wanted)):
                if present is None:
                    raise EntryError(f"there is no entry {entry_id}")
                return EntryChange(present, changed=False)
            version = present.version + 1 if present else 1
            entry = self._stamped(wanted, version, by)
            self._put(entry)
            return EntryChange(entry, changed=True)

    def _settle(self, entry_id: str) -> Entry | None:
        """Make the indexed folder and the versions agree; return the present version."""
        shown, known = self._shown(entry_id), self._newest(entry_id)
        if shown is not None and (known is None or shown.version > known.version):
            self._keep(shown)  # an older file, or the crash came before this
            return shown
        if known is None:
            return None
        if shown is None and known.state == "active":
            return self._put(
                self._by_hand(replace(known, state="withdrawn", reason="file deleted"))
            )
        if shown is not None and (known.state != "active" or shown.version < known.version):
            return self._put(known)
        if shown is not None and not same(shown, known):
            return self._put(self._by_hand(shown))
        return known

    def _settle_all(self) -> None:
        with locked_entries(self._folder):
            for entry_id in self._ids():
                with suppress(EntryError):
                    self._settle(entry_id)

    def _by_hand(self, entry: Entry) -> Entry:
        return self._stamped(entry, entry.version + 1, "file")

    def _stamped(self, entry: Entry, version: int, by: str) -> Entry:
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        return replace(tidied(entry), version=version, changed_by=by, changed_at=now)

    def _put(self, entry: Entry) -> Entry:
        """Keep *entry*, in an order by which `_settle` recognises a crash in between."""
        _write_whole(self._history / _MARK, uuid.uuid4().hex)
        if entry.state == "active":
            _write_whole(self._file(entry.id), written(entry))
            self._keep(entry)
        else:
            self._keep(entry)
            self._file(entry.id).unlink(missing_ok=True)
        return entry

    def _keep(self, entry: Entry) -> None:
        path = self._history / entry.id / f"{entry.version}{SUFFIX}"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_whole(path, written(entry))

    def _all(self) -> list[Entry]:
        found = []
        for entry_id in self._ids():
            try:
                present = self._present(entry_id)
            except EntryError as error:
                _log.warning("entry_unreadable", reason=str(error))
                continue
            if present is not None:
                found.append(present)
        return sorted(found, key=lambda entry: (entry.changed_at, str(entry.on)), reverse=True)

    def _ids(self) -> list[str]:
        files = (path.stem for path in self._folder.glob(f"[!.]*{SUFFIX}"))
        folders = (path.parent.name for path in self._history.glob(f"*/1{SUFFIX}"))
        return sorted({*files, *folders})

    def _present(self, entry_id: str) -> Entry | None:
        """Return the version that holds, even if a crash or a person has left a difference."""
        if Path(entry_id).name != entry_id or entry_id.startswith("."):
            return None
        shown, known = self._shown(entry_id), self._newest(entry_id)
        if shown is None or (known is not None and known.version > shown.version):
            return known
        return shown

    def _shown(self, entry_id: str) -> Entry | None:
        return _read(self._file(entry_id), entry_id)

    def _newest(self, entry_id: str) -> Entry | None:
        numbers = self._numbers(entry_id)
        return self._version(entry_id, numbers[-1]) if numbers else None

    def _versions(self, entry_id: str) -> list[Entry]:
        found = (self._version(entry_id, number) for number in self._numbers(entry_id))
        return [entry for entry in found if entry is not None]

    def _version(self, entry_id: str, number: int) -> Entry | None:
        return _read(self._history / entry_id / f"{number}{SUFFIX}", entry_id)

    def _numbers(self, entry_id: str) -> list[int]:
        names = [path.stem for path in (self._history / entry_id).glob(f"*{SUFFIX}")]
        return sorted(int(name) for name in names if name.isdecimal())

    def _file(self, entry_id: str) -> Path:
        return self._folder / f"{entry_id}{SUFFIX}"

    def _mark(self) -> str:
        with suppress(FileNotFoundError):
            return (self._history / _MARK).read_text(encoding="ascii")
        return ""

    def _unmark(self, mark: str) -> None:
        """Note that the index has everything, if nothing was written since *mark*."""
        with locked_entries(self._folder):
            if mark and self._mark() == mark:
                (self._history / _MARK).unlink()


@contextmanager
def locked_entries(folder: Path) -> Iterator[None]:
    """Hold the lock for writing entries of *folder*; it ends with the process at the latest."""
    history = history_of(folder)
    for place in (folder, history):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (history / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def mark_unsynced(folder: Path) -> None:
    """Note that the index does not have the entries of *folder* yet; the bot's start does it."""
    history = history_of(folder)
    history.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(history / _MARK, uuid.uuid4().hex)


def history_of(folder: Path) -> Path:
    """Return where the versions of the entries of *folder* are."""
    return folder.with_name(f"{folder.name}-history")


def _expired(present: Entry | None, today: dt.date) -> Entry | None:
    """Return *present* as expired, unless it was renewed a moment ago."""
    if present is None or not due([present], today):
        return None
    return replace(present, state="expired")


def _read(path: Path, entry_id: str) -> Entry | None:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EntryError(f"the entry {entry_id} cannot be read: {error.strerror}") from error
    return read_entry(data, entry_id)


def _write_whole(path: Path, text: str) -> None:
    """Write all of *text* or, after a crash, none of it."""
    try:
        write_whole(path, text)
    except OSError as error:
        raise EntryError(f"the entry cannot be written: {error.strerror}") from error


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
