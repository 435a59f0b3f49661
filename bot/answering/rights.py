"""Whether what was answered once may be shown, or used, now: asked at that moment, never before."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from bot.agent import texts as agent_texts
from bot.answering import texts
from bot.core.types import Answer, Question, Turn
from bot.handoff.terminal import MayRead
from bot.records.ledger import Ledger
from bot.tools.read_attachment import SOURCE as ATTACHMENT
from knowledge.model.types import Principal

_log = structlog.get_logger(__name__)


async def as_asked(question: Question) -> Principal:
    """Return the readers that *question* names: of a place whose readers never change."""
    return question.asker


class AnswerRights:
    """Compares stored answers with what their readers may read now.

    Args:
        may_read: Looks documents up as they are now; one that is gone is read by nobody.
        readers: Returns who reads the answer to a question now.
    """

    def __init__(
        self, may_read: MayRead, readers: Callable[[Question], Awaitable[Principal]] = as_asked
    ) -> None:
        self._may_read = may_read
        self._readers = readers

    async def permits(self, answer: Answer, reader: Principal) -> bool:
        """Tell whether *reader* may read everything that the words of *answer* can tell of.

        What came along with its question was there for everybody to read.
        """
        brought = f"{ATTACHMENT}:"
        documents = [one for one in answer.behind if not one.startswith(brought)]
        return await self._may_read(documents, reader)

    async def shown(self, question: Question, answer: Answer) -> Answer:
        """Return *answer* as it may be shown now; else a plain sentence in its place.

        A handoff stays one: its question is still asked, without what was found.

        Raises:
            AdapterUnavailableError: nobody can tell now who reads it.
        """
        reader = await self._readers(question)
        if await self.permits(answer, reader):
            return answer
        _log.warning("answer_withheld", question=question.id, status=answer.status)
        bare = replace(answer, citations=(), draft="", missing="")
        language = question.reply_language
        if answer.status != "handed_over":
            text = texts.NO_LONGER_READABLE.to(language)
            return replace(bare, status="failed", text=text, termination_reason="not_readable")
        text = agent_texts.handed_over(language, closest=(), owner=answer.owner)
        return replace(bare, text=text)

    async def turns(
        self, turns: Sequence[Turn], reader: Principal, ledger: Ledger
    ) -> tuple[Turn, ...]:
        """Return *turns* without the answers that *reader* may no longer read."""
        found = list[Turn]()
        for turn in turns:
            record = await ledger.get(turn.question_id)
            if record is None or not await self.permits(record.answer, reader):
                found.append(replace(turn, answer=texts.WITHHELD_TURN.in_both()))
            else:
                found.append(turn)
        return tuple(found)
