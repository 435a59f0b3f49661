"""Opens a page of the public web that this run already knows."""

from pydantic import BaseModel, Field

from bot.agent.tool import ToolResult, ToolSpec
from bot.core.errors import ToolError
from bot.core.links import links_in
from bot.core.types import Question
from bot.tools.web_passages import web_passage
from bot.web.pages import WebPages


class ReadPageArguments(BaseModel):
    """Which page to read."""

    url: str = Field(description="Address of a search result, or one that the person gave.")
    start: int = Field(0, ge=0, description="Part to begin with; 0 is the beginning.")


class ReadPage:
    """Reads the text of a page, up to *limit* parts at a time.

    An address that the model made up could carry private text away, so only those are opened
    that the person wrote or that a passage of this run came from.
    """

    def __init__(self, pages: WebPages, limit: int = 6) -> None:
        self._pages = pages
        self._limit = limit

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec("read_page", "Read a web page that a search has found.", ReadPageArguments)

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        assert isinstance(arguments, ReadPageArguments)
        if arguments.url not in {*question.links, *links_in(question.text)}:
            raise ToolError("only pages from search results or from the question may be read")
        page = await self._pages.read(arguments.url, question.person)
        parts = page.parts
        shown = parts[arguments.start : arguments.start + self._limit]
        if not shown:
            raise ToolError(f"the page has {len(parts)} parts, counted from 0")
        return ToolResult(
            f"{len(shown)} of the page's {len(parts)} parts:",
            tuple(
                web_passage(
                    url=page.url, part=str(number), title=page.title, text=text, date=page.date
                )
                for number, text in enumerate(shown, arguments.start)
            ),
        )
