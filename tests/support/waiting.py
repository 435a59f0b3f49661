"""Waits for a condition, and no longer than necessary."""

import asyncio
from collections.abc import Awaitable, Callable

ACK_SECONDS = 15.0
"""How long a bot may take to acknowledge where that is not what is tested; Slack gives it 3."""


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
