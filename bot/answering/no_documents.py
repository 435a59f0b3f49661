"""Says that there are no documents yet, in place of that they have no answer."""

from dataclasses import replace

from bot.answering import texts
from bot.core.language import Language
from bot.core.types import Answer
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError
from knowledge.model.threads import in_thread

_LIVE = "live"
"""The kind of the source of saved answers, which are no documents."""


class NoDocuments:
    """Knows whether there are documents, and how an operator adds some.

    Args:
        base: The knowledge base.
        command: What brings its index up to date.
    """

    def __init__(self, base: KnowledgeBase, command: str) -> None:
        self._base = base
        self._command = command

    async def noted(self, answer: Answer, language: Language) -> Answer:
        """Return *answer*; one that is none has the reason in its first line."""
        if answer.status != "handed_over" or answer.draft:
            return answer
        try:
            status = await in_thread(self._base.status)
        except KnowledgeError:  # the settings cannot be read now; the doctor says so
            return answer
        if any(source.documents for source in status.sources if source.kind != _LIVE):
            return answer
        _, _, rest = answer.text.partition("\n")
        first = texts.NO_DOCUMENTS.to(language, command=self._command)
        return replace(answer, text=f"{first}\n{rest}".strip())
