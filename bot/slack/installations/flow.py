"""Installing the app in a browser: Bolt's own flow, with our store, our states and our pages.

https://docs.slack.dev/authentication/installing-with-oauth
"""

import html
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import (
    AsyncCallbackOptions,
    AsyncFailureArgs,
    AsyncSuccessArgs,
)
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.core.errors import BotError
from bot.core.i18n import Text
from bot.slack.client.clients import (
    UNCERTAIN,
    RateLimitedClient,
    error_of,
    unavailable,
    web_client,
)
from bot.slack.client.manifest import REDIRECT_PATH
from bot.slack.installations import texts
from bot.slack.installations.states import InstallStates
from bot.slack.installations.store import InstallationStore, installation_id
from bot.slack.transport import Refusals

INSTALL_PATH = "/slack/install"

_HTML = "text/html; charset=utf-8"
_STALE = frozenset({"invalid_code", "code_already_used"})
_AGAIN = frozenset({"invalid_browser", "invalid_state", "missing_code", *_STALE})
_MISCONFIGURED = frozenset(
    {
        *("bad_redirect_uri", "invalid_client_id", "invalid_scope", "invalid_scope_requested"),
        *("invalid_team_for_non_distributed_app", "unapproved_scope"),
        *("scope_not_allowed_on_enterprise", "org_login_required"),
    }
)
"""What Slack may say in a browser when the app is set up wrong: no more of it is logged, since
anybody can write anything there."""

_TEAM = re.compile(r"[TE][A-Z0-9]{1,30}")
_REASON = re.compile(r"[a-z_]{1,60}")

_REFUSED = Refusals()
_WRONG = Refusals()

Installed = Callable[[Installation], Awaitable[None]]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """The app, as Slack knows it.

    Attributes:
        api_url: Base address of the Web API; the page where people allow the app is beside it.
        redirect_url: Where Slack sends people back; "" for the first address that it knows.
        scopes: What the app asks for.
    """

    client_id: str
    client_secret: str = field(repr=False)
    api_url: str
    scopes: Sequence[str]
    redirect_url: str = ""

    @property
    def authorization_url(self) -> str:
        """The page where people allow the app."""
        return f"{self.api_url.rstrip('/').removesuffix('/api')}/oauth/v2/authorize"


class RefusedInstallError(BoltError):
    """Slack does not give a token; the text is its name of the reason."""


class InstallClient(RateLimitedClient):
    """Raises why Slack refuses an install, where Bolt would call every reason `invalid_code`."""

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        """Call a method once. Raises `BoltError`."""
        try:
            return await super().api_call(api_method, **options)
        except SlackApiError as error:
            if unavailable(error):
                raise BoltError("Slack is in trouble just now") from None
            told = error_of(error)
            raise RefusedInstallError(told if _REASON.fullmatch(told) else "unknown") from None


class InstallFlow(AsyncOAuthFlow):
    """Bolt's flow, with a page of ours, and without a code in the log."""

    async def build_authorize_url(self, state: str, request: AsyncBoltRequest) -> str:
        """Return Slack's page, which offers the workspace `team` first, if that is an id."""
        asked = next(iter(request.query.get("team", ())), "")
        team = asked if _TEAM.fullmatch(asked) else None
        return self.settings.authorize_url_generator.generate(state=state, team=team)

    async def build_install_page_html(self, url: str, request: AsyncBoltRequest) -> str:  # noqa: ARG002 - of the base class
        """Return the page that leads to Slack."""
        return _page(texts.INSTALL, texts.INSTALL_HINT, url, texts.INSTALL)

    async def run_installation(self, code: str) -> Installation | None:
        """Ask Slack for the token. Raises `BoltError`."""
        try:
            return await super().run_installation(code)
        except UNCERTAIN as error:
            raise BoltError(f"Slack cannot be reached: {type(error).__name__}") from error

    async def store_installation(
        self, request: AsyncBoltRequest, installation: Installation
    ) -> None:
        """Keep *installation*. Raises `BoltError`."""
        try:
            await super().store_installation(request, installation)
        except BotError as error:
            raise BoltError(str(error)) from error


