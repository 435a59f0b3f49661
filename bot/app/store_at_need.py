"""Opens Redis when something is first asked of it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from bot.redis.connection import RedisConnection


class StoreAtNeed:
    """Connects to Redis at the first need: most commands that search never need it.

    Args:
        opened: Opens it.
        is_used: Tells whether anything can be in it.
    """

    def __init__(
        self,
        opened: Callable[[], AbstractAsyncContextManager[RedisConnection]],
        is_used: Callable[[], bool],
    ) -> None:
        self._opened = opened
        self._is_used = is_used
        self._opening = asyncio.Lock()
        self._closing = AsyncExitStack()
        self._store: RedisConnection | None = None

    async def get(self) -> RedisConnection | None:
        """Return the connection; None where nothing can be in Redis.

        Raises:
            RedisUnavailableError: It cannot be reached or started.
        """
        async with self._opening:
            if self._store is None and self._is_used():
                self._store = await self._closing.enter_async_context(self._opened())
            return self._store

    async def aclose(self) -> None:
        """Close the connection, if there is one."""
        await self._closing.aclose()
