"""Web search without a key, by scraping search engines; for trials, not for production."""

import asyncio
from collections.abc import Mapping

from bot.core.errors import ToolError
from bot.core.language import language_of
from bot.web.results import WebResult

_REGIONS = {"ja": "jp-jp", "en": "us-en"}


class DdgsSearch:
    """Searches through the `ddgs` package, which comes with the extra of that name."""

    async def search(self, query: str, limit: int) -> list[WebResult]:
        return await asyncio.to_thread(_search, query, limit)

    async def aclose(self) -> None:
        """Nothing is kept open."""


def result_of(row: Mapping[str, str]) -> WebResult:
    """Read one row of the package's answer."""
    return WebResult(row.get("href", ""), row.get("title", ""), row.get("body", ""))


def _search(query: str, limit: int) -> list[WebResult]:
    try:
        from ddgs import DDGS
        from ddgs.exceptions import DDGSException
    except ImportError:
        raise ToolError("web search is not installed: pip install 'kotae[ddgs]'") from None
    try:
        rows = DDGS().text(query, region=_REGIONS[language_of(query)], max_results=limit)
    except DDGSException:
        raise ToolError("web search found nothing or was refused") from None
    return [result_of(row) for row in rows[:limit]]
