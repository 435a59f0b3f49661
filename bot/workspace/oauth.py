"""Installing the app: the page where people allow it, codes, tokens that expire, and removal.

https://docs.slack.dev/authentication/installing-with-oauth
https://docs.slack.dev/authentication/using-token-rotation
"""

import html
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from bot.workspace.clock import Clock
from bot.workspace.errors import ApiError
from bot.workspace.methods.call import Arguments
from bot.workspace.state import Json
from bot.workspace.team import Team

CODE_SECONDS = 600
TOKEN_SECONDS = 43_200
"""How long a token lasts where tokens rotate."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody has allowed.

    Attributes:
        team: The workspace in which they did.
        org: For the whole organisation.
        redirect: Where the code was sent.
        until: When the code or the token ends, by the workspace's clock.
    """

    team: Team
    org: bool
    redirect: str
    until: float = float("inf")


@dataclass(slots=True)
class OAuth:
    """The installations of the app, in all workspaces behind one address.

    Attributes:
        rotation: Whether new tokens expire.
        granted: Workspaces that an installation of their organisation is good for; None is all.
    """

    clock: Clock
    client_id: str = "1234.5678"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    rotation: bool = False
    teams: list[Team] = field(default_factory=list)
    granted: set[str] | None = None
    _codes: dict[str, Consent] = field(default_factory=dict, repr=False)
    _refresh: dict[str, Consent] = field(default_factory=dict, repr=False)
    _tokens: dict[str, Consent] = field(default_factory=dict, repr=False)

    def install_by_hand(self, team: Team) -> None:
        """Install the app in *team* with the token that its identity names."""
        self._tokens[team.identity.bot_token] = Consent(team, org=False, redirect="")

    # The Web API.

    def team_of(self, token: str, arguments: Arguments) -> Team:
        """Return the workspace that a call with *token* acts in. Raises `ApiError`."""
        consent = self._tokens.get(token)
        if consent is None:
            raise ApiError("invalid_auth")
        if consent.until <= self.clock.now():
            raise ApiError("token_expired")
        if not consent.org:
            return consent.team
        return next(self._acting(consent, arguments), consent.team)

    def reachable(self, token: str) -> Sequence[Team]:
        """Return the workspaces that *token* may act in."""
        consent = self._tokens.get(token)
        if consent is None:
            return ()
        return self._of_org(consent.team) if consent.org else (consent.team,)

    def access(self, arguments: Arguments) -> Json:
        """Give a token for a code, or for a refresh token, once. Raises `ApiError`."""
        if arguments.text("client_id") != self.client_id:
            raise ApiError("invalid_client_id")
        if arguments.text("client_secret") != self.client_secret:
            raise ApiError("bad_client_secret")
        if arguments.text("grant_type") == "refresh_token":
            consent = self._refresh.pop(arguments.text("refresh_token"), None)
            if consent is None:
                raise ApiError("invalid_refresh_token")
            return self._token(consent)
        consent = self._codes.pop(arguments.text("code"), None)
        if consent is None or consent.until <= self.clock.now():
            raise ApiError("invalid_code")
        if arguments.text("redirect_uri") not in {"", consent.redirect}:
            raise ApiError("bad_redirect_uri")
        return self._token(consent)

    def remove(self, token: str) -> None:
        """End the installation that *token* belongs to, and tell the app."""
        consent = self._tokens[token]
        self.uninstall(consent.team, org=consent.org)

    def uninstall(self, team: Team, *, org: bool = False) -> None:
        """Remove the app from *team*, or from its organisation: all tokens end, events tell so."""
        enterprise = team.identity.enterprise_id
        for kept in (self._tokens, self._refresh):
            for token, consent in list(kept.items()):
                same = (
                    consent.team.identity.enterprise_id == enterprise
                    if org
                    else consent.team is team
                )
                if consent.org == org and same:
                    del kept[token]
        bot = [team.identity.bot_user_id]
        for event in (
            {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": bot}},
            {"type": "app_uninstalled"},
        ):
            team.send(event, None, org=org)
        team.changes.ring()

    # The page.

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the page where people allow the app, and where their decision goes."""
        return (
            web.get("/oauth/v2/authorize", self._page),
            web.get("/oauth/v2/decision", self._decision),
        )

    async def _page(self, request: web.Request) -> web.Response:
        if request.query.get("client_id") != self.client_id:
            raise web.HTTPBadRequest(text="Invalid client_id parameter")
        asked = {name: request.query.get(name, "") for name in ("state", "redirect_uri")}
        _redirect(asked["redirect_uri"])
        choices = [("cancel", "Cancel")]
        for team in self.teams:
            choices.append((team.identity.team_id, f"Allow in {team.identity.name}"))
            if (org := team.identity.enterprise_id) and (org, org) not in choices:
                choices.append((org, f"Allow in all of {org}"))
        links = "".join(
            f'<li><a href="/oauth/v2/decision?{html.escape(urlencode({**asked, "in": place}))}">'
            f"{html.escape(label)}</a></li>"
            for place, label in dict(choices).items()
        )
        scopes = html.escape(request.query.get("scope", "").replace(",", ", "))
        page = f"<!doctype html><title>Allow</title><p>{scopes}</p><ul>{links}</ul>"
        return web.Response(text=page, content_type="text/html")

    async def _decision(self, request: web.Request) -> web.Response:
        place, state = request.query.get("in", ""), request.query.get("state", "")
        redirect = _redirect(request.query.get("redirect_uri", ""))
        if place == "cancel":
            raise web.HTTPFound(
                f"{redirect}?{urlencode({'error': 'access_denied', 'state': state})}"
            )
        code = self.allow(place, redirect)
        raise web.HTTPFound(f"{redirect}?{urlencode({'code': code, 'state': state})}")

    def allow(self, place: str, redirect: str) -> str:
        """Allow the app in the workspace or organisation *place*; return the code for it."""
        for team in self.teams:
            if place in {team.identity.team_id, team.identity.enterprise_id}:
                org = place == team.identity.enterprise_id
                code = secrets.token_urlsafe(16)
                until = self.clock.now() + CODE_SECONDS
                self._codes[code] = Consent(team, org, redirect, until)
                return code
        raise web.HTTPNotFound

    def _token(self, consent: Consent) -> Json:
        team, prefix = consent.team, "xoxe.xoxb" if self.rotation else "xoxb"
        token = f"{prefix}-{secrets.token_urlsafe(24)}"
        ends = self.clock.now() + TOKEN_SECONDS if self.rotation else float("inf")
        self._tokens[token] = Consent(team, consent.org, "", ends)
        identity = team.identity
        org = {"id": identity.enterprise_id, "name": identity.enterprise_id}
        told: Json = {
            "access_token": token,
            "token_type": "bot",
            "scope": ",".join(sorted(team.scopes)),
            "bot_user_id": identity.bot_user_id,
            "app_id": identity.app_id,
            "team": None if consent.org else {"id": identity.team_id, "name": identity.name},
            "enterprise": org if identity.enterprise_id else None,
            "is_enterprise_install": consent.org,
            "authed_user": {"id": next((u for u in team.users if u != team.bot.id), "U0")},
        }
        if self.rotation:
            renewal = f"xoxe-{secrets.token_urlsafe(24)}"
            self._refresh[renewal] = Consent(team, consent.org, "")
            told |= {"refresh_token": renewal, "expires_in": TOKEN_SECONDS}
        return told

    def _of_org(self, team: Team) -> Sequence[Team]:
        org = team.identity.enterprise_id
        return [
            one
            for one in self.teams
            if one.identity.enterprise_id == org
            and (self.granted is None or one.identity.team_id in self.granted)
        ]

    def _acting(self, consent: Consent, arguments: Arguments) -> Iterator[Team]:
        """Yield the workspace that the arguments name: by its id, or by what is in it."""
        named = arguments.text("team_id")
        for team in self._of_org(consent.team):
            here = {*team.channels, *team.users, *team.triggers, *team.views, *team.usergroups}
            given = {arguments.text(name) for name in ("channel", "user", "users", "trigger_id")}
            given |= {arguments.text(f"{name}_id") for name in ("channel", "user", "view")}
            if named == team.identity.team_id or (not named and given & here):
                yield team


def _redirect(url: str) -> str:
    """Return *url*, if it is on this machine: nobody is sent elsewhere from here."""
    if urlsplit(url).hostname not in {"127.0.0.1", "localhost"}:
        raise web.HTTPBadRequest(text="redirect_uri did not match any configured URIs")
    return url
