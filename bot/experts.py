"""Hands a question over: once, to the right person, and together with those who asked the same."""

import time
from collections.abc import Callable
from dataclasses import replace

from bot.agent import wording
from bot.language import language_of
from bot.likeness import Likeness
from bot.protocols import HandOvers, People
from bot.types import Answer, HandOver, Question, QuestionId, Waiter


class AskedExperts:
    """Opens hand-overs, or lets questions join one that is open."""

    def __init__(
        self,
        handovers: HandOvers,
        likeness: Likeness,
        people: People,
        is_private: Callable[[Question], bool],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.handovers = handovers
        self.likeness = likeness
        self.people = people
        self.is_private = is_private
        self._clock = clock

    async def ask(self, question: Question, answer: Answer) -> Answer:
        known = await self.handovers.get(question.id)
        if known is None:
            owner = await self._owner(question, answer)
            await self.handovers.open(self._opened(question, owner))
            known = await self.handovers.get(question.id)
        if known is not None and known.id == question.id and known.state == "open":
            # Only once it is open itself, of two at the same moment one sees the other.
            known = await self._joined(known) or known
        if known is None:
            return answer
        joined = known.id if known.id != question.id else QuestionId("")
        return await self._told(question, replace(answer, joined=joined), known.owner)

    def _opened(self, question: Question, owner: str) -> HandOver:
        now = self._clock()
        return HandOver(
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

    async def _joined(self, own: HandOver) -> HandOver | None:
        """Let *own* join the same question that was opened before it, if there is one."""
        before = list[HandOver]()
        for other in await self.handovers.pending():
            if other.id == own.id:
                break
            if _may_join(other, own):
                before.append(other)
        for place in await self.likeness.same(own.text, [other.text for other in before]):
            if await self.handovers.join(before[place].id, own.waiting[0]):
                return await self.handovers.get(own.id)
        return None

    async def _told(self, question: Question, answer: Answer, owner: str) -> Answer:
        language = question.language or language_of(question.text)
        asked = await self.people.named(owner) if owner else ""
        text = wording.asking(answer.text, language, answer.owner, asked)
        return replace(answer, owner=owner, text=text)


def _may_join(other: HandOver, own: HandOver) -> bool:
    """Tell whether the same people read both, and somebody was asked with the first.

    What was asked in private is asked nobody until its asker agrees.
    """
    return other.asker.id == own.asker.id and (not other.private or was_asked(other))


def was_asked(handover: HandOver) -> bool:
    """Tell whether somebody sees the question: one in private only once its asker has agreed."""
    return not handover.private or handover.thread != handover.waiting[0].thread
