"""Formats numbers for people."""

_CENTS = 0.1
"""US dollars from which cents are precise enough."""

_MINUTES, _HOURS, _TENTHS = 60, 48, 10


def percent(share: float | None) -> str:
    """Return a share in percent, or a dash for None."""
    return "–" if share is None else f"{100 * share:.0f} %"


def dollars(value: float | None) -> str:
    """Return US dollars, small amounts with two significant digits; a dash for None."""
    if value is None:
        return "–"
    return f"${value:.2f}" if value >= _CENTS or not value else f"${value:#.2g}"


def duration(minutes: float | None) -> str:
    """Return minutes in the most readable unit; a dash for None."""
    if minutes is None:
        return "–"
    if minutes < _MINUTES:
        return f"{_short(minutes)} min"
    hours = minutes / 60
    return f"{_short(hours)} h" if hours < _HOURS else f"{_short(hours / 24)} d"


def _short(value: float) -> str:
    return f"{round(value, 1) if value < _TENTHS else round(value):g}"
