"""Several workspaces in one process: a whole bot for each, apart from all others.

A workspace is a bot of its own settings: its namespace in Redis, its data folder, its token. So
what one of them reads, keeps and sends cannot be another's. What is here only opens these bots,
keeps them at work, and hands each request of Slack to the one that it is for.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from structlog.contextvars import bind_contextvars, bound_contextvars

from bot.app.bot_at_work import (
    always_connected,
    log_promotions,
    run_until_stopped,
    start_work,
    when_changed,
)
from bot.app.container import open_store
from bot.app.installations import installations_of, oauth_app
from bot.app.shared_files import share_files
from bot.app.slack_bot import Bot, open_bot
from bot.audit.audit_log import AuditLog
from bot.backup.restore import check_not_restoring
from bot.core.errors import BotError, SettingsError
from bot.queue.lua_scripts import QueuePeriods
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings, load_settings
from bot.settings.workspace import is_team, start_folder
from bot.slack.client.clients import UNCERTAIN, error_of, unavailable, web_client
from bot.slack.client.texts import TRY_AGAIN
from bot.slack.installations.address import Address, address_of, changes_access, removal_in
from bot.slack.installations.flow import install_routes
from bot.slack.installations.rotation import TokenRenewal, expires_soon
from bot.slack.installations.states import InstallStates
from bot.slack.installations.store import (
    STOPPED,
    InstallationStore,
    installation_id,
    title_of,
)
from bot.slack.installations.teams import teams_of
from bot.telemetry.metrics import Metrics
from knowledge.model.errors import KnowledgeError

LOOK_SECONDS = 1.0
"""How soon every process knows of an installation, a removal or a new token."""

LOOK_AGAIN_SECONDS = 600.0
"""How often tokens that expire, and the workspaces of organisations, are looked at."""

ASK_SECONDS = 30.0
"""How often organisations are asked because of a request for a workspace that nobody knows."""

OPENING_SECONDS = 2.0
"""How long a request waits for a bot that is being opened; Slack gives up after three."""

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 300.0
"""Seconds until a bot that has failed is opened again; doubled each time."""

_log = structlog.get_logger(__name__)

LoadWorkspace = Callable[[str, str], Settings]
"""Reads the settings of a workspace, with its id and its bot token. Raises `SettingsError`."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to work in a workspace.

    Attributes:
        team: The workspace.
        installation: What it comes from: the workspace itself, or its organisation.
        token: The bot token.
    """

    team: str
    installation: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BotWork:
    """What the bots of a process do.

    Attributes:
        load: Reads the settings of one.
        receive: They receive from Slack.
        answer: They answer.
        periods: Of their queues; None for the usual ones.
    """

    load: LoadWorkspace
    receive: bool = True
    answer: bool = True
    periods: QueuePeriods | None = None


class WorkspaceBot:
    """The bot of one workspace: kept at work, and opened again after a failure.

    Attributes:
        grant: The leave that it works by.
        bot: The open bot; None while it is opened, or has failed.
        failure: Why it is not at work; "" when it is, or when nobody knows yet.
        metrics: Counts what it does.
        tried: Set once it is at work, or has failed.
        opened: Set while it is at work.
    """

    def __init__(self, grant: Grant, work: BotWork) -> None:
        self.grant = grant
        self.bot: Bot | None = None
        self.failure = ""
        self.metrics = Metrics(of_process=False)
        self.tried = asyncio.Event()
        self.opened = asyncio.Event()
        self._work = work
        self._changed = asyncio.Event()
        self._ending = False
        self._task = asyncio.create_task(self._keep(), name=f"workspace {grant.team}")

    def use(self, grant: Grant) -> None:
        """Go on with *grant*: questions in work are answered before."""
        self.grant = grant
        self._changed.set()

    async def stop(self, *, at_once: bool) -> None:
        """End the work; with *at_once*, without waiting for the questions in work."""
        self._ending = True
        self._changed.set()
        if at_once and self.bot is not None:
            self.bot.worker.stop(at_once=True)
        if self.bot is None:
            self._task.cancel()
        await asyncio.wait({self._task})

    async def _keep(self) -> None:
        bind_contextvars(workspace=self.grant.team)  # every line of its log says so
        pause = FIRST_PAUSE
        while not self._ending:
            self._changed.clear()
            try:
                await self._open()
            except Exception as error:  # noqa: BLE001 - no workspace keeps the others down
                expected = isinstance(error, (BotError, KnowledgeError, OSError))
                # The text of any other error may quote a message.
                self.failure = (str(error) if expected else "") or type(error).__name__
                _log.error(
                    "workspace_failed",
                    reason=self.failure,
                    again_in=pause,
                    exc_info=None if expected else error,
                )
                self.tried.set()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                pause = FIRST_PAUSE

    async def _open(self) -> None:
        """Work until something changes. Raises whatever a part of the bot raises."""
        team, work = self.grant.team, self._work
        load = partial(work.load, team, self.grant.token)
        settings = await asyncio.to_thread(load)
        start_folder(settings.data_dir)
        check_not_restoring(settings.data_dir)
        await share_files(settings)
        settings = await asyncio.to_thread(load)
        log_promotions(settings)
        async with AsyncExitStack() as closing:
            bot = await closing.enter_async_context(
                open_bot(settings, self.metrics, work.periods, answer=work.answer)
            )
            closing.callback(self._closed)  # until the last job is done, it goes on receiving
            catch_up = always_connected if work.receive else None
            tasks = await start_work(settings, bot, closing, catch_up=catch_up, answer=work.answer)
            tasks.add(run_until_stopped(self._changed.wait(), closing))
            tasks.add(when_changed(settings, bot, load, closing))
            self.bot, self.failure = bot, ""
            self.tried.set()
            self.opened.set()
            _log.info("workspace_ready")
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()

    def _closed(self) -> None:
        self.bot = None
        self.opened.clear()


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
        self._stopping = set[asyncio.Task[None]]()
        self._look = asyncio.Event()
        self._looked = False
        self._asked_at = float("-inf")

    @property
    def bots(self) -> Mapping[str, WorkspaceBot]:
        """The bots by workspace, at work or not."""
        return self._bots

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

        One that fails does not make the process unready: the others would be cut off with it.
        """
        if not self._looked or not all(one.tried.is_set() for one in self._bots.values()):
            raise BotError("the workspaces are being opened")
        failed = [f"{team}: {one.failure}" for team, one in self._bots.items() if one.failure]
        return "; ".join((f"{len(self._bots) - len(failed)} at work", *failed))

    async def redis(self) -> str:
        """Check that Redis answers. Raises `RedisUnavailableError`."""
        await self._store.commands.ping()
        return ""

    async def installed(self, installation: Installation) -> None:
        """Note that somebody has installed the app, and open its bots soon."""
        name, by = installation_id(installation), str(installation.user_id)
        await self._audit.record(by, "install", name, after=title_of(installation))
        self._look.set()

    async def run(self) -> None:
        """Follow the installations until cancelled; then stop all bots in order."""
        seen, looked_at = -1, float("-inf")
        try:
            while True:
                try:
                    revision = await self._installations.revision()
                    late = time.monotonic() - looked_at >= LOOK_AGAIN_SECONDS
                    if revision != seen or late or self._look.is_set():
                        self._look.clear()
                        await self._follow()
                        seen, looked_at, self._looked = revision, time.monotonic(), True
                except BotError as error:
                    _log.warning("installations_not_read", reason=str(error))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._look.wait(), LOOK_SECONDS)
        finally:
            stops = [one.stop(at_once=False) for one in self._bots.values()]
            await asyncio.gather(*stops, *self._stopping)

    async def answer(self, asked: AsyncBoltRequest) -> BoltResponse:
        """Let the bot of the workspace that *asked* is for answer it.

        The body is Slack's, so that whoever it names has written it. A request for a workspace
        where the app is not installed is acknowledged: sent again, it would change nothing.
        """
        body: Mapping[str, Any] = asked.body
        if body.get("type") == "url_verification":
            return BoltResponse(status=HTTPStatus.OK, body={"challenge": body.get("challenge")})
        address = address_of(body)
        if (at := removal_in(body)) is not None:
            await self.removed(address, at)
            return BoltResponse(status=HTTPStatus.OK)
        if changes_access(body):
            self._look.set()
            return BoltResponse(status=HTTPStatus.OK)
        place = self._bots.get(address.team)
        if place is None or place.grant.installation not in {address.team, address.enterprise}:
            _log.warning("workspace_unknown", team=address.team, enterprise=address.enterprise)
            if address.org_wide:
                self._look_for_new()
            return BoltResponse(status=HTTPStatus.OK)
        if place.bot is None and not place.failure:
            with suppress(TimeoutError):
                await asyncio.wait_for(place.opened.wait(), OPENING_SECONDS)
        if place.bot is not None:
            with bound_contextvars(workspace=address.team):
                answer: BoltResponse = await place.bot.adapter.app.async_dispatch(asked)
            return answer
        return _not_at_work(body, place)

    async def removed(self, address: Address, at: float) -> None:
        """Forget an installation that ended at *at*, seconds since the epoch, and stop its bots.

        An end that is older than the installation is another's: somebody has installed it again.
        """
        name = address.installation or address.team or address.enterprise
        try:
            found = await self._installations.find(name)
        except BotError:
            found = None  # it cannot be read, and is to go all the same
        if found is not None and at and at < int(found.installed_at):
            _log.info("older_removal_ignored", installation=name)
            return
        if not await self._installations.remove(name):
            self._look_for_new()  # perhaps its organisation's has ended
            return
        _log.info("uninstalled", installation=name)
        await self._audit.record("slack", "uninstall", name)
        for team, one in list(self._bots.items()):
            if one.grant.installation == name:
                self._end(team)
        self._look.set()

    def _look_for_new(self) -> None:
        """Ask organisations soon which workspaces they give; Slack takes that seldom."""
        now = time.monotonic()
        if now - self._asked_at >= ASK_SECONDS:
            self._asked_at = now
            self._look.set()

    def _end(self, team: str) -> None:
        stopping = asyncio.create_task(self._bots.pop(team).stop(at_once=True))
        self._stopping.add(stopping)
        stopping.add_done_callback(self._stopping.discard)

    async def _follow(self) -> None:
        """Open, change and end bots so that they are those of the installations."""
        grants, unknown = dict[str, Grant](), set[str]()
        found = await self._installations.all()
        # A workspace's own installation counts before that of its organisation.
        for name in sorted(found, key=lambda name: name.startswith("T")):
            installation = found[name]
            if not _usable(name, installation):
                continue
            assert isinstance(installation, Installation)
            try:
                grants |= await self._grants(name, installation)
            except (SlackApiError, *UNCERTAIN) as error:
                reason = error_of(error) if isinstance(error, SlackApiError) else str(error)
                _log.warning("workspaces_not_listed", installation=name, reason=reason)
                if unavailable(error):  # otherwise its token has ended, and so do its bots
                    unknown.add(name)
        for team, one in list(self._bots.items()):
            if team not in grants and one.grant.installation not in unknown:
                self._end(team)
        for team, grant in grants.items():
            if team not in self._bots:
                self._bots[team] = WorkspaceBot(grant, self._work)
            elif self._bots[team].grant != grant:
                self._bots[team].use(grant)

    async def _grants(self, name: str, installation: Installation) -> Mapping[str, Grant]:
        """Return what *installation* gives leave to, by workspace; its token is renewed in time."""
        if expires_soon(installation):
            await self._renewal.renew(name)
            installation = await self._installations.find(name) or installation
        teams = await teams_of(installation, self._api_url)
        token = installation.bot_token or ""
        return {team: Grant(team, name, token) for team in teams if is_team(team)}


def _usable(name: str, installation: Installation | BotError) -> bool:
    """Tell whether an installation can be used; why not is logged."""
    if isinstance(installation, BotError):
        _log.error("installation_unreadable", installation=name, reason=str(installation))
        return False
    if reason := installation.get_custom_value(STOPPED):
        _log.error("installation_stopped", installation=name, reason=reason)
        return False
    return True


def _not_at_work(body: Mapping[str, Any], place: WorkspaceBot) -> BoltResponse:
    """Answer for a bot that is not open.

    While it is opened, Slack is to send an event again. One that has failed may stay so for long,
    and Slack would stop all events of the app if it got errors: what is missed is read later, when
    the bot asks for what it has not heard.
    """
    if "command" in body:
        return BoltResponse(status=HTTPStatus.OK, body=TRY_AGAIN.in_both())
    _log.warning("workspace_not_at_work", team=place.grant.team)
    known = HTTPStatus.OK if place.failure else HTTPStatus.SERVICE_UNAVAILABLE
    return BoltResponse(status=known)


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
    async with open_store(settings, on_failure) as store:
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
