"""This process as one of several that share a Redis, and where it is told, an index."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import structlog

from bot.core.errors import BotError
from bot.core.types import JobKind
from bot.machines.follower import LOOK_SECONDS, Follower
from bot.machines.indexer import Indexer
from bot.machines.store import MachineState, MachineStore
from knowledge.base import KnowledgeBase, RemoteIndexer
from knowledge.model.errors import (
    DamagedIndexError,
    KnowledgeError,
    OutdatedIndexError,
    SyncRunningError,
)
from knowledge.model.threads import in_thread
from knowledge.storage.index_versions import MANIFEST
from knowledge.storage.shared_versions import SharedVersions
from knowledge.sync.request import SyncRequest

NEEDS_INDEX: frozenset[JobKind] = frozenset({"question", "auto_answer", "workflow_step", "entry"})
"""Kinds of jobs that are done from the index."""

_REPORT_SECONDS = 4.0
_REBUILD_PAUSE = 60.0

_log = structlog.get_logger(__name__)


class IndexMember:
    """Reports this process to the others, and knows whether it can answer.

    Args:
        base: The knowledge base of this process.
        store: What processes tell each other.
        shared: Copies index versions; None where machines share none, and each has its own index.
        me: This process, as it tells the others.
        may_index: It may become the indexer.
    """

    def __init__(
        self,
        base: KnowledgeBase,
        store: MachineStore,
        shared: SharedVersions | None,
        me: MachineState,
        *,
        may_index: bool,
    ) -> None:
        self.base = base
        self.store = store
        self._me = me
        self._may_index = may_index
        self._shared = shared
        self._follower: Follower | None = None
        self._indexer: Indexer | None = None
        self._left_because = ""
        self._told_apart: list[str] = []
        self._rebuilding = ""
        if shared:
            self._follower = Follower(base, store, shared, me.folder)
            self._indexer = Indexer(base, store, shared, self._follower, me)
            base.share(
                self._indexer.right, RemoteIndexer(lambda: self.is_indexer, self._indexer.ask)
            )

    @property
    def shares(self) -> bool:
        """Whether all machines have one index."""
        return self._shared is not None

    @property
    def is_indexer(self) -> bool:
        """Whether this process may change the index by itself: the indexer, or without others."""
        return self._indexer is None or self._indexer.is_indexer

    async def run(self) -> None:
        """Report, follow and stand for election, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_reporting())
                if self._follower:
                    group.create_task(self._follower.run())
                if self._indexer and self._may_index:
                    group.create_task(self._indexer.run())
                if not self.shares and self._me.answers:
                    group.create_task(self._keep_rebuilding())
        finally:
            if self._shared:
                self._shared.stop()
            with suppress(BotError):
                await self.store.leave(self._me)

    @asynccontextmanager
    async def visit(self) -> AsyncIterator[MachineState | None]:
        """Take part for one command that changes the index: as the indexer, or by asking it.

        Yields:
            The indexer, if it is another process.

        Raises:
            BotError: Redis does not answer.
            KnowledgeError: the published version cannot be fetched.
        """
        if self._indexer is None:
            yield None
            return
        async with self._indexer.visit() as holder:
            yield holder

    async def catch_up(self) -> None:
        """Use the published version now. Raises what `Follower.follow` does."""
        if self._follower and (wanted := await self.store.published()):
            await self._follower.follow(wanted)

    async def left(self) -> frozenset[JobKind]:
        """Return the kinds of jobs that this process leaves to others: it has no index for them.

        Where nobody has an index yet, nothing is left: an answer says so, and nobody waits in vain.
        """
        error = await self.base.unusable()
        if error is None or not await self._index_is_expected():
            return frozenset()
        if self._left_because != (text := self._explained(error)):
            self._left_because = text
            _log.warning("questions_left_to_others", reason=text)
        return NEEDS_INDEX

    async def readiness(self) -> str:
        """Return the index version in use, and why it is not the published one, if so.

        Raises:
            KnowledgeError: questions cannot be answered now; the text says why.
        """
        error = await self.base.unusable()
        if error is not None:
            raise KnowledgeError(self._explained(error))
        name = self.base.index_version
        return f"{name}, behind: {self._reason}" if self._reason else name

    async def machines(self) -> Sequence[MachineState]:
        """Return the processes that run; none when Redis does not answer."""
        with suppress(BotError):
            return await self.store.machines()
        return ()

    @property
    def _reason(self) -> str:
        return self._follower.reason if self._follower else self._rebuilding

    def _explained(self, error: KnowledgeError) -> str:
        return f"{error}; {self._reason}" if self._reason else str(error)

    async def _keep_reporting(self) -> None:
        while True:
            try:
                await self.store.report(await in_thread(self._state))
                await self._warn_of_other_folders()
            except BotError as error:
                _log.warning("machine_not_reported", reason=str(error))
            await asyncio.sleep(_REPORT_SECONDS)

    def _state(self) -> MachineState:
        """Return this process as it is now. Blocks."""
        fetching = self._follower.fetching if self._follower else ""
        manifests = [fetching] if fetching else []
        name, created_at = "", 0.0
        with suppress(KnowledgeError, OSError):
            versions = self.base.index_versions
            folder = versions.current()
            manifests.append(hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest())
            if manifest := versions.manifests().get(folder):
                name, created_at = manifest.index_version, manifest.created_at
        return self._me.model_copy(
            update={
                "indexer": self.shares and self.is_indexer,
                "index_version": name,
                "created_at": created_at,
                "manifests": tuple(manifests),
                "reason": self._reason,
            }
        )

    async def _warn_of_other_folders(self) -> None:
        """Say in the log, once, that each machine answers from an index of its own."""
        if self.shares:
            return
        hosts = apart(await self.store.machines())
        if hosts and hosts != self._told_apart:
            self._told_apart = hosts
            _log.warning("machines_without_a_shared_index", hosts=hosts, set="INDEX_STORE")

    async def _index_is_expected(self) -> bool:
        """Tell whether somebody has an index, so that there is something to wait for."""
        if self.base.index_version:
            return True
        try:
            if self.shares:
                return bool(await self.store.all_published())
            return any(other.index_version for other in await self.store.machines())
        except BotError:
            return True

    async def _keep_rebuilding(self) -> None:
        """Build the index again when it is damaged, or of an earlier version of the program."""
        while True:
            fault = await self.base.fault()
            if isinstance(fault, OutdatedIndexError | DamagedIndexError):
                _log.warning("index_built_again", reason=str(fault))
                self._rebuilding = "the index is being built again"
                # Only a thorough sync sees damage that leaves the sizes as they are.
                force = isinstance(fault, DamagedIndexError)
                try:
                    await self.base.carry_out(SyncRequest("sync", force=force), lambda _: None)
                    self._rebuilding = ""
                except SyncRunningError:
                    pass  # somebody else does it
                except KnowledgeError as error:
                    self._rebuilding = str(error)
                    _log.warning("index_not_built", reason=str(error))
                    await asyncio.sleep(_REBUILD_PAUSE)
            await asyncio.sleep(LOOK_SECONDS)


def apart(machines: Sequence[MachineState]) -> list[str]:
    """Return the hosts of processes that answer from different data folders; none if all share."""
    answering = [one for one in machines if one.answers and not one.shares]
    if len({machine.folder for machine in answering}) <= 1:
        return []
    return sorted({machine.host for machine in answering})
