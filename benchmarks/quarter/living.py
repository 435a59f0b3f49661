"""Lives through the quarter with the real bot: index, agent, gate, hand-overs, saved entries.

Only time and people are made up: experts answer some of what they are asked, after some hours, and
save some of what they answered.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from benchmarks.quarter.asking import Asking
from bot.agent.agent import Agent
from bot.answering.gate import Gate
from bot.core.types import Answer, Question, QuestionId, ThreadId
from bot.entries.entry import SOURCE, Entry
from bot.entries.store import EntryStore
from bot.evaluation.answer_match import holds
from bot.evaluation.results import result_of
from bot.handoff.service import HandoffService
from bot.handoff.store import HandoffStore
from knowledge.model.types import Principal

READERS = Principal("C0GENERAL", member=True)

ANSWERED, SAVED, TRANSLATED = 0.75, 0.85, 0.5
"""Chances: an expert answers; saves what was answered; adds the question in the other language."""

EXPIRES = 7 * 86_400.0
"""Seconds after which a question that nobody answers is given up; the next one opens it again."""

MEDIAN_HOURS, SPREAD = 3.0, 1.0
"""Of the time until an expert answers (log-normal)."""


@dataclass
class Outcome:
    """What became of a question.

    Attributes:
        again: Its topic had been handed over before.
        joined: The same question was open.
        right: Of an answer that was shown.
        from_entry: Of one that cites what an expert has said.
        hours: Until a person answered, of a hand-over that somebody answered.
    """

    asking: Asking
    shown: bool
    again: bool
    joined: bool = False
    right: bool = False
    from_entry: bool = False
    hours: float | None = None


@dataclass
class Bot:
    """The parts that the quarter needs of the bot; `saved` is None where nothing is learnt."""

    agent: Agent
    gate: Gate
    experts: HandoffService
    handoffs: HandoffStore
    saved: EntryStore | None


@dataclass
class Quarter:
    """One run through the quarter."""

    bot: Bot
    seed: int
    outcomes: list[Outcome] = field(default_factory=list)
    saved: int = 0
    _asked: dict[QuestionId, Outcome] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)

    async def live(self, askings: Iterator[Asking]) -> None:
        """Ask everything in its order; what experts do comes in between."""
        self._chance = random.Random(self.seed + 1)
        self._numbers = count(1)
        self._events: list[tuple[float, int, Any]] = []
        for asking in askings:
            while self._events and self._events[0][0] <= asking.at:
                at, _, (what, handoff_id) = heapq.heappop(self._events)
                await what(at, handoff_id)
            await self._ask(asking)

    async def _ask(self, asking: Asking) -> None:
        number = next(self._numbers)
        question = Question(
            QuestionId(f"slack:T1:C0GENERAL:{number}"),
            ThreadId(f"slack:T1:C0GENERAL:{number}"),
            asking.text,
            READERS,
            asking.person,
            asking.at,
        )
        run = self.bot.agent.start(question)
        async for _ in run.events():
            pass
        answer = await self.bot.gate.passed(question, run.answer())
        subject = _subject(asking)
        outcome = Outcome(asking, answer.status == "answered", subject in self._known)
        self.outcomes.append(outcome)
        self._asked[question.id] = outcome
        if outcome.shown:
            outcome.from_entry = any(
                citation.document_id.startswith(f"{SOURCE}/") for citation in answer.citations
            )
            outcome.right = _right(asking, answer, from_entry=outcome.from_entry)
            return
        self._known.add(subject)
        answer = await self.bot.experts.ask(question, answer)
        outcome.joined = bool(answer.joined)
        if outcome.joined:
            return
        later, what = EXPIRES, self._expire
        if self._chance.random() < ANSWERED:
            later = MEDIAN_HOURS * self._chance.lognormvariate(0, SPREAD) * 3_600
            what = self._reply
        heapq.heappush(self._events, (asking.at + later, number, (what, question.id)))

    async def _expire(self, at: float, handoff_id: QuestionId) -> None:
        del at
        await self.bot.handoffs.end(handoff_id, "expired")

    async def _reply(self, at: float, handoff_id: QuestionId) -> None:
        handoff = await self.bot.handoffs.get(handoff_id)
        assert handoff is not None
        await self.bot.handoffs.end(handoff_id, "answered", by="UEXPERT")
        waiting = [self._asked[waiter.question_id] for waiter in handoff.waiting]
        for outcome in waiting:
            outcome.hours = (at - outcome.asking.at) / 3_600
        chances = self._chance.random(), self._chance.random(), self._chance.random()
        if self.bot.saved is None or chances[0] >= SAVED:
            return
        first = waiting[0].asking
        wordings = [outcome.asking.text for outcome in waiting[1:]]
        if first.topic and chances[1] < TRANSLATED:
            others = [text for language, text in first.topic.wordings if not _in(first, language)]
            wordings.append(others[int(chances[2] * len(others))])
        entry = Entry(handoff.text, _said(first), "UEXPERT", "UEXPERT", "", wordings=wordings)
        change = await self.bot.saved.save(entry)
        assert not change.late, change.late
        await self.bot.handoffs.end(
            handoff_id, "saved", by="UEXPERT", entry=change.entry.document_id
        )
        self.saved += 1


def _in(asking: Asking, language: str) -> bool:
    assert asking.topic is not None
    return (language, asking.text) in asking.topic.wordings


def _subject(asking: Asking) -> str:
    if asking.topic:
        return asking.topic.id
    assert asking.case is not None
    return asking.case.id


def _said(asking: Asking) -> str:
    if asking.topic:
        return asking.topic.answer
    assert asking.case is not None
    return asking.case.answers[0]


def _right(asking: Asking, answer: Answer, *, from_entry: bool) -> bool:
    """Tell whether *answer* is right: what an expert said is, whatever older document it names.

    A case may forbid the outdated figure that such a document holds.
    """
    if asking.topic:
        return holds(answer.text, asking.topic.key)
    assert asking.case is not None
    if from_entry:
        return holds(answer.text, asking.case.answers[0])
    return bool(result_of(asking.case, answer).correct)
