"""The Redis that Sentinels watch: when its primary dies, the bot goes on with the next."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.core.errors import RedisUnavailableError
from bot.core.types import Job
from bot.queue.redis_queue import RedisQueue
from bot.redis.connection import RedisConnection, open_redis
from tests.support.ports import free_port
from tests.support.redis import frozen
from tests.support.redis_servers import server, serves
from tests.support.waiting import wait_until


async def replicated(store: RedisConnection) -> bool:
    """Tell whether the replica has everything."""
    told = await store.commands.info("replication")
    replicas = [told[name] for name in told if name.startswith("slave") and name[5:].isdigit()]
    return [replica["offset"] for replica in replicas] == [told["master_repl_offset"]]


async def test_a_failover_is_followed(tmp_path: Path) -> None:
    """What was accepted is there on the next primary; commands work again by themselves."""
    first, second, watcher = free_port(), free_port(), free_port()
    common = ("--bind", "127.0.0.1", "--dir", str(tmp_path), "--save", "")
    settings = tmp_path / "sentinel.conf"
    settings.write_text(
        f"port {watcher}\nbind 127.0.0.1\nsentinel monitor kotae 127.0.0.1 {first} 1\n"
        "sentinel down-after-milliseconds kotae 1500\nsentinel failover-timeout kotae 2000\n"
    )
    async with (
        server("--port", str(first), *common) as primary,
        server("--port", str(second), *common, "--replicaof", "127.0.0.1", str(first)),
    ):
        await wait_until(lambda: serves(f"redis://127.0.0.1:{first}"))
        await wait_until(lambda: serves(f"redis://127.0.0.1:{second}"))
        url = f"sentinel://127.0.0.1:{watcher}/kotae"
        async with server(str(settings), "--sentinel"):
            await wait_until(lambda: serves(url))
            async with open_redis(url) as store:
                queue = RedisQueue(store)
                assert await queue.put(Job("経費", "partition", "question"))
                await wait_until(lambda: replicated(store))
                await wait_until(lambda: sees_replica(watcher))
                assert store.commands.address == (
                    f"the service 'kotae' of the Sentinels 127.0.0.1:{watcher}"
                )
                primary.kill()
                await wait_until(lambda: put(queue, "second"), 40)
                for job_id in ("経費", "second"):
                    lease = await queue.take(wait=5)
                    assert lease is not None
                    assert lease.job.id == job_id
                    await lease.finish()
                await queue.aclose()


async def test_a_change_counts_once_a_replica_has_it(tmp_path: Path) -> None:
    """Without one, nothing is accepted; what reads and waits goes on."""
    first, second = free_port(), free_port()
    common = ("--bind", "127.0.0.1", "--dir", str(tmp_path), "--save", "")
    url = f"redis://127.0.0.1:{first}"
    replica = ("--port", str(second), *common, "--replicaof", "127.0.0.1", str(first))
    async with server("--port", str(first), *common):
        await wait_until(lambda: serves(url))
        async with open_redis(url, replicas=1) as store, open_redis(url) as careless:
            queue, other = RedisQueue(store), RedisQueue(careless)
            with pytest.raises(RedisUnavailableError, match="too few replicas that confirm"):
                await store.commands.set("place", "something")
            assert not await put(queue, "first")
            assert await store.commands.get("place") == "something"
            assert await store.blocking.xread({"none": "0"}, block=1) in ([], {}, None)
            async with server(*replica) as process:
                await wait_until(lambda: put(queue, "second"))
                async with Redis(port=second, protocol=2, decode_responses=True) as copy:
                    for number in range(20):
                        await wait_until(lambda number=number: confirmed(store, number))
                        assert await copy.get("place") == str(number)
                    with frozen(process.pid):
                        assert not await put(queue, "third")
                        assert await put(other, "fourth")
                await wait_until(lambda: put(queue, "fifth"))
            await queue.aclose()
            await other.aclose()


async def sees_replica(watcher: int) -> bool:
    """Tell whether the Sentinel knows the replica."""
    async with Redis(port=watcher, protocol=2, decode_responses=True) as sentinel:
        return len(await sentinel.sentinel_slaves("kotae")) == 1


async def confirmed(store: RedisConnection, number: int) -> bool:
    """Set the place; tell whether the replica has confirmed it in time."""
    try:
        await store.commands.set("place", number)
    except RedisUnavailableError:
        return False
    return True


async def put(queue: RedisQueue, job_id: str) -> bool:
    """Put a job, if Redis is there."""
    try:
        await queue.put(Job(job_id, "partition", "question"))
    except RedisUnavailableError:
        return False
    return True


@pytest.mark.parametrize(
    "url",
    ["sentinel://", "sentinel://host", "sentinel://:secret@host:x/kotae", "sentinel://h/s/secret"],
)
async def test_an_address_that_is_none_is_refused_without_its_password(url: str) -> None:
    """In one line that shows the form."""
    with pytest.raises(RedisUnavailableError, match="not an address of Sentinels") as error:
        async with open_redis(url):
            pass
    assert "secret" not in str(error.value)
