"""`kotae serve` and `kotae worker`: run until a signal, then stop in order."""

import asyncio
import signal
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from typing import Any

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
        tasks: set[asyncio.Task[Any]] = {asyncio.create_task(stopping.wait())}
        if receive:
            connected = await _receive(bot, settings, closing)
            if bot.catch_up is not None:
                tasks.add(_start(closing, bot.catch_up.run(connected)))
        if answer:
            working = asyncio.create_task(bot.worker.run(DRAIN_SECONDS))
            closing.push_async_callback(_drain, bot, working)
            tasks |= {working, _start(closing, bot.line.run())}
            if bot.scheduler is not None:
                tasks.add(_start(closing, bot.scheduler.run()))
        _log.info("ready", receiving=receive, answering=answer, team=bot.surface.me.team)
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        _log.info("stopping")
    for task in ended:
        task.result()  # one that failed ends the program, for whoever starts it again


async def _receive(bot: Bot, settings: Settings, closing: AsyncExitStack) -> Connected:
    """Open the door to Slack, and the health page; return what tells whether it is open."""
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
    return connected


async def _always() -> bool:
    """Tell that Slack can be heard: by HTTP there is nothing to see of a way that is cut."""
    return True


async def _drain(bot: Bot, work: asyncio.Task[None]) -> None:
    bot.worker.stop()
    await asyncio.wait({work})


def _start(closing: AsyncExitStack, work: Coroutine[Any, Any, None]) -> asyncio.Task[Any]:
    """Do *work* until the program stops."""
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        await asyncio.wait({task})

    closing.push_async_callback(end)
    return task


def stop_signal() -> asyncio.Event:
    """Return an event that SIGTERM and Ctrl-C set; needs a running event loop."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping
