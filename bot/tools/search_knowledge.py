"""Searches the team's documents with the rights of the reader of the answer."""

from pydantic import BaseModel, Field

from bot.agent.tool import ToolResult, ToolSpec
from bot.core.errors import ToolError
from bot.core.types import Question
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError


class SearchKnowledgeArguments(BaseModel):
    """What to search for."""

    query: str = Field(description="A question or its terms; it has to make sense on its own.")
    sources: list[str] = Field([], description="Names of sources to keep to; empty: all.")


class SearchKnowledge:
    """Finds the passages that match a query best, at most *limit*."""

    def __init__(self, knowledge: KnowledgeBase, limit: int = 8) -> None:
        self._knowledge = knowledge
        self._limit = limit

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(
            "search_knowledge",
            "Find passages in the team's own documents.",
            SearchKnowledgeArguments,
        )

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        assert isinstance(arguments, SearchKnowledgeArguments)
        wanted = tuple(arguments.sources)
        if question.sources:
            wanted = tuple(n for n in wanted if n in question.sources) or question.sources
        try:
            passages = await self._knowledge.search(
                arguments.query, question.asker, self._limit, sources=wanted
            )
        except KnowledgeError as error:
            raise ToolError(str(error)) from error
        return ToolResult(passages=tuple(passages))
