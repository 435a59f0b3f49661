"""The workspace's HTTP server: the Web API, response URLs, files and the websocket."""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.workspace import responses
from bot.workspace.blocks import BlockProblem
from bot.workspace.canvas_page import canvas_page
from bot.workspace.errors import ApiError
from bot.workspace.faults import Fault, Faults
from bot.workspace.limits import RateLimits
from bot.workspace.methods import METHODS, Arguments, Method, require_scope
from bot.workspace.methods.content import refuse
from bot.workspace.oauth import OAuth
from bot.workspace.same_machine import refuse_other_sites
from bot.workspace.sockets import Sockets
from bot.workspace.state import Json
from bot.workspace.team import Team

MOST_BODY_BYTES = 2**20
_INSTALLING = frozenset({"oauth.v2.access", "auth.revoke", "apps.uninstall", "auth.teams.list"})
DOWNLOAD = "download"
"""The name under which faults know the download of a file, with its `id`."""

CUT = 0
"""Status of a call whose connection was cut."""


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A Web API call of the app.

    Attributes:
        arguments: As sent, structured ones parsed, the token left out.
        status: HTTP status of the response; 0 when the connection was cut.
        error: Slack's error code, "" when the call succeeded.
        at: Seconds since the epoch, by the workspace's clock.
        response: The response's JSON object.
    """

    method: str
    arguments: Mapping[str, object]
    status: int
    error: str
    at: float
    response: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HttpReply:
    """The response to the caller."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)


