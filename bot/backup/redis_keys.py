"""Reads the keys of one bot from Redis while it works, and puts them back.

They are read by their types, since what `DUMP` gives is not read by every other version. Text is
UTF-8, as everything that the bot stores.
"""

import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from redis.exceptions import RedisError, ResponseError

from bot.backup.contents import Phase, phase_of
from bot.core.errors import BotError
from bot.redis.commands import run_command
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.redis.lua_scripts import load_script

KeyKind = Literal["string", "hash", "list", "set", "zset", "stream"]

_AT_ONCE = 100
"""Keys that one script reads, and keys of one pipeline, so that none holds up the server."""

_WORDS = 1_000
"""Most arguments of one command that writes."""

_WRITTEN_BY: Mapping[KeyKind, str] = {
    "string": "SET",
    "hash": "HSET",
    "list": "RPUSH",
    "set": "SADD",
    "zset": "ZADD",
}

_OPEN = frozenset({"queued", "running", "delayed"})


class StreamGroup(BaseModel):
    """A consumer group: the last id that it has read, and which entries are in work, by whom."""

    model_config = ConfigDict(frozen=True)

    name: str
    last_id: str
    pending: tuple[tuple[str, str], ...] = ()


class StoredKey(BaseModel):
    """One key with all that it holds.

    Attributes:
        name: Without the root of all keys.
        expires_at: Milliseconds since the epoch; None for never.
        words: What it holds, as the command that reads it returns it, flat.
        entries: Of a stream: ids, and fields with their values.
        last_id: Of a stream: the last id that it has given.
        groups: Of a stream.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    kind: KeyKind
    expires_at: int | None = None
    words: tuple[str, ...] = ()
    entries: tuple[tuple[str, tuple[str, ...]], ...] = ()
    last_id: str = ""
    groups: tuple[StreamGroup, ...] = ()


class RedisKeys:
    """The keys of one bot.

    Attributes:
        namespace: What they belong to.
    """

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        self.namespace = client.namespace
        self._root = key_root(client)
        self._draft = f"{{{client.namespace}}}:restore"
        self._keys = load_script(client, "bot.backup", "keys", prelude="read")
        self._queue = load_script(client, "bot.backup", "queue", prelude="read")
        self._swap = load_script(client, "bot.backup", "swap")

    async def read(self) -> AsyncIterator[StoredKey]:
        """Yield every key that a backup has, each once, in the order of `Phase`.

        Raises:
            RedisUnavailableError: it cannot be reached.
        """
        read = set[str]()
        async for key in self._of_phase(Phase.SEEN):
            read.add(key.name)
            yield key
        for key in await self._read(self._queue, ()):
            read.add(key.name)
            yield key
        for phase in (Phase.NAMING, Phase.NAMED):
            async for key in self._of_phase(phase):
                if key.name not in read and not _is_open_job(key):
                    read.add(key.name)
                    yield key

    async def names(self) -> list[str]:
        """Return the names of the keys that count."""
        return [name async for name in self._names() if phase_of(name) is not Phase.SKIPPED]

    async def other_clients(self, seconds: float) -> int:
        """Return how many connections of Kotae are older than *seconds*; 0 where it is secret."""
        try:
            found = await self._client.execute_command("CLIENT LIST")
        except RedisError:
            return 0
        rows = found if isinstance(found, list) else []
        return sum(
            row.get("name") == "kotae" and float(row.get("age", 0)) > seconds + 1 for row in rows
        )

    async def draft(self, keys: Sequence[StoredKey]) -> None:
        """Write *keys* beside the present ones, where no part of the bot looks.

        What has expired since is left out.
        """
        now = int(time.time() * 1_000)
        alive = [key for key in keys if key.expires_at is None or key.expires_at > now]
        for part in _parts(alive, _AT_ONCE):
            commands = self._client.pipeline(transaction=False)
            for key in part:
                for command in _commands(f"{self._draft}:{key.name}", key):
                    commands.execute_command(*command)
            await self._run(commands.execute())

    async def drop_draft(self) -> None:
        """Remove what a restore has written that was killed."""
        await self._unlink([key async for key in self._scanned(f"{self._draft}:*")])

    async def put_in_place(self) -> int:
        """Replace all present keys by those that were drafted; return how many these are."""
        prefix = len(self._draft) + 1
        names = [key[prefix:] async for key in self._scanned(f"{self._draft}:*")]
        old = {name async for name in self._names()} - set(names)
        await self._unlink([f"{self._root}:{name}" for name in old])
        for part in _parts(sorted(names), _WORDS):
            await self._run(self._swap(keys=[self._root, self._draft], args=part))
        return len(names)

    async def delete(self) -> int:
        """Delete all keys, also those that a backup skips and what a restore has left.

        Returns:
            How many these were.
        """
        names = {key async for key in self._scanned(f"{{{self.namespace}}}:*")}
        await self._unlink(sorted(names))
        return len(names)

    async def _of_phase(self, phase: Phase) -> AsyncIterator[StoredKey]:
        chosen = [name async for name in self._names() if phase_of(name) is phase]
        for part in _parts(sorted(chosen), _AT_ONCE):
            for key in await self._read(self._keys, part):
                yield key

    async def _read(self, script: Any, names: Sequence[str]) -> list[StoredKey]:
        rows = await self._run(script(keys=[self._root], args=list(names)))
        now = int(time.time() * 1_000)
        return [_stored(row, now) for row in rows]

    async def _names(self) -> AsyncIterator[str]:
        seen = set[str]()
        async for key in self._scanned(f"{self._root}:*"):
            if key not in seen:  # SCAN may return a key more than once
                seen.add(key)
                yield key[len(self._root) + 1 :]

    async def _scanned(self, pattern: str) -> AsyncIterator[str]:
        try:
            async for key in self._client.scan_iter(match=pattern, count=1_000):
                yield str(key)
        except ResponseError as error:
            raise BotError(f"Redis does not let its keys be listed (SCAN): {error}.") from error

    async def _unlink(self, keys: Sequence[str]) -> None:
        for part in _parts(keys, _WORDS):
            await self._client.execute_command("UNLINK", *part)

    async def _run(self, command: Any) -> Any:
        """Run what does not go through `execute_command` of the client."""
        try:
            return await run_command(command, self._client.address)
        except ResponseError as error:
            raise BotError(f"Redis refused: {error}.") from error


def _is_open_job(key: StoredKey) -> bool:
    """Tell whether *key* is a job that came after the queue was read: its tokens are not here."""
    if not key.name.startswith("job:") or key.kind != "hash":
        return False
    fields: Mapping[str, str] = dict(zip(key.words[::2], key.words[1::2], strict=True))
    return fields.get("state") in _OPEN


def _stored(row: Sequence[Any], now: int) -> StoredKey:
    name, kind, left, content = row
    expires = now + left if left >= 0 else None
    if kind != "stream":
        return StoredKey(name=name, kind=kind, expires_at=expires, words=tuple(content))
    entries, last, groups = content
    return StoredKey(
        name=name,
        kind=kind,
        expires_at=expires,
        entries=tuple((id_, tuple(fields)) for id_, fields in entries),
        last_id=last,
        groups=tuple(
            StreamGroup(name=group, last_id=read, pending=tuple((one[0], one[1]) for one in work))
            for group, read, work in groups
        ),
    )


def _commands(key: str, stored: StoredKey) -> Iterator[tuple[object, ...]]:
    """Yield the commands that make *key* what it was."""
    if stored.kind == "stream":
        yield from _stream_commands(key, stored)
    for part in _parts(stored.words, _WORDS):
        words = part
        if stored.kind == "zset":  # it is read as member and score, and written the other way
            pairs = zip(part[1::2], part[::2], strict=True)
            words = [word for pair in pairs for word in pair]
        yield _WRITTEN_BY[stored.kind], key, *words
    if stored.expires_at is not None:
        yield "PEXPIREAT", key, stored.expires_at


def _stream_commands(key: str, stored: StoredKey) -> Iterator[tuple[object, ...]]:
    for id_, fields in stored.entries:
        yield "XADD", key, id_, *fields
    if not stored.entries:  # a stream is made by its first entry or its first group
        yield "XADD", key, "0-1", "none", ""
        yield "XDEL", key, "0-1"
    if stored.last_id not in {"", "0-0"}:
        yield "XSETID", key, stored.last_id
    for group in stored.groups:
        yield "XGROUP", "CREATE", key, group.name, group.last_id
        for id_, consumer in group.pending:
            yield "XCLAIM", key, group.name, consumer, 0, id_, "FORCE", "JUSTID"


def _parts(items: Sequence[Any], most: int) -> Iterable[Sequence[Any]]:
    """Return *items* in parts of *most*, an even number."""
    return (items[first : first + most] for first in range(0, len(items), most))
