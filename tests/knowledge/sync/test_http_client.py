"""The client of sources stays within bounds, whatever a server does."""

import datetime as dt
import gzip
import socket
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email.utils import format_datetime
from threading import Event, Thread

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import knowledge.sync.http_client as module
from knowledge.model.errors import ParseError, SourceError
from knowledge.sync.http_client import HttpClient, NotFoundError, _retry_after
from knowledge.sync.public_web import PRIVATE_NETWORKS


class Reply(BaseModel):
    value: int


class AnyReply(BaseModel):
    value: object


GOOD = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"value": 1}'
)

Script = Callable[[socket.socket, bytes], None]
"""Answers one connection, given the first bytes of the request."""


class RawServer:
    """A server that writes what a test wants, byte for byte; each connection gets the next script.

    Attributes:
        requests: What was received.
    """

    def __init__(self, scripts: Sequence[Script | bytes]) -> None:
        self.requests: list[bytes] = []
        self._scripts = list(scripts)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = Thread(target=self._run, daemon=True)
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                request = b""
                while b"\r\n\r\n" not in request and (data := connection.recv(65_536)):
                    request += data
                self.requests.append(request)
                number = min(len(self.requests), len(self._scripts)) - 1
                script = self._scripts[number]
                try:
                    if isinstance(script, bytes):
                        connection.sendall(script)
                    else:
                        script(connection, request)
                except OSError:
                    continue

    @contextmanager
    def running(self) -> Iterator["RawServer"]:
        self._thread.start()
        try:
            yield self
        finally:
            self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._thread.join()


@contextmanager
def serving(*scripts: Script | bytes) -> Iterator[RawServer]:
    with RawServer(scripts).running() as server:
        yield server


