"""The knowledge base: the bot searches it, and an operator keeps it up to date."""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from knowledge.model.directory_settings import DirectorySettings
from knowledge.model.errors import (
    DamagedIndexError,
    EmbeddingError,
    IndexMissingError,
    KnowledgeConfigError,
    KnowledgeError,
    NotIndexerError,
)
from knowledge.model.findings import CheckReport
from knowledge.model.readers import directory_of
from knowledge.model.settings import (
    ExpertSettings,
    KnowledgeSettings,
    McpServerSettings,
)
from knowledge.model.source_health import SourceFailure, SourceHealth
from knowledge.model.source_settings import SlackSettings, SourceSettings
from knowledge.model.threads import in_thread, waited_for
from knowledge.model.types import (
    Access,
    KnowledgeStatus,
    Passage,
    PassedOver,
    Principal,
    Problem,
    Progress,
    SourceStatus,
    SyncReport,
    Vector,
)
from knowledge.parsing.parsers import STATES_AUDIENCE, suffix_of
from knowledge.search.embedder import Embedder
from knowledge.search.index import IndexEngine
from knowledge.storage.health import HealthStore
from knowledge.storage.index_versions import (
    STORE,
    IndexContents,
    IndexVersions,
    SharingRight,
    read_manifest,
    reporting_damage,
)
from knowledge.storage.journal import SyncJournal
from knowledge.storage.store import Store
from knowledge.sync.failures import failure_of
from knowledge.sync.joint_sync import SyncOptions
from knowledge.sync.request import SyncRequest
from knowledge.sync.source import FeedSource, FindOutdated, LiveSource, Source, none_outdated
from knowledge.sync.sync import Sync
from knowledge.sync.vectors import JOURNAL, VectorStep
from knowledge.text.question_subject import subject_of

if TYPE_CHECKING:
    from knowledge.quality.tuner import TuningReport
    from knowledge.search.opened_index import OpenedIndex

log = logging.getLogger(__name__)

_ALL_PASSAGES = 100_000
"""More passages than any document has."""

_TRY_SECONDS = 20.0
"""For one source to answer when all are tried."""

_BEGINNING = 6
"""Passages of a document's beginning."""


Watch = Callable[[str], AbstractContextManager[object]]
"""Opens a context around the stage of that name."""


@dataclass(frozen=True, slots=True)
class KnowledgeParts:
    """The implementations to use. Each is created when it is first needed.

    Attributes:
        settings: Reads the current `knowledge.toml`.
        embedder: Opens the embedder.
        source: Opens a source.
        engine: Opens what keeps the indexes.
        withheld: Returns which documents the index has as they no longer are, by their ids; see
            `LiveSource`. They are not shown until the next sync has taken them in.
        live: The sources of the program itself.
        watch: Opens a context around each stage of a search: `prepare_search` with `open_index`
            where an index version is new to this process, `embed_query`, `search_index`.
    """

    settings: Callable[[], KnowledgeSettings]
    embedder: Callable[[], Embedder]
    source: Callable[[SourceSettings], Source]
    engine: Callable[[], IndexEngine]
    withheld: FindOutdated = none_outdated
    live: Sequence[LiveSource] = ()
    watch: Watch = nullcontext


ReportProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class RemoteIndexer:
    """The process that makes the index versions of all machines: the indexer.

    Attributes:
        is_here: Tells whether this process is the indexer now.
        ask: Has the indexer carry out a request, tells its progress, and returns its report.
            Raises `KnowledgeError`: what the indexer raised, or that there is none.
    """

    is_here: Callable[[], bool]
    ask: Callable[[SyncRequest, ReportProgress], Awaitable[SyncReport]]


@dataclass(frozen=True, slots=True)
class _Named:
    """What the documents of an index version name: see the properties of `Store`."""

    groups: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


@runtime_checkable
class ReachableSource(Source, Protocol):
    """A source that takes long to list, and that a call or two can try."""

    def reach(self) -> None:
        """Ask whether it can be listed.

        Raises:
            SourceError: as `files`, as far as can be told.
        """
        ...


