"""What operators and members see of the bot's work: answers, votes, gaps, cost, over time."""

import datetime as dt
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.analytics import weekly_metrics
from bot.analytics.gaps import Gap, find_gaps, texts_of, unanswered
from bot.analytics.outcomes import AnsweredDocument, HandoffOutcome, documents_of, outcome_of
from bot.analytics.weekly_metrics import WeekMetrics, weekly
from bot.core.types import Handoff, LabelVerdict, QuestionId
from bot.evaluation.labelled import is_right, verdicts
from bot.handoff.store import HandoffStore
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger

SameQuestion = Callable[[Sequence[str]], Awaitable[Mapping[tuple[int, int], float]]]
"""Finds the pairs of texts that ask the same, by position, with how alike they are."""

WEEK = 7 * 86_400.0
"""Seconds."""

GAPS_SINCE = 90 * 86_400.0
"""Seconds after which a question that nothing answered is nobody's any more."""

MOST_COMPARED = 1_500
"""Wordings, the newest, that are compared with each other: it takes a second or so."""

_LOOKED_AT = 500
"""The newest records; a team of a hundred makes about that many a week."""


@dataclass(frozen=True, slots=True)
class QuestionRecord:
    """One question and what became of it.

    Attributes:
        id: Tells where it was asked.
        person: Who asked.
        at: Seconds since the epoch.
        documents: What was cited.
        up: How many judged it good, `down`: bad.
    """

    id: QuestionId
    person: str
    text: str
    status: str
    at: float
    documents: tuple[AnsweredDocument, ...]
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Complaint:
    """A verdict `down` with what its person said; `reason` and `comment` may be empty."""

    question: QuestionRecord
    reason: str
    comment: str
    at: float


@dataclass(frozen=True, slots=True)
class WeekTotals:
    """Figures of the last seven days.

    Attributes:
        cost_usd: Of the answers whose price is known.
        unpriced: Answers whose price is not known.
    """

    answered: int
    handed_over: int
    failed: int
    up: int
    down: int
    cost_usd: float
    unpriced: int


@dataclass(frozen=True, slots=True)
class AnswerLog:
    """What gaps and figures are made of, from a time on, oldest first."""

    outcomes: Sequence[HandoffOutcome]
    handoffs: Sequence[Handoff]
    verdicts: Mapping[str, Mapping[str, LabelVerdict]]


class Overview:
    """Reads the books for people.

    Args:
        ledger: What was answered.
        handoffs: What people were asked.
        labels: What people judged.
        same: Finds questions that are the same in other words.
        zone: Where weeks begin.
    """

    def __init__(
        self,
        ledger: Ledger,
        handoffs: HandoffStore,
        labels: RedisLabels,
        same: SameQuestion,
        zone: dt.tzinfo = dt.UTC,
    ) -> None:
        self._ledger = ledger
        self._handoffs = handoffs
        self._labels = labels
        self._same = same
        self._zone = zone

    async def asked_by(self, person: str, limit: int) -> list[QuestionRecord]:
        """Return the last questions of *person*, newest first."""
        records = await self._records()
        return [_asked(r) for r in records if r["question"]["person"] == person][:limit]

    async def complaints(self, limit: int) -> list[Complaint]:
        """Return the last verdicts `down`, newest first."""
        found = [
            Complaint(
                _asked(record),
                str(vote.get("reason") or ""),
                str(vote.get("comment") or ""),
                float(vote["at"]),
            )
            for record in await self._records()
            for vote in record["feedback"]
            if vote["verdict"] == "down"
        ]
        return sorted(found, key=lambda complaint: -complaint.at)[:limit]

    async def gaps(self) -> list[Gap]:
        """Return what nothing answers, where most people wait first."""
        return await self.gaps_in(await self.books(time.time() - GAPS_SINCE))

    async def trend(self, weeks: int) -> list[WeekMetrics]:
        """Return the figures of the last *weeks*, the present one included, oldest first."""
        return await self.weeks_in(await self.books_of(weeks), weeks)

    async def books_of(self, weeks: int) -> AnswerLog:
        """Read what `gaps_in`, and `weeks_in` of *weeks*, need."""
        first = weekly_metrics.last_mondays(time.time(), self._zone, weeks)[0]
        return await self.books(
            weekly_metrics.start_of(first - weekly_metrics.LOOK_BACK, self._zone)
        )

    async def books(self, since: float) -> AnswerLog:
        """Read the books from *since* on, in seconds since the epoch."""
        outcomes = [outcome_of(record) async for record in self._ledger.since(since)]
        handoffs = await self._handoffs.since(since)
        return AnswerLog(outcomes, handoffs, verdicts(await self._labels.all()))

    async def gaps_in(self, books: AnswerLog) -> list[Gap]:
        """Return what nothing answers, of the last 90 days in *books*."""
        since = time.time() - GAPS_SINCE
        questions = unanswered(
            [outcome for outcome in books.outcomes if outcome.at >= since],
            [handoff for handoff in books.handoffs if handoff.at >= since],
            {id_ for id_, said in books.verdicts.items() if is_right(said)},
        )
        return find_gaps(questions, await self._alike(texts_of(questions)))

    async def weeks_in(self, books: AnswerLog, weeks: int) -> list[WeekMetrics]:
        """Return the figures of the last *weeks* in *books*, which reach back far enough."""
        same = await self._alike(weekly_metrics.handed_over_texts(books.outcomes))
        mondays = weekly_metrics.last_mondays(time.time(), self._zone, weeks)
        return weekly(books.outcomes, books.handoffs, books.verdicts, same, self._zone, mondays)

    async def week(self) -> WeekTotals:
        """Return the figures of the last seven days."""
        records: list[Any] = [r async for r in self._ledger.since(time.time() - WEEK)]
        statuses = Counter(map(_status, records))
        votes = Counter(v["verdict"] for r in records for v in r["feedback"])
        costs = [r["answer"]["cost_usd"] for r in records]
        known = [float(cost) for cost in costs if cost is not None]
        return WeekTotals(
            statuses["answered"],
            statuses["handed_over"],
            statuses["failed"],
            votes["up"],
            votes["down"],
            sum(known),
            len(costs) - len(known),
        )

    async def _alike(self, texts: Sequence[str]) -> Mapping[tuple[int, int], float]:
        """Find the pairs of *texts* that ask the same, among the newest of them."""
        older = max(0, len(texts) - MOST_COMPARED)
        found = await self._same(texts[older:])
        return {(one + older, other + older): score for (one, other), score in found.items()}

    async def _records(self) -> Sequence[Mapping[str, Any]]:
        return await self._ledger.recent(_LOOKED_AT)


def _asked(record: Mapping[str, Any]) -> QuestionRecord:
    votes = Counter(vote["verdict"] for vote in record["feedback"])
    return QuestionRecord(
        id=QuestionId(str(record["question"]["id"])),
        person=str(record["question"]["person"]),
        text=str(record["question"]["text"]),
        status=_status(record),
        at=float(record["recorded_at"]),
        documents=documents_of(record["answer"]["citations"]),
        up=votes["up"],
        down=votes["down"],
    )


def _status(record: Mapping[str, Any]) -> str:
    return str(record["answer"]["status"])
