"""Makes the next index version from a plan, and publishes it.

Searches see only the publication. A failure or a kill before it changes nothing.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from knowledge.model.errors import DamagedIndexError, IndexMissingError
from knowledge.model.settings import KnowledgeSettings
from knowledge.model.source_health import SourceFailure
from knowledge.model.threads import in_thread
from knowledge.model.types import Document, Progress
from knowledge.parsing import parsers
from knowledge.search.embedder import Embedder
from knowledge.search.index import IndexEngine, IndexEntry
from knowledge.storage import store
from knowledge.storage.index_versions import (
    DENSE,
    STORE,
    FeedState,
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
from knowledge.storage.store import FileRecord, NewChunk, Store, StoreWriter
from knowledge.sync.failures import loss_of
from knowledge.sync.plan import Candidate, KnownFiles, SyncPlan, describe
from knowledge.sync.reader import DocumentReader, ReadCounts
from knowledge.sync.vectors import VectorStep, forget_unused
from knowledge.text import analysis, chunker

_NO_VECTORS = np.zeros((0, 1), np.float32)
"""For the lexical index, which has no use for any."""

LOSS = 0.2
"""Share of a source's chunks above which it is refused if a sync would lose them."""

_FEW = 2
"""So few chunks, or documents, may always be lost: a small source is not an accident."""

AT_ONCE = 64
"""Texts that a sync embeds before it publishes: a saved answer is found by its meaning at once."""


class RefusedError(Exception):
    """Sources would lose too much; nothing was published."""

    def __init__(self, failures: Sequence[SourceFailure]) -> None:
        super().__init__(", ".join(failure.reason for failure in failures))
        self.failures = failures


@dataclass(frozen=True, slots=True)
class PublishedIndex:
    """The current index version.

    Attributes:
        rebuilt: Why it must be built again, or "".
    """

    path: Path
    manifest: Manifest
    documents: KnownFiles
    rebuilt: str = ""

    @property
    def is_base(self) -> bool:
        """Whether the next version can be made from it."""
        return bool(self.manifest.contents.chunks) and not self.rebuilt


@dataclass(frozen=True, slots=True)
class IndexUpdate:
    """What to publish.

    Attributes:
        plan: The changes to make.
        feeds: Where the next changes of each source begin, once these are made.
        listed: Sources that were listed; the documents of others stay.
        guarded: Those of them that may not lose much.
        postponed: Files that are to be read later.
    """

    plan: SyncPlan
    feeds: Mapping[str, FeedState]
    listed: Collection[str]
    guarded: Collection[str] = ()
    postponed: Sequence[Candidate] = ()


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """The index version after an update, None if there is none yet, and how it was made."""

    manifest: Manifest | None
    counts: ReadCounts = field(default_factory=ReadCounts)
    embedded: int = 0


