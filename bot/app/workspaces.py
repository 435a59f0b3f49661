"""Several workspaces in one process: a whole bot for each, apart from all others.

A workspace is a bot of its own settings: its namespace in Redis, its data folder, its token. So
what one of them reads, keeps and sends cannot be another's. What is here only opens these bots,
keeps them at work, and hands each request of Slack to the one that it is for.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from structlog.contextvars import bound_contextvars

from bot.app.container import patient_store
from bot.app.installations import installations_of, oauth_app
from bot.app.workspace_bot import FIRST_PAUSE, LONGEST_PAUSE, BotWork, Grant, WorkspaceBot
from bot.audit.audit_log import AuditLog
from bot.core.errors import BotError, SettingsError
from bot.operator_page.routes import OperatorPage
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings, load_settings
from bot.settings.workspace import is_team
from bot.slack.client.clients import UNCERTAIN, error_of, web_client
from bot.slack.client.texts import TRY_AGAIN
from bot.slack.installations.address import Address, address_of, changes_access, is_removal
from bot.slack.installations.encryption import UnreadableInstallationError
from bot.slack.installations.flow import INSTALL_PATH, install_routes
from bot.slack.installations.refusals import ENDED, REFUSED, refusal_of
from bot.slack.installations.rotation import TokenRenewal, ended, expires_soon
from bot.slack.installations.states import InstallStates
from bot.slack.installations.store import (
    STOPPED,
    InstallationStore,
    StoredInstallation,
    installation_id,
    title_of,
)
from bot.slack.installations.teams import team_of_channel, teams_of
from bot.slack.transport import Refusals
from bot.telemetry.metrics import Metrics

LOOK_SECONDS = 1.0
"""How soon every process knows of an installation, a removal or a new token."""

LOOK_AGAIN_SECONDS = 600.0
"""How often tokens that expire, and the workspaces of organisations, are looked at."""

ASK_SECONDS = 30.0
"""How often organisations are asked because of a request for a workspace that nobody knows."""

OPENING_SECONDS = 2.0
"""How long a request waits for a bot that is being opened; Slack gives up after three."""

ROUND_SECONDS = 60.0
"""How long the first bots may take before the process counts as ready without them; and how old an
installation may be that no process has seen yet."""

LIST_SECONDS = 10.0
"""How long the list of an organisation's workspaces may take; it is asked again later."""

REMOVAL_PAUSES = (0.0, 2.0, 5.0, 20.0, 60.0, 300.0)
"""Seconds before each time Slack is asked whether an installation was removed, as it has said."""

TELLING_SECONDS = 60.0
"""Between two lines about the same: others decide how often it happens."""

_AT_ONCE = 8
"""Installations that are looked at side by side."""

_REFUSED_BY = "refused by Slack"

_log = structlog.get_logger(__name__)


class SeldomTold:
    """A line of the log that is written once in `TELLING_SECONDS`, with the number of the others.

    Args:
        event: Its name.
    """

    def __init__(self, event: str) -> None:
        self._event = event
        self._next = float("-inf")
        self._untold = 0

    def tell(self, **facts: object) -> None:
        """Write it with *facts*, or count it."""
        if (now := time.monotonic()) < self._next:
            self._untold += 1
            return
        _log.warning(self._event, untold=self._untold, **facts)
        self._next, self._untold = now + TELLING_SECONDS, 0


