"""A download is bounded in size and time, and the token stays with Slack."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from bot.slack.client.clients import Clients
from bot.slack.client.downloads import DownloadError, Downloads

MOST = 1_000_000
TEXT = "text/plain"


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """A server with files of every kind; it says who asks with which token."""

    async def file(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name == "moved":
            raise web.HTTPFound("http://127.0.0.1:9/elsewhere")
        if name == "sign-in":
            return web.Response(text="<html>Sign in</html>", content_type="text/html")
        if name == "large":
            return web.Response(body=b"x" * (MOST + 1))
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(request.headers.get("Authorization", "").encode())
        if name == "slow":
            await asyncio.sleep(30)
        return response

    app = web.Application()
    app.router.add_get("/{name}", file)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def downloads(address: str) -> AsyncIterator[Downloads]:
    clients = Clients("xoxb-secret", f"{address}/api/")
    clients.open()
    yield Downloads(clients, "xoxb-secret", f"{address}/api/")
    await clients.aclose()


async def test_a_file_is_read_and_saved(downloads: Downloads, address: str, tmp_path: Path) -> None:
    """With the token, which appears in no representation."""
    place = tmp_path / "file"
    content = await downloads.read(f"{address}/file", TEXT, MOST, 30.0)
    await downloads.save(f"{address}/file", TEXT, place, MOST, 30.0)

    assert content == place.read_bytes() == b"Bearer xoxb-secret"
    assert "secret" not in repr(downloads)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("large", "larger than 1 MB"),
        ("moved", "answers 302"),
        ("sign-in", "files:read"),
        ("slow", "the connection broke"),
    ],
)
async def test_what_is_no_file_or_too_much_is_refused(
    downloads: Downloads, address: str, tmp_path: Path, name: str, reason: str
) -> None:
    """In both ways, and soon."""
    with pytest.raises(DownloadError, match=reason):
        await downloads.read(f"{address}/{name}", TEXT, MOST, 0.5)
    with pytest.raises(DownloadError, match=reason):
        await downloads.save(f"{address}/{name}", TEXT, tmp_path / "file", MOST, 0.5)


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1:9/file", "http://files.slack.com/file", "ftp://files.slack.com/file"),
        *(
            "https://files.slack.com.evil.example/a",
            "https://evilslack.com/a",
            "file:///etc/passwd",
        ),
        *("https://[/a", "", "//files.slack.com/a"),
    ],
)
async def test_no_other_host_is_asked(downloads: Downloads, url: str) -> None:
    """An address comes from an event, which may say anything."""
    with pytest.raises(DownloadError, match="not on a host of Slack"):
        await downloads.read(url, TEXT, MOST, 30.0)
