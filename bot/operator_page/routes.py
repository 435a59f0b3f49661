"""The routes of the operator's page, and who is let in."""

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from http import HTTPStatus
from urllib.parse import parse_qs

import structlog
from aiohttp import web

from bot.core.errors import RedisUnavailableError
from bot.core.language import Language
from bot.operator_page import texts
from bot.operator_page.board import OperatorBoard
from bot.operator_page.layout import (
    PATH,
    PageWords,
    board_page,
    content_security_policy,
    no_page,
    sign_in_page,
    unavailable_page,
    workspace_path,
)
from bot.operator_page.sessions import SESSION_SECONDS, OperatorSessions

COOKIE = "kotae_operator"

_MOST_BYTES = 2_048
"""Bytes of a form; a token has 200 at most."""

_FORM_SECONDS = 5.0
_LANGUAGES: Sequence[Language] = ("ja", "en")
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_log = structlog.get_logger(__name__)


class OperatorPage:
    """Serves the page to whoever has the token; all others get a form, and learn nothing.

    Args:
        board: Reads what it tells.
        sessions: Knows who is let in.
        path: Where it is.
    """

    def __init__(self, board: OperatorBoard, sessions: OperatorSessions, path: str = PATH) -> None:
        self._board = board
        self._sessions = sessions
        self._path = path

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        """Its routes. They belong on a port that only operators reach."""
        return (
            web.get(self._path, self.show),
            web.post(self._path, self.sign_in),
            web.post(f"{self._path}/sign-out", self.sign_out),
        )

    async def show(self, request: web.Request) -> web.Response:
        """Show the page, or the form for the token; 503 while Redis is away."""
        words = self._words(request)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            if refusal := self._refusal(token.strip(), words):
                return refusal
        elif not self._sessions.admits(request.cookies.get(COOKIE, "")):
            return _page(sign_in_page(words), HTTPStatus.UNAUTHORIZED)
        try:
            report = await self._board.read()
        except RedisUnavailableError as error:
            _log.warning("operator_page_unavailable", reason=str(error))
            return _page(unavailable_page(words), HTTPStatus.SERVICE_UNAVAILABLE)
        return _page(board_page(report, words))

    async def sign_in(self, request: web.Request) -> web.Response:
        """Give a cookie for the token.

        What another site's page sends is not looked at: it could use up the tries of operators.
        """
        words = self._words(request)
        if _from_elsewhere(request):
            return _page(sign_in_page(words), HTTPStatus.FORBIDDEN)
        if refusal := self._refusal(await _token_in(request), words):
            return refusal
        response = _moved(words)
        response.set_cookie(
            COOKIE,
            self._sessions.new_cookie(),
            max_age=SESSION_SECONDS,
            path=self._path,
            httponly=True,
            samesite="Strict",
            # Behind a proxy with TLS; on this machine there is none, and browsers refuse it.
            secure=request.headers.get("X-Forwarded-Proto") == "https",
        )
        _log.info("operator_signed_in")
        return response

    async def sign_out(self, request: web.Request) -> web.Response:
        """End the session, also for whoever has a copy of the cookie."""
        if _from_elsewhere(request):
            return _page(sign_in_page(self._words(request)), HTTPStatus.FORBIDDEN)
        self._sessions.end(request.cookies.get(COOKIE, ""))
        response = _moved(self._words(request))
        response.del_cookie(COOKIE, path=self._path, httponly=True, samesite="Strict")
        return response

    def _refusal(self, token: str, words: PageWords) -> web.Response | None:
        """Return what to answer to *token* if it is not the right one."""
        match self._sessions.try_token(token):
            case "right":
                return None
            case "wrong":
                _log.warning("operator_token_wrong")
                return _page(sign_in_page(words, words.say(texts.WRONG)), HTTPStatus.UNAUTHORIZED)
        seconds = self._sessions.wait_seconds()
        page = sign_in_page(words, words.say(texts.TOO_MANY, seconds=seconds))
        response = _page(page, HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(seconds)
        return response

    def _words(self, request: web.Request) -> PageWords:
        return PageWords(language_for(request), self._board.parts.zone, self._path)


class WorkspacePages:
    """Serves the page of each of several workspaces, below its id.

    Each has a token, sessions and a cookie of its own: who is let in to one is a stranger to all
    others.

    Args:
        page_of: Returns the page of a workspace; None while it has none.
    """

    def __init__(self, page_of: Callable[[str], OperatorPage | None]) -> None:
        self._page_of = page_of

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        """Their routes. They belong on a port that only operators reach."""
        path = workspace_path("{team}")
        return (
            web.get(path, self._show),
            web.post(path, self._sign_in),
            web.post(f"{path}/sign-out", self._sign_out),
        )

    async def _show(self, request: web.Request) -> web.Response:
        page = self._page_of(request.match_info["team"])
        return await page.show(request) if page else _nothing(request)

    async def _sign_in(self, request: web.Request) -> web.Response:
        page = self._page_of(request.match_info["team"])
        return await page.sign_in(request) if page else _nothing(request)

    async def _sign_out(self, request: web.Request) -> web.Response:
        page = self._page_of(request.match_info["team"])
        return await page.sign_out(request) if page else _nothing(request)


def _nothing(request: web.Request) -> web.Response:
    """Return the same for a workspace that is not at work and for one that nobody knows."""
    return _page(no_page(PageWords(language_for(request), dt.UTC)), HTTPStatus.NOT_FOUND)


def _from_elsewhere(request: web.Request) -> bool:
    """Tell whether the page of another site sends *request*.

    Browsers say so in `Sec-Fetch-Site`, but not where a page has neither TLS nor is on their own
    machine: there `Origin` tells. https://www.w3.org/TR/fetch-metadata/
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin", "")
    hosts = {request.host, request.headers.get("X-Forwarded-Host", request.host)}
    return bool(origin) and origin.partition("://")[2] not in hosts


def language_for(request: web.Request) -> Language:
    """Return the language of `?lang=`, else the first that the browser wants, else English."""
    wanted = [request.query.get("lang", "")]
    wanted += request.headers.get("Accept-Language", "").split(",")
    for one in wanted:
        for language in _LANGUAGES:
            if one.strip().lower().startswith(language):
                return language
    return "en"


async def _token_in(request: web.Request) -> str:
    """Return the token of the form, "" where there is none, or where it is no form of ours."""
    if (request.content_length or 0) > _MOST_BYTES:
        return ""
    try:
        async with asyncio.timeout(_FORM_SECONDS):
            body = await request.read()
        fields = parse_qs(body.decode("ascii"), max_num_fields=4, errors="surrogateescape")
    except (TimeoutError, ValueError, web.HTTPRequestEntityTooLarge):
        return ""
    return fields.get("token", [""])[0].strip()


def _page(html: str, status: int = HTTPStatus.OK) -> web.Response:
    response = web.Response(text=html, content_type="text/html", status=status, headers=_HEADERS)
    response.headers["Content-Security-Policy"] = content_security_policy()
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="kotae"'
    return response


def _moved(words: PageWords) -> web.Response:
    """Lead back to the page, which a reload then does not send again."""
    headers = {**_HEADERS, "Location": f"{words.path}?lang={words.language}"}
    return web.Response(status=HTTPStatus.SEE_OTHER, headers=headers)