class Workspaces:
    """The bots of all workspaces in which the app is installed.

    Args:
        store: Redis of the deployment.
        installations: Where the app is installed.
        renewal: Renews tokens that expire.
        api_url: Base address of Slack's Web API.
        work: What the bots do.
    """

    def __init__(
        self,
        store: RedisConnection,
        installations: InstallationStore,
        renewal: TokenRenewal,
        api_url: str,
        work: BotWork,
    ) -> None:
        self._audit = AuditLog(store.commands)
        self._store = store
        self._installations = installations
        self._renewal = renewal
        self._api_url = api_url
        self._work = work
        self._bots = dict[str, WorkspaceBot]()
        self._stopping = dict[str, asyncio.Task[None]]()
        self._removals = dict[str, asyncio.Task[None]]()
        self._listed = dict[str, tuple[str, float, Sequence[str]]]()
        self._refused = dict[str, str]()
        self._side_by_side = asyncio.Semaphore(_AT_ONCE)
        self._asked = True
        self._incomplete = False
        self._seen: object = None
        self._again_at = 0.0
        self._pause = FIRST_PAUSE
        self._orgs_asked_at = float("-inf")
        self._began_at = time.monotonic()
        self._looked = self._ready = False
        told = ("installations_not_read", "workspace_unknown", "workspace_not_at_work")
        self._contradictions = Refusals()
        self._not_read, self._unknown, self._not_at_work = map(SeldomTold, told)

    @property
    def bots(self) -> Mapping[str, WorkspaceBot]:
        """The bots by workspace, at work or not."""
        return self._bots

    def page_of(self, team: str) -> OperatorPage | None:
        """Return what the operators of the workspace *team* see; None while there is nothing."""
        found = self._bots.get(team)
        return found.page if found else None

    @property
    def metrics(self) -> Mapping[str, Metrics]:
        """What each bot counts, by workspace."""
        return {team: one.metrics for team, one in self._bots.items()}

    async def refresh_metrics(self) -> None:
        """Read what the bots share with other processes, as a scrape needs it."""
        open_bots = [one.bot for one in self._bots.values() if one.bot is not None]
        await asyncio.gather(*(bot.shared.refresh() for bot in open_bots))

    async def readiness(self) -> str:
        """Tell how many bots are at work. Raises `BotError` until each was tried once.

        Afterwards, no bot makes the process unready: the others would be cut off with it.
        """
        late = time.monotonic() - self._began_at > ROUND_SECONDS
        tried = late or all(one.tried.is_set() or one.failure for one in self._bots.values())
        self._ready = self._ready or (self._looked and tried)
        if not self._ready:
            raise BotError("the workspaces are being opened")
        if not self._bots:
            return "0 at work: the app is not installed anywhere, or no installation is valid"
        idle = {team: one for team, one in self._bots.items() if one.bot is None}
        at_work, total = len(self._bots) - len(idle), len(self._bots)
        return "; ".join(
            (
                f"{at_work} of {total} at work" if idle else f"{total} at work",
                *(f"{team}: {one.failure or 'it is being opened'}" for team, one in idle.items()),
            )
        )

    async def redis(self) -> str:
        """Check that Redis answers. Raises `RedisUnavailableError`."""
        await self._store.commands.ping()
        return ""

    async def installed(self, installation: Installation) -> None:
        """Note that somebody has installed the app, and open its bots soon."""
        name, by = installation_id(installation), str(installation.user_id)
        await self._audit.record(by, "install", name, after=title_of(installation))
        self._asked = True

    async def run(self) -> None:
        """Follow the installations until cancelled; then stop all bots in order."""
        try:
            while True:
                try:
                    await self._look()
                except Exception as error:  # noqa: BLE001 - it is looked again, and bots go on
                    self._asked = True
                    expected = isinstance(error, BotError)
                    reason = str(error) if expected else type(error).__name__
                    self._not_read.tell(reason=reason, exc_info=None if expected else error)
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            removals = set(self._removals.values())
            for task in removals:
                task.cancel()
            stops = [one.stop(at_once=False) for one in self._bots.values()]
            await asyncio.gather(*stops, *self._stopping.values())
            await asyncio.gather(*removals, return_exceptions=True)

    async def _look(self) -> None:
        """Follow the installations if something has changed, or it is time.

        Raises:
            BotError: they cannot be read.
        """
        bots = self._bots.items()
        state = (
            await self._installations.revision(),
            {team: one.refusal for team, one in bots if one.refusal},
            any(one.done for _, one in bots),
        )
        if not self._asked and state == self._seen and time.monotonic() < self._again_at:
            return
        self._asked = self._incomplete = False
        await self._follow()
        self._pause = min(2 * self._pause, LONGEST_PAUSE) if self._incomplete else FIRST_PAUSE
        pause = self._pause if self._incomplete else LOOK_AGAIN_SECONDS
        self._seen, self._again_at, self._looked = state, time.monotonic() + pause, True

    async def answer(self, asked: AsyncBoltRequest) -> BoltResponse:
        """Let the bot of the workspace that *asked* is for answer it.

        The body is Slack's, so that whoever it names has written it. A request for a workspace
        where the app is not installed is acknowledged: sent again, it would change nothing.
        """
        body: Mapping[str, Any] = asked.body
        if body.get("type") == "url_verification":
            return BoltResponse(status=HTTPStatus.OK, body={"challenge": body.get("challenge")})
        address = address_of(body)
        if address.contradiction:
            self._contradictions.tell(HTTPStatus.OK, f"{address.contradiction} contradict")
            return _for_nobody(body)
        if is_removal(body):
            self.removed(address)
            return BoltResponse(status=HTTPStatus.OK)
        if changes_access(body):
            self._listed.pop(address.enterprise, None)
            self._asked = True
            return BoltResponse(status=HTTPStatus.OK)
        place = self._place(address) or await self._place_by_channel(address)
        if place is None:
            return await self._answer_unknown(address, body)
        if place.bot is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(place.tried.wait(), OPENING_SECONDS)
        if place.bot is not None:
            with bound_contextvars(workspace=place.grant.team):
                answer: BoltResponse = await place.bot.adapter.app.async_dispatch(asked)
            return answer
        self._not_at_work.tell(team=place.grant.team)
        return _not_at_work(body, place)

    async def _answer_unknown(self, address: Address, body: Mapping[str, Any]) -> BoltResponse:
        """Answer for a workspace that has no bot; one that is to get it soon hears it again."""
        self._unknown.tell(team=address.team, enterprise=address.enterprise)
        if address.org_wide:
            self._look_for_new()
        coming = not self._looked
        if self._looked and is_team(address.team) and not address.org_wide:
            try:
                found = await self._installations.find(address.team)
                coming = found is not None and time.time() - found.installed_at < ROUND_SECONDS
            except BotError as error:  # nobody knows, unless it is there and cannot be read
                coming = not isinstance(error, UnreadableInstallationError)
        if coming:
            return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return _for_nobody(body)

    def _place(self, address: Address) -> WorkspaceBot | None:
        """Return the bot that gets a request with *address*, by the very installation it names."""
        installations = {team: one.grant.installation for team, one in self._bots.items()}
        return self._bots.get(address.place_among(installations))

    async def _place_by_channel(self, address: Address) -> WorkspaceBot | None:
        """Ask Slack, where a click says its channel and organisation, and no workspace."""
        if not address.channel or not address.org_wide:
            return None
        for one in list(self._bots.values()):
            if one.grant.installation == address.enterprise:
                told = await team_of_channel(address.channel, one.grant.token, self._api_url)
                return self._place(replace(address, team=told))
        return None

    def removed(self, address: Address) -> None:
        """Forget an installation of which Slack says that it has ended, and stop its bots.

        Slack may say so late, when somebody has installed the app again. So it is asked whether it
        takes the token; as long as nobody knows, the installation stays.
        """
        name = address.installation
        if not name:
            return
        if before := self._removals.get(name):
            before.cancel()  # it may wait for minutes, since an earlier word was too old
        self._removals[name] = asyncio.create_task(self._remove_surely(name))

    async def _remove_surely(self, name: str) -> None:
        for pause in REMOVAL_PAUSES:
            await asyncio.sleep(pause)
            try:
                if await self._removal(name):
                    break
            except Exception as error:  # noqa: BLE001 - it is looked again
                reason = str(error) if isinstance(error, BotError) else type(error).__name__
                _log.warning("removal_not_done", installation=name, reason=reason)
        else:
            _log.info("removal_ignored", installation=name, reason="its token is not refused")
        if self._removals.get(name) is asyncio.current_task():
            del self._removals[name]

    async def _removal(self, name: str) -> bool:
        """Forget the installation *name* if Slack takes its token no more; tell whether it is gone.

        Raises:
            BotError: Redis cannot be reached.
        """
        found: StoredInstallation | None = None
        with suppress(UnreadableInstallationError):  # nobody can ask, and nobody can use it
            found = await self._installations.find(name)
            if found is None:
                self._look_for_new()  # perhaps its organisation's has ended
                return True
            if await refusal_of(found.bot_token, self._api_url) not in ENDED:
                return False
        if not await self._installations.remove(name, found):
            return False  # something else came meanwhile
        _log.info("uninstalled", installation=name)
        for team, one in list(self._bots.items()):
            if one.grant.installation == name:
                self._end(team)
        self._asked = True
        await self._audit.record("slack", "uninstall", name)
        return True

    def _look_for_new(self) -> None:
        """Ask organisations soon which workspaces they give; Slack takes that seldom."""
        now = time.monotonic()
        if now - self._orgs_asked_at >= ASK_SECONDS:
            self._orgs_asked_at = now
            self._listed.clear()
            self._asked = True

    def _end(self, team: str) -> None:
        """Stop the bot of *team*; the next one begins when it has ended."""
        one, before = self._bots.pop(team), self._stopping.get(team)

        async def stop() -> None:
            await one.stop(at_once=True)
            if before is not None:
                await asyncio.wait({before})

        stopping = self._stopping[team] = asyncio.create_task(stop())
        stopping.add_done_callback(lambda done: self._stopped(team, done))

    def _stopped(self, team: str, stopping: asyncio.Task[None]) -> None:
        if self._stopping.get(team) is stopping:
            del self._stopping[team]

    async def _follow(self) -> None:
        """Open, change and end bots so that they are those of the installations.

        What cannot be known about one installation changes none of its bots, and no other's.

        Raises:
            BotError: the installations cannot be read.
        """
        found = await self._installations.all()
        # A workspace's own installation counts before that of its organisation.
        names = sorted(found, key=lambda name: name.startswith("T"))
        told = await asyncio.gather(*(self._told_of(name, found[name]) for name in names))
        grants, unknown = dict[str, Grant](), set[str]()
        for name, given in zip(names, told, strict=True):
            if given is None:
                unknown.add(name)
            else:
                grants |= given
        for team, one in list(self._bots.items()):
            gone = team not in grants and one.grant.installation not in unknown
            if gone or one.done:
                self._end(team)
        for team, grant in grants.items():
            if (here := self._bots.get(team)) is None:
                self._bots[team] = WorkspaceBot(grant, self._work, self._stopping.get(team))
            elif here.grant != grant and here.grant.installation not in unknown:
                here.use(grant)
        for name, installation in found.items():
            if isinstance(installation, StoredInstallation):
                await self._note_refusal(name, installation)

    async def _told_of(
        self, name: str, installation: StoredInstallation | BotError
    ) -> Mapping[str, Grant] | None:
        """Return what an installation gives leave to; None where nobody can know, which is logged.

        Slack is asked for several side by side.
        """
        if isinstance(installation, BotError):
            _log.error("installation_unreadable", installation=name, reason=str(installation))
            return None
        async with self._side_by_side:
            try:
                return await self._grants(name, installation)
            except (SlackApiError, *UNCERTAIN) as error:
                word = error_of(error) if isinstance(error, SlackApiError) else ""
                reason = word or type(error).__name__
                _log.warning("workspaces_not_listed", installation=name, reason=reason)
                if word in REFUSED:  # and so its bots end
                    self._refused[name] = word
                    return {}
            except Exception as error:  # noqa: BLE001 - no installation keeps the others down
                expected = isinstance(error, BotError)
                _log.error(
                    "installation_not_followed",
                    installation=name,
                    reason=str(error) if expected else type(error).__name__,
                    exc_info=None if expected else error,
                )
        self._incomplete = True
        return None

    async def _grants(self, name: str, installation: StoredInstallation) -> Mapping[str, Grant]:
        """Return what *installation* gives leave to, by workspace; its token is renewed in time."""
        now: StoredInstallation | None = installation
        if expires_soon(installation) and not ended(installation):
            self._incomplete |= await self._renewal.renew(name)
            now = await self._installations.find(name)
        if now is None:
            return {}
        if ended(now):
            reason = now.get_custom_value(STOPPED)
            _log.error("installation_stopped", installation=name, reason=reason)
            return {}
        token = now.bot_token or ""
        teams = await self._teams(name, token, now)
        return {team: Grant(team, name, token, now.installed_at) for team in teams if is_team(team)}

    async def _teams(self, name: str, token: str, installation: Installation) -> Sequence[str]:
        """Return the workspaces of *installation*; Slack is asked when they may be others."""
        known, asked_at, teams = self._listed.get(name, ("", 0.0, ()))
        if known == token and time.monotonic() - asked_at < LOOK_AGAIN_SECONDS / 2:
            return teams
        asked_at = time.monotonic()
        async with asyncio.timeout(LIST_SECONDS):  # other installations wait for it
            teams = await teams_of(installation, self._api_url)
        org_wide, word = installation.is_enterprise_install, None
        if known == token and not org_wide:  # its bot is at work, and may not notice
            word = await refusal_of(token, self._api_url)
        self._refused[name] = word or ""
        self._listed[name] = (token, asked_at, teams)
        return teams

    async def _note_refusal(self, name: str, installation: StoredInstallation) -> None:
        """Let `kotae workspaces` say that Slack refuses a token, until it does so no more."""
        bots = [one for one in self._bots.values() if one.grant.installation == name]
        mine = [one for one in bots if one.grant.token == installation.bot_token]
        words = sorted({self._refused.get(name, ""), *(one.refusal for one in mine)} - {""})
        noted = str(installation.get_custom_value(STOPPED) or "")
        if words:
            told = f"{_REFUSED_BY} ({', '.join(words)}): install it again at …{INSTALL_PATH}"
            await self._installations.note(installation, told)
        elif noted.startswith(_REFUSED_BY) and any(one.bot is not None for one in mine):
            await self._installations.note(installation, "")


