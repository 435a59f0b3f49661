"""Formats numbers for people."""

from bot.analytics import texts
from bot.analytics.texts import UNITS
from bot.core.language import Language

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


def spent(known_usd: float, unpriced: int, language: Language) -> str:
    """Return what questions cost, in words where there is no amount.

    Args:
        known_usd: What those with a known price cost.
        unpriced: Number of those with an unknown one, which is never shown as nothing.
        language: Of who reads it.
    """
    if not known_usd:
        return (texts.COST_UNKNOWN if unpriced else texts.COST_NOTHING).to(language)
    known = dollars(known_usd)
    return texts.COST_IN_PART.to(language, known=known, count=unpriced) if unpriced else known


def duration(minutes: float | None, language: Language = "en") -> str:
    """Return minutes in the most readable unit; a dash for None."""
    if minutes is None:
        return "–"
    hours = minutes / 60
    if minutes < _MINUTES:
        unit, count = "min", minutes
    else:
        unit, count = ("h", hours) if hours < _HOURS else ("d", hours / 24)
    return UNITS[unit].to(language, count=_short(count))


def _short(value: float) -> str:
    return f"{round(value, 1) if value < _TENTHS else round(value):g}"
