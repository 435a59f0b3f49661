"""Waits for a condition, and no longer than necessary."""

import asyncio
from collections.abc import Awaitable, Callable


async def wait_until(
    condition: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float = 60.0
) -> None:
    """Return when *condition* holds; fail after *seconds*."""
    async with asyncio.timeout(seconds):
        while True:
            holds = condition()
            if holds if isinstance(holds, bool) else await holds:
                return
            await asyncio.sleep(0.005)
