"""Summarises the quarter by week; the correct answers are known, so nothing is estimated."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.quarter.questions import WEEK, WEEKS
from benchmarks.quarter.simulation import Outcome


@dataclass(frozen=True)
class Week:
    """The results of one week; shares are 0..1.

    Attributes:
        answered: Share of the questions that the bot answered.
        precision: Share of the answers that are correct.
        before: Number of questions on topics that had been handed over before.
        again: Share of these that were handed over again.
        hours: Median hours until a person answered.
    """

    asked: int
    answered: float
    precision: float
    handed_over: int
    before: int
    again: float
    hours: float | None


def weeks(outcomes: Sequence[Outcome]) -> list[Week]:
    """Return the results by week, in order."""
    return [
        _week([outcome for outcome in outcomes if number <= outcome.asked.at / WEEK < number + 1])
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