@dataclass(frozen=True, slots=True)
class IndexUpdater:
    """Updates the index; whoever calls it holds the right to publish.

    Attributes:
        index_versions: Where to publish.
        settings: The current `knowledge.toml`.
        embedder: Embeds new texts.
        engine: Keeps the indexes.
        report: Called with the progress, in the event loop's thread.
    """

    index_versions: IndexVersions
    settings: KnowledgeSettings
    embedder: Embedder
    engine: IndexEngine
    report: Callable[[Progress], None]

    def published(self, *, thorough: bool = False) -> tuple[PublishedIndex | None, str]:
        """Return the current index version, and why it must be rebuilt ("" if it need not).

        Args:
            thorough: Verify the checksums of its files, and not only their sizes.
        """
        try:
            path = self.index_versions.current()
            manifest = verify(path) if thorough else read_manifest(path)
            with reporting_damage(path), closing(Store(path / STORE)) as opened:
                documents = opened.documents()
            if manifest.contents.facts.engine == self.engine.name:
                self.engine.check(path, thorough=thorough)
        except IndexMissingError:
            return None, ""
        except DamagedIndexError:
            return None, "the index was damaged"
        rebuilt = manifest.contents.facts.difference(self._facts())
        return PublishedIndex(path, manifest, documents, rebuilt), rebuilt

    def rebuild_reason(self) -> str:
        """Return why the current index version must be rebuilt, "" if it need not."""
        try:
            manifest = read_manifest(self.index_versions.current())
        except IndexMissingError:
            return ""
        except DamagedIndexError:
            return "the index was damaged"
        return manifest.contents.facts.difference(self._facts())

    async def update(
        self, journal: SyncJournal, last: PublishedIndex | None, update: IndexUpdate
    ) -> UpdateResult:
        """Carry out *update* on a copy of *last*; publish the result if it differs.

        Raises:
            RefusedError: when sources would lose too much.
            EmbeddingError: when the embedder fails; the next sync reuses what it has embedded.
        """
        plan, base = update.plan, last if last and last.is_base else None
        known_later = any(candidate.known for candidate in update.postponed)
        if last and not last.rebuilt and plan.is_empty and not known_later:
            return UpdateResult(last.manifest)
        with (
            self.index_versions.draft(base.path if base else None) as draft,
            closing(StoreWriter(draft / STORE)) as writer,
        ):
            before = writer.sizes()
            missing = [base.documents[id_] for id_ in plan.removed] if base else []
            reader = DocumentReader(writer, self.settings.chunking.tokens, missing)
            await reader.read(plan.candidates, self.report)
            unread = [*update.postponed, *reader.counts.unread]
            changed = await in_thread(partial(_apply, plan, writer, reader.counts.moved, unread))
            if last and last.rebuilt:
                names = {source.name for source in self.settings.sources}
                keep = partial(_keep, last, update.listed, names, unread, writer)
                before = await in_thread(keep)
            elif base and not (reader.counts.is_change or changed):
                return UpdateResult(base.manifest, reader.counts)
            _check_loss(update.guarded, before, writer.sizes(), rebuilt=base is None)
            embedded = await self._embed_few(writer, journal, self._at_once(last))
            dimensions = await self._index(draft, writer, journal)
            manifest = await self._publish(draft, writer, dimensions, update.feeds)
            await in_thread(partial(forget_unused, self.index_versions, journal))
            return UpdateResult(manifest, reader.counts, embedded)

    def _facts(self) -> IndexFacts:
        """Return how an index version is built now."""
        return IndexFacts(
            embedder=self.embedder.name,
            analysis=analysis.VERSION,
            parsing=parsers.VERSION,
            chunking=chunker.VERSION,
            chunk_tokens=self.settings.chunking.tokens,
            store=store.VERSION,
            engine=self.engine.name,
        )

    def _at_once(self, last: PublishedIndex | None) -> int:
        """Return how many texts may be embedded before the publication."""
        if last is None:
            return 0
        contents, now = last.manifest.contents, self._facts()
        same = (contents.facts.embedder, contents.facts.analysis) == (now.embedder, now.analysis)
        return AT_ONCE if contents.embedded and same else 0

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
        builders = self.engine.builders()
        for number, (folder, builder) in enumerate(builders.items()):
            self.report(Progress("index", number, len(builders), folder))
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
        return VectorStep(self.index_versions, self.embedder, self.engine, self.report)

    async def _publish(
        self, draft: Path, writer: StoreWriter, dimensions: int, feeds: Mapping[str, FeedState]
    ) -> Manifest:
        chunks = writer.chunk_count()
        contents = IndexContents(
            facts=self._facts(),
            dimensions=dimensions,
            documents=writer.document_count(),
            chunks=chunks,
            lacking=chunks - len(self.engine.dense(draft)),
            feeds=feeds,
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


def _apply(
    plan: SyncPlan, writer: StoreWriter, moved: Collection[str], unread: Sequence[Candidate]
) -> bool:
    """Apply what needs no reading; return whether anything changed.

    A right that was lost is lost at once, even where the file is read later.
    """
    restricted = list(_restricted(unread))
    for document, record in (*plan.updated, *restricted):
        writer.update(document, record)
    for document_id in plan.removed:
        if document_id not in moved:
            writer.remove(document_id)
    return bool(plan.updated or plan.removed or restricted)


def _restricted(unread: Sequence[Candidate]) -> Iterator[tuple[Document, FileRecord]]:
    """Yield the documents of files that are read later, if their access has changed."""
    for candidate in unread:
        if candidate.known:
            document, record = candidate.known
            now = describe(candidate.settings, candidate.file, document.title, record.metadata)
            if now.access != document.access:
                yield replace(document, access=now.access), record


def _keep(
    last: PublishedIndex,
    listed: Collection[str],
    names: Collection[str],
    unread: Sequence[Candidate],
    writer: StoreWriter,
) -> dict[str, tuple[int, int]]:
    """Take over documents that could not be read for a rebuild, to be read at the next sync.

    Returns:
        The numbers of documents and of chunks of each source before.
    """
    waiting = {candidate.file.document_id: candidate.file.readers for candidate in unread}
    sizes: dict[str, tuple[int, int]] = {}
    with closing(Store(last.path / STORE)) as before:
        for id_, (document, record) in last.documents.items():
            documents, chunks = sizes.get(document.source, (0, 0))
            pieces = before.pieces(id_)
            sizes[document.source] = documents + 1, chunks + len(pieces)
            if document.source not in names or (document.source in listed and id_ not in waiting):
                continue
            readers = waiting.get(id_, document.access.readers)
            kept = replace(document, access=replace(document.access, readers=readers))
            writer.put(kept, FileRecord("", b"", record.metadata), pieces)
    return sizes


def _check_loss(
    guarded: Collection[str],
    before: Mapping[str, tuple[int, int]],
    after: Mapping[str, tuple[int, int]],
    *,
    rebuilt: bool,
) -> None:
    """Refuse sources that become much smaller; after a rebuild, chunks may differ."""
    unit, place = ("documents", 0) if rebuilt else ("chunks", 1)
    failures = []
    for name in guarded:
        old = before.get(name, (0, 0))[place]
        lost = old - after.get(name, (0, 0))[place]
        if lost > max(LOSS * old, _FEW):
            text = f"{lost} of {old} {unit} of source {name!r} would be lost"
            failures.append(loss_of(name, text))
    if failures:
        raise RefusedError(failures)
