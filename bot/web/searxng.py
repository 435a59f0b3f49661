"""Web search through a SearXNG server of one's own; its settings must list the format `json`."""

import httpx2
from pydantic import BaseModel

from bot.core.language import language_of
from bot.web.json_api import SECONDS, call
from bot.web.results import WebResult


class _Result(BaseModel):
    url: str
    title: str = ""
    content: str | None = None
    publishedDate: str | None = None  # noqa: N815 - the server's own name


class _Results(BaseModel):
    results: list[_Result]


class SearxngSearch:
    """Searches with the engines of the SearXNG server at *url*."""

    def __init__(self, url: str) -> None:
        self._client = httpx2.AsyncClient(base_url=url, timeout=SECONDS)

    async def search(self, query: str, limit: int) -> list[WebResult]:
        request = self._client.build_request(
            "GET",
            "search",
            params={"q": query, "format": "json", "language": language_of(query)},
        )
        reply = await call(self._client, request, _Results)
        return [
            WebResult(item.url, item.title, item.content or "", item.publishedDate or "")
            for item in reply.results[:limit]
        ]

    async def aclose(self) -> None:
        await self._client.aclose()
