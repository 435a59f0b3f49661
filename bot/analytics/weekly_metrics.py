"""Weekly metrics: does the bot save people work, and is it right? Pure functions."""

import datetime as dt
import math
import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.analytics.outcomes import HandoffOutcome, wording
from bot.core.types import Handoff, LabelVerdict, QuestionId
from bot.entries.entry import SOURCE
from bot.evaluation.binomial import Interval, clopper_pearson
from bot.evaluation.labelled import is_right

LOOK_BACK = dt.timedelta(days=90)
"""A handoff is a repeat if the same question was handed over at most this long before: equal for
every week, because otherwise the share would grow with the ledger."""


@dataclass(frozen=True, slots=True)
class WeekMetrics:
    """Metrics of the questions of one week; None without data.

    Attributes:
        monday: Its first day.
        found: Questions for which passages were shown, without an answer.
        repeats: Questions handed over that ask the same as an earlier handoff.
        from_saved: Questions answered from saved answers.
        asked_people: Hand-overs about which a person was asked.
        minutes: Minutes from each of these to the person's answer, if there is one.
        cost_usd: Total cost where the price is known, in US dollars.
        priced_answers: Answers whose price is known.
        unpriced: Questions with an unknown cost.
        judged: Answers that people judged; `right`: judged right.
    """

    monday: dt.date
    answered: int = 0
    found: int = 0
    handed_over: int = 0
    clarified: int = 0
    failed: int = 0
    repeats: int = 0
    from_saved: int = 0
    asked_people: int = 0
    minutes: tuple[float, ...] = ()
    cost_usd: float = 0.0
    priced_answers: int = 0
    unpriced: int = 0
    up: int = 0
    down: int = 0
    judged: int = 0
    right: int = 0

    @property
    def name(self) -> str:
        """Its ISO name, such as `2026-W07`."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def questions(self) -> int:
        """The number of questions; greetings and thanks are none."""
        return self.answered + self.found + self.handed_over + self.clarified + self.failed

    @property
    def without_people(self) -> float | None:
        """Share of the questions that were answered; the others got passages, or a person."""
        return _share(self.answered, self.answered + self.found + self.handed_over)

    @property
    def repeat_rate(self) -> float | None:
        """Share of the questions that people had been asked before that were handed over again.

        The others were answered from saved answers. A share of the handoffs alone would rise with
        success: only unanswerable questions would be left.
        """
        return _share(self.repeats, self.repeats + self.from_saved)

    @property
    def median_minutes(self) -> float | None:
        """Median minutes until a person answered."""
        return statistics.median(self.minutes) if self.minutes else None

    @property
    def slow_minutes(self) -> float | None:
        """90th percentile of the minutes until a person answered."""
        return percentile(self.minutes, 0.9)

    @property
    def cost_of_answer(self) -> float | None:
        """Cost per answer in US dollars, including the cost of questions without an answer.

        An unknown cost is never 0: it is left out on both sides, and counted as `unpriced`.
        """
        return self.cost_usd / self.priced_answers if self.priced_answers else None

    @property
    def precision(self) -> float | None:
        """Share of the judged answers that are right."""
        return _share(self.right, self.judged)

    @property
    def precision_interval(self) -> Interval | None:
        """Exact 95 % interval of that share."""
        return clopper_pearson(self.right, self.judged) if self.judged else None


def weekly(
    outcomes: Sequence[HandoffOutcome],
    handoffs: Iterable[Handoff],
    verdicts: Mapping[str, Mapping[str, LabelVerdict]],
    same: Collection[tuple[int, int]],
    zone: dt.tzinfo,
    mondays: Sequence[dt.date],
) -> list[WeekMetrics]:
    """Return the metrics of each week that begins with one of *mondays*, in their order.

    Args:
        outcomes: Outcomes of the ledger, from `LOOK_BACK` before the first week on.
        handoffs: All handoffs.
        verdicts: People's verdicts on answers, by person.
        same: Pairs of `handed_over_texts(outcomes)` that ask the same, by position.
        zone: Time zone of the weeks.
        mondays: First days of the weeks.
    """
    asked = dict[dt.date, list[HandoffOutcome]]()
    for outcome in outcomes:
        asked.setdefault(monday_of(outcome.at, zone), []).append(outcome)
    given = dict[dt.date, list[Handoff]]()
    for handoff in handoffs:
        given.setdefault(monday_of(handoff.at, zone), []).append(handoff)
    again = repeats(outcomes, same)
    return [
        _week(monday, asked.get(monday, ()), given.get(monday, ()), verdicts, again)
        for monday in mondays
    ]


def monday_of(at: float, zone: dt.tzinfo) -> dt.date:
    """Return the first day of the week, in *zone*, of *at* (seconds since the epoch)."""
    day = dt.datetime.fromtimestamp(at, zone).date()
    return day - dt.timedelta(days=day.weekday())


def last_mondays(now: float, zone: dt.tzinfo, weeks: int) -> list[dt.date]:
    """Return the first days of the last *weeks*, the present one included, oldest first."""
    newest = monday_of(now, zone)
    return [newest - dt.timedelta(weeks=ago) for ago in reversed(range(weeks))]


def start_of(monday: dt.date, zone: dt.tzinfo) -> float:
    """Return when the week of *monday* begins in *zone*, in seconds since the epoch."""
    return dt.datetime.combine(monday, dt.time(), zone).timestamp()


def handed_over_texts(outcomes: Iterable[HandoffOutcome]) -> list[str]:
    """Return each wording that was handed over once, in the order of the outcomes."""
    known = dict[str, str]()
    for outcome in outcomes:
        if outcome.status == "handed_over":
            known.setdefault(wording(outcome.text), outcome.text)
    return list(known.values())


def repeats(
    outcomes: Sequence[HandoffOutcome], same: Collection[tuple[int, int]]
) -> frozenset[QuestionId]:
    """Return the ids of the handoffs that ask the same as one at most `LOOK_BACK` before.

    The asker and the wording do not matter.
    """
    handed = sorted(
        (outcome for outcome in outcomes if outcome.status == "handed_over"),
        key=lambda outcome: (outcome.at, outcome.id),
    )
    places = {wording(text): place for place, text in enumerate(handed_over_texts(outcomes))}
    alike = dict[int, list[int]]()
    for one, other in same:
        alike.setdefault(one, []).append(other)
        alike.setdefault(other, []).append(one)
    last = dict[int, float]()
    found = set[QuestionId]()
    for outcome in handed:
        place = places[wording(outcome.text)]
        before = max(last.get(one, -1.0) for one in (place, *alike.get(place, ())))
        if before >= 0 and outcome.at - before <= LOOK_BACK.total_seconds():
            found.add(outcome.id)
        last[place] = outcome.at
    return frozenset(found)


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the quantile *share* of *values* (nearest rank)."""
    if not values:
        return None
    rank = math.ceil(share * len(values) - 1e-9)
    return sorted(values)[max(rank, 1) - 1]


