"""Web search through Tavily's API (https://docs.tavily.com)."""

import httpx2
from pydantic import BaseModel

from bot.web.json_api import SECONDS, call
from bot.web.results import WebResult

API = "https://api.tavily.com"


class _Result(BaseModel):
    url: str
    title: str = ""
    content: str = ""
    published_date: str | None = None


class _Results(BaseModel):
    results: list[_Result]


class TavilySearch:
    """Searches with Tavily's basic depth, one credit a search. *url* is for tests and gateways."""

    def __init__(self, key: str, url: str = API) -> None:
        self._client = httpx2.AsyncClient(
            base_url=url, timeout=SECONDS, headers={"Authorization": f"Bearer {key}"}
        )

    async def search(self, query: str, limit: int) -> list[WebResult]:
        body = {"query": query, "max_results": limit, "search_depth": "basic"}
        request = self._client.build_request("POST", "search", json=body)
        reply = await call(self._client, request, _Results)
        return [
            WebResult(item.url, item.title, item.content, item.published_date or "")
            for item in reply.results[:limit]
        ]

    async def aclose(self) -> None:
        await self._client.aclose()
