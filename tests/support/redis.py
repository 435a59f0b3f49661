"""A real Redis server for tests, and signals to it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anyio.from_thread import start_blocking_portal

from bot.redis.connection import RedisClient, RedisConnection
from bot.redis.embedded import EmbeddedRedis, embedded_redis


@contextmanager
def running_redis(folder: Path) -> Iterator[EmbeddedRedis]:
    """Run a server that outlives the event loops of the tests."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(embedded_redis(folder)) as server,
    ):
        yield server


def in_namespace(connection: RedisConnection, namespace: str) -> RedisConnection:
    """Return *connection* for another bot on the same server."""
    clients = [
        RedisClient(connection_pool=client.connection_pool)
        for client in (connection.commands, connection.blocking)
    ]
    for client in clients:
        client.namespace = namespace
    return RedisConnection(*clients)


async def process_id(connection: RedisConnection) -> int:
    """Return the process id of the server."""
    return int((await connection.commands.info("server"))["process_id"])


@contextmanager
def frozen(process: int) -> Iterator[None]:
    """Suspend *process* for the duration of the block."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)
