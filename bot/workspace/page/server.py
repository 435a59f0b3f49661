"""Serves the page on the loopback address, and keeps it up to date over a websocket."""

import asyncio
import json
import socket
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Self

from aiohttp import WSMsgType, web
from aiohttp.typedefs import Handler

from bot.workspace.page.actions import PageActionError, PageActions
from bot.workspace.page.picture import picture
from bot.workspace.state import User
from bot.workspace.workspace import LOOPBACK, Workspace

LONGEST_SILENCE = 1.0
"""Seconds between two checks for changes that only time makes (a status line that expires)."""

BETWEEN_PICTURES = 0.04
"""Seconds between two updates: steps and streamed text come in bursts."""

MOST_BYTES = 12 * 2**20
PageShortcuts = Mapping[str, str]
_STATIC = files("bot.workspace.page") / "static"
_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'"
)


class Page:
    """The page of one workspace; everybody who opens it chooses a person.

    Only this machine can reach it, and only from its own address: a website that points its name
    at the loopback address is refused.
    """

    def __init__(self, workspace: Workspace, port: int, shortcuts: PageShortcuts) -> None:
        self._workspace = workspace
        self._shortcuts = shortcuts
        self._hands = PageActions(workspace)
        self._hosts = {f"{host}:{port}" for host in (LOOPBACK, "localhost")}
        self.url = f"http://{LOOPBACK}:{port}/"
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
        app.router.add_get("/", self._static)
        app.router.add_get("/static/{name}", self._static)
        app.router.add_get("/live", self._live)
        app.router.add_post("/do", self._do)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin", f"http://{request.host}")
        if request.host not in self._hosts or origin.removeprefix("http://") not in self._hosts:
            raise web.HTTPForbidden(text="Only from this machine.")
        return await handler(request)

    async def _static(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "index.html")
        file = _STATIC / name
        kind = _TYPES.get(name.rpartition(".")[2])
        if kind is None or not file.is_file():
            raise web.HTTPNotFound
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
        return web.Response(
            body=file.read_bytes(), content_type=kind, charset="utf-8", headers=headers
        )

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
            body = await request.json()
            done = await self._hands.do(str(body.pop("user")), str(body.pop("do")), body)
        except PageActionError as problem:
            return web.json_response({"error": str(problem)}, status=409)
        except (ValueError, KeyError, TypeError, AttributeError):
            return web.json_response({"error": "bad_request"}, status=400)
        return web.json_response(done)

    def _viewer(self, user_id: str) -> User:
        people = [user for user in self._workspace.team.users.values() if not user.bot_id]
        return next((user for user in people if user.id == user_id), people[0])
