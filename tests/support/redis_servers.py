"""Redis servers on this machine that a test starts with arguments of its own, such as replicas."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.core.errors import RedisUnavailableError
from bot.redis.binary import find_binary
from bot.redis.connection import open_redis


@asynccontextmanager
async def server(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a redis-server."""
    try:
        binary = await find_binary("", None)
    except RedisUnavailableError as error:
        pytest.skip(f"no redis-server: {error}")
    process = await asyncio.create_subprocess_exec(
        binary.path, *arguments, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def serves(url: str) -> bool:
    """Tell whether there is a Redis at *url*."""
    try:
        async with open_redis(url):
            return True
    except RedisUnavailableError:
        return False
