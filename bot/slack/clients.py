"""Web API clients that retry exactly what may be repeated."""

import asyncio
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

TIMEOUT = 15
"""Seconds for one call, all retries apart."""

LONGEST_PAUSE = 30.0
"""Seconds of `Retry-After` that a call waits; a longer one fails it, and the job comes back."""

_BROKEN = HTTPStatus.INTERNAL_SERVER_ERROR

_HALF_DONE = frozenset({"fatal_error", "internal_error", "request_timeout"})
"""Errors with which Slack says that some of it may have been done."""

UNCERTAIN = (aiohttp.ClientError, asyncio.TimeoutError, OSError)
"""What a call raises when nobody knows whether Slack has done it."""


class RateLimitRetry(AsyncRateLimitErrorRetryHandler):
    """Waits as long as Slack asks for, but not without bound."""

    async def _can_retry_async(
        self, *, response: HttpResponse | None = None, **_others: object
    ) -> bool:
        if response is None or response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
            return False
        pauses = [v for name, v in response.headers.items() if name.lower() == "retry-after"]
        return all(float(pause[0]) <= LONGEST_PAUSE for pause in pauses)


class Clients:
    """The same Web API with three answers to trouble, over one connection pool.

    Attributes:
        posting: For calls that would post twice: only a refusal (429) is tried again.
        repeating: For calls that may be repeated.
        hasty: For decoration: never waits, never tries again.
    """

    def __init__(self, token: str, api_url: str) -> None:
        refused = RateLimitRetry(max_retry_count=3)
        lost = AsyncConnectionErrorRetryHandler(max_retry_count=2)
        broken = AsyncServerErrorRetryHandler(max_retry_count=2)
        self.posting = web_client(token, api_url, [refused])
        self.repeating = web_client(token, api_url, [refused, lost, broken])
        self.hasty = web_client(token, api_url, [])

    def open(self) -> None:
        """Share one connection pool from now on; needs a running event loop."""
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))
        for client in (self.posting, self.repeating, self.hasty):
            client.session = session

    async def aclose(self) -> None:
        """Close the connections."""
        if self.posting.session is not None:
            await self.posting.session.close()


def web_client(
    token: str | None, api_url: str, handlers: list[AsyncRetryHandler] | None = None
) -> AsyncWebClient:
    """Make a client for the Web API at *api_url*."""
    client = AsyncWebClient(
        token=token,
        base_url=f"{api_url.rstrip('/')}/",
        timeout=TIMEOUT,
        retry_handlers=handlers,
    )
    if local(api_url):
        client.proxy = None
    return client


def local(api_url: str) -> bool:
    """Tell whether *api_url* is on this machine, where a proxy of the environment cannot lead."""
    return URL(api_url).host in {"127.0.0.1", "::1", "localhost"}


def error_of(error: SlackApiError) -> str:
    """Return Slack's name of an error, such as `channel_not_found`; "" when it said nothing."""
    data: Any = error.response
    return str(data.get("error") or "") if hasattr(data, "get") else ""


def uncertain(error: Exception) -> bool:
    """Tell whether the call that raised *error* may have been done all the same."""
    if isinstance(error, SlackApiError):
        if error_of(error) in _HALF_DONE:
            return True
        return getattr(error.response, "status_code", _BROKEN) >= _BROKEN
    return isinstance(error, UNCERTAIN)
