"""Slack's HTTP requests: proven by their bytes before anything is decoded or parsed."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.slack.client.typed import typed_payload

MOST_BYTES = 1_000_000
"""Bytes of one request; the longest message as a form takes about 700,000."""

READ_SECONDS = 10.0
"""How long the body of a request may take to arrive; Slack gives up after three."""

MOST_AGE = 300
"""Seconds between the signature of a request and its arrival, as Slack recommends."""

MISSHAPEN = (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError)
"""What reading a payload raises whose fields are not what Slack documents."""

_MOST_FIELDS = 100
_MOST_SSL_CHECK_BYTES = 1_000
_LONGEST_TIMESTAMP = 12
_KEPT_HEADERS = ("X-Slack-Retry-Num", "X-Slack-Retry-Reason")


async def proven_body(request: web.Request, signing_secret: str, read_seconds: float) -> bytes:
    """Read the body of *request* and check that Slack has signed it.

    Raises:
        HTTPException: 400 broken off, 401 not signed by Slack or too old, 408 too slow,
            413 too long, 415 compressed.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise web.HTTPUnsupportedMediaType(text="compressed bodies are not read")
    if (request.content_length or 0) > MOST_BYTES:
        raise web.HTTPRequestEntityTooLarge(MOST_BYTES)
    try:
        async with asyncio.timeout(read_seconds):
            body = await request.read()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise web.HTTPBadRequest(text="the body is broken") from error
    if not signed_by_slack(request.headers, body, signing_secret):
        raise web.HTTPUnauthorized(text="the signature is not Slack's")
    return body


async def asks_for_ssl_check(request: web.Request) -> bool:
    """Tell whether a small *request* that nobody signed is Slack's check of the certificate."""
    if (request.content_length or MOST_BYTES) > _MOST_SSL_CHECK_BYTES:
        return False
    return b"ssl_check=1" in (await request.read()).split(b"&")


def bolt_request(request: web.Request, body: bytes) -> AsyncBoltRequest:
    """Parse a proven *body* of *request*.

    Raises:
        HTTPBadRequest: it is not UTF-8, or not what Slack sends.
    """
    if (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise web.HTTPBadRequest(text="only UTF-8 is read")
    try:
        payload = typed_payload(_parsed(request.content_type, body.decode()))
        headers = {name: request.headers[name] for name in _KEPT_HEADERS if name in request.headers}
        # Only in this mode Bolt takes a payload that is parsed, and proven, already.
        return AsyncBoltRequest(body=payload, headers=dict(headers), mode="socket_mode")
    except MISSHAPEN as error:
        raise web.HTTPBadRequest(text="this is not what Slack sends") from error


def signed_by_slack(headers: Mapping[str, str], body: bytes, signing_secret: str) -> bool:
    """Tell whether Slack has signed *body*, the bytes of a request with *headers*, just now."""
    timestamp = headers.get("X-Slack-Request-Timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _LONGEST_TIMESTAMP):
        return False
    if abs(time.time() - int(timestamp)) > MOST_AGE:
        return False
    signed = b"v0:" + timestamp.encode() + b":" + body
    expected = f"v0={hmac.new(signing_secret.encode(), signed, hashlib.sha256).hexdigest()}"
    given = headers.get("X-Slack-Signature", "")
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def _parsed(content_type: str, text: str) -> dict[str, Any]:
    if content_type == "application/json" or text.startswith("{"):
        return _object(text)
    fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    return _object(fields["payload"]) if "payload" in fields else fields


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise TypeError(f"a JSON object is expected, not {type(value).__name__}")
    return value
