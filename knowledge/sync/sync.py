"""The sync: reads, chunks, embeds and indexes changed documents, then publishes the result.

Searches see only the publication. A failure or a kill before it changes nothing.

Embedding can take hours, and the lock is not held that long: many new texts are published to be
found by their words, and the vectors follow (see `vectors`).
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from knowledge.model.errors import (
    DamagedIndexError,
    IndexMissingError,
    SyncRefusedError,
    storage_errors,
)
from knowledge.model.settings import KnowledgeSettings
from knowledge.model.source_settings import SourceSettings
from knowledge.model.threads import in_thread
from knowledge.model.types import Progress, SyncReport
from knowledge.parsing import parsers
from knowledge.search.embedder import Embedder
from knowledge.search.index import IndexBuilder, IndexEntry
from knowledge.storage import store
from knowledge.storage.index_versions import (
    DENSE,
    STORE,
    IndexContents,
    IndexFacts,
    IndexVersions,
    Manifest,
    PublishStep,
    read_manifest,
    reporting_damage,
    verify,
)
from knowledge.storage.journal import SyncJournal
from knowledge.storage.store import NewChunk, Store, StoreWriter
from knowledge.sync.plan import KnownFiles, SyncPlan, make_plan
from knowledge.sync.reader import DocumentReader, ReadCounts
from knowledge.sync.source import Source
from knowledge.sync.vectors import JOURNAL, VectorStep, lacking
from knowledge.text import analysis, chunker

_NO_VECTORS = np.zeros((0, 1), np.float32)
"""For the lexical index, which has no use for any."""

LOSS = 0.2
"""Share of lost chunks above which a sync refuses to publish."""

AT_ONCE = 64
"""Texts that a sync embeds before it publishes: a saved answer is found by its meaning at once."""


class _Last(NamedTuple):
    """The current index version."""

    path: Path
    manifest: Manifest
    documents: KnownFiles


@dataclass(frozen=True, slots=True)
class _Result:
    """The index version after a sync, and how it was made."""

    manifest: Manifest
    counts: ReadCounts = field(default_factory=ReadCounts)
    embedded: int = 0


@dataclass(frozen=True, slots=True)
class Sync:
    """One sync of the knowledge base; `VectorStep` adds the vectors that it leaves out.

    Attributes:
        index_versions: Where to publish.
        settings: The current `knowledge.toml`.
        open_source: Opens a source from its settings.
        embedder: Embeds new texts.
        builders: Index builders, by the folder of an index version that each writes.
        report: Called with the progress, in the event loop's thread.
    """

    index_versions: IndexVersions
    settings: KnowledgeSettings
    open_source: Callable[[SourceSettings], Source]
    embedder: Embedder
    builders: Mapping[str, IndexBuilder]
    report: Callable[[Progress], None]

    async def sync(
        self, only: Collection[str] = (), *, force: bool = False, accept_loss: bool = False
    ) -> SyncReport:
        """Bring the index up to date and publish it if anything changed.

        Args:
            only: Names of the sources to sync, empty for all. A rebuild always reads all.
            force: Publish even if many chunks are lost, and retry files that failed last time.
            accept_loss: Publish even if many chunks are lost; for callers that removed them.

        Raises:
            KnowledgeConfigError: when *only* names an unknown source.
            SyncRunningError: when another sync is running.
            SyncRefusedError: when the result looks like an accident.
            EmbeddingError: when the embedder fails; the next sync reuses what it has embedded.
            StorageError: when the index cannot be written.
        """
        self.settings.check_names(only)
        journal_path = self.index_versions.folder / JOURNAL
        with (
            storage_errors(self.index_versions.folder),
            self.index_versions.lock(),
            closing(SyncJournal(journal_path)) as journal,
        ):
            started = time.monotonic()
            last, rebuilt = await in_thread(partial(self._last, force=force))
            only = () if rebuilt else only
            self.report(Progress("list"))
            base = last if last and last.manifest.contents.chunks and not rebuilt else None
            failed = {} if force or rebuilt else journal.problems()
            accept_loss = force or accept_loss
            plan = await in_thread(partial(self._plan, base, only, failed, accept_loss=accept_loss))
            if last and not rebuilt and plan.is_empty:
                result = _Result(last.manifest)
            else:
                floor = None if accept_loss else last
                at_once = AT_ONCE if last and self._is_semantic(last) else 0
                result = await self._make(journal, plan, base, floor, at_once)
            journal.replace_problems(only, plan.problems | result.counts.problems)
            journal.replace_passed_over(only, plan.passed_over)
            return _report(plan, result, rebuilt, time.monotonic() - started)

    def _last(self, *, force: bool) -> tuple[_Last | None, str]:
        """Return the current index version, and why it must be rebuilt ("" if it need not).

        Args:
            force: Verify the checksums of its files, and not only their sizes.
        """
        try:
            path = self.index_versions.current()
            manifest = verify(path) if force else read_manifest(path)
            with reporting_damage(path), closing(Store(path / STORE)) as opened:
                last = _Last(path, manifest, opened.documents())
        except IndexMissingError:
            return None, ""
        except DamagedIndexError:
            return None, "the index was damaged"
        return last, manifest.contents.facts.difference(self._facts())

    def _is_semantic(self, last: _Last) -> bool:
        """Tell whether *last* is searched by the meaning that the embedder knows."""
        contents, now = last.manifest.contents, self._facts()
        same = (contents.facts.embedder, contents.facts.analysis) == (now.embedder, now.analysis)
        return contents.embedded and same

    def _facts(self) -> IndexFacts:
        """Return how an index version is built now."""
        return IndexFacts(
            embedder=self.embedder.name,
            analysis=analysis.VERSION,
            parsing=parsers.VERSION,
            chunking=chunker.VERSION,
            chunk_tokens=self.settings.chunking.tokens,
            store=store.VERSION,
        )

    def _plan(
        self,
        base: _Last | None,
        only: Collection[str],
        failed: Mapping[str, tuple[str, str]],
        *,
        accept_loss: bool,
    ) -> SyncPlan:
        chosen = [source for source in self.settings.sources if not only or source.name in only]
        sources = [(settings, self.open_source(settings)) for settings in chosen]
        known = base.documents if base else {}
        plan = make_plan(sources, known, failed, accept_loss=accept_loss)
        if not only:  # remove the documents of sources that the settings no longer have
            names = [source.name for source in self.settings.sources]
            plan.removed += [
                id_ for id_, (document, _) in known.items() if document.source not in names
            ]
        return plan

    async def _make(
        self,
        journal: SyncJournal,
        plan: SyncPlan,
        base: _Last | None,
        floor: _Last | None,
        at_once: int,
    ) -> _Result:
        """Carry out *plan* on a copy of *base*; publish the result if it differs.

        Args:
            journal: Stores embeddings.
            plan: The changes to make.
            base: The version to update; None builds from scratch.
            floor: The version whose size the result must nearly reach; None accepts any loss.
            at_once: Texts that may be embedded before the publication.
        """
        with (
            self.index_versions.draft(base.path if base else None) as draft,
            closing(StoreWriter(draft / STORE)) as writer,
        ):
            missing = [base.documents[id_] for id_ in plan.removed] if base else []
            reader = DocumentReader(writer, self.settings.chunking.tokens, missing)
            await reader.read(plan.candidates, self.report)
            await in_thread(partial(_apply, plan, writer, reader.counts.moved))
            if base and not (reader.counts.is_change or plan.updated or plan.removed):
                return _Result(base.manifest, reader.counts)
            if floor:
                _check_loss(floor.manifest.contents, writer, rebuilt=base is None)
            embedded = await self._embed_few(writer, journal, at_once)
            dimensions = await self._index(draft, writer, journal)
            manifest = await self._publish(draft, writer, dimensions)
            await in_thread(partial(_prune, journal, writer, manifest))
            return _Result(manifest, reader.counts, embedded)

    async def _embed_few(self, writer: StoreWriter, journal: SyncJournal, at_once: int) -> int:
        """Embed the new chunks if they are few; return how many texts were embedded.

        More would keep people waiting, and `VectorStep` embeds them. Vectors that know no meaning
        cost nothing.
        """
        if self.embedder.semantic:
            hashes = [chunk.text_hash for chunk in writer.new_chunks()]
            missing = await in_thread(partial(journal.missing, self.embedder.name, hashes))
            if len(missing) > at_once:
                return 0
        return await self._vectors.embed(writer.new_chunks, journal)

    async def _index(self, draft: Path, writer: StoreWriter, journal: SyncJournal) -> int:
        """Update the indexes in *draft*; return the length of the vectors in the dense one."""
        dimensions = 1
        for number, (folder, builder) in enumerate(self.builders.items()):
            self.report(Progress("index", number, len(self.builders), folder))
            if folder == DENSE:
                add = partial(self._vectors.index, draft, journal, writer.new_chunks)
                dimensions = await in_thread(partial(add, writer.removed))
            else:
                build = partial(builder.build, draft / folder, removed=writer.removed)
                new = _entries(writer.new_chunks())
                await in_thread(partial(build, added=new, vectors=_NO_VECTORS))
        return dimensions

    @property
    def _vectors(self) -> VectorStep:
        builder = self.builders[DENSE]
        return VectorStep(self.index_versions, self.embedder, builder, self.report)

    async def _publish(self, draft: Path, writer: StoreWriter, dimensions: int) -> Manifest:
        chunks = writer.chunk_count()
        contents = IndexContents(
            facts=self._facts(),
            dimensions=dimensions,
            documents=writer.document_count(),
            chunks=chunks,
            lacking=lacking(draft, chunks),
        )
        writer.finish()
        steps = len(PublishStep)
        loop = asyncio.get_running_loop()

        def report(step: PublishStep) -> None:
            progress = Progress("publish", step, steps, step.name.lower())
            loop.call_soon_threadsafe(self.report, progress)

        return await in_thread(partial(self.index_versions.publish, draft, contents, report))


def _entries(chunks: Iterator[NewChunk]) -> Iterator[IndexEntry]:
    return (IndexEntry(chunk.key, chunk.access, chunk.text) for chunk in chunks)


def _prune(journal: SyncJournal, writer: StoreWriter, manifest: Manifest) -> None:
    """Forget vectors of texts that are gone; those that are still to come need what is there."""
    contents = manifest.contents
    if not contents.lacking:
        journal.prune(contents.facts.embedder, writer.text_hashes(), contents.chunks)


def _apply(plan: SyncPlan, writer: StoreWriter, moved: Collection[str]) -> None:
    for document, record in plan.updated:
        writer.update(document, record)
    for document_id in plan.removed:
        if document_id not in moved:
            writer.remove(document_id)


def _check_loss(before: IndexContents, writer: StoreWriter, *, rebuilt: bool) -> None:
    """Refuse a much smaller result; after a rebuild compare documents, since chunks may differ."""
    old, new, unit = before.chunks, writer.chunk_count(), "chunks"
    if rebuilt:
        old, new, unit = before.documents, writer.document_count(), "documents"
    if new < (1 - LOSS) * old:
        raise SyncRefusedError(
            f"{old - new} of {old} {unit} would be lost: if this is intended, sync with --force"
        )


def _report(plan: SyncPlan, result: _Result, rebuilt: str, seconds: float) -> SyncReport:
    counts, contents = result.counts, result.manifest.contents
    return SyncReport(
        index_version=result.manifest.index_version,
        documents_total=contents.documents,
        chunks_total=contents.chunks,
        added=counts.added,
        changed=counts.changed + len(plan.updated),
        removed=counts.removed + len(plan.removed) - len(counts.moved),
        moved=len(counts.moved),
        unchanged=counts.unchanged + plan.unchanged,
        embedded_chunks=result.embedded,
        lacking_chunks=contents.lacking,
        problems=tuple(sorted(plan.problems | counts.problems, key=attrgetter("document_id"))),
        passed_over=tuple(sorted(plan.passed_over, key=attrgetter("document_id"))),
        seconds=seconds,
        rebuilt=rebuilt,
    )
