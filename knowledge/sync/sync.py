"""How documents become searchable: what changed is read, cut, embedded, indexed, published.

Only the last step can be seen by searchers; whatever fails or dies before it changes nothing.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from knowledge.model.errors import (
    DamagedIndexError,
    IndexMissingError,
    KnowledgeConfigError,
    SyncRefusedError,
    writing,
)
from knowledge.model.settings import KnowledgeSettings, SourceSettings
from knowledge.model.threads import in_thread
from knowledge.model.types import Progress, SyncReport
from knowledge.parsing import parsers
from knowledge.search.embedder import Embedder
from knowledge.search.index import IndexBuilder, IndexEntry
from knowledge.storage.index_versions import (
    STORE,
    IndexContents,
    IndexFacts,
    IndexVersions,
    Manifest,
    PublishStep,
    blaming_files,
    read_manifest,
    verify,
)
from knowledge.storage.journal import SyncJournal
from knowledge.storage.store import Store, StoreWriter
from knowledge.sync.plan import KnownFiles, SyncPlan, make_plan
from knowledge.sync.reader import DocumentReader, ReadCounts
from knowledge.sync.source import Source
from knowledge.text import analysis, chunker

JOURNAL = "journal.sqlite"

LOSS = 0.2
"""Share of the chunks above which a loss is taken for an accident."""

_BATCH = 512
"""Texts embedded between two commits: what a killed sync may pay for twice."""


class _Last(NamedTuple):
    """The generation in use."""

    path: Path
    manifest: Manifest
    documents: KnownFiles


@dataclass(frozen=True, slots=True)
class _Made:
    """The generation that a sync ends with, and what it took to make it."""

    manifest: Manifest
    tally: ReadCounts = field(default_factory=ReadCounts)
    embedded: int = 0


@dataclass(frozen=True, slots=True)
class Sync:
    """A sync, with everything it works on.

    Attributes:
        index_versions: Where to publish.
        settings: `knowledge.toml` as it is now.
        open_source: Makes the source of its settings.
        embedder: Embeds new texts.
        builders: Index builders, by the folder of a generation that each writes.
        report: Told about progress, in the event loop's thread.
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
        """Bring the index up to date, and publish it if anything changed.

        Args:
            only: Names of the sources to sync; empty for all. A rebuild reads all of them.
            force: Publish even if much is lost, and read again what failed the last time.
            accept_loss: Publish even if much is lost, of whoever has just taken it away.

        Raises:
            KnowledgeConfigError: when *only* names no source.
            SyncRunningError: when another sync is at work.
            SyncRefusedError: when the result looks like an accident.
            EmbeddingError: when the embedder fails; what it did so far is kept for the next sync.
            StorageError: when the index cannot be written.
        """
        self._check_names(only)
        journal_path = self.index_versions.folder / JOURNAL
        with (
            writing(self.index_versions.folder),
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
                made = _Made(last.manifest)
            else:
                made = await self._make(journal, plan, base, None if accept_loss else last)
            journal.replace_problems(only, plan.problems | made.tally.problems)
            return _report(plan, made, rebuilt, time.monotonic() - started)

    def _names(self) -> list[str]:
        return [source.name for source in self.settings.sources]

    def _check_names(self, only: Collection[str]) -> None:
        unknown = sorted(set(only) - set(self._names()))
        if unknown:
            raise KnowledgeConfigError(
                f"there is no source {unknown[0]!r}: there are {', '.join(self._names())}"
            )

    def _last(self, *, force: bool) -> tuple[_Last | None, str]:
        """Return the generation in use, and why it cannot be continued ("" if it can).

        Args:
            force: Look at every byte, and not only at the sizes of its files.
        """
        try:
            path = self.index_versions.current()
            manifest = verify(path) if force else read_manifest(path)
            with blaming_files(path), closing(Store(path / STORE)) as store:
                last = _Last(path, manifest, store.documents())
        except IndexMissingError:
            return None, ""
        except DamagedIndexError:
            return None, "the index was damaged"
        return last, manifest.contents.facts.difference(self._facts())

    def _facts(self) -> IndexFacts:
        """Return what a generation made now is made with."""
        return IndexFacts(
            embedder=self.embedder.name,
            analysis=analysis.VERSION,
            parsing=parsers.VERSION,
            chunking=chunker.VERSION,
            chunk_tokens=self.settings.chunking.tokens,
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
        if not only:  # sources that were taken out of the settings
            names = self._names()
            plan.removed += [
                id_ for id_, (document, _) in known.items() if document.source not in names
            ]
        return plan

    async def _make(
        self, journal: SyncJournal, plan: SyncPlan, base: _Last | None, floor: _Last | None
    ) -> _Made:
        """Carry out *plan* on a copy of *base* and publish it, unless nothing really changed.

        Args:
            journal: Gives and keeps embeddings.
            plan: What to do.
            base: What to continue; None builds from nothing.
            floor: What the result must not fall far behind; None accepts any loss.
        """
        with (
            self.index_versions.draft(base.path if base else None) as draft,
            closing(StoreWriter(draft / STORE)) as writer,
        ):
            missing = [base.documents[id_] for id_ in plan.removed] if base else []
            intake = DocumentReader(writer, self.settings.chunking.tokens, missing)
            await intake.read(plan.candidates, self.report)
            await in_thread(partial(_apply, plan, writer, intake.tally.moved))
            if base and not (intake.tally.is_change or plan.updated or plan.removed):
                return _Made(base.manifest, intake.tally)
            if floor:
                _check_loss(floor.manifest.contents, writer, rebuilt=base is None)
            embedded = await self._embed(writer, journal)
            dimensions = await self._index(draft, writer, journal, base)
            manifest = await self._publish(draft, writer, dimensions)
            hashes, chunks = writer.text_hashes(), manifest.contents.chunks
            await in_thread(partial(journal.prune, self.embedder.name, hashes, chunks))
            return _Made(manifest, intake.tally, embedded)

    async def _embed(self, writer: StoreWriter, journal: SyncJournal) -> int:
        """Embed the new texts that no sync has embedded before; return how many."""
        name = self.embedder.name
        hashes = [chunk.text_hash for chunk in writer.new_chunks()]
        missing = await in_thread(partial(journal.missing, name, hashes))
        total, done = len(missing), 0
        chunks = (chunk for chunk in writer.new_chunks() if chunk.text_hash in missing)
        while batch := dict(islice(((c.text_hash, c.text) for c in chunks), _BATCH)):
            self.report(Progress("embed", done, total))
            vectors = await self.embedder.embed_documents(list(batch.values()))
            await in_thread(partial(journal.add, name, list(batch), vectors))
            missing -= batch.keys()
            done += len(batch)
        self.report(Progress("embed", total, total))
        return total

    async def _index(
        self, draft: Path, writer: StoreWriter, journal: SyncJournal, base: _Last | None
    ) -> int:
        """Bring the indexes in *draft* up to date; return the length of a vector."""
        hashes = [chunk.text_hash for chunk in writer.new_chunks()]
        length = base.manifest.contents.dimensions if base else self.embedder.dimensions
        name = self.embedder.name
        vectors = journal.vectors(name, hashes, length)
        for number, (folder, builder) in enumerate(self.builders.items()):
            self.report(Progress("index", number, len(self.builders), folder))
            new = (IndexEntry(chunk.key, chunk.access, chunk.text) for chunk in writer.new_chunks())
            build = partial(builder.build, draft / folder, removed=writer.removed)
            await in_thread(partial(build, added=new, vectors=vectors))
        return vectors.shape[1]

    async def _publish(self, draft: Path, writer: StoreWriter, dimensions: int) -> Manifest:
        contents = IndexContents(
            facts=self._facts(),
            dimensions=dimensions,
            documents=writer.document_count(),
            chunks=writer.chunk_count(),
        )
        writer.finish()
        steps = len(PublishStep)
        loop = asyncio.get_running_loop()

        def report(step: PublishStep) -> None:
            progress = Progress("publish", step, steps, step.name.lower())
            loop.call_soon_threadsafe(self.report, progress)

        return await in_thread(partial(self.index_versions.publish, draft, contents, report))


def _apply(plan: SyncPlan, writer: StoreWriter, moved: Collection[str]) -> None:
    for document, record in plan.updated:
        writer.update(document, record)
    for document_id in plan.removed:
        if document_id not in moved:
            writer.remove(document_id)


def _check_loss(before: IndexContents, writer: StoreWriter, *, rebuilt: bool) -> None:
    """Refuse a result that is much smaller; a rebuild may cut otherwise, so documents count."""
    old, new, unit = before.chunks, writer.chunk_count(), "chunks"
    if rebuilt:
        old, new, unit = before.documents, writer.document_count(), "documents"
    if new < (1 - LOSS) * old:
        raise SyncRefusedError(
            f"{old - new} of {old} {unit} would be lost: if that is right, sync with --force"
        )


def _report(plan: SyncPlan, made: _Made, rebuilt: str, seconds: float) -> SyncReport:
    tally, contents = made.tally, made.manifest.contents
    return SyncReport(
        index_version=made.manifest.index_version,
        documents_total=contents.documents,
        chunks_total=contents.chunks,
        added=tally.added,
        changed=tally.changed + len(plan.updated),
        removed=tally.removed + len(plan.removed) - len(tally.moved),
        moved=len(tally.moved),
        unchanged=tally.unchanged + plan.unchanged,
        embedded_chunks=made.embedded,
        problems=tuple(sorted(plan.problems | tally.problems, key=attrgetter("document_id"))),
        seconds=seconds,
        rebuilt=rebuilt,
    )
