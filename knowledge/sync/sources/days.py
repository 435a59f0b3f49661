"""Days on which sources were asked, by a clock that may have been wrong."""

import datetime as dt


def utc_day() -> dt.date:
    """Return today's date in UTC."""
    return dt.datetime.now(dt.UTC).date()


def is_trusted(asked: dt.date, within: dt.timedelta) -> bool:
    """Tell whether what was told on the day *asked* still counts; a day to come counts no more."""
    return dt.timedelta() <= utc_day() - asked < within
