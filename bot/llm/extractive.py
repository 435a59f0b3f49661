"""Answers without a language model: quotes what answers, or shows where the answer probably stands.

It goes through the same loop as a language model: search first, then finish. Every piece of the
passages that could be quoted is held against the question. How well the best one fits decides
whether it is the answer, a passage that was found, or nothing.
"""

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from bot.agent.chat_model import QUOTES_ONLY
from bot.agent.confidence import Weights
from bot.agent.search_first import leans_back
from bot.agent.texts import ATTACHED
from bot.agent.tool import ToolSpec
from bot.core.language import Language
from bot.core.types import (
    ChatMessage,
    ModelTurn,
    NumberedPassage,
    TextDelta,
    ToolCall,
    Usage,
)
from bot.llm import texts
from bot.text import answer_types, conflicts
from bot.text.excerpts import Excerpt
from bot.text.permission import permission
from bot.text.question_fit import QuestionFit, supersedes
from bot.text.question_similarity import by_words, contrast, differ
from bot.text.question_words import keys_missing, names_missing, nouns_missing
from knowledge.model.settings import ENTRIES
from knowledge.model.types import Passage
from knowledge.text.question_subject import subject_of

MOST_FOUND = 3
"""Passages that are shown where none is the answer."""

FOREIGN = 5
"""How many times more a passage in another language than the question has to fit to be shown."""

MOST_MISSING = 0.5
"""Share of what a question is about that an answer may lack."""

MOST_NOUNS_MISSING = 0.3
"""Share of the things that a question names that an answer may lack."""

SUNK = 0.5
"""Factor of the confidence in what lacks something that the question names."""

_SINKING = (
    *("names_missing_near", "kind_unmet", "permission_unmet", "older", "other_language"),
    *("other_letters", "other_thing", "names_nothing"),
)
"""What keeps a quotation from being an answer, however many words it has in common."""

NOTHING_THERE = 0.7
"""Share of what a question is about, from which on a passage that lacks it is not worth showing."""

SAME_ENTRY = 0.5
"""Share of their words that a question and the one that an answer was saved for have in common."""

SAID_BY_A_PERSON = 0.9
"""Confidence in a saved answer to the same question."""

ABOUT_EQUAL = 0.7
"""Share of the best fit from which another quotation matches about equally well."""

JOINED_DISCOUNT = 0.15
"""How much less a passage counts that fits only together with the question before."""

_ATTACHED = re.compile(
    "|".join(
        rf"\n\n{re.escape(text).replace('NAMES', '.*')}$"
        for text in (ATTACHED.to("en", names="NAMES"), ATTACHED.to("ja", names="NAMES"))
    )
)
"""The names of files below a question, which are no words of whoever asks."""

_ID = re.compile(r"[UWS][A-Z0-9]{6,}")
"""An id of a platform, which says nothing to people."""

