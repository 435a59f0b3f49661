"""The two ways to hear Slack: a socket that we open, or requests that it sends."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Protocol

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.core.errors import BotError, SettingsError
from bot.slack.app import SlackAdapter
from bot.slack.client.clients import UNCERTAIN, error_of, local, uncertain
from bot.slack.client.typed import lacks, typed_payload
from bot.slack.requests import (
    MISSHAPEN,
    MOST_BYTES,
    READ_SECONDS,
    asks_for_ssl_check,
    bolt_request,
    proven_body,
)

TELLING_SECONDS = 60.0
"""A refused request is logged at most so often; the next line counts the others."""

Connected = Callable[[], Awaitable[bool]]

Answering = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]
"""Answers a request whose body is proven; raises one of `MISSHAPEN` for what Slack never sends."""

_log = structlog.get_logger(__name__)


class Delivered(Protocol):
    """Is told of each delivery: its seconds from arrival to our reply, and whether that was yes."""

    def __call__(self, seconds: float, *, acknowledged: bool) -> None: ...


def _untold(seconds: float, *, acknowledged: bool) -> None:
    """Tell nobody."""


class _TimedSocketHandler(AsyncSocketModeHandler):
    """Tells how long each envelope took."""

    def __init__(self, app: AsyncApp, app_token: str, delivered: Delivered) -> None:
        super().__init__(app, app_token)
        self._delivered = delivered

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override] # as in the base class
        arrived = time.monotonic()
        req.payload = typed_payload(req.payload)
        answer = BoltResponse(status=HTTPStatus.OK)
        if not lacks(req.payload):
            answer = _taken(await run_async_bolt_app(self.app, req))
        await send_async_response(client, req, answer, time.time())
        self._delivered(time.monotonic() - arrived, acknowledged=answer.status == HTTPStatus.OK)


@asynccontextmanager
async def serve_socket_mode(
    adapter: SlackAdapter, delivered: Delivered = _untold
) -> AsyncIterator[Connected]:
    """Hear Slack by Socket Mode while the context is open; connected when it opens.

    Yields:
        Tells whether the socket is connected now; it reconnects by itself.

    Raises:
        SettingsError: Slack refuses the app-level token.
        BotError: Slack cannot be reached.
    """
    credentials = adapter.slack.credentials
    handler = _TimedSocketHandler(adapter.app, credentials.app_token, delivered)
    client = handler.client
    if local(credentials.api_url):
        client.proxy = None
    try:
        # The library would try a refused token for ever.
        client.wss_uri = await _socket_address(adapter)
        await client.connect()  # type: ignore[no-untyped-call] # slack_sdk does not annotate it
        yield client.is_connected
    finally:
        await client.close()  # type: ignore[no-untyped-call] # slack_sdk does not annotate it
        pending = (
            client.message_processor,
            client.current_session_monitor,
            client.message_receiver,
        )
        await asyncio.gather(*filter(None, pending), return_exceptions=True)


def http_app(
    adapter: SlackAdapter, delivered: Delivered = _untold, read_seconds: float = READ_SECONDS
) -> web.Application:
    """Make the web application that hears Slack by HTTP: events, commands and interactivity.

    A body that takes longer than *read_seconds* to arrive is refused.

    Raises:
        SettingsError: there is no signing secret, so that nobody could tell Slack from others.
    """
    secret = adapter.slack.credentials.signing_secret
    return requests_app(secret, adapter.app.async_dispatch, delivered, read_seconds)


def requests_app(
    signing_secret: str,
    answer: Answering,
    delivered: Delivered = _untold,
    read_seconds: float = READ_SECONDS,
) -> web.Application:
    """Make the web application that has what Slack has signed answered by *answer*.

    Raises:
        SettingsError: as `http_app`.
    """
    if not signing_secret:
        raise SettingsError("SLACK_SIGNING_SECRET is needed for HTTP (or SLACK_APP_TOKEN instead)")

    refused = Refusals()

    async def receive(request: web.Request) -> web.Response:
        arrived = time.monotonic()
        acknowledged = False
        try:
            response = await _answered(request, signing_secret, answer, read_seconds)
            acknowledged = response.status == HTTPStatus.OK
        except web.HTTPException as refusal:
            refused.tell(refusal.status, refusal.text)
            raise
        finally:
            delivered(time.monotonic() - arrived, acknowledged=acknowledged)
        return response

    application = web.Application(client_max_size=MOST_BYTES)
    application.router.add_post("/slack/events", receive)
    return application


class Refusals:
    """Logs refused requests, one in `TELLING_SECONDS`: anybody can send any number of them."""

    def __init__(self) -> None:
        self._next = 0.0
        self._untold = 0

    def tell(self, status: int, reason: str | None) -> None:
        """Log that a request was refused with *status*; *reason* quotes nothing of it."""
        if (now := time.monotonic()) < self._next:
            self._untold += 1
            return
        _log.warning("slack_request_refused", status=status, reason=reason, untold=self._untold)
        self._next, self._untold = now + TELLING_SECONDS, 0


async def _answered(
    request: web.Request, signing_secret: str, answering: Answering, read_seconds: float
) -> web.Response:
    """Let Bolt answer what Slack has signed. Raises `HTTPException` for everything else."""
    try:
        body = await proven_body(request, signing_secret, read_seconds)
    except web.HTTPUnauthorized:
        if await asks_for_ssl_check(request):
            return web.Response()
        raise
    asked = bolt_request(request, body)
    if lacks(asked.body):
        return web.Response()
    try:
        answer = await answering(asked)
    except MISSHAPEN as error:
        if asked.body.get("type") == "event_callback":
            _log.error("slack_event_misshapen", exc_info=error)
            return web.Response()  # sent again, it would fail again
        raise web.HTTPBadRequest(text="this is not what Slack sends") from error
    return await to_aiohttp_response(_taken(answer))


def _taken(answer: BoltResponse) -> BoltResponse:
    """Return *answer*, or an acknowledgement of what is for no listener: it stays so."""
    unknown = answer.status == HTTPStatus.NOT_FOUND
    return BoltResponse(status=HTTPStatus.OK) if unknown else answer


async def _socket_address(adapter: SlackAdapter) -> str:
    token = adapter.slack.credentials.app_token
    try:
        opened = await adapter.slack.clients.repeating.apps_connections_open(app_token=token)
    except SlackApiError as error:
        if uncertain(error):
            raise BotError(f"Slack is in trouble just now: {error_of(error)}") from error
        raise SettingsError(
            f"SLACK_APP_TOKEN was refused by Slack ({error_of(error) or error}): create an "
            "app-level token (xapp-…) with connections:write under Basic Information of your app"
        ) from error
    except UNCERTAIN as error:
        raise BotError(f"Slack cannot be reached: {error}") from error
    return str(opened["url"])
