"""Example questions from the headings of the documents that a person may read."""

from collections.abc import Iterator
from itertools import islice

from bot.answering import texts
from bot.core.language import Language, language_of
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError
from knowledge.model.types import Passage, Principal

SUGGESTED = 3
"""How many questions are suggested."""

_TRIED = 12
"""Headings that are tried at most."""

_SHORTEST, _LONGEST = 2, 60
"""Characters of a heading that reads as the subject of a question."""


class QuestionSuggestions:
    """Turns headings into questions, and keeps those that lead back to their heading."""

    def __init__(self, documents: KnowledgeBase) -> None:
        self._documents = documents

    async def for_reader(self, reader: Principal, language: Language) -> list[str]:
        """Return up to `SUGGESTED` questions in *language*; fewer, or none, if there are no more.

        Those on documents in the language come first.
        """
        try:
            outline = await self._documents.outline(reader)
            found = list[str]()
            for passage in islice(_usable(outline, language), _TRIED):
                question = _asked(passage, language)
                best = await self._documents.search(question, reader, 1)
                if best and best[0].headings == passage.headings and question not in found:
                    found.append(question)
                if len(found) == SUGGESTED:
                    break
        except KnowledgeError:
            return []
        return found


def _usable(outline: list[Passage], language: Language) -> Iterator[Passage]:
    """Yield one passage of each document, first those in *language*."""
    of_documents = dict[str, Passage]()
    for passage in outline:
        if _heading(passage):
            of_documents.setdefault(passage.document_id, passage)
    yield from sorted(
        of_documents.values(),
        key=lambda one: (language_of(one.text) != language, not _is_question(_heading(one))),
    )


def _heading(passage: Passage) -> str:
    """Return the heading that *passage* stands under, if it says more than the title."""
    heading = passage.headings[-1] if passage.headings else ""
    fits = _SHORTEST <= len(heading) <= _LONGEST and heading != passage.title
    return heading if fits and len(passage.headings) > 1 else ""


def _asked(passage: Passage, language: Language) -> str:
    heading = _heading(passage)
    if _is_question(heading):
        return heading
    return texts.SUGGESTION.to(language, title=passage.title, heading=heading)


def _is_question(heading: str) -> bool:
    return heading.endswith(texts.QUESTION_ENDINGS)
