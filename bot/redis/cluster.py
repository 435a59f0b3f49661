"""A client of a Redis Cluster.

All our keys share one hash tag, so one node has them all: a cluster keeps the bot available when a
node fails, but does not spread its load.
"""

from typing import Any

from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import EqualJitterBackoff
from redis.exceptions import RedisClusterException

from bot.core.errors import RedisUnavailableError
from bot.redis.commands import run_command
from bot.redis.keys import NAMESPACE

_RETRIES = 4


class RedisClusterClient(RedisCluster):
    """Finds the node that has the keys, and follows them when they move."""

    address = "REDIS_URL (a cluster)"
    namespace = NAMESPACE

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run one command."""
        try:
            return await run_command(super().execute_command(*args, **options), self.address)
        except RedisClusterException as error:
            text = f"Redis at {self.address} has no node for our keys: {error}."
            raise RedisUnavailableError(text) from error


def cluster_client(url: str, seconds: float, connections: int) -> RedisClusterClient:
    """Make a client of the cluster that has the node *url*; *seconds* limit one command."""
    return RedisClusterClient.from_url(  # type: ignore[return-value] # typed as its base class
        url,
        max_connections=connections,
        decode_responses=True,
        protocol=2,
        socket_timeout=seconds,
        socket_connect_timeout=min(seconds, 2.0),
        retry=Retry(EqualJitterBackoff(base=0.1, cap=0.5), _RETRIES),
        client_name="kotae",
    )