def reply(status: str, *headers: str, body: bytes = b"{}", kind: str = "application/json") -> bytes:
    """Return a reply that ends its connection."""
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Waits(list[float]):
    """Notes for how long the client would wait."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def client(server: RawServer, waits: Waits | None = None) -> HttpClient:
    headers = {"Authorization": "Bearer secret"}
    return HttpClient(
        "wiki", server.address, headers, sleep=waits if waits is not None else Waits()
    )


def test_a_reply_is_validated() -> None:
    """And the token goes along."""
    with serving(GOOD) as server:
        found = client(server).get("a/b", Reply, {"q": "日本", "list": ["1", "2"]})

    assert found == Reply(value=1)
    assert server.requests[0].startswith(b"GET /a/b?q=%E6%97%A5%E6%9C%AC&list=1&list=2 HTTP/1.1")
    assert b"authorization: bearer secret" in server.requests[0].lower()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (["Retry-After: 7"], 7),
        (["Retry-After: 0"], 1),
        (["Retry-After: soon"], 5),
        ([], 5),
        (["Retry-After: -5"], 5),
    ],
)
def test_a_throttled_call_waits_as_it_is_told(headers: list[str], seconds: float) -> None:
    """At least a second; five if nothing is stated that can be read."""
    waits = Waits()
    with serving(reply("429 Too Many Requests", *headers), GOOD) as server:
        assert client(server, waits).get("x", Reply).value == 1

    assert waits == [seconds]


@pytest.mark.parametrize("zone", ["GMT", "+0900", "-0000"])
def test_a_date_to_wait_for_is_understood(zone: str) -> None:
    """RFC 9110 allows a date; some servers write other zones."""
    offset = dt.timedelta(hours=9 if zone == "+0900" else 0)
    moment = dt.datetime.now(dt.timezone(offset)) + dt.timedelta(seconds=30)
    stated = format_datetime(moment).rsplit(" ", 1)[0]
    waits = Waits()
    with serving(reply("503 Service Unavailable", f"Retry-After: {stated} {zone}"), GOOD) as server:
        client(server, waits).get("x", Reply)

    assert 25 < waits[0] <= 30


def test_a_date_that_is_past_waits_the_shortest_time() -> None:
    """And not a negative one."""
    waits = Waits()
    throttled = reply("429 Too Many Requests", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT")
    with serving(throttled, GOOD) as server:
        client(server, waits).get("x", Reply)

    assert waits == [1]


@pytest.mark.parametrize("stated", ["3600", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 40])
def test_a_long_wait_is_left_to_the_next_sync(stated: str) -> None:
    """The error says how long."""
    waits = Waits()
    with (
        serving(reply("429 Too Many Requests", f"Retry-After: {stated}")) as server,
        pytest.raises(SourceError, match="asks us to wait") as caught,
    ):
        client(server, waits).get("x", Reply)

    assert caught.value.kind == "throttled"
    assert caught.value.retry_after is not None
    assert caught.value.retry_after >= 3600
    assert not waits


def test_a_call_that_is_throttled_for_ever_gives_up_in_two_minutes() -> None:
    """After a handful of tries, each later than the last."""
    waits = Waits()
    with (
        serving(reply("429 Too Many Requests", "Retry-After: 0")) as server,
        pytest.raises(SourceError) as caught,
    ):
        client(server, waits).get("x", Reply)

    assert caught.value.kind == "throttled"
    assert waits == sorted(waits)
    assert 60 < sum(waits) <= 120
    assert len(server.requests) == len(waits) + 1 < 10


def test_a_quota_that_is_used_up_counts_as_throttled() -> None:
    """As GitHub says it, with 403; without such a word, 403 is a refusal."""
    waits = Waits()
    reset = f"X-RateLimit-Reset: {int(time.time()) + 20}"
    used_up = reply("403 Forbidden", "X-RateLimit-Remaining: 0", reset)
    with serving(used_up, GOOD, reply("403 Forbidden")) as server:
        assert client(server, waits).get("x", Reply).value == 1
        with pytest.raises(SourceError, match="check the token") as caught:
            client(server, waits).get("x", Reply)

    assert 15 < waits[0] <= 20
    assert caught.value.kind == "refused"


@pytest.mark.parametrize("reason", ["userRateLimitExceeded", "rateLimitExceeded", "quotaExceeded"])
def test_a_quota_of_google_counts_as_throttled(reason: str) -> None:
    """It comes with 403 and no time to wait; another reason is a refusal."""
    waits = Waits()
    told = '{"error": {"code": 403, "errors": [{"reason": "%s"}]}}'
    used_up, refused = (
        reply("403 Forbidden", body=(told % one).encode()) for one in (reason, "forbidden")
    )
    with serving(used_up, used_up, GOOD, refused) as server:
        assert client(server, waits).get("x", Reply).value == 1
        with pytest.raises(SourceError, match="check the token"):
            client(server, waits).get("x", Reply)

    assert waits == [1, 2]


@given(st.text(max_size=40), st.text(max_size=20), st.sampled_from([200, 403, 429, 500, 503]))
def test_any_header_gives_a_time_or_none(stated: str, reset: str, status: int) -> None:
    """No header ends in an error of ours, or in a negative time."""
    values = {"retry-after": stated, "x-ratelimit-reset": reset, "x-ratelimit-remaining": "0"}
    headers = httpx2.Headers(
        {name.encode(): value.encode("utf-8") for name, value in values.items()}
    )

    pause = _retry_after(status, headers)

    assert pause is None or pause >= 0


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
def test_what_is_not_there_has_an_error_of_its_own(status: str) -> None:
    """And a file that is gone is a problem of that file alone."""
    with serving(reply(status)) as server:
        with pytest.raises(NotFoundError):
            client(server).get("x", Reply)
        with pytest.raises(ParseError, match="no longer exists"):
            client(server).download("x")


def test_failures_of_the_server_are_tried_four_times() -> None:
    """Then named; the token is in no message."""
    waits = Waits()
    broken = reply("502 Bad Gateway")
    with serving(broken, broken, broken, GOOD) as server:
        assert client(server, waits).get("x", Reply).value == 1
    with (
        serving(broken) as server,
        pytest.raises(SourceError, match="answers 502 to /x") as caught,
    ):
        client(server).get("x", Reply)

    assert waits == [1, 2, 4]
    assert len(server.requests) == 4
    assert "secret" not in f"{caught.value!r} {client(server)!r}"


def places() -> list[int]:
    """Return places in a reply: in its first line, its headers, their end, and its body."""
    end = GOOD.index(b"\r\n\r\n")
    return [0, 1, 9, 15, 17, 30, end, end + 2, end + 4, end + 5, len(GOOD) - 1]


@pytest.mark.parametrize("place", places())
def test_a_connection_that_is_cut_anywhere_is_tried_again(place: int) -> None:
    """Never taken for a shorter reply; after four times it is an error."""
    cut = GOOD[:place]
    waits = Waits()
    with serving(cut, cut, GOOD) as server:
        assert client(server, waits).get("x", Reply).value == 1
    assert waits == [1, 2]

    with (
        serving(cut) as server,
        pytest.raises(SourceError, match="cannot be reached") as caught,
    ):
        client(server).get("x", Reply)
    assert caught.value.kind == "unreachable"
    assert len(server.requests) == 4


def test_a_file_that_is_cut_is_fetched_again() -> None:
    """As long as its length says."""
    with serving(reply("200 OK", body=b"x" * 1000)[:-1], reply("200 OK", body=b"y" * 9)) as server:
        assert client(server).download("file") == b"y" * 9


def test_nobody_listens() -> None:
    """An address without a server is named."""
    with serving(GOOD) as server:
        pass

    with pytest.raises(SourceError, match=r"cannot be reached.*check the address"):
        client(server).get("x", Reply)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Please log in</html>",
        b"",
        b"[]",
        b'{"value": "x"}',
        b'{"value": 1',
        b"\xff\xfe",
        b'{"value": ' + b"9" * 10_000 + b"}",
    ],
)
def test_what_is_no_such_reply_is_an_error(body: bytes) -> None:
    """The message quotes nothing of it."""
    with (
        serving(reply("200 OK", body=body)) as server,
        pytest.raises(SourceError, match="gave a reply to /x that cannot be read") as caught,
    ):
        client(server).get("x", Reply)
    assert "log in" not in str(caught.value)


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_json_is_an_error_in_linear_time(opening: bytes, closing: bytes) -> None:
    """A million levels."""
    deep = b'{"value": ' + opening * 1_000_000 + b"1" + closing * 1_000_000 + b"}"
    started = time.process_time()
    with (
        serving(reply("200 OK", body=deep)) as server,
        pytest.raises(SourceError, match="cannot be read"),
    ):
        client(server).get("x", AnyReply)
    assert time.process_time() - started < 5


def test_a_redirect_within_the_site_keeps_the_token() -> None:
    """Also a relative one."""
    with serving(reply("302 Found", "Location: /new?x=1"), GOOD) as server:
        assert client(server).get("old", Reply).value == 1

    assert b"GET /new?x=1" in server.requests[1]
    assert b"bearer secret" in server.requests[1].lower()


def test_a_redirect_elsewhere_gets_nothing() -> None:
    """Of a reply it is an error; of a file it is followed to public hosts by https alone."""
    with serving(GOOD) as other:
        moved = reply("302 Found", f"Location: {other.address}/x")
        with serving(moved) as server:
            with pytest.raises(SourceError, match=r"redirects to 127\.0\.0\.1"):
                client(server).get("x", Reply)
            with pytest.raises(SourceError, match=r"redirects to 127\.0\.0\.1"):
                client(server).download("x")
        local = reply("302 Found", "Location: https://localhost/x")
        with serving(local) as server, pytest.raises(SourceError, match="redirects to localhost"):
            client(server).download("x")

    assert other.requests == []


def test_a_file_elsewhere_is_asked_for_without_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vendors keep files on other hosts, which must not learn it."""
    monkeypatch.setattr(module, "_is_public", lambda url: True)
    with serving(reply("200 OK", body=b"data")) as other:
        moved = reply("307 Temporary Redirect", f"Location: {other.address}/signed")
        with serving(moved) as server:
            asking = client(server)
            with pytest.raises(SourceError, match="cannot be reached"):
                asking.download("x")  # its name led elsewhere when it was looked up again

            asking = client(server)
            asking.networks = PRIVATE_NETWORKS
            assert asking.download("x") == b"data"

    assert b"authorization" not in other.requests[0].lower()