def _for_nobody(body: Mapping[str, Any]) -> BoltResponse:
    """Answer a request that no bot gets; a form stays open, with what somebody has typed.

    https://docs.slack.dev/surfaces/modals/#handling_submissions
    """
    lost = body.get("type") == "view_submission"
    return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE if lost else HTTPStatus.OK)


def _not_at_work(body: Mapping[str, Any], place: WorkspaceBot) -> BoltResponse:
    """Answer for a bot that is not open.

    While it is opened, Slack is to send an event again. One that has failed may stay so for long,
    and Slack would stop all events of the app if it got errors: what is missed is read later, when
    the bot asks for what it has not heard.
    """
    if "command" in body:
        return BoltResponse(status=HTTPStatus.OK, body=TRY_AGAIN.in_both())
    if place.failure:
        return _for_nobody(body)
    return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)


def workspace_settings(team: str, token: str) -> Settings:
    """Read the settings of the workspace *team*. Raises `SettingsError`."""
    return load_settings(kotae_workspace=team, slack_bot_token=token)


@asynccontextmanager
async def open_workspaces(
    settings: Settings, work: BotWork, on_failure: Callable[[], None] = lambda: None
) -> AsyncIterator[tuple[Workspaces, Sequence[web.RouteDef]]]:
    """Open what the workspaces of a deployment share; their bots are opened by `Workspaces.run`.

    Yields:
        The workspaces, and the routes by which people install the app.

    Raises:
        SettingsError: A setting is missing, or there is one of Socket Mode, which has no address
            where people could install the app.
        RedisUnavailableError: Redis cannot be reached.
    """
    if settings.slack_app_token is not None:
        raise SettingsError(
            "SLACK_APP_TOKEN is for one workspace: several are served by HTTP, with "
            "SLACK_SIGNING_SECRET"
        )
    async with patient_store(settings, on_failure) as store:
        installations = installations_of(settings, store)
        app = oauth_app(settings)
        rotator = AsyncTokenRotator(
            client_id=app.client_id,
            client_secret=app.client_secret,
            client=web_client(None, app.api_url, []),  # codes are good once
        )
        renewal = TokenRenewal(store.commands, installations, rotator)
        workspaces = Workspaces(store, installations, renewal, settings.slack_api_url, work)
        states = InstallStates(store.commands)
        yield workspaces, install_routes(app, installations, states, workspaces.installed)
