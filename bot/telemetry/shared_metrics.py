"""The metrics that all processes share, read at a scrape, and at most every few seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

import structlog

from bot.telemetry.metrics import SharedStanding, SharedValues
from knowledge.model.errors import KnowledgeError
from knowledge.model.types import KnowledgeStatus, SourceStatus

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
        standing: Tells how the whole bot stands.
        late: Names the sources that may be out of date; reads files.
    """

    def __init__(
        self,
        backlog: Callable[[], Awaitable[Mapping[str, int]]],
        oldest_seconds: Callable[[], Awaitable[float]],
        index: Callable[[], KnowledgeStatus],
        standing: Callable[[], Awaitable[SharedStanding]] | None = None,
        late: Callable[[Sequence[SourceStatus]], Collection[str]] = lambda _: (),
    ) -> None:
        self._standing = standing
        self._late = late
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
        backlog, oldest, standing = None, None, SharedStanding()
        try:
            async with asyncio.timeout(READ_SECONDS):
                backlog, oldest = dict(await self._backlog()), await self._oldest_seconds()
                standing = await self._standing() if self._standing else standing
        except TimeoutError:
            _log.warning("queue_not_counted", reason="no answer in time")
        except Exception as error:  # noqa: BLE001 - a damaged queue hides no other numbers
            _log.warning("queue_not_counted", reason=str(error) or type(error).__name__)
        try:
            known, late = await asyncio.to_thread(self._described)
        except (KnowledgeError, OSError) as error:
            _log.warning("index_not_described", reason=str(error))
            return SharedValues(backlog, oldest, None, standing=standing)
        published_at = known.created_at if known.index_version else None
        numbers = (known.chunks, known.documents)
        return SharedValues(backlog, oldest, published_at, *numbers, known.sources, late, standing)

    def _described(self) -> tuple[KnowledgeStatus, Collection[str]]:
        known = self._index()
        return known, self._late(known.sources)
