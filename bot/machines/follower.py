"""Keeps this machine at the published index version."""

import asyncio
import time
from functools import partial

import structlog

from bot.core.errors import BotError
from bot.machines.store import MachineStore
from knowledge.base import KnowledgeBase
from knowledge.model.errors import (
    DamagedIndexError,
    KnowledgeError,
    StoredFileDamagedError,
    storage_errors,
)
from knowledge.model.threads import in_thread
from knowledge.storage.shared_versions import PublishedVersion, SharedVersions
from knowledge.storage.sync_notes import write_notes
from knowledge.sync.vectors import JOURNAL

LOOK_SECONDS = 2.0
"""Between two looks at what is published; a publication ends the wait."""

_LONGEST_PAUSE = 30.0

_log = structlog.get_logger(__name__)


class Follower:
    """Fetches what is published, and its notes; until all is here, the version so far is used.

    Args:
        base: Uses the index version.
        store: Says which one is published.
        shared: Fetches it.
        folder: Id of this data folder.

    Attributes:
        reason: Why the published version is not used, "" when it is.
        fetching: SHA-256 of the manifest of the version that is being fetched, or "".
    """

    def __init__(
        self, base: KnowledgeBase, store: MachineStore, shared: SharedVersions, folder: str
    ) -> None:
        self.reason = ""
        self.fetching = ""
        self._base = base
        self._store = store
        self._shared = shared
        self._folder = folder
        self._noted = ""

    async def run(self) -> None:
        """Follow until cancelled."""
        last, pause = "", LOOK_SECONDS
        while True:
            try:
                last = last or await self._store.last_publication()
                self.explain(await self._look())
                pause = LOOK_SECONDS
            except (BotError, KnowledgeError, OSError) as error:
                self.explain(str(error))
                pause = min(2 * pause, _LONGEST_PAUSE)
            last = await self._wait(last, pause)

    async def follow(self, wanted: PublishedVersion) -> None:
        """Use *wanted*, and take over the notes of the last syncs.

        Raises:
            BotError: Redis does not answer.
            KnowledgeError: it cannot be fetched.
        """
        damaged = isinstance(await self._base.fault(), DamagedIndexError)
        if damaged or not await in_thread(partial(self._shared.is_current, wanted)):
            await self._fetch(wanted, again=damaged)
        await self._take_notes()

    def explain(self, reason: str) -> None:
        """Note why the published version is not used, for operators."""
        if reason and reason != self.reason:
            _log.warning("index_not_followed", reason=reason)
        self.reason = reason

    async def _look(self) -> str:
        """Follow what is published; return why that is nothing, or ""."""
        wanted = await self._store.published()
        if wanted:
            await self.follow(wanted)
            return ""
        others = sorted(await self._store.all_published())
        if not others:
            return "nothing is published yet: run `kotae sync`"
        return (
            f"the published index was made for text analysis {others[-1]}, and this program has "
            f"{self._store.analysis}: it waits for one that fits"
        )

    async def _fetch(self, wanted: PublishedVersion, *, again: bool) -> None:
        self.fetching, started = wanted.manifest, time.monotonic()
        try:
            work = partial(self._shared.fetch, wanted, again=again)
            fetched = await in_thread(work, self._shared.stop)
        except StoredFileDamagedError as error:
            await self._store.note_damage(error.sha256)
            raise
        finally:
            self.fetching = ""
        await self._base.unusable()  # opened now, so that no question waits for it
        if not await in_thread(partial(self._shared.is_current, wanted)):
            return  # another process of this machine fetches it
        seconds = round(time.monotonic() - started, 2)
        name = wanted.index_version
        _log.info("index_followed", index_version=name, bytes=fetched, seconds=seconds)

    async def _take_notes(self) -> None:
        """Take over the notes, unless this data folder has made them."""
        digest, folder = await self._store.notes_mark()
        if not digest or digest == self._noted:
            return
        if folder != self._folder:
            text, place = await self._store.notes(), self._base.index_versions.folder
            with storage_errors(place):
                await in_thread(partial(write_notes, place / JOURNAL, text))
        self._noted = digest

    async def _wait(self, last: str, seconds: float) -> str:
        """Return after *seconds*, or at the next publication; return where publications end."""
        loop = asyncio.get_running_loop()
        end, known = loop.time() + seconds, last
        while known == last and (left := end - loop.time()) > 0:
            try:
                known = await self._store.wait_for_publication(last or "$", left)
            except BotError:
                await asyncio.sleep(min(left, LOOK_SECONDS))
        return known