def test_an_address_of_another_host_is_refused() -> None:
    """Replies hold addresses; only those of the site are asked."""
    with serving(GOOD) as other, serving(GOOD) as server:
        with pytest.raises(SourceError, match="correct its address"):
            client(server).get(f"{other.address}/x", Reply)
        assert client(server).get(f"{server.address}/x", Reply).value == 1

    assert other.requests == []


def test_redirects_in_a_circle_end() -> None:
    """After five."""
    with (
        serving(reply("302 Found", "Location: /x")) as server,
        pytest.raises(SourceError, match="correct its address"),
    ):
        client(server).get("x", Reply)
    assert len(server.requests) == 5


@pytest.mark.parametrize("location", ["http://[", "https://", "//", "\x80", "http://a:99999/"])
def test_a_redirect_to_nowhere_is_an_error(location: str) -> None:
    """Whatever the header says."""
    with serving(reply("302 Found", f"Location: {location}")) as server, pytest.raises(SourceError):
        client(server).download("x")


def endless(connection: socket.socket, request: bytes) -> None:
    """Send without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65_536)


def test_a_file_that_is_too_large_is_left_at_its_limit() -> None:
    """A problem of that file alone."""
    with (
        serving(endless) as server,
        pytest.raises(ParseError, match="larger than 3 MB"),
    ):
        client(server).download("x", limit=3_000_000)


def test_a_reply_that_is_too_large_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not kept until memory ends."""
    monkeypatch.setattr(module, "JSON_BYTES", 1_000_000)
    with serving(endless) as server, pytest.raises(SourceError, match="cannot be read"):
        client(server).get("x", Reply)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip"])
