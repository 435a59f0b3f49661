"""`kotae serve` and `kotae worker`: run until a signal, then stop in order."""

import asyncio
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack

import structlog
from aiohttp import web

from bot.app import Bot, open_bot
from bot.settings import Settings, load_settings
from bot.slack.serve import Connected, health_app, http_app, serve_socket_mode
from bot.telemetry import set_up_logging

DRAIN_SECONDS = 25.0
"""How long answers in work may take after SIGTERM; hosts kill after 30 seconds."""

_log = structlog.get_logger(__name__)


def serve(*, with_worker: bool, verbose: bool) -> None:
    """Receive from Slack, and answer unless workers elsewhere do."""
    set_up_logging(verbose=verbose)
    asyncio.run(_run(load_settings(), receive=True, answer=with_worker))


def work(*, verbose: bool) -> None:
    """Answer what was received elsewhere."""
    set_up_logging(verbose=verbose)
    asyncio.run(_run(load_settings(), receive=False, answer=True))


async def _run(settings: Settings, *, receive: bool, answer: bool) -> None:
    stopping = stop_signal()
    async with AsyncExitStack() as closing:
        bot = await closing.enter_async_context(open_bot(settings))
        if receive:
            await _receive(bot, settings, closing)
        if answer:
            closing.push_async_callback(
                _drain, bot, asyncio.create_task(bot.worker.run(DRAIN_SECONDS))
            )
            closing.push_async_callback(_end, asyncio.create_task(bot.line.run()))
            if bot.scheduler is not None:
                closing.push_async_callback(_end, asyncio.create_task(bot.scheduler.run()))
        _log.info("ready", receiving=receive, answering=answer, team=bot.surface.me.team)
        await stopping.wait()
        _log.info("stopping")


async def _receive(bot: Bot, settings: Settings, closing: AsyncExitStack) -> None:
    """Open the door to Slack, and the health page."""
    connected: Connected = _always
    if not bot.surface.credentials.app_token:
        application = http_app(bot.surface, bot.health)
    else:
        connected = await closing.enter_async_context(serve_socket_mode(bot.surface))

        async def health() -> Mapping[str, str]:
            slack = {} if await connected() else {"slack": "the socket is not connected"}
            return {**await bot.health(), **slack}

        application = health_app(health)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    closing.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, port=settings.port).start()
    if bot.catch_up is not None:
        closing.push_async_callback(_end, asyncio.create_task(bot.catch_up.run(connected)))


async def _always() -> bool:
    """Tell that Slack can be heard: by HTTP there is nothing to see of a way that is cut."""
    return True


async def _drain(bot: Bot, work: asyncio.Task[None]) -> None:
    bot.worker.stop()
    await work


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def stop_signal() -> asyncio.Event:
    """Return an event that SIGTERM and Ctrl-C set; needs a running event loop."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping
