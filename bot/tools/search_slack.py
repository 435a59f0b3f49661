"""Search in Slack, at the moment of a question: nothing of it is stored."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel, Field

from bot.agent.tool import ToolResult, ToolSpec
from bot.core.errors import ToolError
from bot.core.live_evidence import LIVE
from bot.core.types import Question
from bot.tools.queries import ShortQuery
from knowledge.model.types import Access, Passage

SEARCH_SLACK = "search_slack"


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A message of a public channel.

    Attributes:
        place: Its channel and ts, `C1/1700000000.000100`.
        author: The name of who wrote it.
        text: Plain Markdown.
    """

    place: str
    url: str
    channel: str
    author: str
    text: str
    at: float


class SlackSearch(Protocol):
    """A search in the messages of public channels."""

    async def search(self, query: str, question: Question, limit: int) -> Sequence[FoundMessage]:
        """Return at most *limit* messages, best first. Raises `ToolError` when it fails."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


class SearchSlackArguments(BaseModel):
    """What to search for."""

    query: ShortQuery = Field(description="What is looked for, as a question or a few words.")


class SearchSlack:
    """Finds messages that every member may read; each is a passage.

    It is offered only where all readers are full members, and only for a question that Slack has
    given leave to search for.
    """

    def __init__(self, search: SlackSearch, limit: int = 8) -> None:
        self._search = search
        self._limit = limit

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(
            SEARCH_SLACK,
            "Find what people wrote in Slack's public channels, for what no document holds.",
            SearchSlackArguments,
            readers=Access("members"),
            needs_leave=True,
        )

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        assert isinstance(arguments, SearchSlackArguments)
        if not question.asker.member or not question.action_token:
            raise ToolError("Slack cannot be searched for this question")
        found = await self._search.search(arguments.query, question, self._limit)
        return ToolResult(passages=tuple(map(_passage, found)))


def _passage(message: FoundMessage) -> Passage:
    day = dt.datetime.fromtimestamp(message.at, dt.UTC).date()
    return Passage(
        id=f"{LIVE}{message.place}#0",
        document_id=f"{LIVE}{message.place}",
        source=LIVE.rstrip(":"),
        title=f"#{message.channel}, {message.author}",
        url=message.url,
        text=message.text,
        score=0.0,
        date=day,
        highlight=message.text,
    )
