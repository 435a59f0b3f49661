"""The bot of one workspace of several: kept at work, and opened again after a failure."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from threading import Thread

import structlog
from structlog.contextvars import bind_contextvars

from bot.app.bot_at_work import (
    always_connected,
    log_promotions,
    run_until_stopped,
    start_work,
    when_changed,
)
from bot.app.operator_page import page_of
from bot.app.shared_files import share_files
from bot.app.slack_bot import Bot, open_bot
from bot.backup.restore import check_not_restoring
from bot.core.errors import BotError, SettingsError
from bot.operator_page.routes import OperatorPage
from bot.queue.lua_scripts import QueuePeriods
from bot.settings.settings import Settings
from bot.settings.workspace import start_folder
from bot.slack.installations.refusals import refusal_of
from bot.telemetry.metrics import Metrics
from knowledge.model.errors import KnowledgeError

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 300.0
"""Seconds until a bot that has failed is opened again; doubled each time."""

READ_SECONDS = 30.0
"""How long the files of a workspace may take to be read."""

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
        since: When the app was installed, in seconds since the epoch.
    """

    team: str
    installation: str
    token: str = field(repr=False)
    since: float = field(default=0.0, compare=False)


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
        bot: The open bot; None while it is opened or closed, or has failed.
        page: What its operators see of it, where it receives; None likewise, or without a token.
        failure: Why it is not at work; "" when it is, or when nobody knows yet.
        refusal: Slack's word where it refuses the token; otherwise "".
        metrics: Counts what it does.
        tried: Set while it is known whether it can work: not while it is opened or closed.

    Args:
        grant: The leave that it begins with.
        work: What it does.
        after: The end of an earlier bot of this workspace: two would share a folder.
    """

    def __init__(
        self, grant: Grant, work: BotWork, after: asyncio.Future[None] | None = None
    ) -> None:
        self.grant = grant
        self.bot: Bot | None = None
        self.page: OperatorPage | None = None
        self.failure = ""
        self.refusal = ""
        self.metrics = Metrics(of_process=False)
        self.tried = asyncio.Event()
        self._work = work
        self._changed = asyncio.Event()
        self._ending = False
        self._in_order = False
        self._unheard_since: float | None = None
        self._reading: asyncio.Future[Settings] | None = None
        keep = self._keep(after)
        self._task = asyncio.create_task(keep, name=f"workspace {grant.team}")

    @property
    def done(self) -> bool:
        """Whether nobody keeps it at work any more."""
        return self._task.done()

    def use(self, grant: Grant) -> None:
        """Go on with *grant*: questions in work are answered before."""
        self.grant, self.refusal = grant, ""
        self._changed.set()

    async def stop(self, *, at_once: bool) -> None:
        """End the work; with *at_once*, without waiting for the questions in work."""
        self._ending = True
        self._changed.set()
        if at_once and self.bot is not None:
            self.bot.worker.stop(at_once=True)
        if not self._in_order:
            self._task.cancel()
        await asyncio.wait({self._task})

    async def _keep(self, after: asyncio.Future[None] | None) -> None:
        bind_contextvars(workspace=self.grant.team)  # every line of its log says so
        if after is not None:
            await asyncio.wait({after})
        pause = FIRST_PAUSE
        while not self._ending:
            self._changed.clear()
            self.tried.clear()
            try:
                await self._open()
            except (Exception, asyncio.CancelledError) as error:
                if (task := asyncio.current_task()) and task.cancelling():
                    raise  # by `stop`; a part of the bot that was cancelled is a failure
                await self._failed(error, pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                pause = FIRST_PAUSE

    async def _failed(self, error: BaseException, pause: float) -> None:
        """Say so, and wait for *pause* seconds or for a change."""
        expected = isinstance(error, (BotError, KnowledgeError, OSError))
        # The text of any other error may quote a message.
        self.failure = (str(error) if expected else "") or type(error).__name__
        self._unheard_since = self._unheard_since or time.time()
        self.tried.set()
        _log.error(
            "workspace_failed",
            reason=self.failure,
            again_in=pause,
            exc_info=None if expected else error,
        )
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), pause)

    async def _open(self) -> None:
        """Work until something changes. Raises whatever a part of the bot raises."""
        work, load = self._work, partial(self._work.load, self.grant.team, self.grant.token)
        settings = await self._read(partial(_prepared, load))
        await share_files(settings, patient=True)
        settings = await self._read(load)
        log_promotions(settings)
        try:
            async with AsyncExitStack() as closing:
                bot = await self._opened(settings, closing)
                closing.callback(self._closed)  # until the last job is done, it goes on receiving
                try:
                    await self._look_back(bot)
                    connected = always_connected if work.receive else None
                    tasks = await start_work(
                        settings, bot, closing, catch_up=connected, answer=work.answer
                    )
                finally:
                    self._in_order = True
                tasks.add(run_until_stopped(self._changed.wait(), closing))
                tasks.add(when_changed(settings, bot, load, closing))
                self.bot, self.failure, self.refusal = bot, "", ""
                self.page = page_of(settings, bot.board) if work.receive else None
                self._unheard_since = None
                self.tried.set()
                _log.info("workspace_ready")
                ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._in_order = False
        for task in ended:
            task.result()

    async def _opened(self, settings: Settings, closing: AsyncExitStack) -> Bot:
        """Open the bot, and find out whether it is the token when that cannot be done."""
        grant = self.grant
        opening = open_bot(settings, self.metrics, self._work.periods, answer=self._work.answer)
        try:
            return await closing.enter_async_context(opening)
        except SettingsError:
            refusal = await refusal_of(grant.token, settings.slack_api_url)
            if refusal is not None and grant == self.grant:  # not of a token that was replaced
                self.refusal = refusal
            raise

    async def _look_back(self, bot: Bot) -> None:
        """Let everything be read that was acknowledged while nobody could read it."""
        if self._work.receive and bot.catch_up is not None:
            await bot.catch_up.begin(self.grant.since)
            if self._unheard_since is not None:
                await bot.catch_up.missed_since(self._unheard_since)

    async def _read(self, load: Callable[[], Settings]) -> Settings:
        """Read settings in a thread of its own: a disk that hangs keeps no other bot waiting.

        Raises:
            SettingsError: they cannot be read, or not in time.
        """
        if self._reading is None or self._reading.done():
            self._reading = _in_thread(load)
            with suppress(TimeoutError):
                return await asyncio.wait_for(asyncio.shield(self._reading), READ_SECONDS)
        raise SettingsError("its files cannot be read in time: look at the disk")

    def _closed(self) -> None:
        self.bot = self.page = None
        self.tried.clear()


def _prepared(load: Callable[[], Settings]) -> Settings:
    """Read the settings of a workspace, and make its folder."""
    settings = load()
    check_not_restoring(settings.data_dir)
    start_folder(settings.data_dir)
    return settings


def _in_thread(load: Callable[[], Settings]) -> asyncio.Future[Settings]:
    """Run *load* in a new thread, which keeps no process from its end."""
    loop, context = asyncio.get_running_loop(), copy_context()
    done: asyncio.Future[Settings] = loop.create_future()

    def tell(settings: Settings | None, error: Exception | None) -> None:
        if done.cancelled():
            return
        if settings is None:
            done.set_exception(error or SettingsError("there are no settings"))
            done.exception()  # seen, should nobody wait for it any more
        else:
            done.set_result(settings)

    def run() -> None:
        try:
            told: tuple[Settings | None, Exception | None] = (context.run(load), None)
        except Exception as error:  # noqa: BLE001 - whoever waits for it gets it
            told = (None, error)
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, *told)

    Thread(target=run, daemon=True).start()
    return done
