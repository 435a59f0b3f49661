"""How figures are written where people read them."""

_CENTS = 0.1
"""Dollars from which on cents are fine enough."""

_MINUTES, _HOURS, _TENTHS = 60, 48, 10


def percent(share: float | None) -> str:
    """Write a share, or a dash for none."""
    return "–" if share is None else f"{100 * share:.0f} %"


def dollars(value: float | None) -> str:
    """Write US dollars, small sums with two digits that tell something; a dash for none."""
    if value is None:
        return "–"
    return f"${value:.2f}" if value >= _CENTS or not value else f"${value:#.2g}"


def duration(minutes: float | None) -> str:
    """Write minutes in the unit that is read best; a dash for none."""
    if minutes is None:
        return "–"
    if minutes < _MINUTES:
        return f"{_short(minutes)} min"
    hours = minutes / 60
    return f"{_short(hours)} h" if hours < _HOURS else f"{_short(hours / 24)} d"


def _short(value: float) -> str:
    return f"{round(value, 1) if value < _TENTHS else round(value):g}"
