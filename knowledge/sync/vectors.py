"""The vectors of what is published: embedded in batches, while syncs go on.

A sync publishes what people can search by words, and gives its lock back. This step then embeds
what has no vector yet. Each batch is in the journal before the next one begins, so that it may be
killed at any point. After each batch it looks whether something newer was published, and goes on
with what that lacks. The vectors of all are published at once, in the end.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from knowledge.model.errors import NotIndexerError, SyncRunningError, storage_errors
from knowledge.model.threads import in_thread
from knowledge.model.types import Progress
from knowledge.search.embedder import Embedder
from knowledge.search.index import DenseSearch, IndexEngine, IndexEntry
from knowledge.storage.health import HealthStore
from knowledge.storage.index_versions import DENSE, STORE, IndexVersions, read_manifest
from knowledge.storage.journal import SyncJournal
from knowledge.storage.store import NewChunk, Store

JOURNAL = "journal.sqlite"

_BATCHES = (32, 512)
"""Fewest and most texts embedded between two commits, which a killed sync pays for twice."""

_BATCH_SECONDS = 5.0
"""A batch that took less makes the next one twice as large."""

_PAUSE = 0.1
"""Seconds between two looks whether a sync that runs has ended."""

Chunks = Callable[[], Iterator[NewChunk]]
"""Yields the same chunks each time, so that not all of their texts are in memory."""


@dataclass(frozen=True, slots=True)
class VectorStep:
    """Embeds what is published without vectors, and publishes it with them.

    Attributes:
        index_versions: What is published, and where to publish.
        embedder: Embeds texts.
        engine: Writes and opens the dense index.
        report: Called with the progress, in the event loop's thread.
    """

    index_versions: IndexVersions
    embedder: Embedder
    engine: IndexEngine
    report: Callable[[Progress], None]

    async def complete(self) -> int:
        """Embed and publish all vectors that are missing; return how many texts were embedded.

        It does nothing while another process does the same, or if another embedder made the index.

        Raises:
            IndexMissingError: when nothing has been published yet.
            EmbeddingError: when the embedder fails; what it has embedded is kept.
            StorageError: when the index cannot be written.
        """
        embedded = 0
        with ExitStack() as closed:
            closed.enter_context(storage_errors(self.index_versions.folder))
            if not (self._lacks() and closed.enter_context(self.index_versions.embedding())):
                return 0
            journal = closed.enter_context(closing(_journal(self.index_versions)))
            while self._lacks():
                embedded += await self._embed_published(journal)
                await self._publish(journal)
        return embedded

    async def embed(
        self, chunks: Chunks, journal: SyncJournal, go_on: Callable[[], bool] = lambda: True
    ) -> int:
        """Embed the texts of *chunks* that the journal does not have; return their number.

        Args:
            chunks: What to embed.
            journal: Keeps the vectors.
            go_on: Asked before each batch; False ends it early.
        """
        name = self.embedder.name
        missing = await in_thread(partial(_missing, chunks, journal, name))
        total, done = len(missing), 0
        size, most = _BATCHES
        texts = ((c.text_hash, c.text) for c in chunks() if c.text_hash in missing)
        while go_on() and (batch := dict(islice(texts, size))):
            self.report(Progress("embed", done, total))
            started = time.monotonic()
            vectors = await self.embedder.embed_documents(list(batch.values()))
            await in_thread(partial(journal.add, name, list(batch), vectors))
            missing -= batch.keys()
            done += len(batch)
            if time.monotonic() - started < _BATCH_SECONDS:
                size = min(2 * size, most)
        self.report(Progress("embed", done, total))
        return done

    def index(
        self, draft: Path, journal: SyncJournal, chunks: Chunks, removed: Iterable[int]
    ) -> int:
        """Add those of *chunks* to the dense index of *draft* that have a vector.

        Returns:
            The length of the index's vectors.
        """
        name, folder = self.embedder.name, draft / DENSE
        missing = _missing(chunks, journal, name)
        known = self.engine.dense(draft) if folder.exists() else None
        length = known.dimensions if known and len(known) else self.embedder.dimensions
        hashes = [one.text_hash for one in chunks() if one.text_hash not in missing]
        vectors = journal.vectors(name, hashes, length)
        added = (one for one in chunks() if one.text_hash not in missing)
        entries = (IndexEntry(chunk.key, chunk.access, chunk.text) for chunk in added)
        self.engine.builders()[DENSE].build(folder, removed=removed, added=entries, vectors=vectors)
        return vectors.shape[1] if hashes or not known else known.dimensions

    def _lacks(self) -> bool:
        contents = read_manifest(self.index_versions.current()).contents
        facts = contents.facts
        built_with = (facts.embedder, facts.engine)
        return contents.lacking > 0 and built_with == (self.embedder.name, self.engine.name)

    async def _embed_published(self, journal: SyncJournal) -> int:
        """Embed what the published version lacks, until a newer one is published."""
        mark, folder = self.index_versions.mark(), self.index_versions.current()
        with closing(Store(folder / STORE)) as store:
            known = await in_thread(partial(self.engine.dense, folder))
            chunks = await in_thread(partial(_without_vector, store, known))
            return await self.embed(chunks, journal, lambda: self.index_versions.mark() == mark)

    async def _publish(self, journal: SyncJournal) -> None:
        """Publish the current version with its vectors, unless some are missing still."""
        with ExitStack() as closed:
            while True:
                try:
                    closed.enter_context(self.index_versions.lock())
                    break
                except NotIndexerError:
                    raise
                except SyncRunningError:  # it may publish what has no vector yet
                    await asyncio.sleep(_PAUSE)
            await in_thread(partial(self._publish_locked, journal))

    def _publish_locked(self, journal: SyncJournal) -> None:
        folder, name = self.index_versions.current(), self.embedder.name
        with (
            self.index_versions.draft(folder) as draft,
            closing(Store(draft / STORE)) as store,
        ):
            chunks = _without_vector(store, self.engine.dense(draft))
            if not self._lacks() or _missing(chunks, journal, name):
                return
            length = self.index(draft, journal, chunks, ())
            contents = read_manifest(folder).contents
            complete = {"dimensions": length, "lacking": 0}
            self.index_versions.publish(draft, contents.model_copy(update=complete))
        forget_unused(self.index_versions, journal)


def forget_unused(index_versions: IndexVersions, journal: SyncJournal) -> None:
    """Forget vectors of texts that are gone; texts that are still to come need what is there.

    They come while chunks have no vector, and while a source was never listed: it may be another
    one under a new name.
    """
    path = index_versions.current()
    contents = read_manifest(path).contents
    with closing(HealthStore(index_versions.folder / JOURNAL)) as health:
        if contents.lacking or health.unlisted():
            return
    with closing(Store(path / STORE)) as store:
        journal.prune(contents.facts.embedder, store.text_hashes(), contents.chunks)


def _journal(index_versions: IndexVersions) -> SyncJournal:
    return SyncJournal(index_versions.folder / JOURNAL)


def _without_vector(store: Store, dense: DenseSearch) -> Chunks:
    known = dense.keys()
    return lambda: (chunk for chunk in store.entries() if chunk.key not in known)


def _missing(chunks: Chunks, journal: SyncJournal, embedder: str) -> set[bytes]:
    return journal.missing(embedder, (chunk.text_hash for chunk in chunks()))
