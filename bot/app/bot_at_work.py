"""What a bot does while it is open: it starts here, and stops in order."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import structlog

from bot.app.shared_files import changed_settings
from bot.app.slack_bot import Bot
from bot.settings.settings import Settings
from bot.slack.transport import Connected
from knowledge.model.errors import KnowledgeError

DRAIN_SECONDS = 25.0
"""How long running jobs may take after SIGTERM; hosts kill the process after 30 seconds."""

T = TypeVar("T")

_log = structlog.get_logger(__name__)


async def start_work(
    settings: Settings,
    bot: Bot,
    closing: AsyncExitStack,
    *,
    catch_up: Connected | None,
    answer: bool,
) -> set[asyncio.Task[Any]]:
    """Start all that *bot* does; it stops in order with *closing*.

    Args:
        settings: What the bot was built from.
        bot: An open bot.
        closing: Ends the work before it closes the bot.
        catch_up: Tells whether Slack can reach the bot now; None where it receives nothing.
        answer: It answers questions.

    Returns:
        Tasks that end by a failure only.
    """
    if answer:
        await _build_promoted_index(settings, bot)
    tasks = {run_until_stopped(bot.member.run(), closing)}
    if catch_up is not None and bot.catch_up is not None:
        tasks.add(run_until_stopped(bot.catch_up.run(catch_up), closing))
    return tasks | _answering(bot, closing) if answer else tasks


def when_changed(
    settings: Settings, bot: Bot, load: Callable[[], Settings] | None, closing: AsyncExitStack
) -> asyncio.Task[Settings]:
    """Return a task that ends when the settings are to be others; it reads them by *load*."""

    async def wait() -> Settings:
        if load is None:
            await asyncio.Event().wait()
        assert load is not None
        return await changed_settings(settings, bot.store, load)

    return run_until_stopped(wait(), closing)


def log_promotions(settings: Settings) -> None:
    """Log which promotions hold."""
    for item in settings.promotions:
        log = _log.warning if item.superseded_by else _log.info
        log("promotion", name=item.promotion.name, superseded_by=list(item.superseded_by))


def run_until_stopped(work: Coroutine[Any, Any, T], closing: AsyncExitStack) -> asyncio.Task[T]:
    """Run *work* until *closing* ends it."""
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        await asyncio.wait({task})

    closing.push_async_callback(end)
    return task


async def always_connected() -> bool:
    """Return True: over HTTP, a lost connection to Slack cannot be seen."""
    return True


def _answering(bot: Bot, closing: AsyncExitStack) -> set[asyncio.Task[Any]]:
    """Start what a process does that answers; it stops in order with *closing*."""
    working = asyncio.create_task(bot.worker.run(DRAIN_SECONDS))
    closing.push_async_callback(_drain, bot, working)
    others = (
        bot.position_notifier.run(),
        *(scheduler.run() for scheduler in bot.schedulers),
        bot.base.keep_embedded(),
        bot.updater.run(),
        bot.adapter.entries.store.keep_indexed(lambda: bot.member.is_indexer),
    )
    return {working, *(run_until_stopped(work, closing) for work in others)}


async def _drain(bot: Bot, work: asyncio.Task[None]) -> None:
    bot.worker.stop()
    await asyncio.wait({work})


async def _build_promoted_index(settings: Settings, bot: Bot) -> None:
    """Build the index that a promotion made on another machine needs, before anybody is answered.

    What fails is logged; the questions are told.
    """
    standing = [item.promotion for item in settings.promotions if not item.superseded_by]
    if bot.base.index_version or not any(promotion.index for promotion in standing):
        return
    _log.info("index_of_promotion_is_built", folder=str(settings.index_folder))
    try:
        await bot.base.sync(vectors=False)
    except KnowledgeError as error:
        _log.error("index_of_promotion_not_built", reason=str(error))
