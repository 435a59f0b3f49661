"""Builds what makes this process one of several that share an index, as the settings say."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

from bot.app.container import open_store
from bot.core.errors import BotError, SettingsError
from bot.machines.member import IndexMember
from bot.machines.store import MachineState, MachineStore
from bot.queue.formats import JOB_FORMATS
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings, index_store_options
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError
from knowledge.storage.object_store import FolderStore, ObjectStore
from knowledge.storage.shared_versions import SharedVersions
from knowledge.text import analysis

_log = logging.getLogger(__name__)

_FOLDER_ID = ".folder"
"""File in the index folder: whoever reads the same id shares the folder."""


def open_member(
    settings: Settings,
    base: KnowledgeBase,
    store: RedisConnection,
    *,
    answers: bool,
    may_index: bool | None = None,
) -> IndexMember:
    """Return this process as a member; nothing runs yet.

    Args:
        settings: What to build it from.
        base: The knowledge base of this process; it shares its index from now on.
        store: The Redis of all of them.
        answers: It answers questions.
        may_index: It may become the indexer; None: as the settings say, if it answers.

    Raises:
        SettingsError: the index store needs a library that is not installed.
        KnowledgeError: its address or an option is malformed.
    """
    objects = index_store(settings)
    shared = SharedVersions(objects, base.index_versions) if objects else None
    if may_index is None:
        may_index = answers and settings.indexer == "on"
    me = MachineState(
        id=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}",
        host=socket.gethostname(),
        folder=_folder_id(settings.index_folder),
        answers=answers,
        shares=shared is not None,
        analysis=analysis.VERSION,
        jobs=JOB_FORMATS if answers else {},
    )
    machines = MachineStore(store, analysis.VERSION)
    return IndexMember(base, machines, shared, me, may_index=may_index)


@asynccontextmanager
async def open_visit(
    settings: Settings, base: KnowledgeBase, *, changes: bool
) -> AsyncIterator[MachineState | None]:
    """Let a command use the index of all machines; yields the indexer, if others run.

    Args:
        settings: What to build it from.
        base: The knowledge base of the command.
        changes: It changes the index; else it goes on with what is here when the published version
            cannot be fetched.

    Raises:
        BotError: Redis does not answer.
        KnowledgeError: the published version cannot be fetched.
    """
    async with AsyncExitStack() as closing:
        indexer = None
        try:
            if settings.index_store:
                store = await closing.enter_async_context(open_store(settings))
                member = open_member(settings, base, store, answers=False)
                if changes:
                    indexer = await closing.enter_async_context(member.visit())
                else:
                    await member.catch_up()
        except (BotError, KnowledgeError) as error:
            if changes:
                raise
            _log.warning("the index here may be older than the published one: %s", error)
        yield indexer


@asynccontextmanager
async def open_following(
    settings: Settings, base: KnowledgeBase, store: RedisConnection
) -> AsyncIterator[None]:
    """Let *base* follow the index of all machines meanwhile, and hand over what it changes."""
    if not settings.index_store:
        yield
        return
    task = asyncio.create_task(open_member(settings, base, store, answers=False).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def index_store(settings: Settings) -> ObjectStore | None:
    """Return the store that INDEX_STORE names, None when each machine has its own index.

    Raises:
        SettingsError: it needs a library that is not installed.
        KnowledgeError: its address or an option is malformed.
    """
    place = settings.index_store
    if not place:
        return None
    if "://" not in place:
        return FolderStore(Path(place))
    if find_spec("obstore") is None:
        raise SettingsError(
            f"INDEX_STORE={place} needs the extra object-store: pip install 'kotae[object-store]'"
        )
    from knowledge.storage.cloud_store import CloudStore

    return CloudStore(place, index_store_options(place))


def _folder_id(folder: Path) -> str:
    """Return the id of a data folder; the first process makes one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / _FOLDER_ID
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(secrets.token_hex(8))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")
