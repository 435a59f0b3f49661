"""Deletes all that is kept of one workspace of several."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from bot.app.container import open_store
from bot.app.machines import index_store
from bot.app.workspaces import LOOK_SECONDS
from bot.backup.redis_keys import RedisKeys
from bot.core.errors import BotError
from bot.machines.store import SILENT_SECONDS, MachineStore
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings
from bot.settings.workspace import own_index_store, workspace_folder
from knowledge.text import analysis

STOP_SECONDS = 2 * SILENT_SECONDS
"""How long processes may take to stop the bot; one that was killed counts until it is silent."""


async def delete_data(deployment: Settings, team: str, tell: Callable[[str], None]) -> int:
    """Delete the keys and the folder of the workspace *team*, where the app is no longer installed.

    Its own settings are not read: broken ones are deleted like all else.

    Args:
        deployment: The settings of the deployment.
        team: The workspace.
        tell: Called with what is done next.

    Returns:
        The number of keys.

    Raises:
        BotError: a process still works for the workspace, or its folder cannot be deleted; the
            command can be run again.
    """
    folder = workspace_folder(deployment.data_dir, team)
    place = own_index_store(deployment.index_store, team)
    settings = deployment.model_copy(update={"kotae_workspace": team, "index_store": place})
    async with open_store(settings) as store:
        try:
            async with asyncio.timeout(STOP_SECONDS):
                deleted = await _delete_keys(store, tell)
        except TimeoutError:
            raise BotError(
                f"A process still works for {team} after {STOP_SECONDS:.0f} seconds, and not all "
                "of its data is deleted: stop that process, and run this again."
            ) from None
    if (shared := index_store(settings)) is not None:
        tell(f"Deleting its index in {shared.address} …")
        await asyncio.to_thread(lambda: shared.remove([name for name, _ in shared.names()]))
    tell(f"Deleting {folder} …")
    await asyncio.to_thread(_delete_folder, folder)
    return deleted


async def _delete_keys(store: RedisConnection, tell: Callable[[str], None]) -> int:
    """Delete all keys, until no process writes another one; return how many these were."""
    keys, processes = RedisKeys(store.commands), MachineStore(store, analysis.VERSION)
    tell("Deleting its keys in Redis …")
    deleted = 0 if await processes.machines() else await keys.delete()
    while True:
        await asyncio.sleep(2 * LOOK_SECONDS)  # by then, every process has seen the removal
        if running := await processes.machines():
            tell(f"Waiting until {len(running)} processes have stopped its bot …")
            continue
        found = await keys.delete()
        deleted += found
        if not found:
            return deleted


def _delete_folder(folder: Path) -> None:
    if folder.is_symlink():
        raise BotError(
            f"The keys in Redis are deleted, but {folder} leads to {folder.resolve()}: delete that "
            "folder and the link yourself."
        )
    if not folder.exists():
        return
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise BotError(
            f"The keys in Redis are deleted, but {error.filename} is not "
            f"({error.strerror}): fix that, and run this again."
        ) from error
