"""Tells people whose questions wait how many questions come first."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from bot.core.errors import CancelledByPersonError, LeaseLostError, RedisUnavailableError
from bot.core.types import JobKind
from bot.queue.queue import Lease

PATIENCE_SECONDS = 2.0
"""A question that a worker takes sooner needs no position."""

PAUSE_SECONDS = 1.0
MOST_AT_ONCE = 10
"""People told at once: Slack promises to accept one message a second in each channel."""

_log = structlog.get_logger(__name__)


class PositionLease(Lease, Protocol):
    """A claim to a job only for telling its asker the position."""

    async def notified(self, place: int) -> None:
        """Give the job back to the workers; its asker knows its *place* now."""
        ...


class PositionSource(Protocol):
    """Finds jobs that wait; see `RedisQueue`."""

    async def waiting(
        self, kind: JobKind, patience: float, most: int, pause: float = 0.0
    ) -> Sequence[tuple[PositionLease, int]]:
        """Return jobs whose askers should be told their place."""
        ...

    async def cancel(self, job_id: str) -> bool:
        """Cancel a job."""
        ...


TellPosition = Callable[[Lease, int], Awaitable[None]]
"""Tells the asker of a job how many questions come first; -1: it was stopped. Raises
`CancelledByPersonError` when the asker has removed the message that would be changed."""


class QueuePositionNotifier:
    """Watches the queue for questions that wait. One process at a time does so for all.

    Args:
        patience: Seconds before somebody is told for the first time.
        pause: Seconds between two checks.
    """

    def __init__(
        self,
        queue: PositionSource,
        tell_place: TellPosition,
        patience: float = PATIENCE_SECONDS,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._queue = queue
        self._tell_place = tell_place
        self._patience = patience
        self._pause = pause

    async def run(self) -> None:
        """Tell people their positions until cancelled.

        An interrupted message is found again as after a crash: by the notes of its job.
        """
        while True:
            try:
                waiting = await self._queue.waiting(
                    "question", self._patience, MOST_AT_ONCE, self._pause
                )
            except RedisUnavailableError as error:
                _log.warning("queue_positions_unknown", reason=str(error))
                waiting = []
            await self._tell_all(waiting)
            await asyncio.sleep(self._pause)

    async def _tell_all(self, waiting: Sequence[tuple[PositionLease, int]]) -> None:
        """Tell all of *waiting* at once; after a failure, the workers can take the job anyway."""
        outcomes = await asyncio.gather(
            *(self._tell(lease, place) for lease, place in waiting), return_exceptions=True
        )
        for (lease, place), outcome in zip(waiting, outcomes, strict=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, LeaseLostError):
                _log.error("queue_position_not_told", job=lease.job.id, exc_info=outcome)
            with suppress(LeaseLostError):
                await lease.notified(place)

    async def _tell(self, lease: PositionLease, place: int) -> None:
        try:
            await self._tell_place(lease, place)
        except CancelledByPersonError:
            await self._queue.cancel(lease.job.id)
