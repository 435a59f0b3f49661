"""Takes over what the team shares: before a command, after it, and while the bot works."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import structlog

from bot.agent.prompt import OWN_PROMPTS
from bot.app.container import CONFIDENCE, open_store
from bot.core.errors import BotError, SettingsError
from bot.redis.connection import RedisConnection
from bot.settings.promotions import FILE as PROMOTIONS
from bot.settings.settings import Settings
from bot.shared_files.mirror import FileMirror, SharingReport
from bot.shared_files.store import SharedFiles

LOOK_SECONDS = 0.5
"""Pause between two looks for changes."""

_log = structlog.get_logger(__name__)


async def share_files(settings: Settings, *, patient: bool = False) -> SharingReport:
    """Make the shared files of this machine and those of the team equal.

    Without REDIS_URL there is one machine, and nothing to do. *patient* is as in `open_store`.

    Raises:
        RedisUnavailableError: not all of it was done.
    """
    if settings.redis_url is None:
        return SharingReport()
    async with open_store(settings, patient=patient) as store:
        return await FileMirror(SharedFiles(store.commands), settings.data_dir).sync()


async def changed_settings(
    settings: Settings, store: RedisConnection, load: Callable[[], Settings]
) -> Settings:
    """Return the settings that hold next, once what the answers rest on was changed.

    That is the promotions, the prompt and the weights of the confidence, on whichever machine
    somebody changed them. What cannot be read is logged, and changes nothing.
    """
    mirror = FileMirror(SharedFiles(store.commands), settings.data_dir)
    state, revision = "", -1
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            if settings.redis_url is not None and await mirror.revision() != revision:
                revision = await mirror.revision()
                await mirror.sync()
        except (BotError, OSError) as error:
            _log.warning("shared_files_not_read", reason=str(error))
            continue
        before, state = state, await asyncio.to_thread(_state, settings)
        if state == before:
            continue
        try:
            loaded = await asyncio.to_thread(load)
        except SettingsError as error:
            _log.error("change_not_taken_over", reason=str(error))
            continue
        if before or loaded != settings:  # at first, what came since they were read
            return loaded


def _state(settings: Settings) -> str:
    """Return what is equal as long as the answers rest on the same files."""
    folder = settings.data_dir
    prompt = folder / OWN_PROMPTS / settings.prompt_strategy
    files = [folder / PROMOTIONS, folder / CONFIDENCE, *sorted(prompt.glob("[!.]*"))]
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"\0{path.name}\0".encode())
        digest.update(_content(path))
    return digest.hexdigest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
