"""Jobs that come by the clock: once for each slot, however many machines watch it."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol
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


class ScheduleStore(Protocol):
    """Who remembers which slots have come; see `RedisQueue`."""

    async def put_on_schedule(self, schedule: str, slot: int, job: Job) -> bool:
        """Store *job* if *slot* is later than the last one."""
        ...


class Scheduler:
    """Puts a job into the inbox for each slot of a schedule; of missed ones, for the last.

    Args:
        name: Of the schedule, in Redis.
        job: Makes the job of a slot, given in seconds since the epoch.
    """

    def __init__(
        self, queue: ScheduleStore, name: str, schedule: Schedule, job: Callable[[int], Job]
    ) -> None:
        self._queue = queue
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
                _log.warning("the schedule cannot be looked up", reason=str(error))
            left = (self._schedule.next(now) - datetime.now().astimezone()).total_seconds()
            await asyncio.sleep(min(max(left, 0.0) + 0.1, LONGEST_SLEEP_SECONDS))

    async def look(self, now: datetime) -> bool:
        """Put the job of the last slot into the inbox, if nobody has; tell whether it was us."""
        slot = int(self._schedule.latest(now).timestamp())
        due = await self._queue.put_on_schedule(self._name, slot, self._job(slot))
        if due:
            _log.info("a slot of the schedule has come", schedule=self._name, slot=slot)
        return due
