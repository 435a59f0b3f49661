"""What machines tell each other through Redis; `lua/keys.lua` describes the keys."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.redis.connection import RedisConnection
from bot.redis.keys import key_root
from bot.redis.lua_scripts import load_script
from knowledge.model.types import Progress, SyncReport
from knowledge.storage.shared_versions import PublishedVersion
from knowledge.sync.request import SyncRequest

LEASE_SECONDS = 10.0
"""After this long without a renewal, another process becomes the indexer."""

_KEPT_SECONDS = 3_600.0
"""A lease that nobody has taken over can be renewed for this long."""

SILENT_SECONDS = 20.0
"""A process that has not reported for so long has ended."""

_HISTORY = 200
_REPLY_SECONDS = 3_600
_MOST_REQUESTS = 1_000
_LONGEST_BLOCK = 4.0


class MachineState(BaseModel):
    """What a process tells of itself.

    Attributes:
        id: Of the process.
        host: Name of its machine.
        folder: Id of its data folder; processes with the same one share everything in it.
        answers: It answers questions.
        shares: Its index is that of all machines.
        indexer: It makes the index versions.
        index_version: The one that it uses, "" for none.
        created_at: When that was published, in seconds since the epoch.
        manifest: SHA-256 of that version's manifest, and of the one that it fetches.
        analysis: Version of its text analysis.
        jobs: The kinds of jobs that it does, and the latest format of each; empty if it does none,
            or does not say.
        reason: Why it does not use the published one, or none, "" when all is well.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    host: str
    folder: str
    answers: bool = False
    shares: bool = False
    indexer: bool = False
    index_version: str = ""
    created_at: float = 0.0
    manifests: tuple[str, ...] = ()
    analysis: int = 0
    jobs: Mapping[str, int] = {}
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SyncReply:
    """What the indexer says of a request: progress; or, at the end, a report or an error.

    Attributes:
        error: Name of the error's class, and its text.
    """

    progress: Progress | None = None
    report: SyncReport | None = None
    error: tuple[str, str] | None = None


_request: TypeAdapter[SyncRequest] = TypeAdapter(SyncRequest)
_reply: TypeAdapter[SyncReply] = TypeAdapter(SyncReply)


@dataclass(frozen=True, slots=True)
class Publication:
    """An index version as it was published, at a time in seconds since the epoch."""

    at: float
    index_version: str
    analysis: int


