"""Calls to the HTTP interface of a source, within bounds of time and memory."""

import ipaddress
import logging
import socket
import ssl
import time
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TypeVar

import httpx2
from pydantic import BaseModel, ValidationError

from knowledge.model.errors import ParseError, SourceError

JSON_BYTES = 64_000_000
"""Most bytes of one reply."""

FILE_BYTES = 250_000_000
"""Most bytes of one file."""

_SECONDS = 120.0
"""Longest time for one reply, and longest time that a throttled call waits in all."""

_TRIES = 4
_REDIRECTS = 5
_CHUNK = 65_536

Reply = TypeVar("Reply", bound=BaseModel)
Parameters = Mapping[str, str | int | list[str]]


class NotFoundError(SourceError):
    """The source knows no such thing, or hides it from the account that asks."""


class HttpClient:
    """A client of one source's interface, for several threads.

    A reply that is throttled (429, or 403 without any calls left) is waited for as long as
    `Retry-After` says (RFC 9110, 10.2.3), up to two minutes; failures of the server and of the
    network are tried four times. The token goes to the site alone.

    Args:
        source: The source's name, for messages.
        site: Address of the interface; paths are relative to it.
        headers: Sent with each call to the site; `Authorization`, mostly.
        secrets: Secret parameters of each call to the site; they appear in no message and no log.
        refused: Statuses of replies that say that the token is wrong.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self,
        source: str,
        site: str,
        headers: Mapping[str, str],
        sleep: Callable[[float], None] = time.sleep,
        secrets: Mapping[str, str] | None = None,
        refused: Collection[int] = (401, 403),
    ) -> None:
        self._source = source
        self._site = httpx2.URL(site.rstrip("/") + "/")
        self._sleep = sleep
        timeout = httpx2.Timeout(30.0, connect=10.0)
        self._client = httpx2.Client(
            verify=_certificates(), timeout=timeout, trust_env=False, headers=_AGENT
        )
        weakref.finalize(self, self._client.close)
        self._headers = dict(headers)
        self._secrets = dict(secrets or {})
        self._refused = frozenset(refused)

    def get(self, path: str, reply: type[Reply], parameters: Parameters | None = None) -> Reply:
        """Return the reply to a GET of *path*, a path below the site or an address on it.

        Raises:
            NotFoundError: for 404 and 410.
            SourceError: when the source refuses, throttles, cannot be reached, or its reply is not
                a *reply*.
        """
        return self._read(self._request("GET", path, parameters), reply)

    def post(self, path: str, reply: type[Reply], body: object) -> Reply:
        """Return the reply to a POST of *body* as JSON; raises as `get`. Only for questions."""
        return self._read(self._request("POST", path, body=body), reply)

    def download(self, path: str, limit: int = FILE_BYTES) -> bytes:
        """Return a file; a redirect may lead to another public host, which gets no token.

        Raises:
            ParseError: when it no longer exists, or is larger than *limit* bytes.
            SourceError: as `get`.
        """
        try:
            return self._send(self._request("GET", path), limit, elsewhere=True)
        except NotFoundError as error:
            raise ParseError("cannot be read: it no longer exists") from error
        except _TooLargeError as error:
            raise ParseError(f"larger than {limit // 1_000_000} MB") from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _read(self, request: httpx2.Request, reply: type[Reply]) -> Reply:
        try:
            return reply.model_validate_json(self._send(request, JSON_BYTES, elsewhere=False))
        except (ValidationError, RecursionError, _TooLargeError):
            raise SourceError(
                f"source {self._source!r}: {request.url.host} gave a reply to {request.url.path} "
                "that cannot be read"
            ) from None

    def _request(
        self, method: str, path: str, parameters: Parameters | None = None, body: object = None
    ) -> httpx2.Request:
        url = self._site.join(path.lstrip("/") if not path.startswith("http") else path)
        if parameters:
            url = url.copy_merge_params(dict(parameters))
        return self._client.build_request(method, url, json=body)

    def _send(self, request: httpx2.Request, limit: int, *, elsewhere: bool) -> bytes:
        """Send *request*, again where that may help; return the body."""
        waited, failures = 0.0, 0
        while True:
            with self._failures(request):
                status, headers, body = self._follow(request, limit, elsewhere=elsewhere)
            if status < httpx2.codes.BAD_REQUEST:
                return body
            pause = _retry_after(status, headers)
            is_failure = status >= httpx2.codes.INTERNAL_SERVER_ERROR
            if pause is None and is_failure and status not in self._refused:
                failures += 1
                pause = 2.0**failures if failures < _TRIES else None
            if pause is None or waited + pause > _SECONDS:
                raise self._error(request, status, _retry_after(status, headers))
            self._sleep(pause)
            waited += max(pause, 0.1)

    @contextmanager
    def _failures(self, request: httpx2.Request) -> Iterator[None]:
        try:
            yield
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise SourceError(
                f"source {self._source!r}: {request.url.host} cannot be reached "
                f"({type(error).__name__}): check the address and the network"
            ) from error

    def _follow(
        self, request: httpx2.Request, limit: int, *, elsewhere: bool
    ) -> tuple[int, httpx2.Headers, bytes]:
        for _ in range(_REDIRECTS):
            if request.url.origin == self._site.origin:
                request.headers.update(self._headers)
                if self._secrets:
                    request.url = request.url.copy_merge_params(self._secrets)
            elif not elsewhere or not _is_public(request.url):
                break
            response = self._send_once(request)
            try:
                if not response.is_redirect:
                    return response.status_code, response.headers, _body(response, limit)
                url = request.url.join(response.headers["location"])
            finally:
                response.close()
            request = self._client.build_request("GET", url)
        raise SourceError(
            f"source {self._source!r}: {self._site.host} sends us to {request.url.host}: "
            "correct the address of the source"
        )

    def _send_once(self, request: httpx2.Request) -> httpx2.Response:
        """Send *request*; again, if the connection broke."""
        for number in range(1, _TRIES):
            try:
                return self._client.send(request, stream=True)
            except httpx2.TransportError:
                self._sleep(2.0**number)
        return self._client.send(request, stream=True)

    def _error(self, request: httpx2.Request, status: int, pause: float | None) -> SourceError:
        host, path = request.url.host, request.url.path
        text = f"source {self._source!r}: {host} answers {status} to {path}"
        if pause is not None:
            return SourceError(f"{text}: it asks us to wait", "throttled", pause)
        if status in {httpx2.codes.NOT_FOUND, httpx2.codes.GONE}:
            return NotFoundError(f"{text}: check the name, and whether the token may see it")
        if status in self._refused:
            return SourceError(f"{text}: check the token and its scopes", "refused")
        return SourceError(text)


class _WithoutQueries(logging.Filter):
    """Leaves queries, which may hold secrets, out of the addresses that the library logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                value.copy_with(query=None) if isinstance(value, httpx2.URL) else value
                for value in record.args
            )
        return True


