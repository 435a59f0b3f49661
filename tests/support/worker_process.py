"""A worker in its own process, for a test to kill or freeze: takes one job and reports it."""

import asyncio
import sys

from bot.core.errors import LeaseLostError
from bot.queue.lua_scripts import QueuePeriods
from bot.queue.redis_queue import RedisQueue
from bot.redis.connection import open_redis


async def work(url: str, lease_seconds: float) -> None:
    """Take a job, hold it until its lease is lost, then try to finish it anyway."""
    async with open_redis(url) as connection:
        queue = RedisQueue(connection, QueuePeriods(lease=lease_seconds))
        lease = await queue.take(wait=10)
        assert lease is not None
        print(f"took {lease.job.id}", flush=True)  # noqa: T201 - the report
        await lease.lost.wait()
        try:
            await lease.finish()
        except LeaseLostError:
            print("fenced", flush=True)  # noqa: T201 - the report
        await queue.aclose()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], float(sys.argv[2])))
