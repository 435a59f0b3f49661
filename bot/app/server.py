"""`kotae serve` and `kotae worker`: run until a signal, then stop in order."""

import asyncio
import errno
import logging
import resource
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from bot.app.bot_at_work import (
    always_connected,
    log_promotions,
    run_until_stopped,
    start_work,
    when_changed,
)
from bot.app.container import trace_ids_of
from bot.app.operator_page import page_of
from bot.app.shared_files import share_files
from bot.app.slack_bot import Bot, open_bot
from bot.app.workspace_bot import BotWork
from bot.app.workspaces import open_workspaces, workspace_settings
from bot.backup.restore import check_not_restoring
from bot.core.errors import BotError, SettingsError
from bot.operator_page.routes import WorkspacePages
from bot.queue.lua_scripts import QueuePeriods
from bot.settings.settings import Settings, load_settings
from bot.slack.transport import (
    Connected,
    Refusals,
    http_app,
    requests_app,
    serve_socket_mode,
)
from bot.telemetry.joined_metrics import JoinedMetrics
from bot.telemetry.logs import set_up_logging
from bot.telemetry.loop_lag import LoopLag
from bot.telemetry.metrics import Metrics
from bot.telemetry.pages import health_page, pages, scrape_of
from bot.telemetry.readiness import Readiness, ReadinessCheck, remembered

SLACK_CHECK_SECONDS = 60.0
"""How long a successful check of Slack holds, because its methods are rate limited."""

IDLE_SECONDS = 20.0
"""How long a connection may take to send a whole request head."""

LINGERING_SECONDS = 2.0
"""How long to go on reading a refused request, so that its sender sees the refusal."""

MOST_FILES = 65_536

MORE_PORTS = 100
"""How many ports are tried for pages of operators: each process on a machine needs its own."""

_log = structlog.get_logger(__name__)


def serve(*, with_worker: bool, verbose: bool, **overrides: object) -> None:
    """Receive from Slack; answer, too, unless other workers do. *overrides* replace settings."""
    _start(partial(load_settings, **overrides), verbose=verbose, receive=True, answer=with_worker)


def work(*, verbose: bool) -> None:
    """Answer the questions that another process receives."""
    _start(load_settings, verbose=verbose, receive=False, answer=True)


def _start(load: Callable[[], Settings], *, verbose: bool, receive: bool, answer: bool) -> None:
    settings = load()
    if settings.workspace:
        raise SettingsError(
            "One process works for all workspaces: leave out --workspace and KOTAE_WORKSPACE"
        )
    level = "debug" if verbose else settings.log_level
    set_up_logging(level, settings.secrets, trace_ids_of(settings))

    async def work() -> None:
        check_not_restoring(settings.data_dir)
        if not settings.installed_by_oauth:  # each workspace of several has its own
            await share_files(settings, patient=True)
        await run(load(), receive=receive, answer=answer, load=load)

    asyncio.run(work())


async def run(
    settings: Settings,
    *,
    receive: bool,
    answer: bool,
    periods: QueuePeriods | None = None,
    load: Callable[[], Settings] | None = None,
) -> None:
    """Receive, answer or both until SIGTERM or Ctrl-C, then stop in order; see `open_bot`.

    Once a change of what the answers rest on is in force, no more questions are taken; those in
    work are answered, and the work goes on with the change.

    Args:
        settings: What to build the bot from.
        receive: Whether to receive from Slack.
        answer: Whether to answer.
        periods: Of the queue.
        load: Reads the settings again after such a change; None where none is looked for.
    """
    check_not_restoring(settings.data_dir)
    _allow_many_connections()
    process = _Process(receive, answer, stop_signal(), Metrics(), periods, load)
    if settings.installed_by_oauth:
        await _serve_workspaces(settings, process)
        return
    while (changed := await _work(settings, process)) is not None:
        settings = changed
        _log.info("changed")


@dataclass(frozen=True, slots=True)
class _Process:
    """What stays the same while the settings change; see `run`."""

    receive: bool
    answer: bool
    stopping: asyncio.Event
    metrics: Metrics
    periods: QueuePeriods | None
    load: Callable[[], Settings] | None


