"""What a sync has to do, found by comparing lists: no content is read for it."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from knowledge.model.access import parse_audience
from knowledge.model.errors import SyncRefusedError
from knowledge.model.settings import SourceSettings
from knowledge.model.types import Document, Problem
from knowledge.parsing.parsers import OUTDATED, PARSERS, suffix_of
from knowledge.storage.store import FileRecord
from knowledge.sync.source import Source, SourceFile

KnownFiles = Mapping[str, tuple[Document, FileRecord]]
"""The documents of the last generation, by id."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that is new or looks changed; `known` is what the last generation has of it."""

    settings: SourceSettings
    source: Source
    file: SourceFile
    known: tuple[Document, FileRecord] | None


@dataclass(slots=True)
class SyncPlan:
    """What a sync has to do.

    Attributes:
        candidates: Files to read.
        updated: Documents whose file is as before, but whose audience, owner or address is not.
        removed: Ids of documents that are gone.
        problems: Files that failed the last time and did not change, with their version.
    """

    candidates: list[Candidate] = field(default_factory=list)
    updated: list[tuple[Document, FileRecord]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    problems: dict[Problem, str] = field(default_factory=dict)
    unchanged: int = 0

    @property
    def is_empty(self) -> bool:
        """True when the last generation is up to date."""
        return not (self.candidates or self.updated or self.removed)


def make_plan(
    sources: Iterable[tuple[SourceSettings, Source]],
    known: KnownFiles,
    failed: Mapping[str, tuple[str, str]],
    *,
    accept_loss: bool,
) -> SyncPlan:
    """Compare what *sources* list with what is *known*.

    Args:
        sources: What to sync.
        known: Documents of the last generation, of these sources or of others.
        failed: Version and reason of files that could not be read the last time.
        accept_loss: Accept that a source has lost all its documents.

    Raises:
        SyncRefusedError: when a source that had documents lists none (an unmounted disk?).
        KnowledgeError: when a source cannot be listed.
    """
    plan = SyncPlan()
    for settings, source in sources:
        before = {id_ for id_, (document, _) in known.items() if document.source == settings.name}
        listed = set()
        for file in _readable(source):
            listed.add(file.document_id)
            _place(plan, Candidate(settings, source, file, known.get(file.document_id)), failed)
        if before and not listed and not accept_loss:
            raise SyncRefusedError(
                f"source {settings.name!r} lists no documents, but had {len(before)}: "
                "if that is right, sync with --force"
            )
        plan.removed += sorted(before - listed)
    return plan


def describe(
    settings: SourceSettings, file: SourceFile, title: str, metadata: Mapping[str, object]
) -> Document:
    """Join what the file says of itself with its source's settings.

    Raises:
        ValueError: when the file's `audience` is invalid: nobody may read it then.
    """
    stated_date = str(metadata.get("date") or "")
    modified = dt.datetime.fromtimestamp(file.modified, dt.UTC).date()
    return Document(
        id=file.document_id,
        source=settings.name,
        title=title,
        url=str(metadata.get("url") or file.url),
        date=dt.date.fromisoformat(stated_date) if stated_date else modified,
        owner=str(metadata.get("owner") or settings.owner),
        access=parse_audience(metadata["audience"])
        if "audience" in metadata
        else settings.audience,
    )


def _readable(source: Source) -> Iterator[SourceFile]:
    """Yield the files that are documents, by their endings."""
    for file in source.files():
        suffix = suffix_of(file.name)
        if suffix in PARSERS or suffix in OUTDATED:
            yield file


def _place(plan: SyncPlan, candidate: Candidate, failed: Mapping[str, tuple[str, str]]) -> None:
    file, known = candidate.file, candidate.known
    version, reason = failed.get(file.document_id, ("", ""))
    if known is None and version == file.version:
        plan.problems[Problem(file.document_id, reason)] = version
    elif known is None or known[1].version != file.version:
        plan.candidates.append(candidate)
    else:
        document, record = known
        current = describe(candidate.settings, file, document.title, record.metadata)
        if current == document:
            plan.unchanged += 1
        else:
            plan.updated.append((current, record))
