"""What each tool does for its caller: their rights, their limits, and texts that act on nothing."""

import asyncio
import re
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol
from weakref import WeakValueDictionary

import structlog
from pydantic import BaseModel

from bot.agent import texts as agent_texts
from bot.agent.evidence import visible
from bot.analytics.gaps import VisibleGap, public_words
from bot.analytics.overview import Overview
from bot.answering.answerer import Answerer
from bot.core.errors import ToolError
from bot.core.language import Language, wanted_language
from bot.core.links import as_target, linkable, safe_markdown
from bot.core.message_ref import MCP
from bot.core.types import Answer, Citation, Question, QuestionId, ThreadId
from bot.limits.person_limits import LimitName, PersonLimits
from bot.limits.texts import in_words
from bot.mcp_server import texts
from bot.mcp_server.callers import CallingPerson
from bot.mcp_server.schemas import (
    AskCall,
    CheckedAnswer,
    CitedPassage,
    FoundPassage,
    FoundPassages,
    GapsCall,
    HandedOver,
    ListedGap,
    ListedGaps,
    ReadCall,
    ReadParts,
    SearchCall,
)
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError
from knowledge.model.types import Passage
from knowledge.text.plain_text import plain_text

PARTS = 6
"""Parts of a document that one call of `read` returns."""

AT_ONCE = 5
"""Questions of one person that are in work; their others wait, so that nobody else waits for all.

With `limit_open_questions`, 20, the last one is begun after three others have ended.
"""

_PING = re.compile(r"<(?=[@#!])")
_WEB = ("http://", "https://")

_log = structlog.get_logger(__name__)

AskAnExpert = Callable[[str, str, Language], Awaitable[object]]
"""Asks a text for a person where they can pass it on to an expert themselves."""

KeepPrivate = Callable[[str, str], AbstractContextManager[object]]
"""Keeps a text out of the log while something with an id is done."""


class GapView(Protocol):
    """The gaps, as far as a caller may know of them."""

    async def visible(self, caller: CallingPerson, limit: int) -> Sequence[VisibleGap]:
        """Return the first *limit* gaps, those of most people first."""
        ...


class TerminalGaps:
    """The gaps for the operator at the terminal: what was asked in private is only counted."""

    def __init__(self, overview: Overview) -> None:
        self._overview = overview

    async def visible(self, caller: CallingPerson, limit: int) -> Sequence[VisibleGap]:  # noqa: ARG002
        gaps = (await self._overview.gaps())[:limit]
        return [VisibleGap.of(gap, public_words(gap), gap.closest) for gap in gaps]


@dataclass(frozen=True, slots=True)
class ToolReply:
    """What a tool returns: the same as *text* for people and models, and as *data*."""

    text: str
    data: BaseModel
    failed: bool = False


