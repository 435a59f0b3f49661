"""Search in the public web.

A query leaves the house. Once the model has read documents, or earlier answers, its queries may
hold nothing but words of the questions: what an injected text asks it to carry out cannot pass.
"""

import unicodedata
from typing import Annotated, Protocol

from pydantic import AfterValidator, BaseModel, Field

from bot.agent.tool import ToolResult, ToolSpec
from bot.core.errors import ToolError
from bot.core.types import Question
from bot.tools.web_passages import web_passage
from bot.web.results import WebResult
from knowledge.text.analysis import analyse, token_set


class WebSearch(Protocol):
    """A web search provider."""

    async def search(self, query: str, limit: int) -> list[WebResult]:
        """Return at most *limit* results. Raises `ToolError` when the provider fails."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


LONGEST_QUERY = 200
"""Characters. A query leaves the house, so it must not be able to carry a document away."""


def _short(query: str) -> str:
    if len(query) > LONGEST_QUERY:
        raise ValueError(f"a web query has at most {LONGEST_QUERY} characters")
    return query


def _foreign(query: str, question: Question) -> list[str]:
    """Return the words of *query* that are in no question of the conversation."""
    asked = _plain(" ".join([question.text, *question.earlier]))
    stems = token_set(asked)
    return [
        word
        for word in _plain(query).split()
        if word not in asked and not set(analyse(word).terms) <= stems
    ]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


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
        question: Question,
    ) -> ToolResult:
        assert isinstance(arguments, SearchWebArguments)
        foreign = _foreign(arguments.query, question) if question.private else []
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