async def _work(settings: Settings, process: _Process) -> Settings | None:
    """Receive, answer or both until the settings change or the process stops.

    Returns:
        The changed settings; None to stop.
    """
    log_promotions(settings)
    receive, answer, metrics = process.receive, process.answer, process.metrics
    async with AsyncExitStack() as closing:
        bot = await closing.enter_async_context(
            open_bot(settings, metrics, process.periods, answer=answer)
        )
        public, connected = None, None
        if receive and bot.adapter.slack.credentials.app_token:
            socket = serve_socket_mode(bot.adapter, metrics.delivered)
            connected = await closing.enter_async_context(socket)
        elif receive:
            public = http_app(bot.adapter, metrics.delivered)
        lag = LoopLag(metrics.loop_lagged)
        await closing.enter_async_context(lag.watching())
        checks = _checks(bot, connected, answer=answer)
        private = web.Application()
        private.add_routes(pages(Readiness(checks), lag, scrape_of(metrics, bot.shared)))
        if receive and (page := page_of(settings, bot.board)):
            private.add_routes(page.routes)
        if public is not None:
            public.add_routes([health_page(lag)])
        ports = await _open_ports(settings, closing, public, private, receive=receive)
        catch_up = (connected or always_connected) if receive else None
        tasks = await start_work(settings, bot, closing, catch_up=catch_up, answer=answer)
        tasks.add(run_until_stopped(process.stopping.wait(), closing))
        _log.info(
            "ready", receiving=receive, answering=answer, **ports, team=bot.adapter.slack.me.team
        )
        change = when_changed(settings, bot, process.load, closing)
        ended, _ = await asyncio.wait({*tasks, change}, return_when=asyncio.FIRST_COMPLETED)
        _log.info("stopping")
    for task in ended:
        task.result()  # a failure ends the program; the process manager restarts it
    return change.result() if ended == {change} else None


async def _serve_workspaces(settings: Settings, process: _Process) -> None:
    """Receive, answer or both in all workspaces where the app is installed."""
    async with AsyncExitStack() as closing:
        metrics = process.metrics
        work = BotWork(workspace_settings, process.receive, process.answer, process.periods)
        opened = open_workspaces(settings, work, metrics.redis_failed)
        workspaces, routes = await closing.enter_async_context(opened)
        joined = JoinedMetrics(metrics, lambda: workspaces.metrics)
        lag = LoopLag(metrics.loop_lagged)
        await closing.enter_async_context(lag.watching())

        async def scrape() -> bytes:
            await workspaces.refresh_metrics()
            return joined.render()

        checks = {"redis": workspaces.redis, "workspaces": workspaces.readiness}
        private, public = web.Application(), None
        private.add_routes(pages(Readiness(checks), lag, scrape))
        if process.receive:
            secret = settings.slack_signing_secret
            told = secret.get_secret_value() if secret else ""
            public = requests_app(told, workspaces.answer, metrics.delivered)
            public.add_routes([health_page(lag), *routes])
            if settings.operator_page_token:
                private.add_routes(WorkspacePages(workspaces.page_of).routes)
        ports = await _open_ports(settings, closing, public, private, receive=process.receive)
        working = run_until_stopped(workspaces.run(), closing)
        stopping = run_until_stopped(process.stopping.wait(), closing)
        _log.info("ready", receiving=process.receive, answering=process.answer, **ports)
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        _log.info("stopping")
    if not stopping.done():
        working.result()


def _checks(bot: Bot, connected: Connected | None, *, answer: bool) -> dict[str, ReadinessCheck]:
    """Return the dependencies to check; a process that only receives needs no index."""

    async def socket() -> str:
        if connected is None or not await connected():
            raise BotError("the socket to Slack is not connected")
        return bot.adapter.slack.me.team

    slack = socket if connected else remembered(bot.adapter.slack.reachable, SLACK_CHECK_SECONDS)
    checks: dict[str, ReadinessCheck] = {"redis": bot.redis, "slack": slack}
    return {**checks, "knowledge": bot.member.readiness} if answer else checks


