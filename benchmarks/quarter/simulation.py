"""Simulates the quarter with the real bot: index, agent, gate, handoffs, saved entries.

Only time and people are simulated. Experts answer some questions after some hours, and save some of
their answers.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from benchmarks.quarter.questions import AskedQuestion
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
"""Probabilities: an expert answers; saves the answer; adds the question in the other language."""

EXPIRES = 7 * 86_400.0
"""Seconds after which an unanswered handoff expires; the next question opens a new one."""

MEDIAN_HOURS, SPREAD = 3.0, 1.0
"""Hours until an expert answers, log-normal: the median, and sigma."""


@dataclass
class Outcome:
    """The outcome of a question.

    Attributes:
        again: Whether its topic had been handed over before.
        joined: Whether it joined an open handoff.
        right: Whether the shown answer is correct.
        from_entry: Whether the shown answer cites a saved entry.
        hours: Hours until a person answered its handoff, None if nobody did.
    """

    asked: AskedQuestion
    shown: bool
    again: bool
    joined: bool = False
    right: bool = False
    from_entry: bool = False
    hours: float | None = None


@dataclass
class Bot:
    """The parts of the bot that the quarter needs; `saved` is None if nothing is saved."""

    agent: Agent
    gate: Gate
    experts: HandoffService
    handoffs: HandoffStore
    saved: EntryStore | None


@dataclass
class Quarter:
    """One simulation of the quarter."""

    bot: Bot
    seed: int
    outcomes: list[Outcome] = field(default_factory=list)
    saved: int = 0
    _asked: dict[QuestionId, Outcome] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)

    async def run(self, questions: Iterator[AskedQuestion]) -> None:
        """Ask all questions in order, and let experts act in between."""
        self._chance = random.Random(self.seed + 1)
        self._numbers = count(1)
        self._events: list[tuple[float, int, Any]] = []
        for asked in questions:
            while self._events and self._events[0][0] <= asked.at:
                at, _, (what, handoff_id) = heapq.heappop(self._events)
                await what(at, handoff_id)
            await self._ask(asked)

    async def _ask(self, asked: AskedQuestion) -> None:
        number = next(self._numbers)
        question = Question(
            QuestionId(f"slack:T1:C0GENERAL:{number}"),
            ThreadId(f"slack:T1:C0GENERAL:{number}"),
            asked.text,
            READERS,
            asked.person,
            asked.at,
        )
        run = self.bot.agent.start(question)
        async for _ in run.events():
            pass
        answer = await self.bot.gate.passed(question, run.answer())
        subject = _subject(asked)
        outcome = Outcome(asked, answer.status == "answered", subject in self._known)
        self.outcomes.append(outcome)
        self._asked[question.id] = outcome
        if outcome.shown:
            outcome.from_entry = any(
                citation.document_id.startswith(f"{SOURCE}/") for citation in answer.citations
            )
            outcome.right = _right(asked, answer, from_entry=outcome.from_entry)
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
        heapq.heappush(self._events, (asked.at + later, number, (what, question.id)))

    async def _expire(self, at: float, handoff_id: QuestionId) -> None:
        del at
        await self.bot.handoffs.end(handoff_id, "expired")

    async def _reply(self, at: float, handoff_id: QuestionId) -> None:
        handoff = await self.bot.handoffs.get(handoff_id)
        assert handoff is not None
        await self.bot.handoffs.end(handoff_id, "answered", by="UEXPERT")
        waiting = [self._asked[waiter.question_id] for waiter in handoff.waiting]
        for outcome in waiting:
            outcome.hours = (at - outcome.asked.at) / 3_600
        chances = self._chance.random(), self._chance.random(), self._chance.random()
        if self.bot.saved is None or chances[0] >= SAVED:
            return
        first = waiting[0].asked
        wordings = [outcome.asked.text for outcome in waiting[1:]]
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


def _in(asked: AskedQuestion, language: str) -> bool:
    assert asked.topic is not None
    return (language, asked.text) in asked.topic.wordings


def _subject(asked: AskedQuestion) -> str:
    if asked.topic:
        return asked.topic.id
    assert asked.case is not None
    return asked.case.id


def _said(asked: AskedQuestion) -> str:
    if asked.topic:
        return asked.topic.answer
    assert asked.case is not None
    return asked.case.answers[0]


def _right(asked: AskedQuestion, answer: Answer, *, from_entry: bool) -> bool:
    """Tell whether *answer* is correct; an expert's answer is, even if it names an older document.

    A case may forbid the outdated number in such a document.
    """
    if asked.topic:
        return holds(answer.text, asked.topic.key)
    assert asked.case is not None
    if from_entry:
        return holds(answer.text, asked.case.answers[0])
    return bool(result_of(asked.case, answer).correct)
