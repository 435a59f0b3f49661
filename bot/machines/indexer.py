"""The election of the indexer, and its work: requests, notes, and a tidy index store.

The lease is kept in Redis, and so is the name of the published version; one script changes the name
only for whoever has the lease. So an indexer that was slow or cut off cannot publish over a newer
version, whatever it has uploaded meanwhile.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import structlog

from bot.core.errors import BotError
from bot.machines.follower import Follower
from bot.machines.store import LEASE_SECONDS, MachineState, MachineStore
from bot.machines.sync_requests import RequestWork, ask_indexer
from knowledge.base import KnowledgeBase, ReportProgress
from knowledge.model.errors import (
    DamagedIndexError,
    IndexStoreError,
    KnowledgeError,
    NotIndexerError,
    OutdatedIndexError,
)
from knowledge.model.threads import in_thread
from knowledge.model.types import SyncReport
from knowledge.storage.index_versions import Manifest, ShareVersion
from knowledge.storage.shared_versions import SharedVersions
from knowledge.storage.sync_notes import read_notes
from knowledge.sync.request import SyncRequest
from knowledge.sync.vectors import JOURNAL

_RENEW_SECONDS = 2.0
_AFTER_FAILURE = 15.0
"""Another process may fare better meanwhile."""

_LOOK_SECONDS = 2.0
_GRACE_SECONDS = 3_600.0
"""Age from which a file that nobody needs is removed from the store."""

_CLEAN_SECONDS = 600.0
_FORGET_SECONDS = 7 * 86_400.0
"""Age from which the version of a text analysis is forgotten that no program uses."""

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class Indexer:
    """This process as a candidate for the indexer, and as the indexer.

    Args:
        base: Makes the index versions.
        store: Keeps the lease, and the name of the published version.
        shared: Uploads index versions.
        follower: Brings this machine to the published version first.
        me: This process, as it tells the others.
    """

    def __init__(
        self,
        base: KnowledgeBase,
        store: MachineStore,
        shared: SharedVersions,
        follower: Follower,
        me: MachineState,
    ) -> None:
        self._base = base
        self._store = store
        self._shared = shared
        self._follower = follower
        self._me = me
        self._token = ""
        self._ours_until = 0.0
        self._loop = asyncio.get_running_loop()

    @property
    def is_indexer(self) -> bool:
        """Whether this process makes the index versions now, as far as it knows."""
        return bool(self._token) and self._loop.time() < self._ours_until

    async def ask(self, request: SyncRequest, progress: ReportProgress) -> SyncReport:
        """Have the indexer carry out *request*; see `ask_indexer`."""
        try:
            return await ask_indexer(self._store, request, progress)
        except BotError as error:
            raise KnowledgeError(str(error)) from error

    def right(self) -> ShareVersion:
        """Return what shares a version, for the present lease alone; see `SharingRight`."""
        token = self._token
        if not (token and self.is_indexer):
            raise NotIndexerError("another process makes the index versions now")
        return partial(self._publish, token)

    async def run(self) -> None:
        """Be the indexer whenever nobody else is, until cancelled."""
        while True:
            try:
                if await self._lead() is None:
                    await self._serve()
            except BotError as error:
                _log.warning("election_unavailable", reason=str(error))
            await asyncio.sleep(_RENEW_SECONDS)

    @asynccontextmanager
    async def visit(self) -> AsyncIterator[MachineState | None]:
        """Be the indexer for one command, if nobody else is; yields the indexer otherwise.

        Raises:
            BotError: Redis does not answer.
            KnowledgeError: the published version cannot be fetched.
        """
        holder = await self._lead()
        renewing = asyncio.create_task(self._keep_leading())
        try:
            if holder is None:
                await self._begin()
            yield holder
            if holder is None:
                await self._pass_notes()
        finally:
            renewing.cancel()
            await asyncio.wait({renewing})
            await self._resign()

    async def _lead(self) -> MachineState | None:
        """Take or renew the lease; return the indexer if it is another process."""
        token, asked_at = self._token or uuid4().hex, self._loop.time()
        holder = await self._store.lead(token, self._me, again=bool(self._token))
        if holder is None:
            self._token, self._ours_until = token, asked_at + LEASE_SECONDS
        else:
            self._token = ""
        return holder

    async def _keep_leading(self) -> None:
        """Renew the lease; returns when it is lost. Late is soon enough if nobody has taken it."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            try:
                if await self._lead() is not None:
                    break
            except BotError as error:
                _log.warning("indexer_lease_not_renewed", reason=str(error))
                if not self.is_indexer:
                    break
        self._token = ""

    async def _resign(self) -> None:
        """Give the lease back, if this process has it."""
        token, self._token = self._token, ""
        if token:
            with suppress(BotError):
                await self._store.resign(token)

    async def _serve(self) -> None:
        """Do the indexer's work until the lease is lost."""
        _log.info("became_indexer")
        renewing = asyncio.create_task(self._keep_leading())
        working = asyncio.create_task(self._work())
        try:
            await asyncio.wait({renewing, working}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (renewing, working):
                task.cancel()
            await asyncio.wait({renewing, working})
            await self._resign()
            _log.info("no_longer_indexer")
        if not working.cancelled() and (error := working.exception()):
            self._follower.explain(str(error))
            if not isinstance(error, BotError | KnowledgeError | OSError):
                _log.error("indexer_failed", exc_info=error)
            await asyncio.sleep(_AFTER_FAILURE)

    async def _work(self) -> None:
        await self._begin()
        requests = RequestWork(self._store, self._base, self._me.host, self._pass_notes)
        async with asyncio.TaskGroup() as group:
            group.create_task(requests.run())
            group.create_task(self._keep_house())

    async def _begin(self) -> None:
        """Begin with what is published; else publish what is here."""
        wanted = await self._store.published()
        if wanted:
            await self._follower.follow(wanted)
            return
        error = await self._base.unusable()
        if error is None:
            versions = self._base.index_versions
            with versions.lock():
                folder = versions.current()
                share = partial(self.right(), folder, versions.manifests()[folder])
                await in_thread(share, self._shared.stop)
        elif isinstance(error, OutdatedIndexError | DamagedIndexError) or (
            await self._store.all_published()
        ):
            _log.warning("index_built_again", reason=str(error))
            force = isinstance(error, DamagedIndexError)
            request = SyncRequest("sync", force=force, patience=LEASE_SECONDS)
            await self._base.carry_out(request, _ignore)

    async def _keep_house(self) -> None:
        """Pass notes on, mend the store, and clean it, now and then."""
        clean_at = self._loop.time() + _CLEAN_SECONDS / 10
        while True:
            try:
                await self._pass_notes()
                await self._mend()
                if self._loop.time() >= clean_at:
                    clean_at = self._loop.time() + _CLEAN_SECONDS
                    await self._clean()
            except (BotError, KnowledgeError) as error:
                _log.warning("index_store_not_kept", reason=str(error))
            await asyncio.sleep(_LOOK_SECONDS)

    async def _pass_notes(self) -> None:
        """Give the notes of the last syncs to the others, unless they have them."""
        journal = self._base.index_versions.folder / JOURNAL
        notes = await in_thread(partial(read_notes, journal))
        digest = hashlib.sha256(notes.encode()).hexdigest()
        if notes and (await self._store.notes_mark())[0] != digest:
            await self._store.put_notes(digest, self._me.folder, notes)

    async def _mend(self) -> None:
        if damaged := await self._store.damage():
            mended = await in_thread(partial(self._shared.mend, damaged))
            await self._store.damage_mended(sorted(mended))
            _log.warning("index_store_mended", files=len(mended), of=len(damaged))

    async def _clean(self) -> None:
        """Remove from the store what no version in use names."""
        store = self._store
        published, machines = await store.all_published(), await store.machines()
        for analysis, version in published.items():
            runs = any(machine.analysis == analysis for machine in machines)
            if not runs and version.created_at < time.time() - _FORGET_SECONDS:
                await store.forget(analysis)
        kept = {version.manifest for version in (await store.all_published()).values()}
        used = {version.manifest for version in await store.recent(_GRACE_SECONDS)}
        used |= {digest for machine in machines for digest in machine.manifests}
        before = time.time() - _GRACE_SECONDS
        removed = await in_thread(partial(self._shared.remove_unused, kept, used, before))
        if removed:
            _log.info("index_store_cleaned", files=removed)

    def _publish(self, token: str, index_version: Path, manifest: Manifest) -> None:
        """Upload a version, and publish it if *token* still has the lease. Blocks."""
        try:
            before = self._await(self._store.published())
            published = self._shared.upload(index_version, manifest, before)
            announced = self._await(self._store.announce(token, published))
        except BotError as error:
            raise IndexStoreError(str(error)) from error
        if not announced:
            raise NotIndexerError("another process has become the indexer: nothing was published")

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait in a thread for what the event loop does."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _ignore(_: object) -> None:
    pass
