"""The server over streamable HTTP: who calls is known before anything is parsed.

A request is one POST with one answer in JSON. There are no sessions and no streams, so that a
process keeps nothing for a client that is gone.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, MutableMapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from aiohttp import web
from mcp.server import Server, ServerRequestContext
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.requests import Request
from starlette.types import Message, Scope

from bot.core.errors import AdapterUnavailableError, RedisUnavailableError
from bot.mcp_server.callers import Callers, CallingPerson
from bot.mcp_server.tokens import TokenStore

PATH = "/mcp"

MOST_BYTES = 256_000
"""Bytes of one request; the longest question takes about 50,000."""

READ_SECONDS = 10.0
"""How long the body of a request may take to arrive."""

_HERE = ("127.0.0.1", "localhost", "[::1]")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="kotae"'}

Signed = Callable[[Mapping[str, str], bytes], bool]
"""Tells whether Slack has signed a body, by the headers of its request."""


class HttpIdentity:
    """Tells for whom a request is made: by its token, or by what Slack has signed.

    Args:
        tokens: The tokens.
        callers: Knows people.
        signed: Checks Slack's signature; None where that is not trusted.
        team: Id of the workspace whose people Slack may name.
    """

    def __init__(
        self, tokens: TokenStore, callers: Callers, signed: Signed | None = None, team: str = ""
    ) -> None:
        self._tokens = tokens
        self._callers = callers
        self._signed = signed
        self._team = team

    async def admitted(self, headers: Mapping[str, str], body: bytes) -> dict[str, Any] | None:
        """Return what is known of the sender of *body*; None for nobody.

        Raises:
            AdapterUnavailableError: nobody can tell now.
            RedisUnavailableError: likewise.
        """
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":  # RFC 9110, 11.1: in any case
            person = await self._tokens.person(token.strip())
            caller = await self._callers.of(person) if person else None
            return {"caller": caller} if caller else None
        if self._signed is not None and self._signed(headers, body):
            return {"caller": None}  # Slack names the person in each call
        return None

    async def of(self, context: ServerRequestContext[Any, Any]) -> CallingPerson | None:
        """Return for whom the call of *context* is made.

        Slack's name for the person is read from what the SDK has parsed, so that no second parser
        could see another person in the same bytes.
        """
        assert isinstance(context.request, Request)
        caller = context.request.state.caller
        if isinstance(caller, CallingPerson):
            return caller
        meta = (context.params or {}).get("_meta")
        named = meta.get("slack") if isinstance(meta, Mapping) else None
        if not isinstance(named, Mapping) or named.get("team_id") != self._team:
            return None
        person = named.get("user_id")
        return await self._callers.of(person) if isinstance(person, str) and person else None


@asynccontextmanager
async def http_application(
    server: Server[Any],
    identity: HttpIdentity,
    hosts: Collection[str] = (),
    read_seconds: float = READ_SECONDS,
) -> AsyncIterator[web.Application]:
    """Make the web application of *server*; it works while the context is open.

    Args:
        server: What answers.
        identity: Who is admitted.
        hosts: Names by which the server is reached besides those of this machine.
        read_seconds: How long a body may take to arrive.
    """
    # It would write down each foreign name that it refuses: a log that anybody can fill.
    logging.getLogger(TransportSecurityMiddleware.__module__).setLevel(logging.ERROR)
    manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
    security = TransportSecurityMiddleware(_security(hosts))

    async def receive(request: web.Request) -> web.Response:
        scope = _scope(request)
        refusal = await security.validate_request(Request(scope), is_post=True)
        if refusal is not None:
            return web.Response(status=refusal.status_code, text=bytes(refusal.body).decode())
        body = await _body(request, read_seconds)
        try:
            state = await identity.admitted(request.headers, body)
        except (AdapterUnavailableError, RedisUnavailableError) as error:
            raise web.HTTPServiceUnavailable(text="try again in a minute") from error
        if state is None:
            raise web.HTTPUnauthorized(text="unknown token", headers=_CHALLENGE)
        scope["state"] = state
        return await _answered(manager, scope, body)

    application = web.Application(client_max_size=MOST_BYTES)
    application.router.add_post(PATH, receive)
    async with manager.run():
        yield application


def _security(hosts: Collection[str]) -> TransportSecuritySettings:
    """Return which Host and Origin are right: else a page in a browser could call this machine."""
    names = [f"{name}{end}" for name in (*_HERE, *hosts) for end in ("", ":*")]
    origins = [f"http://{name}{end}" for name in _HERE for end in ("", ":*")]
    origins += [f"https://{name}{end}" for name in hosts for end in ("", ":*")]
    return TransportSecuritySettings(allowed_hosts=names, allowed_origins=origins)


async def _body(request: web.Request, seconds: float) -> bytes:
    """Read the body of *request*. Raises `HTTPException`: broken off, too slow or too long."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise web.HTTPUnsupportedMediaType(text="compressed bodies are not read")
    if (request.content_length or 0) > MOST_BYTES:
        raise web.HTTPRequestEntityTooLarge(MOST_BYTES)
    try:
        async with asyncio.timeout(seconds):
            return await request.read()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise web.HTTPBadRequest(text="the body is broken") from error


def _scope(request: web.Request) -> Scope:
    """Return *request* as the SDK takes it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.raw_headers],
        "client": None,
        "server": None,
    }


async def _answered(
    manager: StreamableHTTPSessionManager, scope: Scope, body: bytes
) -> web.Response:
    """Let the SDK answer *body*, whole."""
    status, headers, pieces = HTTPStatus.INTERNAL_SERVER_ERROR, dict[str, str](), list[bytes]()
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        await asyncio.Event().wait()  # nothing more ever comes
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = HTTPStatus(message["status"])
            headers.update(
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in message.get("headers", ())
                if name.lower() != b"content-length"
            )
        else:
            pieces.append(message.get("body", b""))

    await manager.handle_request(scope, receive, send)
    return web.Response(status=status, headers=headers, body=b"".join(pieces))
