"""What every web search provider promises, against servers that speak their JSON."""

import logging
from collections.abc import Callable
from contextlib import aclosing

import pytest
from aiohttp import web

from bot.core.errors import ToolError
from bot.tools.search_web import WebSearch
from bot.web.brave import BraveSearch
from bot.web.ddgs import result_of
from bot.web.results import WebResult
from bot.web.searxng import SearxngSearch
from bot.web.tavily import TavilySearch
from tests.support.web_site import Handler, answering, serving

KEY = "key-that-must-not-show"
URL = "https://city.example/hours"
TITLE = "窓口の休日"
TEXT = "The office is closed on holidays."
DATE = "2026-04-01T00:00:00"


async def searxng(request: web.Request) -> web.Response:
    assert request.query["format"] == "json"
    assert request.query["language"] == "ja"
    row = {"url": URL, "title": TITLE, "content": TEXT, "publishedDate": DATE, "engine": "x"}
    return web.json_response({"query": request.query["q"], "results": [row] * 20})


async def brave(request: web.Request) -> web.Response:
    assert request.headers["X-Subscription-Token"] == KEY
    assert request.query["count"] == "2"
    row = {
        "url": URL,
        "title": TITLE,
        "description": TEXT.replace("closed", "<strong>closed</strong>"),
    }
    return web.json_response({"type": "search", "web": {"results": [row | {"page_age": DATE}] * 2}})


async def tavily(request: web.Request) -> web.Response:
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    body = await request.json()
    assert body["max_results"] == 2
    row = {"url": URL, "title": TITLE, "content": TEXT, "score": 0.9, "published_date": DATE}
    return web.json_response({"query": body["query"], "results": [row] * 2})


PROVIDERS: dict[str, tuple[str, Handler, Callable[[str], WebSearch]]] = {
    "searxng": ("/search", searxng, SearxngSearch),
    "brave": ("/res/v1/web/search", brave, lambda url: BraveSearch(KEY, url)),
    "tavily": ("/search", tavily, lambda url: TavilySearch(KEY, url)),
}
each_provider = pytest.mark.parametrize("provider", PROVIDERS)


def opened(provider: str, port: int) -> WebSearch:
    return PROVIDERS[provider][2](f"http://127.0.0.1:{port}")


@each_provider
async def test_results_carry_address_title_text_and_date(provider: str) -> None:
    """At most as many as were asked for, also where the vendor has no limit of its own."""
    path, handler, _ = PROVIDERS[provider]
    async with serving({path: handler}) as port, aclosing(opened(provider, port)) as search:
        results = await search.search("窓口の休日は？", 2)

    assert results == [WebResult(URL, TITLE, TEXT, DATE)] * 2


@each_provider
@pytest.mark.parametrize(
    "reply",
    [
        answering("forbidden", status=403),
        answering("down", status=500),
        answering("<html>", content_type="application/json"),
        answering('{"results": 3, "web": 3}', content_type="application/json"),
    ],
)
async def test_a_failure_is_a_tool_error_without_secrets(
    provider: str, reply: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = PROVIDERS[provider][0]
    async with serving({path: reply}) as port, aclosing(opened(provider, port)) as search:
        with pytest.raises(ToolError) as caught:
            await search.search("休日", 2)

    assert KEY not in f"{caught.value!r} {search!r} {caplog.text}"


@each_provider
async def test_a_provider_that_cannot_be_reached_is_a_tool_error(provider: str) -> None:
    async with serving({}) as port:
        pass
    async with aclosing(opened(provider, port)) as search:
        with pytest.raises(ToolError, match="reached"):
            await search.search("休日", 2)


def test_a_row_of_the_keyless_provider_is_read() -> None:
    """It has no address that a test could stand in for."""
    assert result_of({"href": URL, "title": TITLE, "body": TEXT}) == WebResult(URL, TITLE, TEXT)