class Server:
    """Answers the app.

    Attributes:
        calls: Every Web API call, oldest first.
        rate_limits: None while calls are not limited.
    """

    def __init__(self, team: Team, sockets: Sockets, faults: Faults, oauth: OAuth) -> None:
        self.calls: list[ApiCall] = []
        self._oauth = oauth
        self.rate_limits: RateLimits | None = None
        self._team = team
        self._sockets = sockets
        self._faults = faults

    def application(self) -> web.Application:
        """Return the aiohttp application."""
        app = web.Application(client_max_size=MOST_BODY_BYTES, middlewares=[_guard])
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link", self._sockets.handle)
        app.router.add_post("/response/{name}", self._response)
        app.router.add_get("/files/{id}/{name}", self._file)
        app.add_routes(self._oauth.routes())
        return app

    async def _api(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        token, arguments = await _read(request)
        fault = self._faults.take(name, arguments)
        if fault and fault.kind == "reset_before":
            return self._cut(request, name, arguments, {})
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        reply = _failure(fault) if fault else None
        reply = reply or self._answer(name, token, arguments)
        if fault and fault.kind == "reset_after":
            return self._cut(request, name, arguments, reply.body)
        if fault and fault.kind == "half_done":
            reply = HttpReply(500, {"ok": False, "error": "fatal_error"})
        self._record(name, arguments, reply.status, reply.body)
        return _response(reply)

    def _answer(self, name: str, token: str, arguments: Arguments) -> HttpReply:
        """Execute the call."""
        try:
            if name in _INSTALLING:
                return HttpReply(200, {"ok": True} | self._installing(name, token, arguments))
            method = _method(name)
            team = self._authorized(method, token, arguments)
            wait = self._wait(method, arguments)
            if wait:
                return _rate_limited(wait)
            self._refuse_unknown(arguments)
            return HttpReply(
                200, {"ok": True} | method.handler(team, arguments), self._headers(team)
            )
        except ApiError as problem:
            return HttpReply(200, {"ok": False, "error": problem.code, **problem.details})

    def _authorized(self, method: Method, token: str, arguments: Arguments) -> Team:
        """Return the workspace that the call acts in. Raises `ApiError`."""
        if method.caller == "anyone":
            return self._team
        if not token:
            raise ApiError("not_authed")
        by_app = token == self._team.identity.app_token
        team = self._team if by_app else self._oauth.team_of(token, arguments)
        if by_app != (method.caller == "app"):
            raise ApiError("not_allowed_token_type")
        require_scope(team, *method.scopes)
        return team

    def _installing(self, name: str, token: str, arguments: Arguments) -> Json:
        """Do a call about the installation itself. Raises `ApiError`."""
        if name == "oauth.v2.access":
            return self._oauth.access(arguments)
        self._oauth.team_of(token, arguments)
        if name == "auth.teams.list":
            teams = self._oauth.reachable(token)
            told = [{"id": t.identity.team_id, "name": t.identity.name} for t in teams]
            return {"teams": told, "response_metadata": {"next_cursor": ""}}
        self._oauth.remove(token)
        return {"revoked": True} if name == "auth.revoke" else {}

    def _refuse_unknown(self, arguments: Arguments) -> None:
        """Refuse blocks that this workspace does not know yet."""
        if not self._team.unknown_blocks:
            return
        blocks = arguments.objects("blocks", "invalid_blocks_format")
        kinds = {str(block.get("type")) for block in blocks} & self._team.unknown_blocks
        refuse(
            [BlockProblem("", f"unsupported type: {kind}") for kind in sorted(kinds)],
            "invalid_blocks",
        )

    def _wait(self, method: Method, arguments: Arguments) -> int:
        if self.rate_limits is None:
            return 0
        return self.rate_limits.wait(method.name, method.tier, arguments.text("channel"))

    def _headers(self, team: Team) -> dict[str, str]:
        return {"X-OAuth-Scopes": ",".join(sorted(team.scopes))}

    def _cut(
        self, request: web.Request, name: str, arguments: Arguments, body: Json
    ) -> web.StreamResponse:
        """Close the connection without an answer."""
        self._record(name, arguments, CUT, body)
        if request.transport:
            request.transport.abort()
        return web.Response()

    def _record(self, name: str, arguments: Arguments, status: int, body: Json) -> None:
        told = {key: _parsed(value) for key, value in arguments.items()}
        error = str(body.get("error", ""))
        self.calls.append(ApiCall(name, told, status, error, self._team.clock.now(), body))
        self._team.changes.ring()

    async def _response(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        owners = (one for one in self._oauth.teams if name in one.response_urls)
        try:
            body = _parsed(await request.text())
            responses.use(next(owners, self._team), name, body)
        except ApiError as problem:
            return web.json_response({"ok": False, "error": problem.code}, status=404)
        return web.Response(text="ok")

    async def _file(self, request: web.Request) -> web.Response:
        """Serve a file; without the token, Slack serves its sign-in page, with status 200."""
        teams, name = self._oauth.reachable(_bearer(request)), request.match_info["id"]
        found = [team.files[name] for team in teams or (self._team,) if name in team.files]
        file = found[0] if found else None
        if fault := self._faults.take(DOWNLOAD, request.match_info):
            if fault.kind == "slow":
                await asyncio.sleep(fault.seconds)
            else:
                raise web.HTTPServiceUnavailable
        if file is None or file.deleted:
            raise web.HTTPNotFound
        if not teams:
            return web.Response(text="<html>Sign in</html>", content_type="text/html")
        if file.mode == "quip":
            return web.Response(text=canvas_page(file), content_type="text/html")
        return web.Response(body=file.content, content_type=file.mimetype)


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let no website in: the app is a program, and the page asks the workspace directly."""
    refuse_other_sites(request)
    return await handler(request)


def _method(name: str) -> Method:
    if name not in METHODS:
        raise ApiError("unknown_method", req_method=name)
    return METHODS[name]


async def _read(request: web.Request) -> tuple[str, Arguments]:
    """Return the token and the arguments of a call."""
    values: dict[str, object] = dict(request.query)
    if request.content_type == "application/json":
        body = _parsed((await request.text()) or "{}")
        values |= body if isinstance(body, dict) else {}
    elif request.method == "POST":
        values |= dict(await request.post())
    sent = str(values.pop("token", ""))
    return _bearer(request) or sent, Arguments(values | _app(request))


def _bearer(request: web.Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _app(request: web.Request) -> dict[str, object]:
    """Return the client ID and the client secret of a call that proves itself by them."""
    kind, _, sent = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return {}
    try:
        name, _, secret = base64.b64decode(sent, validate=True).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": name, "client_secret": secret}


def _parsed(value: object) -> object:
    """Return JSON text of an object or array as what it means, anything else unchanged."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _failure(fault: Fault) -> HttpReply | None:
    """Return what the caller gets instead of an answer; None when it is answered as usual."""
    match fault.kind:
        case "slow" | "reset_after" | "half_done":
            return None
        case "ratelimited":
            return _rate_limited(fault.retry_after)
        case "internal_error":
            return HttpReply(500, {"ok": False, "error": "internal_error"})
        case "unavailable":
            return HttpReply(503, {})
        case code:
            return HttpReply(200, {"ok": False, "error": code})


def _rate_limited(seconds: int) -> HttpReply:
    return HttpReply(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(seconds)})


def _response(reply: HttpReply) -> web.Response:
    if not reply.body:
        return web.Response(status=reply.status, text="<html>Unavailable</html>")
    return web.json_response(reply.body, status=reply.status, headers=reply.headers)
