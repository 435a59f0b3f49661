"""All entries with all their versions, on Redis: what counts, for every process on every machine.

Beside each active entry stands its mark: a digest of the text that search finds, and the day on
which it expires. What an index holds is compared with it at every search, so that a change holds
everywhere at once, and only a new text waits for the index.
"""

import asyncio
import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence

import structlog
from pydantic import TypeAdapter, ValidationError

from bot.entries.entry import Entry, EntryError, searched, tidied
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.redis.lua_scripts import load_script

CHECKED = "check/"
"""What the names of texts begin with that are only checked; see `bot.entries.regression_check`."""

_LEFT_OVER_SECONDS = 3_600
"""A check that has left its text this long was killed."""

_AT_ONCE = 500
"""Entries that are read by one command, so that none holds up the server."""

EntryEdit = Callable[[Entry | None], Entry | None]
"""Makes the next version from the present one; None leaves it as it is."""

_log = structlog.get_logger(__name__)
_entry: TypeAdapter[Entry] = TypeAdapter(Entry)


class EntryVersions:
    """The versions of all processes that share a Redis and a namespace."""

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        self._put = load_script(client, "bot.entries", "put")
        self._root = root = f"{key_root(client)}:entries"
        self._present, self._marks, self._revision = (
            f"{root}:{name}" for name in ("present", "marks", "revision")
        )
        self._versions, self._checked = f"{root}:versions", f"{root}:texts_in_check"

    async def get(self, entry_id: str) -> Entry | None:
        """Return the present version of an entry. Raises `EntryError` if it cannot be read."""
        text = await self._client.execute_command("HGET", self._present, entry_id)
        return _read(text, entry_id) if text else None

    async def all(self) -> list[Entry]:
        """Return the present version of each entry, in no order.

        One that cannot be read is left out, and logged.
        """
        ids = sorted(await self._client.execute_command("HKEYS", self._present))
        found = list[Entry]()
        for part in (ids[first : first + _AT_ONCE] for first in range(0, len(ids), _AT_ONCE)):
            texts = await self._client.execute_command("HMGET", self._present, *part)
            for entry_id, text in zip(part, texts, strict=True):
                try:
                    found += [_read(text, entry_id)] if text else []
                except EntryError as error:
                    _log.warning("entry_unreadable", reason=str(error))
            await asyncio.sleep(0)
        return found

    async def of(self, entry_id: str) -> Sequence[Entry]:
        """Return all versions of an entry, oldest first. Raises as `get`."""
        key = f"{self._versions}:{entry_id}"
        texts = await self._client.execute_command("LRANGE", key, 0, -1)
        known = [_read(text, entry_id) for text in texts]
        return list({entry.version: entry for entry in known}.values())

    async def change(self, entry_id: str, edit: EntryEdit) -> Entry | None:
        """Make what *edit* returns the next version of an entry, and return it.

        *edit* is called again if another version came first. None if it returns None.
        """
        while True:
            text = await self._client.execute_command("HGET", self._present, entry_id)
            entry = edit(_read(text, entry_id) if text else None)
            if entry is None:
                return None
            record = _written(entry, text or "{}")
            arguments = (entry.id, text or "", record, _mark_of(entry), entry.place)
            if await self._put(keys=[self._root], args=arguments):
                return entry

    async def mend(self) -> None:
        """Mark what is active, and nothing else; a backup may have taken the two apart."""
        marks = {entry.id: _mark_of(entry) for entry in await self.all()}
        known = await self._client.execute_command("HKEYS", self._marks)
        for entry_id in {*known, *marks}:
            if mark := marks.get(entry_id):
                await self._client.execute_command("HSET", self._marks, entry_id, mark)
            else:
                await self._client.execute_command("HDEL", self._marks, entry_id)

    async def revision(self) -> int:
        """Return the number of changes that were ever made."""
        return int(await self._client.execute_command("GET", self._revision) or 0)

    # What is indexed.

    async def indexed(self) -> dict[str, str]:
        """Return what belongs into an index now: the version of each text, by its name.

        Names are ids of entries and, beginning with `CHECKED`, of texts that are checked.
        """
        marks = await self._client.execute_command("HGETALL", self._marks)
        oldest = time.time_ns() - _LEFT_OVER_SECONDS * 10**9
        old = {
            one
            for one in marks
            if one.startswith(CHECKED) and int(one.removeprefix(CHECKED)) < oldest
        }
        for name in old:
            await self.end_check(name)
        today = _today()
        return {
            name: _version_of(mark)
            for name, mark in marks.items()
            if name not in old and not _is_over(mark, today)
        }

    async def text(self, name: str) -> str:
        """Return the text to index under *name*, "" if there is none any more."""
        if name.startswith(CHECKED):
            return str(await self._client.execute_command("HGET", self._checked, name) or "")
        present = await self.get(name)
        return searched(present) if present else ""

    async def outdated(self, versions: Mapping[str, str]) -> Collection[str]:
        """Return the names in *versions* whose indexed version no longer holds."""
        if not versions:
            return ()
        marks = await self._client.execute_command("HMGET", self._marks, *versions)
        today = _today()
        return {
            name
            for name, mark in zip(versions, marks, strict=True)
            if not mark or _version_of(mark) != versions[name] or _is_over(mark, today)
        }

    async def begin_check(self, text: str) -> str:
        """Let *text* be indexed until `end_check`; return its name."""
        name = f"{CHECKED}{time.time_ns()}"
        await self._client.execute_command("HSET", self._checked, name, text)
        await self._client.execute_command("HSET", self._marks, name, _mark(text, None))
        return name

    async def end_check(self, name: str) -> None:
        """Take out what is only checked: nobody finds it from now on."""
        await self._client.execute_command("HDEL", self._marks, name)
        await self._client.execute_command("HDEL", self._checked, name)


def _written(entry: Entry, before: str) -> str:
    """Return *entry* as JSON, with what a later version of the program had added *before*."""
    record: dict[str, object] = json.loads(before) | _entry.dump_python(entry, mode="json")
    return json.dumps(record, ensure_ascii=False)


def _mark_of(entry: Entry) -> str:
    return _mark(searched(entry), entry.expires) if entry.state == "active" else ""


def _mark(text: str, expires: dt.date | None) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{digest} {expires or ''}".strip()


def _version_of(mark: str) -> str:
    return mark.partition(" ")[0]


def _is_over(mark: str, today: dt.date) -> bool:
    """Tell whether the day of *mark* has come on which it expires."""
    day = mark.partition(" ")[2]
    return bool(day) and day <= today.isoformat()


def _read(text: str, entry_id: str) -> Entry:
    try:
        return tidied(_entry.validate_json(text))
    except ValidationError as error:
        raise EntryError(f"the entry {entry_id} cannot be read: update Kotae") from error


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
