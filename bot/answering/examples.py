"""Examples for the prompt: approved answers to the most similar questions."""

from collections.abc import Iterable, Mapping

from bot.answering.rights import AnswerRights
from bot.core.live_evidence import any_live
from bot.core.types import Answer, Feedback, LabelVerdict, Question, Turn
from bot.evaluation.labelled import corrections, is_right, verdicts
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from knowledge.text.analysis import content_terms

MOST = 3
"""Examples that are shown."""

LOOKED_AT = 300
"""Newest records that are searched."""

ALIKE = 0.2
"""Share of words in common (Jaccard) from which on a question is similar."""


class ApprovedExamples:
    """Finds answers with a 👍, or that were judged right, and no 👎; and corrections of answers.

    An answer that most of its judges do not call right is never shown, whatever thumbs it has;
    what it was corrected to is shown in its place.

    Only what was answered to the very same readers is used: an example from another channel could
    tell these readers what is not theirs to know. And with *rights*, only what they may read
    today: a document's audience may be narrower than it was.
    """

    def __init__(
        self,
        ledger: Ledger,
        labels: RedisLabels,
        most: int = MOST,
        rights: AnswerRights | None = None,
    ) -> None:
        self._ledger = ledger
        self._labels = labels
        self._most = most
        self._rights = rights

    async def similar(self, question: Question) -> tuple[Turn, ...]:
        """Return the most similar examples that the reader of the answer has seen, best first."""
        wanted = content_terms(question.text)
        labels = await self._labels.all()
        judged, better = verdicts(labels), corrections(labels)
        found = list[tuple[float, Turn, Answer]]()
        for record in await self._ledger.recent(LOOKED_AT):
            asked, answer = record.question, record.answer
            if asked.asker.id != question.asker.id or asked.id == question.id:
                continue
            if answer.status != "answered" or any_live(answer.behind):
                continue
            correction = better.get(asked.id, "")
            if not correction and not _approved(record.feedback, judged.get(asked.id, {})):
                continue
            words = content_terms(asked.text)
            alike = len(wanted & words) / max(1, len(wanted | words))
            if alike >= ALIKE:
                turn = Turn(asked.text, correction or answer.text, asked.id)
                found.append((alike, turn, answer))
        found.sort(key=lambda item: -item[0])
        turns = list[Turn]()
        for _, turn, answer in found:
            if len(turns) == self._most:
                break
            if self._rights is None or await self._rights.permits(answer, question.asker):
                turns.append(turn)
        return tuple(turns)


def _approved(feedback: Iterable[Feedback], judged: Mapping[str, LabelVerdict]) -> bool:
    """Tell whether votes and labels approve an answer, and none rejects it."""
    if judged and not is_right(judged):
        return False
    said = {vote.verdict for vote in feedback} | ({"up"} if judged else set())
    return said == {"up"}
