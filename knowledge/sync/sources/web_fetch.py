"""Fetches pages of one site for a crawl: politely, within bounds, and never in private networks."""

import re
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import httpcore2
import httpx2

from knowledge.model.errors import ParseError, SourceError
from knowledge.parsing.parsers import PARSERS, suffix_of
from knowledge.sync.public_web import PRIVATE_NETWORKS, PublicWebBackend, PublicWebTransport
from knowledge.sync.robots import robots_rules

AGENT = "Kotae"
MAX_BYTES = 250_000_000
"""Bytes of a file."""

_PAGE_BYTES = 20_000_000
_SECONDS = 120.0
_TRIES = 3
_REDIRECTS = 5
_LONGEST_DELAY = 10.0
_THROTTLED = frozenset({429, 503})
_FORMATS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "application/rtf": ".rtf",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
_UNKNOWN_FORMATS = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_NOINDEX = re.compile(r"\b(?:noindex|none)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A reply; of one that is no success, or of a format that is not read, without its body.

    Attributes:
        ending: File name ending of its format, "" if it is not read.
        location: Where a redirect leads, or "".
        noindex: Whether its headers ask to leave it out.
    """

    status: int
    content_type: str = ""
    ending: str = ""
    body: bytes = b""
    etag: str = ""
    modified: str = ""
    location: str = ""
    noindex: bool = False


class WebFetcher:
    """A client for one source, for several threads.

    429 and 503 are waited for as long as `Retry-After` says (RFC 9110, 10.2.3), up to two minutes;
    failures of the server and of the network are tried three times.

    Args:
        source: The source's name, for messages.
        allow_private: Whether private networks may be reached.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self, source: str, *, allow_private: bool, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._source, self._sleep = source, sleep
        backend = PublicWebBackend(PRIVATE_NETWORKS if allow_private else ())
        self._client = httpx2.Client(
            transport=PublicWebTransport(backend),
            timeout=httpx2.Timeout(30.0, connect=10.0),
            trust_env=False,
            follow_redirects=False,
            headers={
                "User-Agent": f"{AGENT} (a team's assistant, reading for its search)",
                "Accept-Encoding": "gzip, deflate",
            },
        )
        weakref.finalize(self, self._client.close)  # a source lives as long as a sync
        self._turn = threading.Lock()
        self._delay = 0.0

    def robots(self, start: str) -> RobotFileParser:
        """Return the rules of the site of *start*, and keep to its `Crawl-delay`.

        Raises:
            SourceError: as `fetch`, and when the site's rules cannot be fetched: what they allow is
                not known then.
        """
        address = urljoin(start, "/robots.txt")
        for _ in range(_REDIRECTS):
            reply = self.fetch(address)
            if not reply.location:
                break
            address = reply.location
        rules = robots_rules(reply.status, reply.body.decode("utf-8", "replace"))
        self._delay = min(float(rules.crawl_delay(AGENT) or 0), _LONGEST_DELAY)
        return rules

    def fetch(self, address: str, known: Mapping[str, str] | None = None) -> FetchedPage:
        """Return the reply to a GET of *address*, with the conditions *known* as headers.

        Raises:
            SourceError: when the site cannot be reached, its server fails, or it asks to wait for
                long.
            ParseError: when the reply is too large.
        """
        waited, tries = 0.0, 0
        while True:
            self._wait_turn()
            reply, pause = self._try(address, known or {})
            if isinstance(reply, FetchedPage):
                return reply
            tries += 1
            is_throttled = pause is not None
            pause = pause if pause is not None else 2.0**tries
            if waited + pause > _SECONDS or (not is_throttled and tries >= _TRIES):
                raise reply
            self._sleep(pause)
            waited += max(pause, 1.0)

    def _wait_turn(self) -> None:
        if self._delay:
            with self._turn:
                self._sleep(self._delay)

    def _try(
        self, address: str, known: Mapping[str, str]
    ) -> tuple[FetchedPage | SourceError, float | None]:
        """Return the reply, or the error and for how long the site asks to wait."""
        host = urlsplit(address).hostname or address
        try:
            with self._client.stream("GET", address, headers=dict(known)) as response:
                status = response.status_code
                if status < httpx2.codes.INTERNAL_SERVER_ERROR and status not in _THROTTLED:
                    return _page(response), None
                pause = _pause(response.headers) if status in _THROTTLED else None
        except (httpx2.HTTPError, httpx2.InvalidURL, httpcore2.ConnectError, OSError) as error:
            text = (
                f"source {self._source!r}: {host} cannot be reached ({error}): check the address "
                "and the network; set allow_private = true if it is in yours"
            )
            return SourceError(text), None
        text = f"source {self._source!r}: {host} answers {status} to {urlsplit(address).path}"
        if pause is not None:
            return SourceError(f"{text}: it asks us to wait", "throttled", pause), pause
        return SourceError(text), None


def _page(response: httpx2.Response) -> FetchedPage:
    headers = response.headers
    content_type = headers.get("content-type", "")
    location = ""
    if response.has_redirect_location:
        location = urljoin(str(response.url), headers["location"])
    is_read = response.status_code == httpx2.codes.OK
    ending = _ending(content_type, response.url.path) if is_read else ""
    is_needed = bool(ending) or (is_read and _is_sitemap(content_type, response.url.path))
    return FetchedPage(
        response.status_code,
        content_type,
        ending,
        _body(response, _PAGE_BYTES if ending in {"", ".html"} else MAX_BYTES)
        if is_needed
        else b"",
        headers.get("etag", "")[:1000],
        headers.get("last-modified", "")[:100],
        location,
        bool(_NOINDEX.search(headers.get("x-robots-tag", ""))),
    )


def _body(response: httpx2.Response, limit: int) -> bytes:
    end, body = time.monotonic() + _SECONDS, bytearray()
    for chunk in response.iter_bytes(65_536):
        body += chunk
        if len(body) > limit:
            raise ParseError(f"larger than {limit // 1_000_000} MB")
        if time.monotonic() > end:
            raise httpx2.ReadTimeout("too slow", request=response.request)
    return bytes(body)


def _ending(content_type: str, path: str) -> str:
    kind = content_type.partition(";")[0].strip().lower()
    stated = suffix_of(path)
    if kind in _FORMATS:
        known = _FORMATS[kind]
        return stated if known == ".txt" and stated in PARSERS else known
    return stated if kind in _UNKNOWN_FORMATS and stated in PARSERS else ""


def _is_sitemap(content_type: str, path: str) -> bool:
    return "xml" in content_type or "gzip" in content_type or path.endswith((".xml", ".gz"))


def _pause(headers: httpx2.Headers) -> float | None:
    """Return the seconds that the site asks to wait; None if it does not say."""
    stated = headers.get("retry-after", "").strip()
    if stated.isascii() and stated.isdigit():
        return float(stated[:9])
    try:
        return max(0.0, parsedate_to_datetime(stated).timestamp() - time.time())
    except ValueError:
        return None