class KnowledgeBase:
    """Searches the published index version, whichever process published it, and makes new ones."""

    def __init__(self, index_versions: IndexVersions, parts: KnowledgeParts) -> None:
        self._index_versions = index_versions
        self._parts = parts
        self._opening = threading.Lock()
        self._last_settings: KnowledgeSettings | None = None
        self._opened: tuple[object, OpenedIndex] | None = None
        self._named: tuple[Path | None, _Named] = (None, _Named())
        self._indexer: RemoteIndexer | None = None
        self._fault: KnowledgeError | None = None

    @property
    def index_versions(self) -> IndexVersions:
        """The index versions of this machine."""
        return self._index_versions

    def share(self, right: SharingRight, indexer: RemoteIndexer) -> None:
        """Make and use the index versions of several machines from now on.

        Args:
            right: Gives this process the right to publish for all of them.
            indexer: Takes what this process may not do itself.
        """
        self._index_versions.sharing = right
        self._indexer = indexer

    def watched_by(self, watch: Watch) -> "KnowledgeBase":
        """Return the same base, whose searches tell *watch* of their stages."""
        return KnowledgeBase(self._index_versions, replace(self._parts, watch=watch))

    def kept_by(self, engine: Callable[[], IndexEngine]) -> "KnowledgeBase":
        """Return the same base, whose indexes *engine* keeps."""
        return KnowledgeBase(self._index_versions, replace(self._parts, engine=engine))

    async def search(
        self, query: str, reader: Principal, limit: int = 8, *, sources: Collection[str] = ()
    ) -> list[Passage]:
        """Return up to *limit* passages that *reader* may see, best first.

        The search is lexical only while the embedding endpoint is down.

        Args:
            query: A question or keywords, in Japanese, English or both.
            reader: Whose permissions apply.
            limit: Maximum number of passages; fewer only if fewer are permitted.
            sources: Names of the sources to search; empty for all.

        Raises:
            IndexMissingError: when nothing has been published yet.
            DamagedIndexError: when a file of the index is damaged or missing.
        """
        with self._parts.watch("prepare_search"):
            query = subject_of(query)
            if not query.strip():
                return []
            index_version = await self._current()
        with self._parts.watch("embed_query"):
            vector = await self._query_vector(query, index_version.manifest.contents)

        def search() -> tuple[list[Passage], Mapping[str, str]]:
            with reporting_damage(index_version.folder):
                found = index_version.search(query, vector, reader, limit, sources)
            return found, index_version.store.versions({one.document_id for one in found})

        with self._parts.watch("search_index"):
            found, versions = await asyncio.to_thread(search)
            withheld = await self._parts.withheld(versions)
        return [one for one in found if one.document_id not in withheld]

    async def read(
        self, document_id: str, reader: Principal, start: int = 0, limit: int = 6
    ) -> list[Passage]:
        """Return consecutive passages of a document, from ordinal *start* on.

        Raises:
            KnowledgeError: when the document does not exist or *reader* may not see it; the text
                does not reveal which.
            IndexMissingError: when nothing has been published yet.
        """

        def read() -> tuple[list[Passage], Mapping[str, str]]:  # one thread: each change costs more
            index_version = self._index_version()
            found = index_version.read(document_id, reader, start, limit)
            return found, index_version.store.versions({document_id})

        found, versions = await asyncio.to_thread(read)
        if document_id in await self._parts.withheld(versions):
            raise KnowledgeError(f"there is no document {document_id!r} that you may read")
        return found

    async def may_read(self, document_ids: Collection[str], reader: Principal) -> bool:
        """Tell whether *reader* may see every one of these documents.

        One of a live source need not be indexed yet.
        """
        indexed = set[str]()
        for document_id in document_ids:
            told = await self._told_live(document_id, reader)
            if told is None:
                indexed.add(document_id)
            elif not told:
                return False
        if not indexed:
            return True
        try:
            index_version = await self._current()
            look_up = partial(index_version.store.readable_versions, indexed, reader)
            versions = await asyncio.to_thread(look_up)
        except KnowledgeError:
            return False
        return versions.keys() == indexed and not await self._parts.withheld(versions)

    async def _told_live(self, document_id: str, reader: Principal) -> bool | None:
        """Return what the live source of a document says of *reader*; None if it has none."""
        for source in self._parts.live:
            if (told := await source.permits(document_id, reader)) is not None:
                return told
        return None

    async def passages(self, reader: Principal) -> AsyncIterator[Passage]:
        """Yield every passage that *reader* may see, by document id and ordinal.

        Raises:
            IndexMissingError: when nothing has been published yet.
        """
        index_version = await self._current()
        documents = await asyncio.to_thread(index_version.store.documents)
        versions = {id_: record.version for id_, (_, record) in documents.items()}
        withheld = await self._parts.withheld(versions)
        for id_, (document, _) in sorted(documents.items()):
            if document.access.permits(reader) and id_ not in withheld:
                for passage in await self.read(id_, reader, 0, _ALL_PASSAGES):
                    yield passage

    async def beginnings(self, reader: Principal, documents: int) -> list[Passage]:
        """Return the first passages of up to *documents* documents that *reader* may see.

        They come from all sources in turn, and from all over each.

        Raises:
            IndexMissingError: when nothing has been published yet.
        """
        index_version = await self._current()

        known = await asyncio.to_thread(index_version.store.documents)
        versions = {id_: record.version for id_, (_, record) in known.items()}
        withheld = await self._parts.withheld(versions)

        def collect() -> list[Passage]:
            by_source = dict[str, list[str]]()
            for id_, (document, _) in sorted(known.items()):
                if document.access.permits(reader) and id_ not in withheld:
                    by_source.setdefault(document.source, []).append(id_)
            spread = [ids[:: max(1, len(ids) // documents)] for ids in by_source.values()]
            in_turn = [id_ for ids in zip_longest(*spread) for id_ in ids if id_ is not None]
            return [
                passage
                for id_ in in_turn[:documents]
                for passage in index_version.read(id_, reader, 0, _BEGINNING)
            ]

        return await asyncio.to_thread(collect)

    async def sync(
        self,
        sources: Collection[str] = (),
        *,
        force: bool = False,
        accept_loss: bool = False,
        vectors: bool = True,
        patience: float = 0.0,
        progress: Callable[[Progress], None] | None = None,
    ) -> SyncReport:
        """Bring the index up to date with the sources. Raises what `Sync.sync` raises.

        What is new is published before many texts are embedded. Other syncs may run meanwhile.

        Args:
            sources: Names of the sources to sync, empty for all; the others stay unchanged.
            force: Publish even if many chunks are lost, and retry files that failed last time.
            accept_loss: Publish even if many chunks are lost; for callers that removed them.
            vectors: Wait until every chunk has its vector; without, `keep_embedded` adds them.
            patience: Seconds to wait for another sync.
            progress: Called with the progress.
        """
        request = SyncRequest(
            "sync",
            tuple(sources),
            force=force,
            accept_loss=accept_loss,
            vectors=vectors,
            patience=patience,
        )
        return await self._done(request, progress or (lambda _: None))

    async def sync_scheduled(self, patience: float) -> SyncReport:
        """Sync the sources that have no schedule of their own, without waiting for vectors.

        Documents of sources that the settings no longer have are removed. Raises what `sync` does.
        """
        return await self._done(SyncRequest("scheduled", patience=patience), lambda _: None)

    async def remove_left_sources(self) -> SyncReport:
        """Remove the documents of sources that the settings no longer have; read no source.

        Raises what `sync` does.
        """
        return await self._done(SyncRequest("left"), lambda _: None)

    async def rollback(self) -> str:
        """Publish the index version before the current one again, and return its name.

        Raises:
            KnowledgeError: when there is none.
            SyncRunningError: when a sync is running.
        """
        return (await self._done(SyncRequest("rollback"), lambda _: None)).index_version

    async def carry_out(self, request: SyncRequest, progress: ReportProgress) -> SyncReport:
        """Do on this machine what *request* asks for; see the methods that make requests."""
        if request.act == "rollback":
            with self._index_versions.lock():
                index_version = await in_thread(self._index_versions.rollback)
            contents = read_manifest(index_version).contents
            return SyncReport(index_version.name, contents.documents, contents.chunks)
        sources: Collection[str] = request.sources
        if request.act == "scheduled":
            sources = [name for name, schedule in self.schedules.items() if not schedule]
        whole = request.act != "sync"
        options = SyncOptions(request.force, request.accept_loss, whole, request.patience)
        report = await self._sync(progress).sync(sources, options)
        if not (request.vectors and report.lacking_chunks):
            return report
        embedded = await self.add_vectors(progress)
        manifest = read_manifest(self._index_versions.current())
        return replace(
            report,
            index_version=manifest.index_version,
            embedded_chunks=report.embedded_chunks + embedded,
            lacking_chunks=manifest.contents.lacking,
        )

    async def _done(self, request: SyncRequest, progress: ReportProgress) -> SyncReport:
        indexer = self._indexer
        if indexer is None or indexer.is_here():
            return await self.carry_out(request, progress)
        return await indexer.ask(request, progress)

    async def add_vectors(self, progress: Callable[[Progress], None] | None = None) -> int:
        """Embed what is published without vectors; see `VectorStep.complete`."""
        report = progress or (lambda _: None)
        step = VectorStep(self._index_versions, self._embedder, self._engine, report)
        return await step.complete()

    async def keep_embedded(self, pause: float = 60.0) -> None:
        """Add vectors whenever some are missing, as long as the program runs.

        Args:
            pause: Seconds between two looks, and after a failure.
        """
        while True:
            try:
                may = self._indexer is None or self._indexer.is_here()
                if may and (embedded := await self.add_vectors()):
                    log.info("embedded %s texts", embedded)
            except (IndexMissingError, NotIndexerError):
                pass
            except KnowledgeError as error:
                log.warning("some passages are found by their words only: %s", error)
            await asyncio.sleep(pause)

    async def open(self) -> str:
        """Open the published index version, so that the first search is fast; return its name.

        Raises:
            IndexMissingError: when nothing has been published yet.
        """
        return (await self._current()).manifest.index_version

    async def unusable(self) -> KnowledgeError | None:
        """Return why questions cannot be answered from the index now; None when they can."""
        try:
            await self.open()
        except (IndexMissingError, DamagedIndexError) as error:
            return error
        return None

    async def fault(self) -> KnowledgeError | None:
        """Return why the current index version is not in use, None when it is."""
        with suppress(IndexMissingError, DamagedIndexError):
            await self.open()
        return self._fault

    async def check(self, progress: Callable[[Progress], None] | None = None) -> CheckReport:
        """Find problems in the published documents that a person should fix.

        Args:
            progress: Called with the progress.

        Raises:
            IndexMissingError: when nothing has been published yet.
        """
        from knowledge.quality.checker import check_index_version

        loop = asyncio.get_running_loop()

        def report(step: Progress) -> None:
            if progress:
                loop.call_soon_threadsafe(progress, step)

        folder = self._index_versions.current()
        settings = self._settings
        unread = self._problems(), self._passed_over()
        run = partial(check_index_version, folder, settings, unread, report)
        with reporting_damage(folder):
            return await in_thread(run)

    async def tune(
        self, file: Path, progress: Callable[[Progress], None] | None = None
    ) -> "TuningReport":
        """Find the dense weight that ranks the questions of *file* best.

        Args:
            file: Questions in SQuAD format (its own passages are searched), or evaluation cases
                (the published index version is searched).
            progress: Called with the progress.

        Raises:
            KnowledgeError: when the file cannot be used.
            EmbeddingError: when the embedder fails.
            IndexMissingError: when *file* holds cases and nothing has been published yet.
        """
        from knowledge.quality.question_files import read_questions
        from knowledge.quality.tuner import Tuning

        questions = await asyncio.to_thread(read_questions, file)
        report = progress or (lambda _: None)
        tuning = Tuning(self._embedder, self._engine, self._dense_weight, report)
        if questions.passages:
            return await tuning.over_passages(questions)
        return await tuning.over_index_version(questions, self._index_versions.current())

    def status(self) -> KnowledgeStatus:
        """Return what is published, by source, and the files that the last sync could not use."""
        settings = self._settings
        problems, passed_over = self._problems(), self._passed_over()
        health = _with_skipped(self.health(), problems, passed_over)
        try:
            folder = self._index_versions.current()
        except IndexMissingError:
            listed = tuple(_source_status(one, None, health[one.name]) for one in settings.sources)
            return KnowledgeStatus(sources=listed, problems=problems, passed_over=passed_over)
        manifest = read_manifest(folder)
        with reporting_damage(folder), closing(Store(folder / STORE)) as store:
            listed = tuple(_source_status(one, store, health[one.name]) for one in settings.sources)
            embedded = self._embedded(manifest.contents, store)
        return KnowledgeStatus(
            index_version=manifest.index_version,
            created_at=manifest.created_at,
            embedder=manifest.contents.facts.embedder,
            documents=manifest.contents.documents,
            chunks=manifest.contents.chunks,
            embedded_chunks=embedded,
            sources=listed,
            problems=problems,
            passed_over=passed_over,
        )

    async def documents_of(self, reader: Principal) -> dict[str, int]:
        """Return how many documents *reader* may see of each source; nothing without an index.

        Raises:
            KnowledgeError: when the index cannot be read.
        """
        try:
            index_version = await self._current()
        except IndexMissingError:
            return {}
        return await asyncio.to_thread(index_version.store.counts_for, reader)

    @property
    def index_version(self) -> str:
        """Name of the published index version, "" when there is none yet."""
        try:
            return self._index_versions.current().name
        except (IndexMissingError, DamagedIndexError):
            return ""

    @property
    def policy(self) -> str:
        """How the published index version was built and is searched, "" when there is none yet.

        It does not change when only documents change.
        """
        try:
            manifest = read_manifest(self._index_versions.current())
        except (IndexMissingError, DamagedIndexError):
            return ""
        contents = manifest.contents
        vectors = (
            f"dense weight {self._dense_weight}, scaled" if contents.embedded else "words only"
        )
        return f"{contents.facts.model_dump_json()} {vectors}"

    @property
    def stale_days(self) -> int:
        """Age in days above which a document should be reviewed."""
        return self._settings.check.stale_days

    @property
    def source_names(self) -> tuple[str, ...]:
        """Names of the configured sources."""
        return tuple(source.name for source in self._settings.sources)

    @property
    def schedules(self) -> dict[str, str]:
        """When each of the configured sources is synced, by name; "" with the others."""
        return {source.name: source.schedule for source in self._settings.sources}

    @property
    def sources_here(self) -> frozenset[str]:
        """Names of the configured sources that are on this machine."""
        settings = self._settings
        return frozenset(one.name for one in settings.sources if one.is_here)

    def note_incomplete(self, source: str, reason: str) -> None:
        """Note why *source* does not hold all that it should; its next sync clears it. Blocks."""
        with closing(HealthStore(self._index_versions.folder / JOURNAL)) as store:
            store.failed(SourceFailure(source, reason, "incomplete"))

    def health(self) -> dict[str, SourceHealth]:
        """Return how the syncs of each configured source went, by name. Blocks: a file is read."""
        path = self._index_versions.folder / JOURNAL
        known: Mapping[str, SourceHealth] = {}
        if path.exists():
            with closing(HealthStore(path)) as store:
                known = store.all()
        return {name: known.get(name, SourceHealth()) for name in self.source_names}

    @property
    def slack_sources(self) -> tuple[SlackSettings, ...]:
        """The sources of the type slack in `knowledge.toml`, which the bot itself fills.

        Raises:
            KnowledgeConfigError: when it cannot be read.
        """
        sources = self._settings.sources
        return tuple(source for source in sources if isinstance(source, SlackSettings))

    @property
    def places(self) -> dict[str, str]:
        """Where the documents of each of the configured sources are, for people, by name."""
        return {source.name: source.place for source in self._settings.sources}

    @property
    def audiences(self) -> dict[str, Access]:
        """Who may read each of the configured sources, by name."""
        return {source.name: source.audience for source in self._settings.sources}

    def may_name(self, problem: Problem, reader: Principal) -> bool:
        """Tell whether *reader* may know the name of a file that could not be read.

        They must be in the audience of its source, and may read it there. A file of a format that
        states its own audience may have one that nobody could read.
        """
        access = self.audiences.get(problem.document_id.partition("/")[0])
        if access is None or suffix_of(problem.document_id) in STATES_AUDIENCE:
            return False
        return replace(access, readers=problem.readers).permits(reader)

    def check_sources(self, wanted: Collection[str]) -> None:
        """Check that each of *wanted* is configured. Raises `KnowledgeConfigError`."""
        self._settings.check_names(wanted)

    @property
    def experts(self) -> tuple[ExpertSettings, ...]:
        """The experts in `knowledge.toml`; none, with a warning, when it cannot be read."""
        try:
            return tuple(self._settings.experts)
        except KnowledgeConfigError as error:
            log.warning("the experts are unknown: %s", error)
            return ()

    @property
    def mcp_servers(self) -> tuple[McpServerSettings, ...]:
        """The servers in `knowledge.toml`; none, with a warning, when it cannot be read."""
        try:
            return tuple(self._settings.mcp_servers)
        except KnowledgeConfigError as error:
            log.warning("the MCP servers are unknown: %s", error)
            return ()

    async def groups(self) -> frozenset[str]:
        """Return the names and ids of all channels and user groups in audiences and experts.

        Raises:
            KnowledgeError: when the settings or the index cannot be read.
        """
        return await asyncio.to_thread(self._named_groups)

    async def directories(self) -> frozenset[str]:
        """Return the names of the directories whose groups are readers of documents.

        Raises:
            KnowledgeError: when the index cannot be read.
        """
        names = (await asyncio.to_thread(self._in_index)).names
        return frozenset(map(directory_of, names)) - {""}

    async def has_readers(self) -> bool:
        """Tell whether a document has readers at its source. Raises as `directories`."""
        return bool((await asyncio.to_thread(self._in_index)).names)

    @property
    def directory_settings(self) -> tuple[DirectorySettings, ...]:
        """The directories in `knowledge.toml`. Raises `KnowledgeConfigError`."""
        return tuple(self._settings.directories)

    async def owners(self) -> dict[str, list[str]]:
        """Return who is named as an owner or expert, and where: sources, other documents, experts.

        Raises:
            KnowledgeError: when the settings or the index cannot be read.
        """
        return await asyncio.to_thread(self._named_owners)

    async def try_sources(self) -> tuple[dict[str, int | None], list[SourceFailure]]:
        """Ask each source whether it can be listed, without listing what is not on this machine.

        Returns:
            How many files each source that answers has now, None where that was not counted; and
            the failures of the others.
        """
        settings = list[SourceSettings](self._parts.settings().sources)
        work = (self._tried(source) for source in settings)
        tried = dict(
            zip([source.name for source in settings], await asyncio.gather(*work), strict=True)
        )
        failures = [one for one in tried.values() if isinstance(one, SourceFailure)]
        return {k: v for k, v in tried.items() if not isinstance(v, SourceFailure)}, failures

    async def try_embedding(self) -> tuple[str, int]:
        """Embed one word; return the embedder's name and the length of its vectors.

        Raises:
            EmbeddingError: when the embedder fails.
        """
        vector = await self._embedder.embed_query("Kotae")
        return self._embedder.name, len(vector)

    async def embed(self, questions: Sequence[str]) -> list[Vector] | None:
        """Return the embeddings of *questions*, in order, or None when there are no useful ones.

        That is the case when the embedder is not semantic, or cannot be reached.
        """
        if not self._embedder.semantic:
            return None
        try:
            return [await self._embedder.embed_query(question) for question in questions]
        except EmbeddingError as error:
            log.warning("comparing questions by words only: %s", error)
            return None

    async def aclose(self) -> None:
        """Close connections."""
        if "_embedder" in self.__dict__:
            await self._embedder.aclose()
        for source in self._parts.live:
            await source.aclose()

    @property
    def _settings(self) -> KnowledgeSettings:
        """What `knowledge.toml` says, or said before somebody broke it: a sync tells them."""
        try:
            self._last_settings = self._parts.settings()
        except KnowledgeConfigError:
            if self._last_settings is None:
                raise
        return self._last_settings

    def _sync(self, report: Callable[[Progress], None]) -> Sync:
        return Sync(
            index_versions=self._index_versions,
            settings=self._parts.settings(),
            open_source=self._parts.source,
            embedder=self._embedder,
            engine=self._engine,
            report=report,
        )

    @property
    def _dense_weight(self) -> float:
        weight = self._settings.search.dense_weight
        return self._embedder.weight if weight is None else weight

    @cached_property
    def _engine(self) -> IndexEngine:
        return self._parts.engine()

    @cached_property
    def _embedder(self) -> Embedder:
        return self._parts.embedder()

    async def _query_vector(self, query: str, contents: IndexContents) -> Vector | None:
        """Embed *query*, or return None when the index has no comparable vectors."""
        if self._embedder.name != contents.facts.embedder:
            log.warning("searching by words only until the next sync: the embedder was changed")
            return None
        if not contents.embedded:
            return None
        try:
            vector = await self._embedder.embed_query(query)
        except EmbeddingError as error:
            log.warning("searching by words only: %s", error)
            return None
        return vector if len(vector) == contents.dimensions else None

    async def _current(self) -> "OpenedIndex":
        """Return the current index version; only one that is not open yet takes a thread."""
        opened = self._opened
        if opened is not None and opened[0] == self._index_versions.mark():
            return opened[1]
        return await asyncio.to_thread(self._index_version)

    def _index_version(self) -> "OpenedIndex":
        """Return the current index version, opened; replaced as a whole after a publication."""
        mark = self._index_versions.mark()
        with self._opening:
            opened = self._opened
            if opened is None or opened[0] != mark:
                with self._parts.watch("open_index"):
                    opened = mark, self._open_or_keep(opened[1] if opened else None)
                self._opened = opened
            return opened[1]

    def _open_or_keep(self, before: "OpenedIndex | None") -> "OpenedIndex":
        """Open the current index version, or go on with the one before."""
        try:
            self._fault = None
            return self._open()
        except (DamagedIndexError, IndexMissingError) as error:
            self._fault = error
            if before is None:
                raise
            log.warning("the index version before is used: %s", error)
            return before

    def _open(self) -> "OpenedIndex":
        from knowledge.search.opened_index import OpenedIndex

        weight = self._dense_weight
        while True:
            folder = self._index_versions.current()
            try:
                with reporting_damage(folder):
                    return OpenedIndex(folder, weight, self._engine)
            except DamagedIndexError:
                if self._index_versions.current() == folder:
                    raise
                # A publisher removed it after it published a newer one.

    async def _tried(self, settings: SourceSettings) -> int | SourceFailure | None:
        """Try a source; go on without one that does not answer in time, as when it is throttled."""
        loop = asyncio.get_running_loop()
        told: asyncio.Future[int | SourceFailure | None] = loop.create_future()

        def tell(outcome: int | SourceFailure | None) -> None:
            if not told.done():
                told.set_result(outcome)

        def work() -> None:
            outcome = waited_for(loop, partial(self._try_source, settings))
            with suppress(RuntimeError):  # nobody waits any more
                loop.call_soon_threadsafe(tell, outcome)

        threading.Thread(target=work, daemon=True).start()
        try:
            async with asyncio.timeout(_TRY_SECONDS):
                return await told
        except TimeoutError:
            reason = f"source {settings.name!r}: no answer within {_TRY_SECONDS:.0f} seconds"
            return SourceFailure(settings.name, reason, "unreachable")

    def _try_source(self, settings: SourceSettings) -> int | SourceFailure | None:
        try:
            source = self._parts.source(settings)
            if settings.is_here:
                return sum(1 for file in source.files() if not file.passed_over)
            if isinstance(source, FeedSource):
                source.cursor()
            elif isinstance(source, ReachableSource):
                source.reach()
            else:
                next(iter(source.files()), None)
        except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this source alone
            return failure_of(settings.name, error)
        return None

    def _named_groups(self) -> frozenset[str]:
        settings = self._settings
        named = {group for source in settings.sources for group in source.audience.groups}
        named |= {group for server in settings.mcp_servers for group in server.audience.groups}
        named |= {channel for expert in settings.experts for channel in expert.channels}
        named |= {
            channel
            for source in settings.sources
            if isinstance(source, SlackSettings)
            for channel in source.channels
        }
        return self._in_index().groups | named

    def _in_index(self) -> _Named:
        """Return what the documents of the published index version name."""
        try:
            folder = self._index_versions.current()
        except IndexMissingError:
            return _Named()
        known = self._named
        if known[0] != folder:
            with reporting_damage(folder), closing(Store(folder / STORE)) as store:
                known = folder, _Named(store.groups, store.names)
            self._named = known
        return known[1]

    def _named_owners(self) -> dict[str, list[str]]:
        settings = self._settings
        of_source = {source.name: source.owner for source in settings.sources}
        named = [(owner, name) for name, owner in of_source.items()]
        with suppress(IndexMissingError):
            folder = self._index_versions.current()
            with reporting_damage(folder), closing(Store(folder / STORE)) as store:
                named += [
                    (one.owner, id_)
                    for id_, (one, _) in store.documents().items()
                    if one.owner != of_source.get(one.source)
                ]
        named += [(expert.owner, "[[experts]]") for expert in settings.experts]
        places = dict[str, list[str]]()
        for owner, place in named:
            if owner.strip():
                places.setdefault(owner, []).append(place)
        return places

    def _embedded(self, contents: IndexContents, store: Store) -> int:
        """Return how many of the chunks have a vector, published or not yet."""
        path = self._index_versions.folder / JOURNAL
        if not (contents.lacking and path.exists()):
            return contents.chunks - contents.lacking
        with closing(SyncJournal(path)) as journal:
            hashes = list(store.text_hashes())
            missing = journal.missing(contents.facts.embedder, hashes)
        embedded = sum(text_hash not in missing for text_hash in hashes)
        return max(embedded, contents.chunks - contents.lacking)  # another machine embeds

    def _problems(self) -> tuple[Problem, ...]:
        path = self._index_versions.folder / JOURNAL
        if not path.exists():
            return ()
        with closing(SyncJournal(path)) as journal:
            return tuple(journal.problems())

    def _passed_over(self) -> tuple[PassedOver, ...]:
        path = self._index_versions.folder / JOURNAL
        if not path.exists():
            return ()
        with closing(SyncJournal(path)) as journal:
            return tuple(journal.passed_over())


def _with_skipped(
    health: Mapping[str, SourceHealth],
    problems: Sequence[Problem],
    passed_over: Sequence[PassedOver],
) -> dict[str, SourceHealth]:
    """Add the numbers of files that are not in the index, by the reason."""
    skipped = {name: Counter[str]() for name in health}
    for name, reason in (
        *((one.document_id.partition("/")[0], "unreadable") for one in problems),
        *((one.document_id.partition("/")[0], one.reason) for one in passed_over),
    ):
        if name in skipped:
            skipped[name][reason] += 1
    return {name: replace(one, skipped=dict(skipped[name])) for name, one in health.items()}


def _source_status(
    settings: SourceSettings, store: Store | None, health: SourceHealth
) -> SourceStatus:
    documents, chunks, newest = store.count(settings.name) if store else (0, 0, None)
    unresolved = store.unresolved(settings.name) if store else 0
    restricted = store.restricted(settings.name) if store else 0
    return SourceStatus(
        settings.name,
        documents,
        chunks,
        settings.audience,
        settings.owner,
        newest,
        settings.type,
        settings.schedule,
        replace(health, unresolved=unresolved, restricted=restricted),
    )
