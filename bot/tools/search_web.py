"""Search in the public web. A query leaves the house: see `bot.text.query_secrecy`."""

from typing import Protocol

from pydantic import BaseModel, Field

from bot.agent.tool import ToolResult, ToolSpec
from bot.core.errors import ToolError
from bot.core.types import Question
from bot.text.query_secrecy import foreign_words
from bot.tools.queries import ShortQuery
from bot.tools.web_passages import web_passage
from bot.web.results import WebResult


class WebSearch(Protocol):
    """A web search provider."""

    async def search(self, query: str, limit: int) -> list[WebResult]:
        """Return at most *limit* results. Raises `ToolError` when the provider fails."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


class SearchWebArguments(BaseModel):
    """What to search for."""

    query: ShortQuery = Field(
        description="A few words in public terms, nothing from the team's documents."
    )


class SearchWeb:
    """Finds pages by a provider of web search; each result is a passage."""

    def __init__(self, search: WebSearch, limit: int = 5) -> None:
        self._search = search
        self._limit = limit

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(
            "search_web",
            "Find pages in the public web, for public facts that the documents do not hold.",
            SearchWebArguments,
        )

    async def use(
        self,
        arguments: BaseModel,
        question: Question,
    ) -> ToolResult:
        assert isinstance(arguments, SearchWebArguments)
        foreign = foreign_words(arguments.query, question) if question.private else []
        if foreign:
            raise ToolError(
                "after documents were read, a web query may only use words of the question; "
                f"leave out: {', '.join(foreign)}"
            )
        results = await self._search.search(arguments.query, self._limit)
        return ToolResult(
            passages=tuple(
                web_passage(
                    url=result.url,
                    part="result",
                    title=result.title,
                    text=result.snippet,
                    date=result.date,
                    highlight=result.snippet,
                )
                for result in results
                if result.snippet
            )
        )