class MachineStore:
    """The keys of the machines that share a Redis and a namespace.

    Every method raises `RedisUnavailableError` when Redis does not answer.

    Args:
        analysis: Version of this program's text analysis.
    """

    def __init__(self, connection: RedisConnection, analysis: int) -> None:
        self.analysis = analysis
        self._client = connection.commands
        self._blocking = connection.blocking
        self._root = key_root(connection.commands)
        self._requests = self._key(f"syncs:{analysis}")
        self._script = cache(
            lambda name: load_script(connection.commands, "bot.machines", name, prelude="keys")
        )

    # The indexer.

    async def lead(
        self, token: str, who: MachineState, *, again: bool = False
    ) -> MachineState | None:
        """Take or renew the indexer's lease; return who has it, None if it is *token*'s.

        Args:
            token: A secret of this holding of the lease.
            who: The process that asks.
            again: Only renew it. That may be late, as long as nobody else has had it meanwhile.
        """
        lease, kept = int(LEASE_SECONDS * 1000), int(_KEPT_SECONDS * 1000)
        words = (token, lease, who.model_dump_json(), int(again), kept)
        told = await self._run("lead", self.analysis, *words)
        return _state(told) if told else None

    async def resign(self, token: str) -> None:
        """Give the lease back, so that another process need not wait."""
        await self._run("resign", self.analysis, token)

    async def indexer(self) -> MachineState | None:
        """Return the indexer, None when there is none now."""
        told = await self._run("indexer", self.analysis)
        return _state(told) if told else None

    # Versions.

    async def announce(self, token: str, version: PublishedVersion) -> bool:
        """Publish *version*; False, and nothing is changed, if *token* has lost the lease."""
        text = version.model_dump_json()
        return bool(await self._run("announce", self.analysis, token, text, _HISTORY))

    async def published(self) -> PublishedVersion | None:
        """Return the version to use with this text analysis."""
        return (await self.all_published()).get(self.analysis)

    async def all_published(self) -> Mapping[int, PublishedVersion]:
        """Return the version to use, by the version of the text analysis."""
        found = await self._client.execute_command("HVALS", self._key("current"))
        versions = map(_version, found)
        return {version.analysis: version for version in versions if version}

    async def recent(self, seconds: float) -> list[PublishedVersion]:
        """Return the versions that were published within the last *seconds*."""
        time = await self._client.time()
        since = int((time[0] - seconds) * 1000)
        entries = await self._client.execute_command("XRANGE", self._key("published"), since, "+")
        versions = (_version(fields.get("version", "")) for _, fields in entries)
        return [version for version in versions if version]

    async def publications(self) -> list[Publication]:
        """Return the latest publications, oldest first."""
        entries = await self._client.execute_command("XRANGE", self._key("published"), "-", "+")
        found = ((entry, _version(fields.get("version", ""))) for entry, fields in entries)
        return [
            Publication(int(entry.partition("-")[0]) / 1000, one.index_version, one.analysis)
            for entry, one in found
            if one
        ]

    async def forget(self, analysis: int) -> None:
        """Forget the versions of a text analysis that no program uses any more."""
        await self._client.execute_command("HDEL", self._key("current"), str(analysis))

    async def last_publication(self) -> str:
        """Return where the stream of publications ends now."""
        return await self._last(self._key("published"))

    async def wait_for_publication(self, last: str, seconds: float) -> str:
        """Return when there is another one after *last*, or after *seconds*; and where it ends."""
        entries = await self._read(self._key("published"), last, seconds)
        return entries[-1][0] if entries else last

    # Processes.

    async def report(self, state: MachineState) -> None:
        """Tell the others of this process."""
        await self._run("report", state.id, state.model_dump_json(), int(SILENT_SECONDS * 1000))

    async def machines(self) -> list[MachineState]:
        """Return the processes that run, by host."""
        found = await self._run("reports", int(SILENT_SECONDS * 1000))
        states = (_state(text) for text in found)
        return sorted(states, key=lambda state: (state.host, state.id))

    async def heard(self) -> Mapping[str, float]:
        """Return how many seconds ago each process has reported last, by its id."""
        seconds, microseconds = await self._client.time()
        now = seconds * 1000 + microseconds // 1000
        found: Any = await self._client.zrange(self._key("machines"), 0, -1, withscores=True)
        return {str(id_): max(0.0, now - float(at)) / 1000 for id_, at in found}

    async def leave(self, state: MachineState) -> None:
        """Forget this process."""
        await self._client.zrem(self._key("machines"), state.id)
        await self._client.execute_command("HDEL", self._key("states"), state.id)

    # Requests.

    async def ask(self, request_id: str, request: SyncRequest) -> str:
        """Put a request; return what `withdraw` needs."""
        text = _request.dump_json(request).decode()
        entry = await self._client.execute_command(
            *("XADD", self._requests, "MAXLEN", "~", _MOST_REQUESTS, "*"),
            *("id", request_id, "request", text),
        )
        return str(entry)

    async def withdraw(self, entry: str) -> None:
        """Remove a request."""
        await self._client.execute_command("XDEL", self._requests, entry)

    async def requests(self) -> dict[str, tuple[str, SyncRequest]]:
        """Return the open requests with their ids, by entry, oldest first."""
        entries = await self._client.execute_command("XRANGE", self._requests, "-", "+")
        found = {}
        for entry, fields in entries:
            try:
                found[entry] = (fields["id"], _request.validate_json(fields["request"]))
            except (KeyError, ValidationError):  # of another version of the program
                await self.withdraw(entry)
        return found

    async def wait_for_request(self, known: Sequence[str], seconds: float) -> None:
        """Return when there is a request after the last of *known*, or after *seconds*."""
        await self._read(self._requests, known[-1] if known else "0", seconds)

    async def reply(self, request_id: str, reply: SyncReply) -> None:
        """Tell whoever has asked."""
        key = self._key(f"sync:{request_id}")
        await self._client.execute_command(
            "XADD", key, "MAXLEN", "~", 100, "*", "reply", _reply.dump_json(reply).decode()
        )
        await self._client.expire(key, _REPLY_SECONDS)

    async def replies(
        self, request_id: str, last: str, seconds: float
    ) -> list[tuple[str, SyncReply]]:
        """Return the replies after *last*, waiting for the first one up to *seconds*."""
        entries = await self._read(self._key(f"sync:{request_id}"), last, seconds)
        return [(entry, _reply.validate_json(fields["reply"])) for entry, fields in entries]

    # Notes.

    async def put_notes(self, digest: str, folder: str, text: str) -> None:
        """Store the notes of the last syncs, which the data folder *folder* has already."""
        words = ("digest", digest, "folder", folder, "text", text)
        await self._client.execute_command("HSET", self._key("notes"), *words)

    async def notes_mark(self) -> tuple[str, str]:
        """Return the digest of the notes, and the data folder that they come from."""
        digest, folder = await self._client.execute_command(
            "HMGET", self._key("notes"), "digest", "folder"
        )
        return digest or "", folder or ""

    async def notes(self) -> str:
        """Return the notes of the last syncs."""
        return await self._client.execute_command("HGET", self._key("notes"), "text") or ""

    async def note_damage(self, sha256: str) -> None:
        """Tell the indexer that a file of the index store is damaged."""
        await self._client.execute_command("SADD", self._key("damaged"), sha256)

    async def damage(self) -> frozenset[str]:
        """Return the damaged files of the index store."""
        return frozenset(await self._client.execute_command("SMEMBERS", self._key("damaged")))

    async def damage_mended(self, sha256: Sequence[str]) -> None:
        """Forget damage that is mended."""
        if sha256:
            await self._client.execute_command("SREM", self._key("damaged"), *sha256)

    async def note_history(self, position: str, index_version: str) -> None:
        """Note that *index_version* has Slack's messages up to *position* of their log."""
        words = ("position", position, "index_version", index_version)
        await self._client.execute_command("HSET", self._key("history"), *words)

    async def history(self) -> tuple[str, str]:
        """Return the position in the log of Slack's messages, and the version that has it."""
        position, index_version = await self._client.execute_command(
            "HMGET", self._key("history"), "position", "index_version"
        )
        return position or "", index_version or ""

    def _key(self, name: str) -> str:
        return f"{self._root}:index:{name}"

    async def _run(self, name: str, *arguments: str | float) -> Any:
        return await self._script(name)(keys=[self._root], args=arguments)

    async def _last(self, stream: str) -> str:
        entries = await self._client.execute_command("XREVRANGE", stream, "+", "-", "COUNT", 1)
        return str(entries[0][0]) if entries else "0"

    async def _read(self, stream: str, last: str, seconds: float) -> list[Any]:
        """Return the entries of *stream* after *last*, waiting for the first one."""
        milliseconds = max(1, int(min(seconds, _LONGEST_BLOCK) * 1000))
        found: Any = await self._blocking.xread({stream: last}, block=milliseconds)
        return list(found[0][1]) if found else []


def _state(text: str) -> MachineState:
    """Read a state; one of another version of the program says little."""
    try:
        return MachineState.model_validate_json(text)
    except ValidationError:
        known = json.loads(text)
        return MachineState(
            id=str(known.get("id", "?")), host=str(known.get("host", "?")), folder=""
        )


def _version(text: str) -> PublishedVersion | None:
    try:
        return PublishedVersion.model_validate_json(text)
    except ValidationError:
        return None
