"""Those whose questions wait are told how many come first: nobody stands before a silent door."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from bot.core.errors import CancelledByPersonError, LeaseLostError, RedisUnavailableError
from bot.core.types import JobKind
from bot.queue.queue import Lease

PATIENCE_SECONDS = 2.0
"""A question that is taken sooner than that is not told its place."""

PAUSE_SECONDS = 1.0
MOST_AT_ONCE = 10
"""People told in one round: one message a second and channel is what Slack promises to take."""

_log = structlog.get_logger(__name__)


class GreetingLease(Lease, Protocol):
    """A job in the hands of somebody who only tells its asker where it is."""

    async def told(self, place: int) -> None:
        """Let workers have the job again; its asker knows its *place*."""
        ...


class PositionSource(Protocol):
    """Who knows what waits; see `RedisQueue`."""

    async def waiting(
        self, kind: JobKind, patience: float, most: int, pause: float = 0.0
    ) -> Sequence[tuple[GreetingLease, int]]:
        """Return jobs whose askers should hear of their place."""
        ...

    async def cancel(self, job_id: str) -> bool:
        """Cancel a job."""
        ...


class PositionTeller(Protocol):
    """Who knows where a question was asked."""

    async def tell_place(self, lease: Lease, place: int) -> None:
        """Tell the asker of `lease.job` their *place*; -1: it was stopped.

        Raises:
            CancelledByPersonError: the asker has removed what would be changed.
        """
        ...


class QueuePositionNotifier:
    """Watches the inbox for questions that wait. Of those that share a Redis, one at a time looks.

    Args:
        patience: Seconds before the first word.
        pause: Seconds between two looks.
    """

    def __init__(
        self,
        queue: PositionSource,
        teller: PositionTeller,
        patience: float = PATIENCE_SECONDS,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._queue = queue
        self._teller = teller
        self._patience = patience
        self._pause = pause

    async def run(self) -> None:
        """Tell people their places until cancelled; a question that is being told is left so.

        What is cut off in the middle of telling is found by its marks, as after a crash.
        """
        while True:
            try:
                waiting = await self._queue.waiting(
                    "question", self._patience, MOST_AT_ONCE, self._pause
                )
            except RedisUnavailableError as error:
                _log.warning("the line cannot be read", reason=str(error))
                waiting = []
            await self._tell_all(waiting)
            await asyncio.sleep(self._pause)

    async def _tell_all(self, waiting: Sequence[tuple[GreetingLease, int]]) -> None:
        """Tell all of *waiting* at once; one who cannot be told is left to the workers."""
        outcomes = await asyncio.gather(
            *(self._tell(lease, place) for lease, place in waiting), return_exceptions=True
        )
        for (lease, place), outcome in zip(waiting, outcomes, strict=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, LeaseLostError):
                _log.error("place_not_told", job=lease.job.id, exc_info=outcome)
            with suppress(LeaseLostError):
                await lease.told(place)

    async def _tell(self, lease: GreetingLease, place: int) -> None:
        try:
            await self._teller.tell_place(lease, place)
        except CancelledByPersonError:
            await self._queue.cancel(lease.job.id)
