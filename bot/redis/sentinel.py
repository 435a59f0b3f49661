"""A client of a Redis that Sentinels watch: it asks them for the current primary."""

from typing import Any
from urllib.parse import unquote, urlsplit

from redis.asyncio.sentinel import Sentinel

from bot.core.errors import RedisUnavailableError
from bot.redis.connection import RedisClient
from bot.redis.retry import LimitedRetry


class SentinelClient(RedisClient):
    """A client that also closes its connections to the Sentinels, which redis-py leaves open."""

    @property
    def address(self) -> str:
        """The service, and the Sentinels that are asked for its primary; without passwords."""
        pool: Any = self.connection_pool
        places = [one.connection_pool.connection_kwargs for one in pool.sentinel_manager.sentinels]
        watchers = ", ".join(f"{place['host']}:{place['port']}" for place in places)
        return f"the service {pool.service_name!r} of the Sentinels {watchers}"

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001
        """Close all connections."""
        await super().aclose(close_connection_pool)
        pool: Any = self.connection_pool
        for sentinel in pool.sentinel_manager.sentinels:
            await sentinel.aclose()


def sentinel_client(
    url: str, seconds: float, connections: int, *, patient: bool = True
) -> RedisClient:
    """Make a client for *url*: `sentinel://user:password@host:26379,host:26379/service/db`.

    User and password are those of Redis. *seconds* limit one command; a client that is not
    *patient* tries nothing again.

    Raises:
        RedisUnavailableError: The address does not have that form.
    """
    try:
        parts = urlsplit(url)
        hosts = parts.netloc.rpartition("@")[2].split(",")
        addresses = [_address(host) for host in hosts]
        service, _, database = parts.path.strip("/").partition("/")
        number = int(database or 0)
        complete = bool(service) and all(host for host, _ in addresses)
    except ValueError:
        complete = False
    if not complete:
        # Not passed on: the text may quote a part of the password.
        raise RedisUnavailableError(
            "REDIS_URL is not an address of Sentinels. "
            "It looks like sentinel://user:password@host:26379,host:26379/service/0."
        )
    timeouts: dict[str, Any] = {
        "socket_timeout": seconds,
        "socket_connect_timeout": min(seconds, 2.0),
        "protocol": 2,
        "retry": LimitedRetry(patient=patient),
    }
    sentinel = Sentinel(  # type: ignore[no-untyped-call] # redis-py
        addresses, sentinel_kwargs=timeouts
    )
    client = sentinel.master_for(
        service,
        redis_class=SentinelClient,
        db=number,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        max_connections=connections,
        decode_responses=True,
        health_check_interval=30,
        client_name="kotae",
        **timeouts,
    )
    assert isinstance(client, SentinelClient)
    return client


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    return host, int(port or 26_379)
