"""A second Redis that follows the first and can take its place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.redis.binary import find_binary


@dataclass(frozen=True, slots=True)
class Replica:
    """A running replica."""

    socket: Path
    client: Redis

    @property
    def url(self) -> str:
        """The address to give to a client."""
        return f"unix://{self.socket}"

    async def in_step(self) -> None:
        """Return when it has everything that the primary had when it began to follow."""
        async with asyncio.timeout(60):
            while not await self._follows():  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0.05)

    async def promote(self) -> None:
        """Make it a primary."""
        await self.client.replicaof("NO", "ONE")

    async def _follows(self) -> bool:
        state = await self.client.info("replication")
        return bool(state.get("master_link_status") == "up")


@asynccontextmanager
async def replica_of(port: int, folder: Path) -> AsyncIterator[Replica]:
    """Run a replica of the Redis behind a loopback *port*, with its data in *folder*."""
    folder.mkdir()  # noqa: ASYNC240 - a moment
    socket = folder / "redis.sock"
    binary = await find_binary("", None)
    server = await asyncio.create_subprocess_exec(
        *(str(binary.path), "--port", "0", "--unixsocket", str(socket), "--dir", str(folder)),
        *("--save", "", "--appendonly", "yes", "--replicaof", "127.0.0.1", str(port)),
        stdout=asyncio.subprocess.DEVNULL,
    )
    client = Redis(unix_socket_path=str(socket), decode_responses=True)
    try:
        async with asyncio.timeout(60):
            while not await _replies(client):  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0.02)
        yield Replica(socket, client)
    finally:
        await client.aclose()
        server.kill()
        await server.wait()


async def _replies(client: Redis) -> bool:
    with suppress(RedisError):
        return bool(await client.ping())
    return False


@asynccontextmanager
async def raw_way(path: Path) -> AsyncIterator[int]:
    """Open a loopback port that leads to the Unix socket *path*, whatever is spoken there."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inside, outside = await asyncio.open_unix_connection(path)
        except OSError:
            writer.close()
            return
        with suppress(OSError):
            await asyncio.gather(_copy(reader, outside), _copy(inside, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(2**16):
        writer.write(data)
        await writer.drain()
    writer.close()