class KotaeTools:
    """The tools; every method takes who calls, and raises `ToolError` with a text for them.

    Args:
        base: The documents.
        answerer: Answers, within the budgets.
        gaps: What the documents lack.
        limits: What one person may have in an hour.
        most_open: Questions of one person that may wait or be in work.
        hand_over: Passes a question on; None where nobody can be asked.
        keep_private: Keeps texts out of the log.
    """

    def __init__(
        self,
        base: KnowledgeBase,
        answerer: Answerer,
        gaps: GapView,
        limits: PersonLimits,
        *,
        most_open: int,
        hand_over: AskAnExpert | None,
        keep_private: KeepPrivate,
    ) -> None:
        self._base = base
        self._answerer = answerer
        self._gaps = gaps
        self._limits = limits
        self._most_open = most_open
        self._hand_over = hand_over
        self._keep_private = keep_private
        self._open = Counter[str]()
        self._places = WeakValueDictionary[str, asyncio.Semaphore]()

    @property
    def hands_over(self) -> bool:
        """Whether questions can be passed on."""
        return self._hand_over is not None

    async def search(self, caller: CallingPerson, call: SearchCall) -> ToolReply:
        """Find passages that the caller may read."""
        query = _question(call.query)
        language = wanted_language(query)
        await self._count("lookups", caller, _new_id(), language)
        try:
            with self._keep_private(_new_id(), query):
                found = await self._base.search(
                    query, caller.reader, call.limit, sources=self._known(call.sources)
                )
        except KnowledgeError as error:
            raise _unsearchable(error, language) from error
        shown = [_passage(number, one, caller) for number, one in enumerate(found, 1)]
        head = texts.PASSAGES.to(language, count=len(shown))
        if not shown:
            head = texts.NO_PASSAGES.to(language)
        return ToolReply("\n\n".join([head, *map(_written, shown)]), FoundPassages(passages=shown))

    async def ask(self, caller: CallingPerson, call: AskCall) -> ToolReply:
        """Answer from documents that the caller may read, or say that nothing answers."""
        text = _question(call.question)
        question = _asked(text, caller)
        language = question.reply_language
        await self._count("questions", caller, question.id, language)
        if self._open[caller.person] >= self._most_open:
            raise ToolError(texts.TOO_MANY_OPEN.to(language, count=self._most_open))
        self._open[caller.person] += 1
        places = self._places.setdefault(caller.person, asyncio.Semaphore(AT_ONCE))
        try:
            async with places:
                with self._keep_private(question.id, text):
                    answer = await self._answerer.answer_now(question)
        finally:
            self._open[caller.person] -= 1
            self._open += Counter[str]()  # forget who has none
        return self._answered(question, answer, caller)

    async def read(self, caller: CallingPerson, call: ReadCall) -> ToolReply:
        """Return parts of a document; what is forbidden and what is not there look the same."""
        await self._count("lookups", caller, _new_id(), caller.language)
        try:
            found = await self._base.read(call.document_id, caller.reader, call.start, PARTS + 1)
        except KnowledgeError:
            found = []
        if not found:
            raise ToolError(texts.NOT_THERE.to(caller.language, start=call.start))
        parts = [_passage(number, one, caller) for number, one in enumerate(found[:PARTS], 1)]
        following = call.start + PARTS if len(found) > PARTS else None
        lines = [texts.PASSAGES.to(caller.language, count=len(parts)), *map(_written, parts)]
        if following is not None:
            lines.append(texts.NEXT_PART.to(caller.language, start=following))
        first = parts[0]
        data = ReadParts(
            document_id=first.document_id,
            title=first.title,
            url=first.url,
            passages=parts,
            next=following,
        )
        return ToolReply("\n\n".join(lines), data)

    async def gaps(self, caller: CallingPerson, call: GapsCall) -> ToolReply:
        """List questions without an answer, for operators."""
        if not caller.operator:
            raise ToolError(texts.OPERATORS_ONLY.to(caller.language))
        await self._count("lookups", caller, _new_id(), caller.language)
        found = await self._gaps.visible(caller, call.limit)
        listed = [_listed(gap, caller.language) for gap in found]
        head = texts.GAPS.to(caller.language, count=len(listed)) if listed else ""
        lines = [
            texts.GAP.to(caller.language, words=one.question, times=one.times, people=one.people)
            for one in listed
        ]
        text = "\n".join([head, *lines]) if head else texts.NO_GAPS.to(caller.language)
        return ToolReply(text, ListedGaps(gaps=listed))

    async def hand_over(self, caller: CallingPerson, call: AskCall) -> ToolReply:
        """Ask in the caller's direct messages, where they can pass it on to an expert."""
        text = _question(call.question)
        language = wanted_language(text)
        assert self._hand_over is not None, "the tool is not offered then"
        await self._count("handoffs", caller, _new_id(), language)
        with self._keep_private(_new_id(), text):
            await self._hand_over(text, caller.person, language)
        message = texts.HANDED_OVER.to(language)
        return ToolReply(message, HandedOver(message=message))

    def _known(self, sources: Sequence[str]) -> Sequence[str]:
        """Return *sources* as they are called; a name that is none finds nothing."""
        names = {name.casefold(): name for name in self._base.source_names}
        return [names.get(one.strip().casefold(), one) for one in sources if one.strip()]

    async def _count(
        self, name: LimitName, caller: CallingPerson, what: str, language: Language
    ) -> None:
        wait = await self._limits.take(name, caller.person, what, share=caller.share)
        if wait:
            most = int(self._limits.hourly.most(name) * caller.share)
            when = in_words(wait, language)
            raise ToolError(texts.TOO_MANY.to(language, count=most, when=when))

    def _answered(self, question: Question, answer: Answer, caller: CallingPerson) -> ToolReply:
        language = question.reply_language
        allowed = linkable(answer.citations)
        text, status = answer.text, _status(answer)
        if status == "nothing":
            unsure = agent_texts.NOT_SURE.to(language)
            if text.startswith(unsure):  # nobody is asked here
                text = texts.NOT_SURE.to(language) + text.removeprefix(unsure)
        text = safe(text, allowed)
        cited = [_cited(one, caller) for one in answer.citations]
        data = CheckedAnswer(
            status=status,
            answer=text,
            citations=cited,
            confidence=answer.confidence if answer.calibrated else None,
            question_id=question.id,
        )
        lines = [text]
        if cited:
            sources = [f"[{one.n}] {one.title} {one.url}".rstrip() for one in cited]
            lines.append("\n".join([texts.SOURCES.to(language), *sources]))
        if status in {"found", "nothing"} and self.hands_over:
            lines.append(texts.ASK_PERSON.to(language))
        return ToolReply("\n\n".join(lines), data, failed=answer.status == "failed")


