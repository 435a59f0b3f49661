"""Serves the page on the loopback address, and keeps it up to date over a websocket."""

import asyncio
import json
import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from typing import Protocol, Self

from aiohttp import WSMsgType, web
from aiohttp.typedefs import Handler

from bot.workspace.page.actions import PageActionError, PageActions
from bot.workspace.page.markup import MentionNames, markdown
from bot.workspace.page.picture import picture
from bot.workspace.same_machine import refuse_other_sites
from bot.workspace.state import User
from bot.workspace.workspace import LOOPBACK, Workspace

LONGEST_SILENCE = 1.0
"""Seconds between two checks for changes that only time makes (a status line that expires)."""

BETWEEN_PICTURES = 0.04
"""Seconds between two updates: steps and streamed text come in bursts."""

MOST_BYTES = 12 * 2**20
_STATIC = files("bot.workspace.page") / "static"
_INDEX = "index.html"
_FILES = {
    _INDEX: "text/html",
    "style.css": "text/css",
    "main.js": "text/javascript",
    "words.js": "text/javascript",
    "complete.js": "text/javascript",
    "tour.js": "text/javascript",
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


@dataclass(frozen=True, slots=True)
class PageDocument:
    """A document that a person may read.

    Attributes:
        parts: Its text in order, as anchor ("" for none) and Markdown.
    """

    title: str
    parts: Sequence[tuple[str, str]]


class PageDocuments(Protocol):
    """Reads documents with the rights of whoever looks at the page."""

    async def __call__(self, reader: User, document_id: str) -> PageDocument | None:
        """Return the document, or None when there is none that *reader* may see."""
        ...


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What the page offers besides the workspace.

    Attributes:
        shortcuts: The app's message shortcuts, name by callback id.
        commands: Slash commands to complete, with their subcommands.
        guide: Examples and tour, by language; see `static/words.js`.
        documents: Reads the documents that citations lead to; None for none.
        key: Secret part of the address, "" for a new one.
    """

    shortcuts: Mapping[str, str] = field(default_factory=dict)
    commands: Sequence[str] = ()
    guide: Mapping[str, object] = field(default_factory=dict)
    documents: PageDocuments | None = None
    key: str = ""


class Page:
    """The page of one workspace; everybody who opens it chooses a person.

    Only this machine can reach it, and only from its own address, which holds a random key: neither
    a website in the same browser nor another user of the machine knows it.
    """

    def __init__(self, workspace: Workspace, port: int, options: PageOptions) -> None:
        self._workspace = workspace
        self._options = options
        self._offered = {
            "shortcuts": dict(options.shortcuts),
            "commands": list(options.commands),
            "guide": dict(options.guide),
        }
        self._hands = PageActions(workspace)
        self._origins = frozenset(f"http://{host}:{port}" for host in (LOOPBACK, "localhost"))
        self._key = options.key or new_key()
        self.url = f"http://{LOOPBACK}:{port}/{self._key}/"
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.1)

    @classmethod
    async def start(
        cls,
        workspace: Workspace,
        port: int = 0,
        options: PageOptions = PageOptions(),
    ) -> Self:
        """Serve the page of *workspace*.

        Args:
            workspace: The workspace to show.
            port: Port of the page; 0 takes any free one.
            options: What else it offers.

        Raises:
            OSError: The port is taken.
        """
        listening = socket.create_server((LOOPBACK, port))
        page = cls(workspace, listening.getsockname()[1], options)
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
        app.router.add_get(f"/{self._key}/documents/{{id:.+}}", self._document)
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
        viewer = self._viewer(request.query.get("user", ""), request.query.get("language", ""))
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
            seen = picture(self._workspace, viewer) | self._offered
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

    async def _document(self, request: web.Request) -> web.Response:
        """Show a document to the person that the address names, as far as they may read it."""
        reader = self._workspace.team.users.get(request.query.get("user", ""))
        read = self._options.documents
        found = None
        if reader is not None and read is not None:
            found = await read(reader, request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound(text="There is no such document, or you may not read it.")
        return web.Response(
            text=_html(found, f"/{self._key}/static/style.css"),
            content_type="text/html",
            headers=_HEADERS,
        )

    def _viewer(self, user_id: str, language: str = "") -> User:
        """Return the person with *user_id*, else a member who speaks *language*, else anybody."""
        people = [user for user in self._workspace.team.users.values() if not user.bot_id]
        known = [user for user in people if user.id == user_id]
        speak = [user for user in people if not user.guest and user.language[:2] == language]
        return [*known, *speak, *people][0]


def new_key() -> str:
    """Return a secret for the address of a page."""
    return secrets.token_urlsafe(16)


def _html(document: PageDocument, style: str) -> str:
    parts = "".join(
        f'<section id="{escape(anchor)}">{markdown(text, MentionNames({}, {}))}</section>'
        for anchor, text in document.parts
    )
    title = escape(document.title)
    return (
        f'<!doctype html><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{style}"><body class="document"><h1>{title}</h1>{parts}'
    )
