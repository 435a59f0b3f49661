"""The connection to Redis: time limits, retries, and errors that say what to do."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.commands.cluster import READ_COMMANDS
from redis.exceptions import RedisError

from bot.core.addresses import shown_address
from bot.core.errors import RedisUnavailableError
from bot.redis.commands import ReplicasMissingError, run_command
from bot.redis.keys import NAMESPACE, key_root
from bot.redis.retry import LimitedRetry

OLDEST_VERSION = (6, 2)
"""Redis 6.2 brought XPENDING by idle time, which finds the jobs of crashed workers."""

OPENING_SECONDS = 2.0
"""How long somebody at a terminal waits until they hear that there is no Redis."""

_AWAY_SECONDS = 10.0
"""For this long, a command takes the word of its first attempt and asks no more."""

_COMMAND_SECONDS = 2.0
_LONGEST_BLOCK_SECONDS = 5.0
_CONNECTIONS = 32
_REPLICA_MILLISECONDS = 1_000
_CHANGES_NOTHING = READ_COMMANDS | {"INFO", "PING", "SCRIPT LOAD", "TIME", "XINFO GROUPS"}

_away = dict[str, tuple[str, float]]()
"""Servers that a command did not reach: why, and until when that is believed (monotonic time)."""


class RedisClient(Redis):
    """A client whose failures to reach or use the server are `RedisUnavailableError`.

    Attributes:
        namespace: Of the bot that it works for; see `bot.redis.keys`.
        replicas: How many must have a change before its command has succeeded.
    """

    namespace = NAMESPACE
    replicas = 0

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run one command."""
        return await run_command(
            super().execute_command(*args, **options),  # type: ignore[no-untyped-call] # redis-py
            self.address,
        )

    async def _send_command_parse_response(
        self, conn: Any, command_name: str, *args: Any, **options: Any
    ) -> Any:
        """Run one command on a connection, and have replicas confirm its change.

        WAIT looks at what that very connection has written. The change may have been made by an
        earlier try on another one, so something small is written after it.
        """
        reply = await super()._send_command_parse_response(  # type: ignore[no-untyped-call]
            conn, command_name, *args, **options
        )
        if self.replicas and command_name not in _CHANGES_NOTHING:
            await conn.send_command("SET", f"{key_root(self)}:confirmed", "1")
            await conn.read_response()
            await conn.send_command("WAIT", self.replicas, _REPLICA_MILLISECONDS)
            if await conn.read_response() < self.replicas:
                raise ReplicasMissingError
        return reply

    @property
    def address(self) -> str:
        """Address of the server, without user and password."""
        place = self.connection_pool.connection_kwargs
        return str(place.get("path") or f"{place.get('host')}:{place.get('port')}")


@dataclass(frozen=True, slots=True)
class RedisConnection:
    """Two clients of one bot: `blocking` for reads that wait, `commands` for the rest."""

    commands: RedisClient
    blocking: RedisClient


@asynccontextmanager
async def open_redis(
    url: str,
    on_failure: Callable[[], None] = lambda: None,
    namespace: str = NAMESPACE,
    replicas: int = 0,
    *,
    patient: bool = True,
) -> AsyncIterator[RedisConnection]:
    """Connect to the Redis at *url* (`redis://`, `rediss://`, `unix://`), and check that it works.

    A node of a cluster leads to the whole cluster, `sentinel://` to the current primary. Commands
    end within 12 seconds (those that wait, 20) whatever happens, also when the server takes
    connections and never answers, and survive a short restart of it.

    Args:
        url: Address of the server.
        on_failure: Called for each connection that is lost or refused, before it is tried again.
        namespace: What all keys belong to; it keeps several bots on one Redis apart.
        replicas: How many must have a change before its command has succeeded. Within a second, or
            it is tried again on a new connection, perhaps with another primary.
        patient: Wait for a server that is being started, as a bot does. Otherwise it has to answer
            at once, within `OPENING_SECONDS`; after that, a restart of it is survived as well.

    Raises:
        RedisUnavailableError: It cannot be reached, refuses us, is older than 6.2, or is a cluster
            whose replicas are to have all changes.
    """
    connection = RedisConnection(
        commands=_client(url, _COMMAND_SECONDS, on_failure),
        blocking=_client(url, _LONGEST_BLOCK_SECONDS + _COMMAND_SECONDS, on_failure),
    )
    try:
        if await (
            _is_cluster(connection.commands) if patient else _is_cluster_now(url, on_failure)
        ):
            if replicas:
                raise RedisUnavailableError(
                    "REDIS_REPLICAS works with one server or with Sentinels, not with a cluster"
                )
            await _close(connection)
            connection = _cluster(url)
        connection.commands.replicas = replicas
        connection.commands.namespace = connection.blocking.namespace = namespace
        yield connection
    finally:
        await _close(connection)


