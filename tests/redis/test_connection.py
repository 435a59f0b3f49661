"""The connection to Redis, where redis-py alone would not do."""

import asyncio

from bot.redis.connection import RedisConnection


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
