"""Measures how long the event loop keeps its callers waiting, such as during a slow call."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

INTERVAL = 0.25
"""Seconds between two measurements."""

WINDOW = 10.0
"""Seconds for which a delay counts."""


class LoopLag:
    """The longest recent delay of the event loop."""

    def __init__(self, report: Callable[[float], None]) -> None:
        self._report = report
        self._recent = deque[float](maxlen=round(WINDOW / INTERVAL))

    @property
    def seconds(self) -> float:
        """The longest delay of the last `WINDOW` seconds."""
        return max(self._recent, default=0.0)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Measure the loop while the context is open."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + INTERVAL
            await asyncio.sleep(INTERVAL)
            self._recent.append(max(0.0, loop.time() - due))
            self._report(self.seconds)
