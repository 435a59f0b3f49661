"""Passages in memory, with a search tool for them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date

from pydantic import BaseModel

from bot.agent.tool import ToolResult, ToolSpec
from bot.core.types import Question, QuestionId, ThreadId
from knowledge.model.types import Passage, Principal, Signals

NO_SIGNALS = Signals()
ASKER = Principal("U1", member=True)


def ask(text: str) -> Question:
    return Question(QuestionId("test:1"), ThreadId("test:1"), text, ASKER)


def passage(
    text: str,
    title: str = "Leave policy",
    *,
    id: str = "",  # noqa: A002 - the field's name
    score: float = 0.5,
    day: str = "",
    owner: str = "",
    source: str = "handbook",
    url: str = "",
    highlight: str = "",
    signals: Signals = NO_SIGNALS,
) -> Passage:
    document_id = id.partition("#")[0] or f"{source}/{title}.md"
    return Passage(
        id=id or f"{document_id}#0",
        document_id=document_id,
        source=source,
        title=title,
        url=url or f"https://docs.example.com/{document_id}",
        text=text,
        score=score,
        date=date.fromisoformat(day) if day else None,
        owner=owner,
        highlight=highlight,
        signals=signals,
    )


class Query(BaseModel):
    query: str


class Shelf:
    """A search tool with fixed results by query; `before` runs first, to wait or to fail."""

    def __init__(
        self,
        found: Mapping[str, Sequence[Passage]],
        *,
        name: str = "search",
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.spec = ToolSpec(name, "Find passages.", Query)
        self.questions = list[Question]()
        self._found = found
        self._before = before

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        assert isinstance(arguments, Query)
        self.questions.append(question)
        if self._before:
            await self._before()
        return ToolResult(passages=tuple(self._found.get(arguments.query, ())))


async def never() -> None:
    await asyncio.Event().wait()
