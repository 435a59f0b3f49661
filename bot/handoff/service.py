"""Hands a question over: once, to the right person, and together with those who asked the same."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from bot.agent import texts
from bot.core.language import language_of
from bot.core.types import Answer, Handoff, Question, QuestionId, Waiter
from bot.handoff.store import HandoffStore
from bot.text.question_similarity import QuestionSimilarity


class People(Protocol):
    """Those whom a surface knows."""

    async def find(self, name: str) -> str:
        """Return the id of the person or group that is written as *name*, "" for none."""
        ...

    async def named(self, owner: str) -> str:
        """Return how people write *owner*, an id or a name that nobody has: `@keiko`."""
        ...

    async def stands_for(self, owner: str, person: str) -> bool:
        """Tell whether *owner* is *person*, or a group with nobody else in it."""
        ...


class HandoffService:
    """Opens hand-overs, or lets questions join one that is open."""

    def __init__(
        self,
        handoffs: HandoffStore,
        similarity: QuestionSimilarity,
        people: People,
        is_private: Callable[[Question], bool],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.handoffs = handoffs
        self.similarity = similarity
        self.people = people
        self.is_private = is_private
        self._clock = clock

    async def ask(self, question: Question, answer: Answer) -> Answer:
        """Hand *question* over, or let it join the same one that is open.

        Returns:
            *answer* with `owner` (whom it is handed to) and `joined` as they are for this asker.
            Repeatable: the same question is handed over once.
        """
        known = await self.handoffs.get(question.id)
        if known is None:
            owner = await self._owner(question, answer)
            await self.handoffs.open(self._opened(question, owner))
            known = await self.handoffs.get(question.id)
        if known is not None and known.id == question.id and known.state == "open":
            # Only once it is open itself, of two at the same moment one sees the other.
            known = await self._joined(known) or known
        if known is None:
            return answer
        joined = known.id if known.id != question.id else QuestionId("")
        return await self._told(question, replace(answer, joined=joined), known.owner)

    def _opened(self, question: Question, owner: str) -> Handoff:
        now = self._clock()
        return Handoff(
            id=question.id,
            text=question.text,
            asker=question.asker,
            owner=owner,
            thread=question.thread,
            at=now,
            private=self.is_private(question),
            waiting=(Waiter(question.id, question.thread, question.person, now),),
        )

    async def _owner(self, question: Question, answer: Answer) -> str:
        """Return whom to ask: an id where the surface knows one; never the asker."""
        for name in answer.experts or filter(None, [answer.owner]):
            owner = await self.people.find(name) or name
            if not await self.people.stands_for(owner, question.person):
                return owner
        return ""

    async def _joined(self, own: Handoff) -> Handoff | None:
        """Let *own* join the same question that was opened before it, if there is one."""
        before = list[Handoff]()
        for other in await self.handoffs.pending():
            if other.id == own.id:
                break
            if _may_join(other, own):
                before.append(other)
        for place in await self.similarity.same(own.text, [other.text for other in before]):
            if await self.handoffs.join(before[place].id, own.waiting[0]):
                return await self.handoffs.get(own.id)
        return None

    async def _told(self, question: Question, answer: Answer, owner: str) -> Answer:
        language = question.language or language_of(question.text)
        asked = await self.people.named(owner) if owner else ""
        text = texts.asking(answer.text, language, answer.owner, asked)
        return replace(answer, owner=owner, text=text)


def _may_join(other: Handoff, own: Handoff) -> bool:
    """Tell whether the same people read both, and somebody was asked with the first.

    What was asked in private is asked nobody until its asker agrees.
    """
    return other.asker.id == own.asker.id and (not other.private or was_asked(other))


def was_asked(handoff: Handoff) -> bool:
    """Tell whether somebody sees the question: one in private only once its asker has agreed."""
    return not handoff.private or handoff.thread != handoff.waiting[0].thread
