"""The connection to Redis: time limits, retries, and errors that say what to do."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import EqualJitterBackoff
from redis.exceptions import (
    AuthenticationError,
    ConnectionError,  # noqa: A004 - redis-py's own names
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,  # noqa: A004 - redis-py's own names
)

from bot.errors import RedisUnavailableError

OLDEST_VERSION = (6, 2)
"""XPENDING by idle time, which finds the jobs of crashed workers, came with Redis 6.2."""

_REFUSAL = re.compile(r"(?:^|-)(OOM|MISCONF|NOAUTH|NOPERM|READONLY) ")

_COMMAND_SECONDS = 2.0
_LONGEST_BLOCK_SECONDS = 5.0
_RETRIES = 4
_CONNECTIONS = 32


class RedisClient(Redis):
    """A client whose failures to reach or use the server are `RedisUnavailableError`."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run one command."""
        task = asyncio.current_task()
        cancelled = task.cancelling() if task else 0
        try:
            result = await super().execute_command(*args, **options)  # type: ignore[no-untyped-call] # redis-py
        except RedisError as error:
            reason = _why_unavailable(error)
            if not reason:
                raise
            raise RedisUnavailableError(f"Redis at {self.address} {reason}.") from error
        if task and task.cancelling() > cancelled:
            # redis-py waits with `asyncio.wait_for`, which before Python 3.12 forgets that it was
            # cancelled when what it waits for is done at that moment: nothing would ever stop.
            raise asyncio.CancelledError
        return result

    @property
    def address(self) -> str:
        """Where the server is, without user and password."""
        place = self.connection_pool.connection_kwargs
        return str(place.get("path") or f"{place.get('host')}:{place.get('port')}")


@dataclass(frozen=True, slots=True)
class RedisConnection:
    """Two clients of one server: `blocking` for reads that wait, `commands` for all the rest."""

    commands: RedisClient
    blocking: RedisClient


@asynccontextmanager
async def open_redis(url: str) -> AsyncIterator[RedisConnection]:
    """Connect to the Redis at *url* (`redis://`, `rediss://`, `unix://`); check that it serves.

    Commands end within a few seconds whatever happens, a short restart of the server included.

    Raises:
        RedisUnavailableError: it is not there, refuses us, or is older than 6.2.
    """
    connection = RedisConnection(
        commands=_client(url, _COMMAND_SECONDS),
        blocking=_client(url, _LONGEST_BLOCK_SECONDS + _COMMAND_SECONDS),
    )
    try:
        await _check_version(connection.commands)
        yield connection
    finally:
        await connection.blocking.aclose()
        await connection.commands.aclose()


def shown_url(url: str) -> str:
    """Return *url* without user and password, for logs and error texts."""
    return re.sub(r"(?<=//).*@", "", url).partition("?")[0]


def _client(url: str, seconds: float) -> RedisClient:
    """Make a client; what redis-py has a default for, and matters, is set here."""
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            # In a burst, commands wait for a free connection instead of failing.
            max_connections=_CONNECTIONS,
            timeout=seconds,
            decode_responses=True,
            # RESP2 has the same reply shapes on every server, and no push messages.
            protocol=2,
            socket_timeout=seconds,
            socket_connect_timeout=_COMMAND_SECONDS,
            health_check_interval=30,
            retry=Retry(EqualJitterBackoff(base=0.1, cap=0.5), _RETRIES),
            client_name="kotae",
        )
    except ValueError:
        # Its text may quote a part of the password, so it goes no further.
        raise RedisUnavailableError(
            f"REDIS_URL is not an address of Redis: {shown_url(url)!r}. "
            "It looks like redis://user:password@host:6379/0, rediss://… or unix:///path."
        ) from None
    client = RedisClient(connection_pool=pool)
    client.auto_close_connection_pool = True
    return client


async def _check_version(client: RedisClient) -> None:
    information = await client.info("server")
    version = str(information.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_VERSION:
        raise RedisUnavailableError(
            f"Redis at {client.address} is version {version}; 6.2 or later is needed."
        )


def _why_unavailable(error: RedisError) -> str:
    """Say why the server cannot do its work now, or "" when the command itself was wrong."""
    match error:
        case AuthenticationError():
            return "refuses the user name or the password of REDIS_URL"
        case TimeoutError():
            return "does not answer in time"
        case ConnectionError():
            return "cannot be reached: start it, or correct REDIS_URL"
        case OutOfMemoryError():
            return "is full: raise its maxmemory"
        case ReadOnlyError():
            return "is a read-only replica: let REDIS_URL name the primary"
        case ResponseError() if refusal := _REFUSAL.search(str(error)):
            # Inside a script, Redis 6 has the code in the middle of its text.
            if refusal[1] == "OOM":
                return "is full: raise its maxmemory"
            return f"refuses to write: {error}"
        case _:
            return ""
