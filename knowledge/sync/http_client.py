"""Calls to the HTTP interface of a source, within bounds of time and memory."""

import ipaddress
import logging
import re
import socket
import ssl
import time
import weakref
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from typing import Annotated, TypeVar

import httpx2
from pydantic import BaseModel, Field, ValidationError

from knowledge.model.errors import ParseError, SourceError
from knowledge.sync.public_web import Network, PublicWebBackend, PublicWebTransport, is_public

JSON_BYTES = 64_000_000
"""Most bytes of one reply."""

FILE_BYTES = 250_000_000
"""Most bytes of one file."""

_SECONDS = 120.0
"""Longest time for one reply, and longest time that a throttled call waits in all."""

_TRIES = 4
_SHORTEST = 0.5
"""Seconds to wait at least before another try, doubled with each."""

_REDIRECTS = 5

Reply = TypeVar("Reply", bound=BaseModel)

WebAddress = Annotated[str, Field(pattern=r"^https?://\S+$")]
"""An address in a reply, which people may open."""

Parameters = Mapping[str, str | int | list[str]]


class NotFoundError(SourceError):
    """The source knows no such thing, or hides it from the account that asks."""


class InvalidTokenError(SourceError):
    """The source does not take the token, as when it has expired: it says nothing of any right."""


class HttpClient:
    """A client of one source's interface, for several threads.

    A reply that is throttled (429, or 403 without any calls left, or with a quota of Google's as
    its reason) is waited for as long as `Retry-After` says (RFC 9110, 10.2.3), up to two minutes;
    failures of the server and of the
    network are tried four times. Each wait is longer than the last. The token goes to the site
    alone.

    Args:
        source: The source's name, for messages.
        site: Address of the interface; paths are relative to it.
        headers: Sent with each call to the site; `Authorization`, mostly.
        sleep: Waits for so many seconds.
        patience: Most seconds to wait in all before a call is given up.
        secrets: Secret parameters of each call to the site; they appear in no message and no log.
        refused: Statuses of replies that say that the token is wrong.
    """

    kind = "source"
    """What it is in messages."""

    networks: Collection[Network] = ()
    """Networks beside the public web in which another host with files may be."""

    def __init__(
        self,
        source: str,
        site: str,
        headers: Mapping[str, str],
        sleep: Callable[[float], None] = time.sleep,
        *,
        patience: float = _SECONDS,
        secrets: Mapping[str, str] | None = None,
        refused: Collection[int] = (401, 403),
    ) -> None:
        self._source = f"{self.kind} {source!r}"
        self._patience = patience
        self._site = httpx2.URL(site.rstrip("/") + "/")
        self._sleep = sleep
        timeout = httpx2.Timeout(30.0, connect=10.0)
        self._client = httpx2.Client(
            timeout=timeout, trust_env=False, headers=_AGENT, verify=_certificates()
        )
        weakref.finalize(self, self._client.close)  # a source lives as long as a sync
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

    def post_form(self, path: str, reply: type[Reply], form: Mapping[str, str]) -> Reply:
        """Return the reply to a POST of *form*, as for tokens (RFC 6749); raises as `get`."""
        return self._read(self._request("POST", path, form=form), reply)

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

    def authorize(self, authorization: str) -> None:
        """Send another `Authorization` from now on: the last one has expired."""
        self._headers = {**self._headers, "Authorization": authorization}

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _read(self, request: httpx2.Request, reply: type[Reply]) -> Reply:
        try:
            return reply.model_validate_json(self._send(request, JSON_BYTES, elsewhere=False))
        except (ValidationError, RecursionError, _TooLargeError):
            raise SourceError(
                f"{self._source}: {request.url.host} gave a reply to {request.url.path} "
                "that cannot be read"
            ) from None

    def _request(
        self,
        method: str,
        path: str,
        parameters: Parameters | None = None,
        body: object = None,
        form: Mapping[str, str] | None = None,
    ) -> httpx2.Request:
        url = self._site.join(path.lstrip("/") if not path.startswith("http") else path)
        if parameters:
            url = url.copy_merge_params(dict(parameters))
        return self._client.build_request(method, url, json=body, data=form)

    def _send(self, request: httpx2.Request, limit: int, *, elsewhere: bool) -> bytes:
        """Send *request*, again where that may help; return the body."""
        waited, tries = 0.0, 0
        while True:
            status, headers, body, broken = self._try(request, limit, elsewhere=elsewhere)
            if not broken and status < httpx2.codes.BAD_REQUEST:
                return body
            tries += 1
            stated = _retry_after(status, headers)
            if stated is None and status == httpx2.codes.FORBIDDEN and _QUOTA.search(body):
                stated = 0.0
            failed = status >= httpx2.codes.INTERNAL_SERVER_ERROR and status not in self._refused
            is_failure = broken or failed
            again = stated is not None or (is_failure and tries < _TRIES)
            pause = max(stated or 0.0, _SHORTEST * 2.0**tries)
            if not again or waited + pause > self._patience:
                if broken:
                    raise self._unreachable(request, broken) from broken
                raise self._error(request, status, stated)
            self._sleep(pause)
            waited += pause

    def _try(
        self, request: httpx2.Request, limit: int, *, elsewhere: bool
    ) -> tuple[int, httpx2.Headers, bytes, Exception | None]:
        """Return status, headers and body of a reply, or the error that broke the connection."""
        try:
            return *self._follow(request, limit, elsewhere=elsewhere), None
        except httpx2.TransportError as error:
            return 0, httpx2.Headers(), b"", error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
            raise self._unreachable(request, error) from error

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
            here = request.url.origin == self._site.origin
            response = (self._client if here else self._elsewhere).send(request, stream=True)
            try:
                if not response.is_redirect:
                    return response.status_code, response.headers, _body(response, limit)
                url = request.url.join(response.headers["location"])
            finally:
                response.close()
            request = self._client.build_request("GET", url)
        raise SourceError(
            f"{self._source}: {self._site.host} redirects to {request.url.host}: "
            "correct its address"
        )

    @cached_property
    def _elsewhere(self) -> httpx2.Client:
        """A client for hosts that a reply names: it looks at the address that it connects to."""
        client = httpx2.Client(
            transport=PublicWebTransport(PublicWebBackend(self.networks)),
            timeout=self._client.timeout,
            headers=_AGENT,
        )
        weakref.finalize(self, client.close)
        return client

    def _unreachable(self, request: httpx2.Request, error: Exception) -> SourceError:
        return SourceError(
            f"{self._source}: {request.url.host} cannot be reached "
            f"({type(error).__name__}): check the address and the network"
        )

    def _error(self, request: httpx2.Request, status: int, pause: float | None) -> SourceError:
        host, path = request.url.host, request.url.path
        text = f"{self._source}: {host} answers {status} to {path}"
        if pause is not None:
            return SourceError(f"{text}: it asks us to wait", "throttled", pause)
        if status in {httpx2.codes.NOT_FOUND, httpx2.codes.GONE}:
            return NotFoundError(f"{text}: check the name, and whether the token may see it")
        if status in self._refused:
            is_token = status == httpx2.codes.UNAUTHORIZED
            kind = InvalidTokenError if is_token else SourceError
            return kind(f"{text}: check the token and its scopes", "refused")
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

