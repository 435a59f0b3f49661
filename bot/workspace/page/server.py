"""Serves the page on the loopback address, and keeps it up to date over a websocket."""

import asyncio
import json
import secrets
import socket
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Self

from aiohttp import WSMsgType, web
from aiohttp.typedefs import Handler

from bot.workspace.page.actions import PageActionError, PageActions
from bot.workspace.page.picture import picture
from bot.workspace.same_machine import refuse_other_sites
from bot.workspace.state import User
from bot.workspace.workspace import LOOPBACK, Workspace

LONGEST_SILENCE = 1.0
"""Seconds between two checks for changes that only time makes (a status line that expires)."""

BETWEEN_PICTURES = 0.04
"""Seconds between two updates: steps and streamed text come in bursts."""

MOST_BYTES = 12 * 2**20
PageShortcuts = Mapping[str, str]
_STATIC = files("bot.workspace.page") / "static"
_INDEX = "index.html"
_FILES = {
    _INDEX: "text/html",
    "style.css": "text/css",
    "main.js": "text/javascript",
    "words.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
"""All that is served, with its type."""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # the address holds the key
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


class Page:
    """The page of one workspace; everybody who opens it chooses a person.

    Only this machine can reach it, and only from its own address, which holds a random key: neither
    a website in the same browser nor another user of the machine knows it.
    """

    def __init__(self, workspace: Workspace, port: int, shortcuts: PageShortcuts) -> None:
        self._workspace = workspace
        self._shortcuts = shortcuts
        self._hands = PageActions(workspace)
        self._origins = frozenset(f"http://{host}:{port}" for host in (LOOPBACK, "localhost"))
        self._key = secrets.token_urlsafe(16)
        self.url = f"http://{LOOPBACK}:{port}/{self._key}/"
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.1)

    @classmethod
    async def start(
        cls,
        workspace: Workspace,
        port: int = 0,
        shortcuts: PageShortcuts = MappingProxyType({}),
    ) -> Self:
        """Serve the page of *workspace*.

        Args:
            workspace: The workspace to show.
            port: Port of the page; 0 takes any free one.
            shortcuts: The app's message shortcuts, name by callback id.

        Raises:
            OSError: The port is taken.
        """
        listening = socket.create_server((LOOPBACK, port))
        page = cls(workspace, listening.getsockname()[1], shortcuts)
        await page._runner.setup()
        await web.SockSite(page._runner, listening).start()
        return page

    async def aclose(self) -> None:
        """Stop serving."""
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[self._guard])
        app.router.add_get(f"/{self._key}/", self._static)
        app.router.add_get(f"/{self._key}/static/{{name}}", self._static)
        app.router.add_get(f"/{self._key}/live", self._live)
        app.router.add_post(f"/{self._key}/do", self._do)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        refuse_other_sites(request, self._origins)
        return await handler(request)

    async def _static(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", _INDEX)
        kind = _FILES.get(name)
        if kind is None:
            raise web.HTTPNotFound
        body = (_STATIC / name).read_bytes()
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=_HEADERS)

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        viewer = self._viewer(request.query.get("user", ""))
        connection = web.WebSocketResponse(heartbeat=20.0)
        await connection.prepare(request)
        showing = asyncio.create_task(self._show(connection, viewer))
        async for message in connection:
            if message.type is WSMsgType.ERROR:
                break
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
        return connection

    async def _show(self, connection: web.WebSocketResponse, viewer: User) -> None:
        """Send the view whenever it has changed."""
        last = ""
        while not connection.closed:
            seen = picture(self._workspace, viewer) | {"shortcuts": dict(self._shortcuts)}
            now = json.dumps(seen, ensure_ascii=False)
            if now == last:
                await self._workspace.changed(LONGEST_SILENCE)
                continue
            last = now
            await connection.send_str(now)
            await asyncio.sleep(BETWEEN_PICTURES)

    async def _do(self, request: web.Request) -> web.Response:
        try:
            # Half of a character, which a browser may send, could not be shown to anybody.
            whole = json.dumps(await request.json(), ensure_ascii=False).encode(errors="replace")
            body = json.loads(whole)
            done = await self._hands.do(str(body.pop("user")), str(body.pop("do")), body)
        except PageActionError as problem:
            return web.json_response({"error": str(problem)}, status=409)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return web.json_response({"error": "bad_request"}, status=400)
        return web.json_response(done)

    def _viewer(self, user_id: str) -> User:
        people = [user for user in self._workspace.team.users.values() if not user.bot_id]
        return next((user for user in people if user.id == user_id), people[0])
