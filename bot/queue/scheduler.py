"""Scheduled jobs: one for each slot, however many machines watch the clock."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from bot.core.errors import RedisUnavailableError
from bot.core.types import Job
from knowledge.model.schedule import Schedule

LONGEST_SLEEP_SECONDS = 60.0
"""Between two looks at the clock: it may be set, and a laptop may have been closed."""

_log = structlog.get_logger(__name__)


PutOnSchedule = Callable[[str, int, Job], Awaitable[bool]]
"""Stores the job of a schedule's slot unless a job of that slot or a later one was stored."""


class Scheduler:
    """Puts a job into the queue for each slot of a schedule; of missed slots, for the last.

    Args:
        put: Stores the job, unless another machine has; see `RedisQueue.put_on_schedule`.
        name: Of the schedule, in Redis.
        job: Makes the job of a slot, given in seconds since the epoch.
    """

    def __init__(
        self, put: PutOnSchedule, name: str, schedule: Schedule, job: Callable[[int], Job]
    ) -> None:
        self._put = put
        self._name = name
        self._schedule = schedule
        self._job = job

    async def run(self) -> None:
        """Watch the clock until cancelled."""
        while True:
            now = datetime.now().astimezone()
            try:
                await self.look(now)
            except RedisUnavailableError as error:
                _log.warning("schedule_unavailable", reason=str(error))
            left = (self._schedule.next(now) - datetime.now().astimezone()).total_seconds()
            await asyncio.sleep(min(max(left, 0.0) + 0.1, LONGEST_SLEEP_SECONDS))

    async def look(self, now: datetime) -> bool:
        """Put the job of the last slot into the queue; return False if another machine has."""
        slot = int(self._schedule.latest(now).timestamp())
        due = await self._put(self._name, slot, self._job(slot))
        if due:
            _log.info("schedule_slot_came", schedule=self._name, slot=slot)
        return due
