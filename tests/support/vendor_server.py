"""A small web service of a vendor on localhost, whose replies break in chosen ways."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from tests.support.exchanges import note

TOKEN = "a-secret-token"

Fault = Literal["refused", "cut", "not json", "wrong shape", "throttled", "used up"]
"""Status 403; a reply that ends early; text; JSON of another shape; 429; 400, as Linear does."""

BREAKS: tuple[Fault, ...] = ("refused", "cut", "not json", "wrong shape")
"""Faults after which a listing must not seem complete."""


@dataclass(frozen=True)
class VendorRequest:
    """What a client sent.

    Attributes:
        target: Path and query, as they were sent.
        parameters: Those of the query; `several` has all values of one name.
    """

    method: str
    path: str
    parameters: dict[str, str]
    several: dict[str, list[str]]
    headers: dict[str, str]
    body: Any = None
    target: str = ""


class VendorError(Exception):
    """The vendor answers with an error of this status, with headers."""

    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers or {}


@dataclass
class VendorServer:
    """Serves what `answer` returns: JSON, or the bytes of a file.

    Attributes:
        url: Its address.
        calls: Method and path of each request.
        faults: What goes wrong at which call, counted from 0 since the last `reset`.
        throttled: Headers of replies that are throttled.
        downloads: How many files were sent.
        mistakes: What the double did not expect; raised at the end.
    """

    answer: Callable[[VendorRequest], Any]
    url: str = ""
    calls: list[str] = field(default_factory=list)
    requests: list[VendorRequest] = field(default_factory=list)
    faults: dict[int, Fault] = field(default_factory=dict)
    throttled: dict[str, str] = field(default_factory=lambda: {"Retry-After": "0"})
    downloads: int = 0
    mistakes: list[Exception] = field(default_factory=list)

    def reset(self, faults: dict[int, Fault] | None = None) -> None:
        """Count calls from 0 again, with these faults."""
        self.calls.clear()
        self.requests.clear()
        self.downloads = 0
        self.faults = faults or {}

    def reply(self, request: VendorRequest) -> tuple[int, dict[str, str], bytes]:
        """Return the status, the headers and the body of the reply to *request*."""
        fault = self.faults.get(len(self.calls))
        self.calls.append(f"{request.method} {request.path}")
        self.requests.append(request)
        if fault in ("throttled", "used up"):
            return (429 if fault == "throttled" else 400), self.throttled, b"{}"
        if fault == "refused":
            return 403, {}, b"{}"
        try:
            found = self.answer(request)
        except VendorError as error:
            return error.status, error.headers, b"{}"
        except Exception as error:  # noqa: BLE001 - told when the server ends
            self.mistakes.append(error)
            return 400, {}, b"{}"
        if fault is None:
            sent = json.dumps(request.body).encode() if request.body is not None else b""
            note(self.answer, request.method, request.target, sent, 200, found)
        if isinstance(found, bytes):
            self.downloads += 1
            return 200, {"Content-Type": "application/octet-stream"}, found
        body = json.dumps(found, ensure_ascii=False).encode()
        if fault == "cut":
            body = body[: len(body) // 2]
        elif fault == "not json":
            body = b"<html>maintenance</html>"
        elif fault == "wrong shape":
            body = b'{"surprise": true}'
        return 200, {"Content-Type": "application/json"}, body


@contextmanager
def serving(answer: Callable[[VendorRequest], Any]) -> Iterator[VendorServer]:
    """Serve what *answer* returns on a free port of localhost."""
    server = VendorServer(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # a reply in one packet: the acknowledgement of the first takes 40 ms

        def do_GET(self) -> None:
            self._handle(None)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self._handle(json.loads(self.rfile.read(length)))

        def _handle(self, body: Any) -> None:
            parts = urlsplit(self.path)
            pairs = parse_qsl(parts.query, keep_blank_values=True)
            several = dict[str, list[str]]()
            for name, value in pairs:
                several.setdefault(name, []).append(value)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = VendorRequest(
                self.command, parts.path, dict(pairs), several, headers, body, self.path
            )
            status, stated, content = server.reply(request)
            self.send_response(status)
            for name, value in stated.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.daemon_threads = True
        thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
        thread.start()
        server.url = f"http://127.0.0.1:{httpd.server_address[1]}"
        try:
            yield server
        finally:
            httpd.shutdown()
            thread.join()
    if server.mistakes:
        raise server.mistakes[0]
