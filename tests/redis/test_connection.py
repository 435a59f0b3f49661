"""The connection to Redis, where redis-py alone would not do."""

import asyncio
from contextlib import suppress

import pytest

from bot.core.errors import RedisUnavailableError
from bot.redis.connection import RedisConnection, open_redis


async def test_a_command_never_swallows_a_cancellation(store: RedisConnection) -> None:
    """Whenever it comes: else a job could neither be stopped nor run out of time."""

    async def work() -> None:
        while True:
            await store.commands.ping()

    for yields in range(60):
        working = asyncio.create_task(work())
        for _ in range(yields):
            await asyncio.sleep(0)
        working.cancel()
        await asyncio.wait({working}, timeout=5)
        assert working.cancelled()


@pytest.mark.parametrize(
    "reply", [b"-ERR what?\r\n", b"SSH-2.0-OpenSSH_9.9\r\n", b"$15\r\nredis_version:x\r\n"]
)
async def test_another_server_in_place_of_redis_is_named(reply: bytes) -> None:
    """A wrong port is a mistake in the settings, not a crash."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while await reader.read(4096):
                writer.write(reply * 5)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(RedisUnavailableError, match=f"127.0.0.1:{port}"):
        async with open_redis(f"redis://127.0.0.1:{port}/0"):
            pass
    server.close()
