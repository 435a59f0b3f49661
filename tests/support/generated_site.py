"""A web site whose pages a function makes, and which fails when it is told to."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from tests.support.local_server import serving

Pages = Callable[[str], str | None]
"""Returns the HTML of a path with its query, or None if there is no such page."""


class GeneratedSite:
    """What the site was asked, and how it fails.

    Attributes:
        requests: Path and status of each request.
        failing_at: The request, from 1, from which on it answers 500.
        broken_at: The request, from 1, whose reply breaks off.
        waiting_at: The request, from 1, that is answered with 429 and `Retry-After: 1`.
    """

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.address = ""
        self.requests = list[tuple[str, int]]()
        self.failing_at = self.broken_at = self.waiting_at = 0


@contextmanager
def serving_pages(pages: Pages) -> Iterator[GeneratedSite]:
    """Serve *pages* on a free port of this machine."""
    site = GeneratedSite(pages)

    class Handler(_Handler):
        state = site

    with serving(Handler) as site.address:
        yield site


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: GeneratedSite

    def do_GET(self) -> None:
        number = len(self.state.requests) + 1
        page = self.state.pages(self.path)
        body = (page or "").encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        status, headers = 200, {"Content-Type": "text/html; charset=utf-8", "ETag": etag}
        if self.state.failing_at and number >= self.state.failing_at:
            status, body = 500, b""
        elif number == self.state.waiting_at:
            status, body, headers = 429, b"", {"Retry-After": "1"}
        elif page is None:
            status = 404
        elif self.headers.get("If-None-Match") == etag:
            status, body = 304, b""
        self.state.requests.append((self.path, status))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        is_broken = number == self.state.broken_at
        self.wfile.write(body[: len(body) // 2] if is_broken else body)
        self.close_connection = is_broken

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name
        pass
