"""Scheduled jobs: one for each slot, however many machines watch the clock."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.core.errors import RedisUnavailableError
from bot.core.types import Job

LONGEST_SLEEP_SECONDS = 60.0
"""Between two looks at the clock: it may be set, and a laptop may have been closed."""

_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_log = structlog.get_logger(__name__)


class Schedule:
    """Slots in time, by a time of day (`03:00`) or five cron fields (`0 3 * * 1-5`).

    Times that daylight saving skips or repeats have one slot, as in Debian's cron.

    Raises:
        ValueError: *text* is neither; the message says so.
    """

    def __init__(self, text: str, zone: ZoneInfo) -> None:
        daily = _TIME_OF_DAY.fullmatch(text.strip())
        self._fields = f"{int(daily[2])} {int(daily[1])} * * *" if daily else text.strip()
        self._zone = zone
        self.latest(datetime.now(zone))

    def latest(self, now: datetime) -> datetime:
        """Return the last slot that is not after *now*."""
        # Going backwards finds what lies before, so that a slot that is just now needs a step on.
        return self._find(now + timedelta(seconds=1), reverse=True)

    def next(self, now: datetime) -> datetime:
        """Return the first slot after *now*."""
        return self._find(now, reverse=False)

    def _find(self, start: datetime, *, reverse: bool) -> datetime:
        from cronsim import CronSim, CronSimError

        try:
            return next(CronSim(self._fields, start.astimezone(self._zone), reverse=reverse))
        except (CronSimError, StopIteration):
            text = "is neither a time of day (03:00) nor five cron fields (0 3 * * 1-5)"
            raise ValueError(text) from None


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
