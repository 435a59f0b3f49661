"""The knowledge base: what the bot asks, and what an operator keeps up to date."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.model.errors import (
    DamagedIndexError,
    EmbeddingError,
    IndexMissingError,
    KnowledgeConfigError,
)
from knowledge.model.findings import CheckReport
from knowledge.model.settings import ExpertSettings, KnowledgeSettings, SourceSettings
from knowledge.model.threads import in_thread
from knowledge.model.types import (
    KnowledgeStatus,
    Passage,
    Principal,
    Problem,
    Progress,
    SourceStatus,
    SyncReport,
    Vector,
)
from knowledge.search.embedder import Embedder
from knowledge.search.index import IndexBuilder
from knowledge.storage.index_versions import (
    STORE,
    IndexContents,
    IndexVersions,
    blaming_files,
    read_manifest,
)
from knowledge.storage.journal import SyncJournal
from knowledge.storage.store import Store
from knowledge.sync.source import Source
from knowledge.sync.sync import JOURNAL, Sync

if TYPE_CHECKING:
    from knowledge.quality.tuner import TuningReport
    from knowledge.search.opened_index import OpenedIndex

log = logging.getLogger(__name__)

_WHOLE = 100_000
"""More passages than a document has."""


@dataclass(frozen=True, slots=True)
class KnowledgeParts:
    """The implementations to use, each made when it is first needed.

    Attributes:
        settings: Reads `knowledge.toml` as it is now.
        embedder: Opens the embedder.
        source: Opens a source.
        builders: Makes the index builders, by the folder of a generation that each writes.
    """

    settings: Callable[[], KnowledgeSettings]
    embedder: Callable[[], Embedder]
    source: Callable[[SourceSettings], Source]
    builders: Callable[[], Mapping[str, IndexBuilder]]


class KnowledgeBase:
    """Searches the published generation, whoever published it, and makes new ones."""

    def __init__(self, index_versions: IndexVersions, parts: KnowledgeParts) -> None:
        self._index_versions = index_versions
        self._parts = parts
        self._opening = threading.Lock()
        self._opened: tuple[object, OpenedIndex] | None = None
        self._groups: tuple[Path | None, frozenset[str]] = (None, frozenset())

    async def search(
        self, query: str, reader: Principal, limit: int = 8, *, sources: Collection[str] = ()
    ) -> list[Passage]:
        """Return the *limit* best passages that *reader* may see, best first.

        When the embedding endpoint is down, the search is lexical only.

        Args:
            query: A question or keywords, in Japanese, English or both.
            reader: Who will read what is found.
            limit: Most passages; fewer only if fewer are permitted.
            sources: Names of the sources to search; empty for all.

        Raises:
            IndexMissingError: when nothing was published yet.
            DamagedIndexError: when the index is not as it was published.
        """
        index_version = await asyncio.to_thread(self._index_version)
        vector = await self._query_vector(query, index_version.manifest.contents)

        def search() -> list[Passage]:
            with blaming_files(index_version.folder):
                return index_version.search(query, vector, reader, limit, sources)

        return await asyncio.to_thread(search)

    async def read(
        self, document_id: str, reader: Principal, start: int = 0, limit: int = 6
    ) -> list[Passage]:
        """Return consecutive passages of a document, from ordinal *start* on.

        Raises:
            KnowledgeError: when *reader* may not see such a document, or there is none: which of
                the two, the text does not tell.
            IndexMissingError: when nothing was published yet.
        """
        index_version = await asyncio.to_thread(self._index_version)
        return await asyncio.to_thread(index_version.read, document_id, reader, start, limit)

    async def passages(self, reader: Principal) -> AsyncIterator[Passage]:
        """Yield everything that *reader* may see, document by document, in order.

        Raises:
            IndexMissingError: when nothing was published yet.
        """
        index_version = await asyncio.to_thread(self._index_version)
        documents = await asyncio.to_thread(index_version.store.documents)
        for id_, (document, _) in sorted(documents.items()):
            if document.access.permits(reader):
                for passage in await self.read(id_, reader, 0, _WHOLE):
                    yield passage

    async def sync(
        self,
        sources: Collection[str] = (),
        *,
        force: bool = False,
        accept_loss: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> SyncReport:
        """Bring the index up to date with the sources; see `Sync.sync` for what it raises.

        Args:
            sources: Names of the sources to sync; the others stay as they are. Empty for all.
            force: Publish even if much is lost, and read again what failed the last time.
            accept_loss: Publish even if much is lost: the caller has just taken it away.
            progress: Told how far it is.
        """
        ingestion = Sync(
            index_versions=self._index_versions,
            settings=self._parts.settings(),
            open_source=self._parts.source,
            embedder=self._embedder,
            builders=self._parts.builders(),
            report=progress or (lambda _: None),
        )
        return await ingestion.sync(sources, force=force, accept_loss=accept_loss)

    async def open(self) -> str:
        """Open the published generation, so that searching it is quick, and return its name.

        Raises:
            IndexMissingError: when nothing was published yet.
        """
        return (await asyncio.to_thread(self._index_version)).manifest.index_version

    async def check(self, progress: Callable[[Progress], None] | None = None) -> CheckReport:
        """Look for what a person should mend in the documents of the published generation.

        Args:
            progress: Told how far it is.

        Raises:
            IndexMissingError: when nothing was published yet.
        """
        from knowledge.quality.checker import check_index_version

        loop = asyncio.get_running_loop()

        def report(step: Progress) -> None:
            if progress:
                loop.call_soon_threadsafe(progress, step)

        folder = self._index_versions.current()
        settings = self._parts.settings()
        look = partial(check_index_version, folder, settings, self._problems(), report)
        with blaming_files(folder):
            return await in_thread(look)

    async def tune(
        self, file: Path, progress: Callable[[Progress], None] | None = None
    ) -> "TuningReport":
        """Find the dense weight that ranks the questions of *file* best.

        Args:
            file: Questions in the format of SQuAD (its passages are searched), or evaluation
                cases (the published generation is searched).
            progress: Told how far it is.

        Raises:
            KnowledgeError: when the file cannot be used.
            EmbeddingError: when the embedder fails.
            IndexMissingError: when cases are given and nothing was published yet.
        """
        from knowledge.quality.question_files import read_questions
        from knowledge.quality.tuner import Tuning

        questions = await asyncio.to_thread(read_questions, file)
        report = progress or (lambda _: None)
        tuning = Tuning(self._embedder, self._parts.builders(), self._dense_weight, report)
        if questions.passages:
            return await tuning.over_passages(questions)
        return await tuning.over_index_version(questions, self._index_versions.current())

    def status(self) -> KnowledgeStatus:
        """Return what is published, by source, and what the last sync could not use."""
        settings = self._parts.settings()
        try:
            folder = self._index_versions.current()
        except IndexMissingError:
            listed = tuple(_source_status(source, None) for source in settings.sources)
            return KnowledgeStatus(sources=listed, problems=self._problems())
        manifest = read_manifest(folder)
        with blaming_files(folder), closing(Store(folder / STORE)) as store:
            listed = tuple(_source_status(source, store) for source in settings.sources)
        return KnowledgeStatus(
            index_version=manifest.index_version,
            created_at=manifest.created_at,
            embedder=manifest.contents.facts.embedder,
            documents=manifest.contents.documents,
            chunks=manifest.contents.chunks,
            sources=listed,
            problems=self._problems(),
        )

    @property
    def index_version(self) -> str:
        """Name of the published generation, "" when there is none yet."""
        try:
            return self._index_versions.current().name
        except (IndexMissingError, DamagedIndexError):
            return ""

    @property
    def policy(self) -> str:
        """How the published generation was made and is searched, "" when there is none yet.

        It stays as it is when documents change.
        """
        try:
            manifest = read_manifest(self._index_versions.current())
        except (IndexMissingError, DamagedIndexError):
            return ""
        facts = manifest.contents.facts
        return f"{facts.model_dump_json()} dense weight {self._dense_weight}"

    @property
    def source_names(self) -> tuple[str, ...]:
        """Names of the configured sources."""
        return tuple(source.name for source in self._parts.settings().sources)

    @property
    def experts(self) -> tuple[ExpertSettings, ...]:
        """Whom `knowledge.toml` names for what the documents do not say."""
        try:
            return tuple(self._parts.settings().experts)
        except KnowledgeConfigError as error:
            log.warning("nobody is known to ask: %s", error)
            return ()

    async def groups(self) -> frozenset[str]:
        """Return all channels and user groups, by name or id, that an audience or expert names.

        Raises:
            KnowledgeError: what is configured or published cannot be read.
        """
        return await asyncio.to_thread(self._named_groups)

    def listed(self) -> dict[str, int]:
        """Return how many files each source lists now; blocks, so call it in a thread.

        Raises:
            KnowledgeError: when a source cannot be listed.
        """
        sources = (self._parts.source(source) for source in self._parts.settings().sources)
        return {source.name: sum(1 for _ in source.files()) for source in sources}

    async def try_embedding(self) -> tuple[str, int]:
        """Embed a word; return the embedder's name and the length of its vectors.

        Raises:
            EmbeddingError: when it fails.
        """
        vector = await self._embedder.embed_query("Kotae")
        return self._embedder.name, len(vector)

    async def embed(self, questions: Sequence[str]) -> list[Vector] | None:
        """Return what *questions* mean, as vectors; None where only their words can be compared.

        That is with an embedder that knows nothing but words, and when it cannot be reached.
        """
        if not self._embedder.semantic:
            return None
        try:
            return [await self._embedder.embed_query(question) for question in questions]
        except EmbeddingError as error:
            log.warning("comparing questions by words only: %s", error)
            return None

    async def rollback(self) -> str:
        """Publish the generation before the one in use again, and return its name.

        Raises:
            KnowledgeError: when there is none.
            SyncRunningError: when a sync is at work.
        """
        with self._index_versions.lock():
            index_version = await in_thread(self._index_versions.rollback)
        return index_version.name

    async def aclose(self) -> None:
        """Close connections."""
        if "_embedder" in self.__dict__:
            await self._embedder.aclose()

    @property
    def _dense_weight(self) -> float:
        weight = self._parts.settings().search.dense_weight
        return self._embedder.weight if weight is None else weight

    @cached_property
    def _embedder(self) -> Embedder:
        return self._parts.embedder()

    async def _query_vector(self, query: str, contents: IndexContents) -> Vector | None:
        """Embed *query*, or return None when that cannot be compared with the index."""
        if self._embedder.name != contents.facts.embedder:
            log.warning("searching by words only until the next sync: the embedder was changed")
            return None
        try:
            vector = await self._embedder.embed_query(query)
        except EmbeddingError as error:
            log.warning("searching by words only: %s", error)
            return None
        return vector if len(vector) == contents.dimensions else None

    def _index_version(self) -> "OpenedIndex":
        """Return the generation in use, opened; swapped whole when another one is published."""
        mark = self._index_versions.mark()
        opened = self._opened
        if opened is not None and opened[0] == mark:
            return opened[1]
        with self._opening:
            if self._opened is None or self._opened[0] != mark:
                self._opened = (mark, self._open())
            return self._opened[1]

    def _open(self) -> "OpenedIndex":
        from knowledge.search.opened_index import OpenedIndex

        weight = self._dense_weight
        while True:
            folder = self._index_versions.current()
            try:
                with blaming_files(folder):
                    return OpenedIndex(folder, weight)
            except DamagedIndexError:
                if self._index_versions.current() == folder:
                    raise
                # A publisher has removed it, and names a newer one.

    def _named_groups(self) -> frozenset[str]:
        settings = self._parts.settings()
        named = {group for source in settings.sources for group in source.audience.groups}
        named |= {channel for expert in settings.experts for channel in expert.channels}
        try:
            folder = self._index_versions.current()
        except IndexMissingError:
            return frozenset(named)
        if self._groups[0] != folder:
            with blaming_files(folder), closing(Store(folder / STORE)) as store:
                self._groups = folder, store.groups
        return self._groups[1] | named

    def _problems(self) -> tuple[Problem, ...]:
        path = self._index_versions.folder / JOURNAL
        if not path.exists():
            return ()
        with closing(SyncJournal(path)) as journal:
            problems = journal.problems()
        return tuple(Problem(id_, reason) for id_, (_, reason) in problems.items())


def _source_status(settings: SourceSettings, store: Store | None) -> SourceStatus:
    documents, chunks, newest = store.count(settings.name) if store else (0, 0, None)
    return SourceStatus(settings.name, documents, chunks, settings.audience, settings.owner, newest)
