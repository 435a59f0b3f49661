"""Examples from the ledger: answers that people approved, to the most similar questions."""

from typing import Any

from bot.protocols import Ledger
from bot.types import Question, QuestionId, Turn
from knowledge.analysis import STOP_WORDS, analyse

MOST = 3
"""Examples that are shown."""

LOOKED_AT = 300
"""Newest records among which they are sought."""

ALIKE = 0.2
"""Share of words in common (Jaccard) from which on a question is similar."""


class LedgerExamples:
    """Finds answers with a 👍 and no 👎.

    Only what was answered to the very same readers is used: an example from another channel could
    tell these readers what is not theirs to know.
    """

    def __init__(self, ledger: Ledger, most: int = MOST) -> None:
        self._ledger = ledger
        self._most = most

    async def similar(self, question: Question) -> tuple[Turn, ...]:
        wanted = _words(question.text)
        found = list[tuple[float, Turn]]()
        for record in await self._ledger.recent(LOOKED_AT):
            asked: Any = record["question"]
            answered: Any = record["answer"]
            if asked["asker"]["id"] != question.asker.id or asked["id"] == question.id:
                continue
            if answered["status"] != "answered" or not _approved(record["feedback"]):
                continue
            words = _words(asked["text"])
            alike = len(wanted & words) / max(1, len(wanted | words))
            if alike >= ALIKE:
                turn = Turn(asked["text"], answered["text"], QuestionId(asked["id"]))
                found.append((alike, turn))
        found.sort(key=lambda item: -item[0])
        return tuple(turn for _, turn in found[: self._most])


def _approved(feedback: Any) -> bool:
    verdicts = {vote["verdict"] for vote in feedback}
    return verdicts == {"up"}


def _words(text: str) -> set[str]:
    return set(analyse(text).terms) - STOP_WORDS
