"""When something is due that is done regularly."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


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
