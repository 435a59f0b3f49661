"""The sync: lists sources, reads what changed, and publishes the result.

What is on this machine is published at once. Each source elsewhere is published by itself, so that
a slow or broken one holds up nobody: it is listed and fetched while others publish. A folder that
is mounted from another machine is such a source, too.

Embedding can take hours, and the right to publish is not held that long: many new texts are
published to be found by their words, and the vectors follow (see `vectors`).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from operator import attrgetter

from knowledge.model.errors import storage_errors
from knowledge.model.settings import KnowledgeSettings
from knowledge.model.source_settings import FolderSettings, SourceSettings
from knowledge.model.threads import in_thread
from knowledge.model.types import Progress, SyncReport
from knowledge.search.embedder import Embedder
from knowledge.search.index import IndexEngine
from knowledge.storage.health import HealthStore
from knowledge.storage.index_versions import IndexVersions
from knowledge.storage.journal import SyncJournal
from knowledge.sync.joint_sync import JointSync, SyncOptions, SyncOutcome
from knowledge.sync.mounts import is_on_network
from knowledge.sync.private_folder import remove_abandoned
from knowledge.sync.source import Source
from knowledge.sync.update import IndexUpdater
from knowledge.sync.vectors import JOURNAL

SOURCES_AT_ONCE = 4
"""Sources that are listed and fetched at the same time."""


@dataclass(frozen=True, slots=True)
class Sync:
    """One sync of the knowledge base; `VectorStep` adds the vectors that it leaves out.

    Attributes:
        index_versions: Where to publish.
        settings: The current `knowledge.toml`.
        open_source: Opens a source from its settings.
        embedder: Embeds new texts.
        engine: Keeps the indexes.
        report: Called with the progress, in the event loop's thread.
    """

    index_versions: IndexVersions
    settings: KnowledgeSettings
    open_source: Callable[[SourceSettings], Source]
    embedder: Embedder
    engine: IndexEngine
    report: Callable[[Progress], None]

    async def sync(
        self,
        only: Collection[str] = (),
        options: SyncOptions = SyncOptions(),  # noqa: B008 - frozen
    ) -> SyncReport:
        """Bring the index up to date and publish it if anything changed.

        A source that fails is in the report, and stays alone: the others are published.

        Args:
            only: Names of the sources to sync, empty for all. A rebuild always reads all.
            options: How to sync.

        Raises:
            KnowledgeConfigError: when *only* names an unknown source.
            SyncRunningError: when another sync is running.
            EmbeddingError: when the embedder fails; the next sync reuses what it has embedded.
            StorageError: when the index cannot be written.
        """
        self.settings.check_names(only)
        started = time.monotonic()
        await in_thread(remove_abandoned)  # also of a source that is in the settings no more
        with storage_errors(self.index_versions.folder):
            chosen = await self._chosen(only, options)
            whole = options.whole or not only or len(chosen) == len(self.settings.sources)
            options = replace(options, whole=whole)
            here = [source for source in chosen if _is_here(source)]
            elsewhere = [source for source in chosen if not _is_here(source)]
            outcomes = []
            if here or options.whole:
                async with self._joint_sync(here, options) as joint:
                    outcomes.append(await joint.sync_here())
            outcomes += await self._sync_elsewhere(elsewhere, replace(options, whole=False))
        return _report(outcomes, time.monotonic() - started)

    async def _chosen(self, only: Collection[str], options: SyncOptions) -> list[SourceSettings]:
        """Return the settings of the sources to sync."""
        every = list[SourceSettings](self.settings.sources)
        if only or options.whole:
            rebuilt = await in_thread(self._updater.rebuild_reason)
            every = every if rebuilt else [source for source in every if source.name in only]
        return every

    async def _sync_elsewhere(
        self, sources: Sequence[SourceSettings], options: SyncOptions
    ) -> list[SyncOutcome]:
        """Sync each of *sources*; raise what one raises only when all are done."""
        places = asyncio.Semaphore(SOURCES_AT_ONCE)

        async def sync(source: SourceSettings) -> SyncOutcome:
            async with places, self._joint_sync([source], options) as joint:
                return await joint.sync_elsewhere()

        done = await asyncio.gather(*map(sync, sources), return_exceptions=True)
        for outcome in done:
            if isinstance(outcome, BaseException):
                raise outcome
        return [outcome for outcome in done if isinstance(outcome, SyncOutcome)]

    @asynccontextmanager
    async def _joint_sync(
        self, sources: Sequence[SourceSettings], options: SyncOptions
    ) -> AsyncIterator[JointSync]:
        folder = self.index_versions.folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # documents may be confidential
        with (
            closing(SyncJournal(folder / JOURNAL)) as journal,
            closing(HealthStore(folder / JOURNAL)) as health,
        ):
            health.expect([source.name for source in self.settings.sources])
            yield JointSync(self._updater, sources, self.open_source, options, journal, health)

    @property
    def _updater(self) -> IndexUpdater:
        return IndexUpdater(
            self.index_versions, self.settings, self.embedder, self.engine, self.report
        )


def _is_here(source: SourceSettings) -> bool:
    """Tell whether a source is on this machine, so that nobody waits long while it is read."""
    if isinstance(source, FolderSettings) and is_on_network(source):
        return False
    return source.is_here


def _report(outcomes: Sequence[SyncOutcome], seconds: float) -> SyncReport:
    manifests = [outcome.manifest for outcome in outcomes if outcome.manifest]
    last = max(manifests, key=attrgetter("index_version"), default=None)
    plans = [plan for outcome in outcomes for plan in outcome.plans]
    first = [outcome.plans[0] for outcome in outcomes if outcome.plans]
    counts = [one for outcome in outcomes for one in outcome.counts]
    moved = sum(len(one.moved) for one in counts)
    by_id = attrgetter("document_id")
    return SyncReport(
        index_version=last.index_version if last else "",
        documents_total=last.contents.documents if last else 0,
        chunks_total=last.contents.chunks if last else 0,
        added=sum(one.added for one in counts),
        changed=sum(one.changed for one in counts) + sum(len(plan.updated) for plan in plans),
        removed=sum(one.removed for one in counts)
        + sum(len(plan.removed) for plan in plans)
        - moved,
        moved=moved,
        unchanged=sum(one.unchanged for one in counts) + sum(plan.unchanged for plan in first),
        embedded_chunks=sum(outcome.embedded for outcome in outcomes),
        lacking_chunks=last.contents.lacking if last else 0,
        problems=tuple(sorted({p: "" for one in outcomes for p in one.problems}, key=by_id)),
        passed_over=tuple(sorted((f for one in outcomes for f in one.passed_over), key=by_id)),
        seconds=seconds,
        rebuilt=next((outcome.rebuilt for outcome in outcomes if outcome.rebuilt), ""),
        failures=tuple(failure for outcome in outcomes for failure in outcome.failures),
    )