def test_a_bomb_is_left_at_the_limit(encoding: str) -> None:
    """A hundred megabytes of zeros in a hundred kilobytes, packed once or twice."""
    packer = zlib.compressobj(9, wbits=15 if encoding == "deflate" else 31)
    zeros = bytes(4_000_000)
    bomb = b"".join(packer.compress(zeros) for _ in range(25)) + packer.flush()
    if "," in encoding:
        bomb = gzip.compress(bomb)
    tracked = reply("200 OK", f"Content-Encoding: {encoding}", body=bomb)
    started = time.process_time()

    with serving(tracked) as server, pytest.raises(ParseError, match="larger than 5 MB"):
        client(server).download("x", limit=5_000_000)

    assert time.process_time() - started < 5


def test_a_packed_reply_is_read() -> None:
    """And one that is packed wrongly is an error."""
    packed = gzip.compress(b'{"value": 1}')
    with serving(reply("200 OK", "Content-Encoding: gzip", body=packed)) as server:
        assert client(server).get("x", Reply).value == 1
    wrong = reply("200 OK", "Content-Encoding: gzip", body=b'{"value": 1}')
    with serving(wrong) as server, pytest.raises(SourceError):
        client(server).get("x", Reply)


def test_a_slow_reply_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then does not hold up a sync, and is not tried again."""
    monkeypatch.setattr(module, "_SECONDS", 0.2)

    pace = Event()

    def dripping(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            connection.sendall(b" ")
            pace.wait(0.005)

    with serving(dripping) as server, pytest.raises(SourceError, match="TimeoutError"):
        client(server).get("x", Reply)
    assert len(server.requests) == 1


def test_a_question_is_posted_as_json() -> None:
    """And asked again like any other."""
    with serving(reply("503 Service Unavailable"), GOOD) as server:
        found = client(server).post("search", Reply, {"query": "休暇"})

    assert found.value == 1
    assert server.requests[1].startswith(b"POST /search")
