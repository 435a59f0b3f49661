"""A web server of one function, which can be told to break off, to throttle, and to refuse."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from tests.support.exchanges import note
from tests.support.local_server import serving


@dataclass(frozen=True, slots=True)
class JsonRequest:
    """What a client asks: `path` is undecoded, `query` has the last value of each key."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: object


Answer = Callable[[JsonRequest], tuple[int, object]]


@dataclass(slots=True)
class JsonServer:
    """A running server.

    Attributes:
        address: Its address.
        requests: What it was asked.
        broken_at: The request, from 1, whose reply breaks off.
        throttled_at: The request, from 1, that is answered with 429 and `Retry-After: 1`.
    """

    address: str = ""
    requests: list[JsonRequest] = field(default_factory=list)
    broken_at: int = 0
    throttled_at: int = 0

    def forget(self) -> None:
        """Count requests from here."""
        self.requests.clear()


@contextmanager
def serving_json(answer: Answer) -> Iterator[JsonServer]:
    """Serve *answer* on a free port of this machine."""
    server = JsonServer()

    class Handler(_Handler):
        state = server
        reply_to = staticmethod(answer)

    with serving(Handler) as server.address:
        yield server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: JsonServer
    reply_to: Answer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length)
        body = json.loads(sent) if length else None
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = JsonRequest(self.command, parts.path, query, headers, body)
        self.state.requests.append(request)
        number = len(self.state.requests)
        if number == self.state.throttled_at:
            self._send(429, {}, {"Retry-After": "1"}, is_broken=False)
            return
        status, reply = self.reply_to(request)
        if number != self.state.broken_at:
            note(self.reply_to, self.command, self.path, sent, status, reply)
        self._send(status, reply, {}, is_broken=number == self.state.broken_at)

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name
        pass

    def _send(
        self, status: int, reply: object, headers: Mapping[str, str], *, is_broken: bool
    ) -> None:
        data = json.dumps(reply).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if is_broken else data)
        self.close_connection = is_broken
