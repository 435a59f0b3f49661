"""Reports the outcome of each call of the Web API, retries included."""

import re
import time
from collections.abc import Callable
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import aiohttp
from yarl import URL

CallReport = Callable[[str, str, float], None]
"""Is told a method, its outcome and its seconds. Outcomes: `ok`, `refused` (Slack says that it was
not done), `rate_limited`, `server_error`, `no_response`."""

_REFUSED = re.compile(rb'\s*\{\s*"ok"\s*:\s*false')
"""Slack's answers begin with `ok`; looking there saves parsing each twice."""


def call_trace(api_url: str, report: CallReport) -> aiohttp.TraceConfig:
    """Return what an `aiohttp.ClientSession` needs in order to tell *report* of its calls.

    What else it asks for, such as people's files, has no method, and its name is nobody's business.
    """
    api = URL(api_url.rstrip("/"))

    def tell(call: SimpleNamespace, url: URL, outcome: str) -> None:
        if url.parent == api:
            report(url.name, outcome, time.monotonic() - call.started)

    async def begun(_: Any, call: SimpleNamespace, __: aiohttp.TraceRequestStartParams) -> None:
        call.started = time.monotonic()

    async def answered(_: Any, call: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
        call.status = end.response.status
        if call.status == HTTPStatus.TOO_MANY_REQUESTS:
            tell(call, end.url, "rate_limited")
        elif call.status != HTTPStatus.OK:
            tell(call, end.url, "server_error")

    async def read(
        _: Any, call: SimpleNamespace, body: aiohttp.TraceResponseChunkReceivedParams
    ) -> None:
        if call.status == HTTPStatus.OK:
            tell(call, body.url, "refused" if _REFUSED.match(body.chunk) else "ok")

    async def failed(
        _: Any, call: SimpleNamespace, end: aiohttp.TraceRequestExceptionParams
    ) -> None:
        tell(call, end.url, "no_response")

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(begun)
    trace.on_request_end.append(answered)
    trace.on_response_chunk_received.append(read)
    trace.on_request_exception.append(failed)
    return trace
