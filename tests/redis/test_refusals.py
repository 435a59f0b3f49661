"""A server that refuses its work is unavailable, even when it is a script that meets it."""

from collections.abc import AsyncIterator

import pytest

from bot.core.errors import RedisUnavailableError
from bot.redis.connection import RedisConnection

WRITE = "return redis.call('SET', KEYS[1], ARGV[1])"


@pytest.fixture
async def written(store: RedisConnection) -> AsyncIterator[RedisConnection]:
    """A Redis that is itself again after the test."""
    yield store
    await store.commands.execute_command("REPLICAOF", "NO", "ONE")
    await store.commands.config_set("maxmemory", 0)
    await store.commands.config_set("min-replicas-to-write", 0)


async def test_a_full_server_is_unavailable_to_scripts_too(written: RedisConnection) -> None:
    """It has no room for anybody, however the write came about."""
    script = written.commands.register_script(WRITE)
    await script(keys=["place"], args=["something"])
    await written.commands.config_set("maxmemory", 1)
    with pytest.raises(RedisUnavailableError):
        await script(keys=["place"], args=["something"])


async def test_a_replica_is_unavailable_to_scripts_too(written: RedisConnection) -> None:
    """After a failover, the old primary takes no writes."""
    script = written.commands.register_script(WRITE)
    await script(keys=["place"], args=["something"])
    await written.commands.execute_command("REPLICAOF", "127.0.0.1", "1")
    with pytest.raises(RedisUnavailableError):
        await script(keys=["place"], args=["something"])


async def test_a_primary_that_lacks_replicas_is_unavailable(written: RedisConnection) -> None:
    """As the documentation advises it: to scripts, and to plain commands."""
    script = written.commands.register_script(WRITE)
    await script(keys=["place"], args=["something"])
    await written.commands.config_set("min-replicas-to-write", 1)
    with pytest.raises(RedisUnavailableError, match="too few replicas"):
        await script(keys=["place"], args=["something"])
    with pytest.raises(RedisUnavailableError, match="too few replicas"):
        await written.commands.set("place", "something")