logging.getLogger("httpx2").addFilter(_WithoutQueries())

_AGENT = {"User-Agent": "Kotae", "Accept-Encoding": "gzip, deflate"}


@cache
def _certificates() -> ssl.SSLContext:
    """Return what all clients check certificates by; to make it takes a while."""
    return httpx2.create_ssl_context(trust_env=False)


class _TooLargeError(Exception):
    pass


def _body(response: httpx2.Response, limit: int) -> bytes:
    end, body = time.monotonic() + _SECONDS, bytearray()
    for chunk in response.iter_bytes(_CHUNK):
        body += chunk
        if len(body) > limit:
            raise _TooLargeError
        if time.monotonic() > end:
            raise httpx2.ReadTimeout("too slow", request=response.request)
    return bytes(body)


def _retry_after(status: int, headers: httpx2.Headers) -> float | None:
    """Return the seconds to wait before another try, or None when *status* asks for none."""
    stated = headers.get("retry-after", "").strip()
    none_left = headers.get("x-ratelimit-remaining") == "0"
    throttled = status == httpx2.codes.TOO_MANY_REQUESTS or (
        status == httpx2.codes.FORBIDDEN and (bool(stated) or none_left)
    )
    if status == httpx2.codes.BAD_REQUEST and (left := _used_up(headers)):
        return left
    if not throttled and not (status == httpx2.codes.SERVICE_UNAVAILABLE and stated):
        return None
    if stated.isascii() and stated.isdigit():
        return float(stated[:9])
    try:
        moment = parsedate_to_datetime(stated)
    except ValueError:
        reset = headers.get("x-ratelimit-reset", "")
        if not (none_left and reset.isascii() and reset.isdigit()):
            return 5.0
        moment = datetime.fromtimestamp(min(int(reset[:12]), 32_503_680_000), UTC)
    return max(0.0, (moment - datetime.now(moment.tzinfo or UTC)).total_seconds())


def _used_up(headers: httpx2.Headers) -> float | None:
    """Return the seconds until a budget of Linear refills, whose throttled replies have status 400.

    See https://linear.app/developers/rate-limiting; the moments are in milliseconds.
    """
    for budget in ("requests", "complexity"):
        reset = headers.get(f"x-ratelimit-{budget}-reset", "")
        if headers.get(f"x-ratelimit-{budget}-remaining") == "0" and reset.isdigit():
            return max(1.0, int(reset[:15]) / 1000 - time.time())
    return None


def _is_public(url: httpx2.URL) -> bool:
    """Tell whether *url* is https at a public address."""
    if url.scheme != "https":
        return False
    found = socket.getaddrinfo(url.host, url.port or 443, type=socket.SOCK_STREAM)
    return all(ipaddress.ip_address(address[0]).is_global for *_, address in found)