async def _open_ports(
    settings: Settings,
    closing: AsyncExitStack,
    public: web.Application | None,
    private: web.Application,
    *,
    receive: bool,
) -> dict[str, int]:
    """Open what this process serves, and return its ports for the log.

    What Slack reaches, others reach as well: by HTTP, the pages for operators have a port of their
    own. In Socket Mode nobody else comes, and one port is enough.
    """
    if public is not None:
        host = settings.monitoring_host
        port = await open_port(public, settings.listen_host, "PORT", settings.port, closing)
        metrics_port = settings.metrics_port
        metrics_port = await open_port(private, host, "METRICS_PORT", metrics_port, closing)
        return {"port": port, "metrics_port": metrics_port}
    if receive:
        return {
            "port": await open_port(private, settings.listen_host, "PORT", settings.port, closing)
        }
    if (first := settings.worker_port) is None:
        return {}
    return {
        "port": await open_port(private, settings.monitoring_host, "WORKER_PORT", first, closing)
    }


async def open_port(
    application: web.Application, host: str, setting: str, first: int, closing: AsyncExitStack
) -> int:
    """Open the port *first* of *host* for *application*, and return it.

    Where *setting* names one for operators (METRICS_PORT, WORKER_PORT), the next free one is taken.
    """
    runner = server_of(application)
    await runner.setup()
    closing.push_async_callback(runner.cleanup)
    alone = not setting.endswith("_PORT")
    last = first if alone else min(first + MORE_PORTS - 1, 65_535)
    for port in range(first, last + 1):
        try:
            most = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2
            server = await listen(runner, port, most, host)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            closing.callback(server.close)
            return port
    if first == last:
        raise SettingsError(f"{setting} {first} is in use by another program")
    raise SettingsError(f"{setting}: {first} to {last} are all in use")


def server_of(application: web.Application, idle_seconds: float = IDLE_SECONDS) -> web.AppRunner:
    """Return the server of *application*; it drops slow clients, and logs little of bad ones."""
    logger = logging.getLogger("aiohttp.server")
    logger.addFilter(_WITHOUT_MALFORMED)
    application.middlewares.append(_spend_little)
    return web.AppRunner(
        application,
        access_log=None,
        logger=logger,
        auto_decompress=False,  # none of our clients compresses
        keepalive_timeout=idle_seconds,
        lingering_time=LINGERING_SECONDS,
    )


@web.middleware
async def _spend_little(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep open only the connections of whoever has proven to be Slack, and read no pieces.

    A thousand requests in one packet would be answered without a pause. A body comes in pieces only
    from others: Slack tells its length, and each of a million pieces takes time.
    """
    if "Transfer-Encoding" in request.headers:
        refusal = web.Response(status=HTTPStatus.LENGTH_REQUIRED)
        await refusal.prepare(request)
        await refusal.write_eof()
        request.protocol.force_close()  # what else it sends is not even parsed
        return refusal
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        refusal.force_close()
        raise
    if request.method != "POST":
        response.force_close()
    return response


async def listen(
    runner: web.AppRunner, port: int, most_connections: int, host: str | None = None
) -> asyncio.Server:
    """Open *port* on *host*, on all addresses when None; refuse more than *most_connections*."""
    serving = runner.server
    assert serving is not None

    def accept() -> asyncio.BaseProtocol:
        return serving() if len(serving.connections) < most_connections else _Refused()

    return await asyncio.get_running_loop().create_server(accept, host, port, reuse_address=True)


class _WithoutMalformed(logging.Filter):
    """Keeps out the tracebacks of what is no HTTP: each would quote what a stranger sent."""

    def __init__(self) -> None:
        super().__init__()
        self._refusals = Refusals()

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HttpProcessingError):
            return True
        self._refusals.tell(error.code, type(error).__name__)
        return False


_WITHOUT_MALFORMED = _WithoutMalformed()
"""One for all servers, since a logger takes the same filter once."""


class _Refused(asyncio.Protocol):
    """Closes a connection above the limit at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


def stop_signal() -> asyncio.Event:
    """Return an event that SIGTERM and Ctrl-C set; needs a running event loop."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


def _allow_many_connections() -> None:
    """Raise the limit of open files, usually 1,024: each running model call holds a connection."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if most == resource.RLIM_INFINITY else min(MOST_FILES, most)
    if now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
