"""Sparklines: a row of values as bars made of characters."""

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
_NOTHING = "·"


def draw_trend(values: Sequence[float | None], top: float = 0.0) -> str:
    """Return a bar for each of *values*, from 0 to *top* or to the highest of them.

    A dot means that there is no value; the lowest bar means 0, because a space would be invisible.
    """
    highest = max([top, *(value for value in values if value is not None)])
    return "".join(_bar(value, highest) for value in values)


def _bar(value: float | None, highest: float) -> str:
    if value is None:
        return _NOTHING
    share = max(0.0, value / highest) if highest else 0.0
    return _BARS[min(int(share * len(_BARS)), len(_BARS) - 1)]