def install_routes(
    app: OAuthApp, store: InstallationStore, states: InstallStates, installed: Installed
) -> Sequence[web.RouteDef]:
    """Return the routes by which people install *app*; *installed* is told of each time."""

    async def succeeded(done: AsyncSuccessArgs) -> BoltResponse:
        name = installation_id(done.installation)
        _log.info("installed", installation=name, by=done.installation.user_id)
        await installed(done.installation)
        return _shown(HTTPStatus.OK, _page(texts.INSTALLED, texts.INSTALLED_HINT))

    async def failed(told: AsyncFailureArgs) -> BoltResponse:
        return _refused(told.reason, told.suggested_status_code)

    logger = logging.getLogger(f"{__name__}.bolt")
    logger.setLevel(logging.CRITICAL)  # it would log the code that Slack has sent
    flow = InstallFlow(
        client=web_client(None, app.api_url, [], InstallClient),  # codes are good once
        logger=logger,
        settings=AsyncOAuthSettings(
            client_id=app.client_id,
            client_secret=app.client_secret,
            scopes=list(app.scopes),
            user_scopes=[],
            redirect_uri=app.redirect_url or None,
            install_path=INSTALL_PATH,
            redirect_uri_path=REDIRECT_PATH,
            authorization_url=app.authorization_url,
            installation_store=store,
            state_store=states,
            callback_options=AsyncCallbackOptions(success=succeeded, failure=failed),
            logger=logger,
        ),
    )
    return (
        web.get(INSTALL_PATH, _answering(flow.handle_installation)),
        web.get(REDIRECT_PATH, _answering(flow.handle_callback)),
    )


def _answering(
    handle: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        headers = {"cookie": request.headers.get("Cookie", "")}
        asked = AsyncBoltRequest(body="", query=request.query_string, headers=dict(headers))
        try:
            told = await handle(asked)
        except RefusedInstallError as error:
            reason = str(error)
            stale = reason in _STALE
            told = _refused(reason, HTTPStatus.UNAUTHORIZED) if stale else _misconfigured(reason)
        except (BoltError, BotError) as error:
            told = _refused(str(error), HTTPStatus.SERVICE_UNAVAILABLE)
        response: web.Response = await to_aiohttp_response(told)
        # The address of this page has a code: no other page is to learn it.
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    return answer


def _refused(reason: str, status: int) -> BoltResponse:
    """Return the page for somebody who has not installed the app; *reason* may be a stranger's."""
    if reason == "access_denied":
        return _shown(HTTPStatus.OK, _page(texts.NOT_INSTALLED, texts.CANCELLED))
    if reason in _MISCONFIGURED:
        return _misconfigured(reason)
    _REFUSED.tell(status, reason if reason in _AGAIN else "the install failed")
    hint = texts.BEGIN_AGAIN if reason in _AGAIN else texts.FAILED
    return _shown(status, _page(texts.NOT_INSTALLED, hint, INSTALL_PATH, texts.AGAIN))


def _misconfigured(reason: str) -> BoltResponse:
    """Return the page for somebody who cannot install the app before an administrator has acted."""
    _WRONG.tell(HTTPStatus.BAD_GATEWAY, f"Slack refuses to install the app: {reason}")
    page = _page(texts.NOT_INSTALLED, texts.MISCONFIGURED)
    return _shown(HTTPStatus.BAD_GATEWAY, page)


def _shown(status: int, page: str) -> BoltResponse:
    headers: dict[str, Any] = {"Content-Type": _HTML}
    return BoltResponse(status=status, headers=headers, body=page)


def _page(title: Text, hint: Text, link: str = "", label: Text | None = None) -> str:
    """Return a page in both languages: Slack says nothing about who comes."""

    def both(text: Text, tag: str) -> str:
        said = (("en", text.to("en")), ("ja", text.to("ja")))
        return "".join(f'<{tag} lang="{code}">{html.escape(words)}</{tag}>' for code, words in said)

    button = f'<p><a href="{html.escape(link)}">{both(label, "span")}</a></p>' if label else ""
    return (
        '<!doctype html><html><head><meta charset="utf-8"><title>Kotae</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><style>'
        "body{font:16px/1.6 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}"
        "h1{font-size:1.4rem;margin:0}a{display:inline-block;padding:.6rem 1.2rem;"
        "border-radius:.5rem;background:#4a154b;color:#fff;text-decoration:none}"
        "span{display:block}</style></head><body>"
        f"{both(title, 'h1')}{both(hint, 'p')}{button}</body></html>"
    )