def safe(text: str, allowed: Collection[str] = ()) -> str:
    """Return foreign *text* in which nothing acts: no link but *allowed* ones, no mention."""
    return _PING.sub("&lt;", safe_markdown(visible(text), allowed))


def _line(text: str) -> str:
    return safe(" ".join(text.split()))


def _question(text: str) -> str:
    """Return *text* as it can be stored. Raises `ToolError` if nothing is left."""
    clean = plain_text(text).strip()
    if visible(clean).strip():
        return clean
    raise ToolError(texts.EMPTY.in_both())


def _new_id() -> str:
    return f"{MCP}{uuid.uuid4().hex}"


def _asked(text: str, caller: CallingPerson) -> Question:
    id_ = _new_id()
    return Question(QuestionId(id_), ThreadId(id_), text, caller.reader, caller.person, time.time())


def _unsearchable(error: KnowledgeError, language: Language) -> ToolError:
    _log.warning("mcp_search_failed", exc_info=error)
    return ToolError(texts.NO_SEARCH.to(language))


def _status(
    answer: Answer,
) -> Literal["answered", "found", "nothing", "clarify", "chat", "failed"]:
    return "nothing" if answer.status == "handed_over" else answer.status


def _url(url: str, caller: CallingPerson) -> str:
    """Return *url*, in which nothing can act; "" for one that leads nowhere for *caller*."""
    return as_target(url) if caller.local or url.startswith(_WEB) else ""


def _passage(number: int, passage: Passage, caller: CallingPerson) -> FoundPassage:
    path = " › ".join(dict.fromkeys([passage.title, *passage.headings]))
    part = passage.id.removeprefix(passage.document_id).removeprefix("#")
    quoted = Citation(number, "", passage.url, passage.text, passage.document_id)
    return FoundPassage(
        n=number,
        title=_line(path),
        url=_url(passage.url, caller),
        text=safe(passage.text, linkable([quoted])),
        document_id=passage.document_id,
        part=int(part) if part.isdecimal() else None,
        source=passage.source,
        date=passage.date.isoformat() if passage.date else "",
    )


def _written(passage: FoundPassage) -> str:
    head = " | ".join(filter(None, [passage.title, passage.url, passage.date]))
    return f"[{passage.n}] {head}\n{passage.text}"


def _cited(citation: Citation, caller: CallingPerson) -> CitedPassage:
    return CitedPassage(
        n=citation.number,
        title=_line(citation.title),
        url=_url(citation.url, caller),
        quote=safe(citation.quote, linkable([citation])),
        document_id=citation.document_id,
        date=citation.date,
    )


def _listed(gap: VisibleGap, language: Language) -> ListedGap:
    return ListedGap(
        question=_line(gap.words) if gap.words else texts.HIDDEN_QUESTION.to(language),
        times=gap.times,
        people=gap.people,
        state=gap.state,
        owner=_line(gap.owner),
        oldest=gap.oldest,
        closest=[_line(document.title) for document in gap.closest],
    )