_MARK_LIKE = re.compile(r"[\[［【]\s*\d{1,3}\s*[\]］】]")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A piece of a passage, how well it fits the question, and why.

    Attributes:
        same_question: Whether it is a saved answer to the same question in other words.
        other_entry: Whether it is a saved answer, and to a question that differs.
    """

    number: int
    passage: Passage
    excerpt: Excerpt
    fit: float
    features: Mapping[str, float]
    same_question: bool = False
    other_entry: bool = False

    @property
    def sure(self) -> float:
        """How probably it is the answer; what it lacks sinks it, however many words it has."""
        if self.same_question:
            return max(self.fit, SAID_BY_A_PERSON)
        lacks = any(self.features[name] for name in _SINKING)
        beside = (
            self.features["subject_missing_near"] > MOST_MISSING
            or self.features["nouns_missing_near"] > MOST_NOUNS_MISSING
        )
        return SUNK * self.fit if lacks or beside or self.other_entry else self.fit


class ExtractiveModel:
    """Searches for the question, then quotes the best passage with its number, title and date.

    Args:
        weights: How sure it is of a quotation; it answers from `shown_from` on, and shows passages
            from `found_from` on.
    """

    def __init__(self, weights: Weights | None = None) -> None:
        self._weights = weights or Weights.load("extractive")

    @property
    def name(self) -> str:
        return QUOTES_ONLY

    async def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        asked = [message for message in messages if message.question]
        questions = [message.question for message in asked]
        said = [_ATTACHED.sub("", question) for question in questions]
        readings = _readings(messages)
        searchable = any(tool.name == "search_knowledge" for tool in tools)
        calls = (
            (_finish(said, readings, self._weights, asked[-1].language),)
            if readings or force or not searchable
            else _searches(questions)
        )
        yield ModelTurn("", calls, Usage(calls=1), model=self.name)

    async def aclose(self) -> None:
        """Nothing is open."""


def shown_first(question: str, passages: Sequence[Passage], weights: Weights | None = None) -> str:
    """Return the id of the document that answers *question*, or is shown for it; "" if none is.

    Args:
        question: Asked alone, and not in a conversation.
        passages: What a search has found for it.
        weights: As of `ExtractiveModel`.
    """
    chosen = weights or Weights.load("extractive")
    reading = [NumberedPassage(number, one) for number, one in enumerate(passages, 1)]
    candidates = _candidates([question], [reading], chosen)
    if candidates and _answers(candidates[0], chosen):
        return candidates[0].passage.document_id
    shown = _worth_showing(candidates, chosen)
    return shown[0].passage.document_id if shown else ""


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
    best = candidates[0] if candidates else None
    if best is None or not _answers(best, weights):
        shown = _worth_showing(candidates, weights)
        sure = best.sure if best else 0.0
        return _call(
            {
                "status": "insufficient_evidence",
                "quotes_only": True,
                "citations": [_citation(item) for item in shown],
                "confidence": round(sure, 3),
            }
        )
    best = _newest(best, candidates)
    text, older = _worded(best, language), _contradicting(best, candidates)
    if older:
        text += "\n\n" + _otherwise(older, language)
    return _call(
        {
            "status": "answered",
            "answer": text,
            "citations": [_citation(item) for item in (best, older) if item],
            "confidence": round(best.sure, 3),
        }
    )


def _call(arguments: Mapping[str, object]) -> ToolCall:
    return ToolCall("finish-1", "finish", json.dumps(arguments, ensure_ascii=False))


def _citation(item: _Candidate) -> Mapping[str, object]:
    return {"n": item.number, "quote": item.excerpt.quote}


def _answers(item: _Candidate, weights: Weights) -> bool:
    """Tell whether *item* is the answer: fitting, and with every name that the question names."""
    return item.sure >= weights.shown_from


def _worth_showing(candidates: Sequence[_Candidate], weights: Weights) -> list[_Candidate]:
    """Return the best candidate of each document that may hold the answer, best first."""
    best = dict[str, _Candidate]()
    for item in candidates:
        least = weights.found_from * (FOREIGN if item.features["other_language"] else 1)
        if item.fit >= least and item.features["subject_missing"] < NOTHING_THERE:
            best.setdefault(item.passage.id, item)
    shown = list(best.values())
    if shown and not shown[0].features["other_language"]:
        shown = [item for item in shown if not item.features["other_language"]]
    return shown[:MOST_FOUND]


def _candidates(
    questions: Sequence[str], readings: Sequence[Sequence[NumberedPassage]], weights: Weights
) -> list[_Candidate]:
    """Rank what can be quoted by how well it fits the question, best first.

    In a conversation, a question that leans on the one before it is read together with it; one
    with a subject of its own may be.
    """
    leans = len(questions) > 1 and leans_back(questions[-1])
    permits = permission(questions[-1])
    found = dict[tuple[int, str], _Candidate]()
    for query, reading in zip(_queries(questions), readings, strict=False):
        alone = query == questions[-1]
        if alone and leans and len(readings) > 1:
            continue
        discount = 0.0 if alone or leans else JOINED_DISCOUNT
        numbers = {item.passage.id: item.number for item in reading}
        fit = QuestionFit(query, [item.passage for item in reading])
        for passage, excerpt in fit.pieces:
            features = fit.features(passage, excerpt)
            above = "\n".join([passage.title, *passage.headings, excerpt.context])
            unmet = permits is not None and not permits(excerpt.quote, above)
            features["permission_unmet"] = float(unmet)
            if not alone:  # what the follow-up itself names has to be there, too
                said = "\n".join([*passage.headings, excerpt.context, excerpt.quote])
                own = keys_missing(questions[-1], said)
                features["subject_missing_near"] = max(features["subject_missing_near"], own)
            sure = weights.score(features) - discount
            item = _Candidate(
                numbers[passage.id],
                passage,
                excerpt,
                max(sure, 0.0),
                features,
                passage.source == ENTRIES and alone and _asks_the_same(query, passage),
                passage.source == ENTRIES and _asks_another(query, passage),
            )
            key = (item.number, excerpt.quote)
            if key not in found or found[key].fit < item.fit:
                found[key] = item
    ranked = sorted(
        found.values(),
        key=lambda item: (
            not item.same_question,
            -item.fit,
            item.number,
            len(item.excerpt.quote),
        ),
    )
    return _current_first(ranked, weights.found_from)


def _current_first(ranked: Sequence[_Candidate], least: float) -> list[_Candidate]:
    """Put the best of a newer document in front of whatever an older one says of its subject."""
    current = list(ranked)
    outdated = {item.passage.document_id: item for item in reversed(ranked) if _is_outdated(item)}
    for item in outdated.values():
        newer = next(
            (
                one
                for one in current
                if one.fit >= least
                and not _is_outdated(one)
                and supersedes(one.passage, item.passage)
            ),
            item,
        )
        if current.index(newer) > current.index(item):
            current.remove(newer)
            current.insert(current.index(item), newer)
    return current


def _is_outdated(item: _Candidate) -> bool:
    return bool(item.features["older"]) and not item.same_question


def _asks_the_same(question: str, entry: Passage) -> bool:
    """Tell whether *question* asks, in other words, what *entry* was saved for."""
    asked, saved = subject_of(question), subject_of(entry.title)
    said = _said(entry)
    if names_missing(question, said) or nouns_missing(question, said):
        return False
    if differ(asked, saved) or contrast(asked, saved):
        return False
    wanted, told = answer_types.expectation(asked), answer_types.expectation(saved)
    if wanted and not wanted(entry.text) and (told is None or told(entry.text)):
        return False
    return (
        by_words(asked, saved) >= SAME_ENTRY
        and keys_missing(question, entry.title) <= MOST_MISSING
        and keys_missing(entry.title, question) <= MOST_MISSING
    )


def _asks_another(question: str, entry: Passage) -> bool:
    """Tell whether *question* names things that *entry* does not, or differs from what it is to."""
    asked, saved = subject_of(question), subject_of(entry.title)
    if differ(asked, saved) or contrast(asked, saved):
        return True
    return nouns_missing(question, _said(entry)) > MOST_NOUNS_MISSING


def _said(entry: Passage) -> str:
    return "\n".join((entry.title, *entry.headings, entry.text))


def _newest(best: _Candidate, candidates: Sequence[_Candidate]) -> _Candidate:
    """Return the newest of the quotations that fit about as well and state another value."""
    rivals = [
        item
        for item in candidates
        if item.fit >= ABOUT_EQUAL * best.fit
        and conflicts.disagree(best.excerpt.quote, item.excerpt.quote)
    ]
    dated = [item for item in (best, *rivals) if item.passage.date]
    return max(dated, key=_date) if best in dated else best


def _date(item: _Candidate) -> str:
    return item.passage.date.isoformat() if item.passage.date else ""


def _contradicting(best: _Candidate, candidates: Sequence[_Candidate]) -> _Candidate | None:
    """Return an older quotation that states another value of the same."""
    for item in candidates:
        older = item.passage.date and best.passage.date and item.passage.date < best.passage.date
        if older and conflicts.disagree(best.excerpt.quote, item.excerpt.quote):
            return item
    return None


def _worded(item: _Candidate, language: Language) -> str:
    source, shown = _source(item.passage, language), _shown(item.excerpt)
    if "```" in shown:
        return texts.CODE.to(language, source=source, quote=shown, number=item.number)
    quoted = "\n".join(f"> {line}".rstrip() for line in f"{shown} [{item.number}]".split("\n"))
    return texts.QUOTATION.to(language, source=source, quote=quoted)


def _shown(excerpt: Excerpt) -> str:
    """Return what people read, without what would be read as a mark, and no half emphasis."""
    shown = _MARK_LIKE.sub("", excerpt.shown)
    return shown.replace("**", "") if shown.count("**") % 2 else shown


def _otherwise(item: _Candidate, language: Language) -> str:
    quote = " ".join(_MARK_LIKE.sub("", item.excerpt.shown).replace("**", "").split())
    source = _source(item.passage, language)
    return texts.OLDER.to(language, source=source, quote=quote, number=item.number)


def _source(passage: Passage, language: Language) -> str:
    title = " ".join(_MARK_LIKE.sub("", passage.title).split())
    if passage.source == ENTRIES and passage.owner and not _ID.fullmatch(passage.owner):
        return texts.SAVED_SOURCE.to(language, title=title, owner=passage.owner)
    if passage.date is None:
        return texts.SOURCE.to(language, title=title)
    return texts.DATED_SOURCE.to(language, title=title, date=passage.date.isoformat())
