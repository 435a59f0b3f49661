"""The connection to Redis, where redis-py alone would not do."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from bot.core.errors import RedisUnavailableError
from bot.redis.connection import RedisConnection, open_redis
from bot.redis.embedded import embedded_redis


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
        await asyncio.wait({working}, timeout=60)
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


async def test_a_server_that_never_answers_ends_a_command_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It takes the connection, so that nothing is refused; the tries are limited by time."""
    monkeypatch.setattr("bot.redis.retry.RETRY_SECONDS", 1.0)
    connections, failures = list[asyncio.StreamWriter](), list[str]()

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"redis://127.0.0.1:{port}/0"
        with pytest.raises(RedisUnavailableError, match="does not answer in time"):
            async with asyncio.timeout(30), open_redis(url, lambda: failures.append("lost")):
                pass
        for writer in connections:
            writer.close()
    assert failures
    assert len(connections) <= 2


async def test_a_frozen_server_is_used_again_when_it_goes_on(tmp_path: Path) -> None:
    """A command fails meanwhile, and the next one works; nothing has to be restarted."""
    async with embedded_redis(tmp_path) as server, open_redis(server.url) as store:
        information = await store.commands.info("server")
        os.kill(information["process_id"], signal.SIGSTOP)
        try:
            with pytest.raises(RedisUnavailableError):
                async with asyncio.timeout(60):
                    await store.commands.ping()
        finally:
            os.kill(information["process_id"], signal.SIGCONT)
        assert await store.commands.ping()