def _week(
    monday: dt.date,
    asked: Sequence[HandoffOutcome],
    given: Sequence[Handoff],
    verdicts: Mapping[str, Mapping[str, LabelVerdict]],
    again: frozenset[QuestionId],
) -> WeekMetrics:
    statuses = [outcome.status for outcome in asked]
    answered = [outcome for outcome in asked if outcome.status == "answered"]
    judged = [verdicts[outcome.id] for outcome in answered if verdicts.get(outcome.id)]
    known = [outcome.cost_usd for outcome in asked if outcome.cost_usd is not None]
    return WeekMetrics(
        monday,
        answered=len(answered),
        found=statuses.count("found"),
        handed_over=statuses.count("handed_over"),
        clarified=statuses.count("clarify"),
        failed=statuses.count("failed"),
        repeats=sum(outcome.id in again for outcome in asked),
        from_saved=sum(map(_from_saved, answered)),
        asked_people=len(given),
        minutes=tuple((one.answered_at - one.at) / 60 for one in given if one.answered_at),
        cost_usd=sum(known),
        priced_answers=sum(outcome.cost_usd is not None for outcome in answered),
        unpriced=sum(outcome.priced and outcome.cost_usd is None for outcome in asked),
        up=sum(outcome.up for outcome in asked),
        down=sum(outcome.down for outcome in asked),
        judged=len(judged),
        right=sum(is_right(said) for said in judged),
    )


def _from_saved(outcome: HandoffOutcome) -> bool:
    return any(document.id.startswith(f"{SOURCE}/") for document in outcome.documents)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
