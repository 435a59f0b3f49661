"""Search in the public web."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from bot.protocols import ToolResult, ToolSpec, WebSearch
from bot.tools.web_passages import web_passage
from bot.types import Question

LONGEST_QUERY = 200
"""Characters. A query leaves the house, so it must not be able to carry a document away."""


def _short(query: str) -> str:
    if len(query) > LONGEST_QUERY:
        raise ValueError(f"a web query has at most {LONGEST_QUERY} characters")
    return query


class SearchWebArguments(BaseModel):
    """What to search for."""

    query: Annotated[str, AfterValidator(_short)] = Field(
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
        question: Question,  # noqa: ARG002 - the web is the same for everybody
    ) -> ToolResult:
        assert isinstance(arguments, SearchWebArguments)
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
