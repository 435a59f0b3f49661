"""Questions to begin with, made of the headings that a reader may see."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.analytics import texts
from bot.core.language import Language, language_of
from bot.core.links import safe_text
from bot.llm.extractive import shown_first
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError
from knowledge.model.types import Passage, Principal

SHOWN = 3

_KEPT = 500
"""Readers whose questions are kept until the next index version."""

_DOCUMENTS = 40
_TRIED = 4
"""Candidates that are searched for each question that is wanted."""

_PASSAGES = 8
"""Passages that are held against a candidate, as many as a search of the agent finds."""

_NUMBER = re.compile(r"^[\s#]*(?:第?[\d０-９]+(?:[.．・-][\d０-９]+)*[章節条.．、:：)）]?\s*)")
_MARKED = re.compile(r"^(?:[QＱ][\d０-９]*[.．:：、)）]|問[\d０-９]*[.．:：、\s])\s*")
"""What an FAQ writes in front of a question."""

_LETTERS = re.compile(r"[^\W\d_]")
_LENGTHS = {"en": (8, 60), "ja": (3, 30)}
_ASKS = re.compile(r"[?？]$|(?:です|ます|でしょう)か$")
_QUESTION = re.compile(r"^\*\*([^*\n]{4,60}[?？])\*\*$", re.MULTILINE)
"""A question that a document asks and answers itself."""

_SENTENCE = re.compile(
    r"^(?:how|what|why|when|where|who|which|if|you|we|do|does|is|are|can)\b|は|[ぁ-ん]$",
    re.IGNORECASE,
)
"""A heading that is more than a noun: nothing can be asked about it by adding a word."""

_EMPTY = re.compile(
    r"introduction|overview|summary|background|contents|table of contents|appendix|changelog"
    r"|(?:\w+ )?faq|references|see also|notes?|readme"
    r"|はじめに|概要|目次|付録|参考|関連.*|よくある質問",
    re.IGNORECASE,
)


class Starter(NamedTuple):
    """A question to begin with, and the id of the document whose heading it is."""

    question: str
    document_id: str


class StarterQuestions:
    """Finds questions that the documents answer, for people who do not know what to ask."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base
        self._known = dict[object, tuple[Starter, ...]]()

    async def of(self, reader: Principal, language: Language, count: int = SHOWN) -> Sequence[str]:
        """Return up to *count* questions of documents that *reader* may see, as `found` does."""
        return [one.question for one in await self.found(reader, language, count)]

    async def found(
        self, reader: Principal, language: Language, count: int = SHOWN
    ) -> Sequence[Starter]:
        """Return up to *count* questions with the documents that *reader* may see.

        Each was searched, and its own document answers it, or is the first that is shown. Those in
        *language* come first.
        """
        key = (self._base.index_version, replace(reader, id=""), language, count)
        if key not in self._known:
            try:
                good = await self._find(reader, language, count)
            except KnowledgeError:
                return ()  # without an index there is nothing to suggest
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[key] = tuple(good)
        return self._known[key]

    async def _find(self, reader: Principal, language: Language, count: int) -> list[Starter]:
        passages = await self._base.beginnings(reader, _DOCUMENTS)
        candidates = list(_candidates(passages, language))[: count * _TRIED]
        hits = await asyncio.gather(*(self._answers(*one, reader) for one in candidates))
        return [one for one, hit in zip(candidates, hits, strict=True) if hit][:count]

    async def _answers(self, question: str, document_id: str, reader: Principal) -> bool:
        found = await self._base.search(question, reader, _PASSAGES)
        return await asyncio.to_thread(shown_first, question, found) == document_id


def _candidates(passages: Sequence[Passage], language: Language) -> Iterator[Starter]:
    """Yield a question for each document that has a telling heading or title.

    What a document asks itself comes before what is only named by a heading.
    """
    asked = dict[str, tuple[str, Language]]()
    written = set[str]()
    for passage in passages:
        if passage.document_id in asked:
            continue
        named = (*reversed(passage.headings), passage.title)
        for heading in (*_QUESTION.findall(passage.text), *named):
            name = _MARKED.sub("", _NUMBER.sub("", heading)).strip()
            spoken = language_of(name)
            if _telling(name, spoken):
                asks = _ASKS.search(name) is not None
                said = name if asks else texts.STARTER_QUESTION.to(spoken, heading=name)
                asked[passage.document_id] = (said, spoken)
                written.update([said] if asks else [])
                break
    own = {document for document, (question, _) in asked.items() if question in written}
    ordered = sorted(asked.items(), key=lambda item: (item[1][1] != language, item[0] not in own))
    return (Starter(question, document) for document, (question, _) in ordered)


def _telling(heading: str, language: Language) -> bool:
    least, most = _LENGTHS[language]
    return (
        least <= len(heading) <= most
        and len(_LETTERS.findall(heading)) * 2 > len(heading)
        and not _EMPTY.fullmatch(heading)
        and safe_text(heading) == heading  # a button with an address would lead nowhere
        and (_ASKS.search(heading) is not None or not _SENTENCE.search(heading))
    )
