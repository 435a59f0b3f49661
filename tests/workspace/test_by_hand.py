"""Somebody starts two workspaces, and installs an app in both by hand."""

import asyncio
import sys
from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.errors import SlackApiError

from bot.slack.client.clients import web_client
from tests.support.browser import Browser


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """The app's port, to which Slack sends people back."""

    async def installed(_: web.Request) -> web.Response:
        return web.Response(text="installed")

    application = web.Application()
    application.router.add_get("/slack/oauth_redirect", installed)
    async with TestServer(application) as server:
        yield server.port or 0


async def test_an_app_is_installed_in_two_workspaces(port: int) -> None:
    """The secret goes as slack_sdk sends it, by HTTP Basic. Each workspace has a page."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.workspace", str(port), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            lines = [(await process.stdout.readline()).decode().strip() for _ in range(8)]
        settings = dict(line.split("=", 1) for line in lines[:6])
        identity, secret = settings["SLACK_CLIENT_ID"], settings["SLACK_CLIENT_SECRET"]
        redirect = settings["SLACK_REDIRECT_URL"]
        client, browser = web_client(None, settings["SLACK_API_URL"]), Browser()
        asked = {"client_id": identity, "state": "s", "redirect_uri": redirect}
        allow = f"{settings['SLACK_API_URL'].removesuffix('/api/')}/oauth/v2/authorize"
        for label, team, page in (("Workspace", "T0WORKSPACE", 6), ("Beta", "T0BETA", 7)):
            await browser.open(f"{allow}?{urlencode(asked)}")
            await browser.follow(f"Allow in {label}")
            code = parse_qs(urlsplit(browser.address).query)["code"][0]
            with pytest.raises(SlackApiError, match="bad_client_secret"):
                await client.oauth_v2_access(client_id=identity, client_secret="x", code=code)
            told = await client.oauth_v2_access(client_id=identity, client_secret=secret, code=code)
            assert told["team"]["id"] == team
            await browser.open(lines[page].partition(": ")[2])
            assert browser.status == HTTPStatus.OK
    finally:
        process.terminate()
        await process.wait()
