"""Fetches pages of the public web through the guard and extracts their readable text."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2

from bot.core.errors import ToolError
from bot.web.guard import GuardedBackend, GuardedTransport, Resolve, resolve
from bot.web.results import WebPage
from bot.web.robots import Robots
from knowledge.model.errors import ParseError
from knowledge.parsing.pool import ParserPool
from knowledge.sync.public_web import Network

AGENT_NAME = "Kotae"
USER_AGENT = f"{AGENT_NAME}/0.1 (a team's assistant, reading one page for a person who asked)"
MOST_REDIRECTS = 5

_REDIRECTS = range(300, 400)
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_PLAIN = frozenset({"text/plain", "text/markdown"})
_EXTRACT = "bot.web.page_text:page_text"

PART_TOKENS = 400
"""Size of a part of a page."""


@dataclass(frozen=True, slots=True)
class _Fetched:
    url: httpx2.URL
    status: int
    headers: httpx2.Headers
    body: bytes


class WebPages:
    """Reads public web pages: no private addresses, no cookies, no credentials, no proxy.

    Args:
        allow: Private networks that may be reached all the same.
        resolve: How names become addresses.
        parsers: Where pages are parsed.
        seconds: Time to fetch one page, with its redirects and robots.txt.
        largest: Bytes of a body, decompressed, from which it is refused.
    """

    def __init__(
        self,
        *,
        allow: Collection[Network] = (),
        resolve: Resolve = resolve,
        parsers: ParserPool | None = None,
        seconds: float = 10.0,
        largest: int = 3_000_000,
    ) -> None:
        self._parsers = parsers or ParserPool()
        self._seconds = seconds
        self._largest = largest
        self._client = httpx2.AsyncClient(
            transport=GuardedTransport(GuardedBackend(allow, resolve)),
            timeout=seconds,
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip, identity"},
        )
        self._robots = Robots(self._robots_text, AGENT_NAME)

    async def read(self, url: str, person: str = "") -> WebPage:
        """Fetch *url* for *person* and return the readable part of it.

        Raises:
            ToolError: it cannot or may not be read; the text says why.
        """
        try:
            async with asyncio.timeout(self._seconds):
                fetched = await self._follow(httpx2.URL(url), ask=True)
        except TimeoutError:
            raise ToolError(f"the page took longer than {self._seconds:.0f} seconds") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ToolError(f"the page cannot be read: {str(error) or 'no connection'}") from error
        return await self._parsed(fetched, person)

    async def _parsed(self, fetched: _Fetched, person: str) -> WebPage:
        url, plain = str(fetched.url), _kind(fetched) in _PLAIN
        declared = fetched.headers.get("content-type", "")
        try:
            async with self._parsers.parser(person) as parser:
                found = await parser.call(
                    _EXTRACT,
                    fetched.body,
                    url=url,
                    content_type=declared,
                    plain=plain,
                    tokens=PART_TOKENS,
                )
        except ParseError as error:
            raise ToolError(f"the page {error}") from error
        if not found["text"].strip():
            raise ToolError("the page has no readable text")
        return WebPage(url, found["title"], found["text"], found["date"], tuple(found["parts"]))

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def _follow(self, url: httpx2.URL, *, ask: bool) -> _Fetched:
        """Fetch *url*, following redirects; each place is checked as the first was.

        *ask* is whether robots.txt has a say; it has none on itself.
        """
        for _ in range(MOST_REDIRECTS + 1):
            if url.scheme not in {"http", "https"} or url.userinfo:
                raise ToolError("only http and https addresses without a login can be read")
            if ask and not await self._robots.permit(url):
                raise ToolError("the site does not want this page to be read by machines")
            fetched = await self._fetch(url)
            if fetched.status not in _REDIRECTS or "location" not in fetched.headers:
                return fetched
            url = url.join(fetched.headers["location"])
        raise ToolError(f"the page redirects more than {MOST_REDIRECTS} times")

    async def _fetch(self, url: httpx2.URL) -> _Fetched:
        async with self._client.stream("GET", url) as response:
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > self._largest:
                    raise ToolError(f"the page is larger than {self._largest} bytes")
        return _Fetched(url, response.status_code, response.headers, bytes(body))

    async def _robots_text(self, url: httpx2.URL) -> tuple[int, str]:
        fetched = await self._follow(url, ask=False)
        return fetched.status, fetched.body.decode("utf-8", "replace")


def _kind(fetched: _Fetched) -> str:
    """Return the media type of what was fetched, if it is a page with text."""
    if fetched.status != httpx2.codes.OK:
        raise ToolError(f"the page answers with status {fetched.status}")
    kind = fetched.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _HTML | _PLAIN:
        raise ToolError(f"a page of type {kind or 'unknown'} cannot be read")
    return kind
