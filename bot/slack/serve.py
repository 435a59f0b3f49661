"""The two ways to hear Slack: a socket that we open, or requests that it sends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError

from bot.errors import BotError, SettingsError
from bot.slack.clients import UNCERTAIN, error_of, local
from bot.slack.surface import SlackSurface

Health = Callable[[], Awaitable[Mapping[str, str]]]
"""Asks the program what it cannot do just now: part to reason, empty when all is well."""

Connected = Callable[[], Awaitable[bool]]


@asynccontextmanager
async def serve_socket_mode(surface: SlackSurface) -> AsyncIterator[Connected]:
    """Hear Slack by Socket Mode while the context is open; connected when it opens.

    Yields:
        Tells whether the socket is connected now; it reconnects by itself.

    Raises:
        SettingsError: Slack refuses the app-level token.
        BotError: Slack cannot be reached.
    """
    credentials = surface.credentials
    handler = AsyncSocketModeHandler(surface.app, credentials.app_token)
    client = handler.client
    if local(credentials.api_url):
        client.proxy = None
    try:
        # The library would try a refused token for ever.
        client.wss_uri = await _socket_address(surface)
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


def http_app(surface: SlackSurface, health: Health) -> web.Application:
    """Make the web application that hears Slack by HTTP.

    `POST /slack/events` takes events, commands and interactivity; see `health_app` for the rest.

    Raises:
        SettingsError: there is no signing secret, so that nobody could tell Slack from others.
    """
    if not surface.credentials.signing_secret:
        raise SettingsError("SLACK_SIGNING_SECRET is needed for HTTP (or SLACK_APP_TOKEN instead)")

    async def receive(request: web.Request) -> web.Response:
        answer = await surface.app.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    application = health_app(health)
    application.router.add_post("/slack/events", receive)
    return application


def health_app(health: Health) -> web.Application:
    """Make a web application with `GET /healthz` (it lives) and `GET /readyz` (it can work)."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def readyz(_request: web.Request) -> web.Response:
        problems = dict(await health())
        body = {"ok": not problems, "problems": problems}
        return web.json_response(body, status=503 if problems else 200)

    application = web.Application()
    application.router.add_get("/healthz", healthz)
    application.router.add_get("/readyz", readyz)
    return application


async def _socket_address(surface: SlackSurface) -> str:
    token = surface.credentials.app_token
    try:
        opened = await surface.clients.repeating.apps_connections_open(app_token=token)
    except SlackApiError as error:
        raise SettingsError(
            f"SLACK_APP_TOKEN was refused by Slack ({error_of(error) or error}): create an "
            "app-level token (xapp-…) with connections:write under Basic Information of your app"
        ) from error
    except UNCERTAIN as error:
        raise BotError(f"Slack cannot be reached: {error}") from error
    return str(opened["url"])
