"""An overview of the bot's work for operators and members: answers, votes, gaps, cost over time."""

import datetime as dt
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from bot.analytics import weekly_metrics
from bot.analytics.gaps import Gap, find_gaps, texts_of, unanswered
from bot.analytics.outcomes import AnsweredDocument, HandoffOutcome, documents_of, outcome_of
from bot.analytics.weekly_metrics import WeekMetrics, weekly
from bot.core.types import Handoff, LabelVerdict, QuestionId
from bot.evaluation.labelled import is_right, verdicts
from bot.handoff.store import HandoffStore
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger, LedgerRecord

SameQuestion = Callable[[Sequence[str]], Awaitable[Mapping[tuple[int, int], float]]]
"""Finds the pairs of texts that ask the same, by position, with their similarity."""

WEEK = 7 * 86_400.0
"""Seconds."""

GAPS_SINCE = 90 * 86_400.0
"""Seconds after which an unanswered question is dropped."""

MOST_COMPARED = 1_500
"""Number of newest wordings that are compared with each other: it takes about a second."""

_LOOKED_AT = 500
"""Number of newest records; a team of a hundred makes about that many a week."""


@dataclass(frozen=True, slots=True)
class QuestionRecord:
    """A question with its outcome.

    Attributes:
        id: Identifies where it was asked.
        person: Who asked.
        at: Seconds since the epoch.
        documents: The cited documents.
        up: Number of 👍; `down`: of 👎.
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
    """A 👎 with the person's feedback; `reason` and `comment` may be empty."""

    question: QuestionRecord
    reason: str
    comment: str
    at: float


@dataclass(frozen=True, slots=True)
class WeekTotals:
    """Metrics of the last seven days.

    Attributes:
        cost_usd: Cost of the answers whose price is known.
        unpriced: Number of answers whose price is unknown.
    """

    answered: int
    found: int
    handed_over: int
    failed: int
    up: int
    down: int
    cost_usd: float
    unpriced: int


@dataclass(frozen=True, slots=True)
class AnswerLog:
    """The inputs of gaps and metrics from a point in time on, oldest first."""

    outcomes: Sequence[HandoffOutcome]
    handoffs: Sequence[Handoff]
    verdicts: Mapping[str, Mapping[str, LabelVerdict]]


class Overview:
    """Reads the ledger for people.

    Args:
        ledger: The ledger of answers.
        handoffs: The store of handoffs.
        labels: People's labels.
        same: Finds questions that ask the same in other words.
        zone: Time zone of the weeks.
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
        asked = (r for r in records if r.question.person == person and r.answer.status != "chat")
        return [_asked(record) for record in islice(asked, limit)]

    async def complaints(self) -> list[Complaint]:
        """Return the 👎 of the newest answers, newest first."""
        found = [
            Complaint(_asked(record), vote.reason, vote.comment, vote.at)
            for record in await self._records()
            for vote in record.feedback
            if vote.verdict == "down"
        ]
        return sorted(found, key=lambda complaint: -complaint.at)

    async def gaps(self) -> list[Gap]:
        """Return the gaps, those of most waiting people first."""
        return await self.gaps_in(await self.inputs_since(time.time() - GAPS_SINCE))

    async def trend(self, weeks: int) -> list[WeekMetrics]:
        """Return the metrics of the last *weeks*, the present one included, oldest first."""
        return await self.weeks_in(await self.inputs_for(weeks), weeks)

    async def inputs_for(self, weeks: int) -> AnswerLog:
        """Read the inputs of `gaps_in`, and of `weeks_in` for *weeks*."""
        first = weekly_metrics.last_mondays(time.time(), self._zone, weeks)[0]
        return await self.inputs_since(
            weekly_metrics.start_of(first - weekly_metrics.LOOK_BACK, self._zone)
        )

    async def inputs_since(self, since: float) -> AnswerLog:
        """Read the ledger from *since* on, in seconds since the epoch."""
        outcomes = [outcome_of(record) async for record in self._ledger.since(since)]
        handoffs = await self._handoffs.since(since)
        return AnswerLog(outcomes, handoffs, verdicts(await self._labels.all()))

    async def gaps_in(self, inputs: AnswerLog) -> list[Gap]:
        """Return the gaps of the last 90 days in *inputs*."""
        since = time.time() - GAPS_SINCE
        questions = unanswered(
            [outcome for outcome in inputs.outcomes if outcome.at >= since],
            [handoff for handoff in inputs.handoffs if handoff.at >= since],
            {id_ for id_, said in inputs.verdicts.items() if is_right(said)},
        )
        return find_gaps(questions, await self._alike(texts_of(questions)))

    async def weeks_in(self, inputs: AnswerLog, weeks: int) -> list[WeekMetrics]:
        """Return the metrics of the last *weeks* in *inputs*, which must reach back far enough."""
        same = await self._alike(weekly_metrics.handed_over_texts(inputs.outcomes))
        mondays = weekly_metrics.last_mondays(time.time(), self._zone, weeks)
        return weekly(inputs.outcomes, inputs.handoffs, inputs.verdicts, same, self._zone, mondays)

    async def week(self) -> WeekTotals:
        """Return the metrics of the last seven days."""
        records = [record async for record in self._ledger.since(time.time() - WEEK)]
        statuses = Counter(record.answer.status for record in records)
        votes = Counter(vote.verdict for record in records for vote in record.feedback)
        priced = [one for one in map(outcome_of, records) if one.priced]
        known = [one.cost_usd for one in priced if one.cost_usd is not None]
        return WeekTotals(
            statuses["answered"],
            statuses["found"],
            statuses["handed_over"],
            statuses["failed"],
            votes["up"],
            votes["down"],
            sum(known),
            len(priced) - len(known),
        )

    async def _alike(self, texts: Sequence[str]) -> Mapping[tuple[int, int], float]:
        """Find the pairs of *texts* that ask the same, among the newest of them."""
        older = max(0, len(texts) - MOST_COMPARED)
        found = await self._same(texts[older:])
        return {(one + older, other + older): score for (one, other), score in found.items()}

    async def _records(self) -> Sequence[LedgerRecord]:
        return await self._ledger.recent(_LOOKED_AT)


def _asked(record: LedgerRecord) -> QuestionRecord:
    votes = Counter(vote.verdict for vote in record.feedback)
    return QuestionRecord(
        id=record.question.id,
        person=record.question.person,
        text=record.question.text,
        status=record.answer.status,
        at=record.at,
        documents=documents_of(record.answer.citations),
        up=votes["up"],
        down=votes["down"],
    )