_QUOTA = re.compile(rb'"reason":\s{0,9}"(?:userRateLimit|rateLimit|quota)Exceeded"')
"""What Google answers with status 403, without a time to wait, when too much was asked.

See developers.google.com/workspace/admin/directory/v1/limits.
"""

_AGENT = {"User-Agent": "Kotae", "Accept-Encoding": "gzip, deflate"}


@cache
def _certificates() -> ssl.SSLContext:
    """Return the authorities that are trusted; reading them takes a tenth of a second."""
    return httpx2.create_ssl_context()


class _TooLargeError(Exception):
    pass


def _body(response: httpx2.Response, limit: int) -> bytes:
    end, body = time.monotonic() + _SECONDS, bytearray()
    for chunk in response.iter_bytes():  # as they arrive: the time holds for slow ones, too
        body += chunk
        if len(body) > limit:
            raise _TooLargeError
        if time.monotonic() > end:
            raise TimeoutError(f"longer than {_SECONDS:.0f} seconds")  # not tried again
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
    if moment.tzinfo is None:  # "-0000": a time in UTC, from nowhere
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _used_up(headers: httpx2.Headers) -> float | None:
    """Return the seconds until a budget of Linear refills, whose throttled replies have status 400.

    See https://linear.app/developers/rate-limiting; the moments are in milliseconds.
    """
    for budget in ("requests", "complexity"):
        reset = headers.get(f"x-ratelimit-{budget}-reset", "")
        is_used_up = headers.get(f"x-ratelimit-{budget}-remaining") == "0"
        if is_used_up and reset.isascii() and reset.isdigit():
            return max(1.0, int(reset[:15]) / 1000 - time.time())
    return None


def _is_public(url: httpx2.URL) -> bool:
    """Tell whether *url* is https at a public address."""
    if url.scheme != "https":
        return False
    found = socket.getaddrinfo(url.host, url.port or 443, type=socket.SOCK_STREAM)
    return all(is_public(ipaddress.ip_address(address[0])) for *_, address in found)
