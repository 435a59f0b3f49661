"""Searches the team's documents with the rights of the reader of the answer."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated

from pydantic import BaseModel, Field, WithJsonSchema, create_model

from bot.agent.tool import ToolResult, ToolSpec
from bot.core.errors import ToolError
from bot.core.types import Question
from bot.tools.read_attachment import matching
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError

ATTACHED = 4
"""Pieces of attachments beside what was found in the documents."""

_SOURCES = "Names of sources to keep to; empty: all."


class SearchKnowledgeArguments(BaseModel):
    """What to search for."""

    query: str = Field(description="A question or its terms; it has to make sense on its own.")
    sources: list[str] = Field([], description=_SOURCES)


class SearchKnowledge:
    """Finds the passages that match a query best.

    Args:
        knowledge: What is searched.
        limit: Number of passages at most.
        attachments: Whether to search what came along with the question as well: a model that only
            quotes opens no file.
    """

    def __init__(
        self, knowledge: KnowledgeBase, limit: int = 8, *, attachments: bool = False
    ) -> None:
        self._knowledge = knowledge
        self._limit = limit
        self._attachments = attachments

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(
            "search_knowledge",
            "Find passages in the team's own documents.",
            _arguments(self._names()),
        )

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        assert isinstance(arguments, SearchKnowledgeArguments)
        wanted, unknown = self._known(arguments.sources)
        if question.sources:
            wanted = tuple(n for n in wanted if n in question.sources) or question.sources
        try:
            passages = await self._knowledge.search(
                arguments.query, question.asker, self._limit, sources=wanted
            )
        except KnowledgeError as error:
            raise ToolError(str(error)) from error
        if self._attachments:
            passages += matching(question, arguments.query, ATTACHED)
            passages.sort(key=lambda passage: -passage.score)
        told = f"There is no source {', '.join(unknown)}; all were searched." if unknown else ""
        return ToolResult(told, tuple(passages))

    def _known(self, wanted: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
        """Return the sources that are meant, none for all, and the names that no source has."""
        names = {name.casefold(): name for name in self._names()}
        unknown = [name for name in wanted if name.strip() and name.strip().casefold() not in names]
        if unknown:
            return (), unknown
        return tuple(names[name.strip().casefold()] for name in wanted if name.strip()), []

    def _names(self) -> tuple[str, ...]:
        try:
            return self._knowledge.source_names
        except KnowledgeError:  # the search itself says what is wrong
            return ()


@cache
def _arguments(names: tuple[str, ...]) -> type[SearchKnowledgeArguments]:
    """Return the arguments with the *names* of sources that there are."""
    if not names:
        return SearchKnowledgeArguments
    name = Annotated[str, WithJsonSchema({"type": "string", "enum": list(names)})]
    described: object = Field([], description=_SOURCES)
    return create_model(
        "SearchKnowledgeArguments",
        __base__=SearchKnowledgeArguments,
        sources=(list[name], described),
    )
