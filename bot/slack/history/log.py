"""The log of what happens in the channels that are sources: every machine takes it in."""

import json
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from bot.core.serialization import known_fields
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.slack.history.changes import FileChange, HistoryChange, MessageChange
from knowledge.sync.sources.slack_messages import ChannelMessage, SharedFile

KEPT_SECONDS = 2 * 86_400
"""How long an entry stays. A machine that was away for longer reads the channels once more."""

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry of the log; without a change it says that events may have been missed."""

    id: str
    change: HistoryChange | None


@dataclass(frozen=True, slots=True)
class ChannelStart:
    """When a channel became a source, in seconds since the epoch, and how its people were told.

    Attributes:
        tried: When they were last about to be told.
        told: Ts of the message that told them; "" while none did.
    """

    at: float
    tried: float
    told: str = ""


class HistoryLog:
    """The log, and the channels that are sources, of all processes of one Redis and namespace.

    Everything raises `RedisUnavailableError` when Redis cannot be reached.
    """

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        root = f"{key_root(client)}:slack:history"
        self._entries, self._channels, self._name = root, f"{root}:channels", f"{root}:name"

    async def note(self, change: HistoryChange) -> None:
        """Let every machine know of *change*, if its channel is a source.

        One that names no channel is for all machines, if there is any source.
        """
        run, name = self._client.execute_command, self._channels
        if await (run("HEXISTS", name, change.channel) if change.channel else run("HLEN", name)):
            await self._add(json.dumps(asdict(change), ensure_ascii=False))

    async def missed(self) -> None:
        """Let every machine know that events may have been missed."""
        await self._add("")

    async def entries(self, after: str) -> Sequence[LogEntry]:
        """Return the next entries after *after*, "" for the beginning."""
        start = f"({after}" if after else "-"
        run = self._client.execute_command
        found: Iterable[tuple[str, Mapping[str, str]]] = await run(
            "XRANGE", self._entries, start, "+", "COUNT", _AT_ONCE
        )
        return [LogEntry(id_, _change(fields["change"])) for id_, fields in found]

    async def latest(self) -> str:
        """Return the id of the last entry, or of one before all that will come."""
        run = self._client.execute_command
        found: Sequence[tuple[str, object]] = await run(
            "XREVRANGE", self._entries, "+", "-", "COUNT", 1
        )
        return found[0][0] if found else f"{int((time.time() - 1) * 1000)}-0"

    async def name(self) -> str:
        """Return the name of this log: another one means that Redis has lost it."""
        await self._client.execute_command("SET", self._name, secrets.token_hex(8), "NX")
        return str(await self._client.execute_command("GET", self._name))

    def reaches_back_to(self, position: str) -> bool:
        """Tell whether everything after *position* is still there."""
        return int(position.partition("-")[0]) / 1000 > time.time() - KEPT_SECONDS / 2

    # Channels.

    async def channels(self) -> dict[str, ChannelStart]:
        """Return the channels that are sources, by id."""
        found = await self._client.execute_command("HGETALL", self._channels)
        return {
            channel: ChannelStart(**known_fields(ChannelStart, json.loads(text)))
            for channel, text in found.items()
        }

    async def begin(self, channel: str, start: ChannelStart) -> bool:
        """Note that *channel* is a source; tell whether it was none before."""
        text = json.dumps(asdict(start))
        return bool(await self._client.execute_command("HSETNX", self._channels, channel, text))

    async def announced(self, channel: str, start: ChannelStart) -> None:
        """Note that its people were told, or who tells them now."""
        await self._client.execute_command(
            "HSET", self._channels, channel, json.dumps(asdict(start))
        )

    async def end(self, channel: str) -> bool:
        """Note that *channel* is no source; tell whether it was one before."""
        return bool(await self._client.execute_command("HDEL", self._channels, channel))

    async def _add(self, text: str) -> None:
        oldest = int((time.time() - KEPT_SECONDS) * 1000)
        await self._client.execute_command(
            "XADD", self._entries, "MINID", "~", oldest, "*", "change", text
        )


def _change(text: str) -> HistoryChange | None:
    if not text:
        return None
    told = json.loads(text)
    if "file" in told:
        return FileChange(**known_fields(FileChange, told))
    if message := told["message"]:
        files = tuple(SharedFile(**known_fields(SharedFile, file)) for file in message["files"])
        message = known_fields(ChannelMessage, message | {"files": files})
        told["message"] = ChannelMessage(**message)
    return MessageChange(**known_fields(MessageChange, told))
