"""Web search through Brave's API (https://api-dashboard.search.brave.com/app/documentation)."""

import re

import httpx2
from pydantic import BaseModel

from bot.web.json_api import SECONDS, call
from bot.web.results import WebResult

API = "https://api.search.brave.com"

_EMPHASIS = re.compile(r"</?strong>")


class _Result(BaseModel):
    url: str
    title: str = ""
    description: str = ""
    page_age: str | None = None


class _Web(BaseModel):
    results: list[_Result] = []


class _Results(BaseModel):
    web: _Web | None = None


class BraveSearch:
    """Searches in Brave's own index. *url* is for tests and gateways."""

    def __init__(self, key: str, url: str = API) -> None:
        self._client = httpx2.AsyncClient(
            base_url=url, timeout=SECONDS, headers={"X-Subscription-Token": key}
        )

    async def search(self, query: str, limit: int) -> list[WebResult]:
        request = self._client.build_request(
            "GET", "res/v1/web/search", params={"q": query, "count": limit}
        )
        reply = await call(self._client, request, _Results)
        found = reply.web.results if reply.web else []
        return [
            WebResult(
                item.url, item.title, _EMPHASIS.sub("", item.description), item.page_age or ""
            )
            for item in found[:limit]
        ]

    async def aclose(self) -> None:
        await self._client.aclose()