def _client(
    url: str, seconds: float, on_failure: Callable[[], None], *, patient: bool = True
) -> RedisClient:
    """Make a client, with all options of redis-py that matter set."""
    if url.startswith("sentinel://"):
        from bot.redis.sentinel import sentinel_client

        most = 4 * _CONNECTIONS  # this kind of pool never waits
        return sentinel_client(url, seconds, most, patient=patient)
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            # In a burst, commands wait for a free connection instead of failing.
            max_connections=_CONNECTIONS,
            timeout=seconds,
            decode_responses=True,
            encoding_errors="replace",  # one damaged value must not hide the others
            # RESP2 has the same reply shapes on every server, and no push messages.
            protocol=2,
            socket_timeout=seconds,
            socket_connect_timeout=_COMMAND_SECONDS,
            health_check_interval=30,
            # A bound method would be copied with its object.
            retry=LimitedRetry(lambda: on_failure(), patient=patient),  # noqa: PLW0108
            client_name="kotae",
        )
    except ValueError:
        # Not passed on: the text may quote a part of the password.
        raise RedisUnavailableError(
            f"REDIS_URL is not an address of Redis: {shown_address(url)!r}. "
            "It looks like redis://user:password@host:6379/0, rediss://… or unix:///path."
        ) from None
    client = RedisClient(connection_pool=pool)
    client.auto_close_connection_pool = True
    return client


def _cluster(url: str) -> RedisConnection:
    """Connect to a cluster. Its client has the same commands as `Redis`, but no common class."""
    from bot.redis.cluster import cluster_client

    limits = (_COMMAND_SECONDS, _LONGEST_BLOCK_SECONDS + _COMMAND_SECONDS)
    clients = (cluster_client(url, seconds, _CONNECTIONS) for seconds in limits)
    commands, blocking = (cast("RedisClient", client) for client in clients)
    return RedisConnection(commands, blocking)


async def _close(connection: RedisConnection) -> None:
    await connection.blocking.aclose()
    await connection.commands.aclose()


async def _is_cluster_now(url: str, on_failure: Callable[[], None]) -> bool:
    """Ask as `_is_cluster` does, once."""
    reason, until = _away.get(url, ("", 0.0))
    if time.monotonic() < until:
        raise RedisUnavailableError(reason)
    client = _client(url, _COMMAND_SECONDS, on_failure, patient=False)
    try:
        async with asyncio.timeout(OPENING_SECONDS):
            return await _is_cluster(client)
    except (RedisUnavailableError, TimeoutError) as error:
        reason = str(error) or f"Redis at {client.address} does not answer in time."
        _away[url] = (reason, time.monotonic() + _AWAY_SECONDS)
        raise RedisUnavailableError(reason) from error
    finally:
        await client.aclose()


async def _is_cluster(client: RedisClient) -> bool:
    """Tell whether the server is one node of many, after checking its version."""
    try:
        information = await client.info("server")
        version = str(information.get("redis_version", "0"))
        numbers = tuple(int(part) for part in version.split(".")[:2])
    except (RedisError, ValueError, AttributeError) as error:
        raise RedisUnavailableError(
            f"What listens at {client.address} does not answer as Redis does: correct REDIS_URL."
        ) from error
    if numbers < OLDEST_VERSION:
        raise RedisUnavailableError(
            f"Redis at {client.address} is version {version}; 6.2 or later is needed."
        )
    mode = information.get("redis_mode") or information.get("server_mode")  # Valkey's name
    return bool(mode == "cluster")
