"""The metrics that all processes share, read at a scrape, and at most every few seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

from bot.core.errors import RedisUnavailableError
from bot.telemetry.metrics import SharedValues
from knowledge.model.errors import KnowledgeError
from knowledge.model.types import KnowledgeStatus

FRESH_SECONDS = 5.0
"""Several scrapers, or an impatient one, cost no more than one."""

READ_SECONDS = 2.0

_log = structlog.get_logger(__name__)


class SharedMetrics:
    """Reads the queue and the index, and keeps the latest values.

    Args:
        backlog: Counts the jobs in the queue by state.
        oldest_seconds: Returns how long the oldest waiting job has waited.
        index: Describes the published index; reads files.
    """

    def __init__(
        self,
        backlog: Callable[[], Awaitable[Mapping[str, int]]],
        oldest_seconds: Callable[[], Awaitable[float]],
        index: Callable[[], KnowledgeStatus],
    ) -> None:
        self._backlog = backlog
        self._oldest_seconds = oldest_seconds
        self._index = index
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()
        self.latest: SharedValues | None = None

    async def refresh(self) -> None:
        """Read again if the values are old; a value that cannot be read is unknown."""
        async with self._lock:
            if time.monotonic() - self._read_at < FRESH_SECONDS:
                return
            self.latest = await self._read()
            self._read_at = time.monotonic()

    async def _read(self) -> SharedValues:
        backlog, oldest = None, None
        try:
            async with asyncio.timeout(READ_SECONDS):
                backlog, oldest = dict(await self._backlog()), await self._oldest_seconds()
        except (RedisUnavailableError, TimeoutError) as error:
            _log.warning("queue_not_counted", reason=str(error) or "no answer in time")
        try:
            known = await asyncio.to_thread(self._index)
        except (KnowledgeError, OSError) as error:
            _log.warning("index_not_described", reason=str(error))
            return SharedValues(backlog, oldest, None)
        published_at = known.created_at if known.index_version else None
        return SharedValues(
            backlog, oldest, published_at, known.chunks, known.documents, known.sources
        )
