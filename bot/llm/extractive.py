"""Answers without a language model: quotes the best passage, or hands over.

It goes through the same loop as a language model: search first, then finish. Whether a passage
answers the question is decided by the confidence that `bot.agent.confidence` gives it, on what
retrieval says and on whether the kind of answer that is asked for (an amount, a date) is there.
"""

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from bot.agent.confidence import Weights, retrieval_features
from bot.agent.tool import ToolSpec
from bot.core.i18n import Text
from bot.core.language import Language, language_of
from bot.core.types import ChatMessage, ModelTurn, NumberedPassage, TextDelta, ToolCall, Usage
from bot.llm import texts
from bot.text import answer_types
from bot.text.conflicts import contradict
from knowledge.model.types import Passage
from knowledge.text.analysis import token_set
from knowledge.text.highlight import Span, sentences

ABOUT_EQUAL = 0.15
"""Passages whose confidences differ by less than this match a question about equally well."""

WEAK_HIGHLIGHT = 1 / 3
"""Share of the passage's coverage below which its best sentence does not stand for it."""

LONG: Mapping[Language, int] = {"ja": 160, "en": 400}
"""Characters: how much of a passage is quoted, whole sentences only. The best sentence of the right
passage holds the answer in 93 % (Japanese) and 90 % (English) of the questions measured; with its
neighbours up to this length, in 97 % and 95 %."""

SHORT_QUESTION: Mapping[Language, int] = {"ja": 12, "en": 24}
"""Characters: a shorter question in a conversation stands on the one before it."""

