"""Sums the quarter up, week by week; the truth is known here, so nothing is estimated."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.quarter.asking import WEEK, WEEKS
from benchmarks.quarter.living import Outcome


@dataclass(frozen=True)
class Week:
    """One week's figures; shares are 0..1.

    Attributes:
        answered: Of all questions, those that the bot answered.
        precision: Of these, the right ones.
        before: Questions that had been handed over before.
        again: Of these, those handed over again.
        hours: Until a person answered, in the middle.
    """

    asked: int
    answered: float
    precision: float
    handed_over: int
    before: int
    again: float
    hours: float | None


def weeks(outcomes: Sequence[Outcome]) -> list[Week]:
    """Return the weeks in their order."""
    return [
        _week([one for one in outcomes if number <= one.asking.at / WEEK < number + 1])
        for number in range(WEEKS)
    ]


def _week(week: Sequence[Outcome]) -> Week:
    shown = [outcome for outcome in week if outcome.shown]
    before = [outcome for outcome in week if outcome.again]
    repeated = sum(not outcome.shown for outcome in before)
    hours = [outcome.hours for outcome in week if outcome.hours is not None]
    return Week(
        asked=len(week),
        answered=_share(len(shown), len(week)),
        precision=_share(sum(outcome.right for outcome in shown), len(shown)),
        handed_over=len(week) - len(shown),
        before=len(before),
        again=_share(repeated, len(before)),
        hours=median(hours) if hours else None,
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
