"""A small double of a vendor's HTTP interface, which a test can break at any call."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.exchanges import note

Fault = Literal["cut", "error", "page", "throttled", "refused"]
"""The connection ends within the reply, status 500, a page instead of JSON, status 429, or 401."""


@dataclass(frozen=True)
class Asked:
    """One call: its path, the parts of it that the route names, its parameters and its JSON body.

    `query` has the first value of each parameter, `lists` has all of them.
    """

    path: str
    parts: Sequence[str]
    query: Mapping[str, str]
    lists: Mapping[str, Sequence[str]]
    body: Mapping[str, object]


@dataclass(frozen=True)
class Answer:
    """What is answered: JSON, or bytes."""

    content: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Route = tuple[str, str, Callable[[Asked], Answer]]
"""Method, pattern of the path, and the function that answers."""

MISSING = Answer({"message": "not found"}, 404)


class VendorDouble:
    """Serves `routes`; a subclass holds the state.

    Attributes:
        authorization: The header that each call must have.
        calls: Method and path of all calls so far.
        faults: What goes wrong, by the number of the call from 1.
        downtime: The number of the call from which on every one goes wrong; 0 for never.
        fault: What goes wrong then.
        meanwhile: Called after each call has been answered, with its number.
    """

    def __init__(self, authorization: str) -> None:
        self.authorization = authorization
        self.calls: list[str] = []
        self.faults: dict[int, Fault] = {}
        self.downtime = 0
        self.fault: Fault = "cut"
        self.meanwhile: Callable[[int], object] = lambda number: None
        self._lock = Lock()

    def routes(self) -> Sequence[Route]:
        """Return what is served."""
        raise NotImplementedError

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve on a free port; yield the address."""
        routes = [(method, re.compile(path), answer) for method, path, answer in self.routes()]

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_GET(handler) -> None:  # noqa: N805
                self._handle(handler, routes)

            do_POST = do_GET  # noqa: N815

            def log_message(handler, *args: object) -> None:  # noqa: N805
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = Thread(target=lambda: server.serve_forever(0.01), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _handle(
        self,
        handler: BaseHTTPRequestHandler,
        routes: Sequence[tuple[str, re.Pattern[str], Callable[[Asked], Answer]]],
    ) -> None:
        data = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        with self._lock:
            self.calls.append(f"{handler.command} {handler.path}")
            number = len(self.calls)
            fault = self.faults.get(number)
            if self.downtime and number >= self.downtime:
                fault = self.fault
            answer = self._answer(handler, data, routes)
            self.meanwhile(number)
        if fault is None:
            note(self, handler.command, handler.path, data, answer.status, answer.content)
        if fault == "error":
            answer = Answer({"message": "out of order"}, 500)
        elif fault == "page":
            answer = Answer(b"<html>Please log in</html>")
        elif fault == "throttled":
            answer = Answer({"message": "slowly"}, 429, {"Retry-After": "0"})
        elif fault == "refused":
            answer = Answer({"message": "the token has expired"}, 401)
        _send(handler, answer, cut=fault == "cut")

    def _answer(
        self,
        handler: BaseHTTPRequestHandler,
        data: bytes,
        routes: Sequence[tuple[str, re.Pattern[str], Callable[[Asked], Answer]]],
    ) -> Answer:
        if handler.headers.get("Authorization") != self.authorization:
            return Answer({"message": "unauthorized"}, 401)
        address = urlsplit(handler.path)
        lists = parse_qs(address.query)
        query = {key: values[0] for key, values in lists.items()}
        for method, pattern, answer in routes:
            match = pattern.fullmatch(address.path)
            if match and method == handler.command:
                parts = [unquote(part) for part in match.groups()]
                return answer(Asked(address.path, parts, query, lists, json.loads(data or b"{}")))
        return MISSING


def _send(handler: BaseHTTPRequestHandler, answer: Answer, *, cut: bool) -> None:
    is_bytes = isinstance(answer.content, bytes)
    body = answer.content if is_bytes else json.dumps(answer.content).encode()
    assert isinstance(body, bytes)
    handler.send_response(answer.status)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body) + 1 if cut else len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2] if cut else body)
    handler.wfile.flush()
    handler.close_connection = handler.close_connection or cut