_LEANS_BACK = re.compile(
    r"(?:and|but|so|then|what about|how about|also)\b|それ|その|そこ|これ|では|じゃ|なら|あと",
    re.IGNORECASE,
)
_MARK_LIKE = re.compile(r"[\[［【]\s*\d{1,3}\s*[\]］】]")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A passage with its score over all readings, its quotation, and its confidence."""

    number: int
    passage: Passage
    score: float
    quote: str
    confidence: float


class ExtractiveModel:
    """Searches for the question, then quotes the best passage with its number, title and date.

    Args:
        weights: How sure it is of a passage; it quotes from `shown_from` on.
    """

    def __init__(self, weights: Weights | None = None) -> None:
        self._weights = weights or Weights.load("extractive")

    @property
    def name(self) -> str:
        return "extractive"

    async def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        asked = [message for message in messages if message.question]
        questions = [message.question for message in asked]
        readings = _readings(messages)
        searchable = any(tool.name == "search_knowledge" for tool in tools)
        calls = (
            (_finish(questions, readings, self._weights, asked[-1].language),)
            if readings or force or not searchable
            else _searches(questions)
        )
        yield ModelTurn("", calls, Usage(calls=1), model=self.name)

    async def aclose(self) -> None:
        """Nothing is open."""


def _searches(questions: Sequence[str]) -> tuple[ToolCall, ...]:
    """Search for the question alone and, in a conversation, together with the one before it.

    A follow-up such as "and on holidays?" (「休日は？」) means nothing without its subject.
    """
    return tuple(
        ToolCall(f"search-{place}", "search_knowledge", json.dumps({"query": query}))
        for place, query in enumerate(_queries(questions), 1)
    )


def _queries(questions: Sequence[str]) -> list[str]:
    return [questions[-1], *([" ".join(questions[-2:])] if len(questions) > 1 else [])]


def _readings(messages: Sequence[ChatMessage]) -> list[tuple[NumberedPassage, ...]]:
    """Return what was found for each reading of the last question."""
    last = max(place for place, message in enumerate(messages) if message.question)
    return [message.passages for message in messages[last:] if message.role == "tool"]


def _finish(
    questions: Sequence[str],
    readings: Sequence[Sequence[NumberedPassage]],
    weights: Weights,
    language: Language,
) -> ToolCall:
    candidates = _candidates(questions, readings, weights)
    if not candidates or candidates[0].confidence < weights.shown_from:
        sure = candidates[0].confidence if candidates else 0.0
        return _call({"status": "insufficient_evidence", "confidence": round(sure, 3)})
    best, older = _newer(candidates)
    text = _answer(best, language)
    if older:
        text += "\n\n" + _contradiction(older, language)
    return _call(
        {
            "status": "answered",
            "answer": text,
            "citations": [
                {"n": item.number, "quote": item.quote} for item in (best, older) if item
            ],
            "confidence": round(best.confidence, 3),
        }
    )


def _call(arguments: Mapping[str, object]) -> ToolCall:
    return ToolCall("finish-1", "finish", json.dumps(arguments, ensure_ascii=False))


def _candidates(
    questions: Sequence[str], readings: Sequence[Sequence[NumberedPassage]], weights: Weights
) -> list[_Candidate]:
    """Rank the passages by how well they fit all readings of the question together.

    In a conversation this finds the passage that has the follow-up's words and the subject of
    the question before; a question with a subject of its own wins by its own words.
    """
    language, queries = language_of(questions[-1]), _queries(questions)
    alone = questions[-1]
    found = dict[int, list[tuple[str, Passage]]]()
    lists = dict[str, list[Passage]]()
    for query, reading in zip(queries, readings, strict=False):
        lists[query] = [item.passage for item in reading]
        for item in reading:
            found.setdefault(item.number, []).append((query, item.passage))
    candidates = []
    for number, readers in found.items():
        passages = [passage for _, passage in readers]
        # "And on holidays?" is covered by any holiday; only with its subject does it say anything.
        counted = [query for query in queries if query != alone or not _leans_back(questions)]
        asked = alone if answer_types.expectation(alone) else queries[-1]
        quote = quotation(passages[0], asked, language)
        candidates.append(
            _Candidate(
                number,
                passages[0],
                sum(passage.score for passage in passages),
                quote,
                max(
                    (
                        weights.score(retrieval_features(asked, quote, passage, lists[query]))
                        for query, passage in readers
                        if query in counted
                    ),
                    default=0.0,
                ),
            )
        )
    return sorted(candidates, key=lambda item: item.score, reverse=True)


def _leans_back(questions: Sequence[str]) -> bool:
    """Tell whether the last question depends on the one before it."""
    last = questions[-1].strip()
    if len(questions) == 1:
        return False
    return len(last) < SHORT_QUESTION[language_of(last)] or bool(_LEANS_BACK.match(last))


def _newer(candidates: Sequence[_Candidate]) -> tuple[_Candidate, _Candidate | None]:
    """Return the best candidate, and an older one that contradicts it and fits equally well."""
    best = candidates[0]
    for other in candidates[1:]:
        if best.confidence - other.confidence < ABOUT_EQUAL and contradict(
            best.passage, other.passage
        ):
            newer, older = sorted((best, other), key=_date, reverse=True)
            return newer, older
    return best, None


def _date(candidate: _Candidate) -> str:
    return candidate.passage.date.isoformat() if candidate.passage.date else ""


def quotation(passage: Passage, question: str, language: Language) -> str:
    """Return the sentences of *passage* to quote, verbatim and in a row."""
    spans = sentences(passage.text)
    start = passage.text.find(passage.highlight)
    end = start + len(passage.highlight)
    inside = [n for n, span in enumerate(spans) if span.start < end and start < span.end]
    weak = passage.signals.highlight_coverage < WEAK_HIGHLIGHT * passage.signals.coverage
    if not spans or not (inside or weak):
        return passage.highlight or passage.text
    if weak:
        fitting = [n for n, span in enumerate(spans) if span.end - spans[0].start <= LONG[language]]
        first, last = 0, max(fitting, default=0)
    else:
        first, last = inside[0], inside[-1]
    first, last = _telling(passage.text, spans, (first, last), question, language)
    first, last = _widened(passage.text, spans, (first, last), LONG[language])
    return passage.text[spans[first].start : spans[last].end]


def _telling(
    text: str, spans: Sequence[Span], chosen: tuple[int, int], question: str, language: Language
) -> tuple[int, int]:
    """Take in a sentence with the kind of answer that is asked for, if *chosen* has none."""
    first, last = chosen
    expected = answer_types.expectation(question)
    if expected is None or expected(text[spans[first].start : spans[last].end]):
        return chosen
    wanted = token_set(question)
    telling = [
        (len(wanted & token_set(said)), -min(abs(n - first), abs(n - last)), n)
        for n, span in enumerate(spans)
        if expected(said := text[span.start : span.end])
    ]
    if not telling:
        return chosen
    place = max(telling)[2]
    together = min(first, place), max(last, place)
    if spans[together[1]].end - spans[together[0]].start <= LONG[language]:
        return together
    return place, place


def _widened(
    text: str, spans: Sequence[Span], chosen: tuple[int, int], longest: int
) -> tuple[int, int]:
    """Take in the sentences behind and before, as many of the paragraph as fit into *longest*."""

    def joined(one: int) -> bool:
        gap = text[spans[one].end : spans[one + 1].start]
        return "\n\n" not in gap and "|" not in gap and text[spans[one + 1].start] != "|"

    def fits(one: int, other: int) -> bool:
        return spans[other].end - spans[one].start <= longest

    first, last = chosen
    grown = True
    while grown:
        before, after = first - 1, last + 1
        if grown := after < len(spans) and joined(last) and fits(first, after):
            last = after
        elif grown := first > 0 and joined(before) and fits(before, last):
            first = before
    return first, last


def _answer(item: _Candidate, language: Language) -> str:
    return _worded(texts.QUOTATION, item, language)


def _contradiction(item: _Candidate, language: Language) -> str:
    return _worded(texts.OLDER, item, language)


def _worded(text: Text, item: _Candidate, language: Language) -> str:
    source, quote = _source(item.passage, language), _shown(item.quote)
    return text.to(language, source=source, quote=quote, number=item.number)


def _source(passage: Passage, language: Language) -> str:
    title = _shown(passage.title)
    if passage.date is None:
        return texts.SOURCE.to(language, title=title)
    return texts.DATED_SOURCE.to(language, title=title, date=passage.date.isoformat())


def _shown(text: str) -> str:
    """Put *text* on one line, without cut-off emphasis and what would be read as a mark."""
    return " ".join(_MARK_LIKE.sub("", text.replace("**", "")).split())
