"""Plans a sync by comparing lists of files, without reading their content."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from knowledge.model.access import parse_audience
from knowledge.model.errors import SyncRefusedError
from knowledge.model.settings import ENTRIES
from knowledge.model.source_settings import SourceSettings
from knowledge.model.types import Document, PassedOver, PassedOverReason, Problem
from knowledge.parsing.ocr import ADVICE
from knowledge.parsing.parsers import ARCHIVES, OUTDATED, PARSERS, PICTURES, suffix_of
from knowledge.storage.store import FileRecord
from knowledge.sync.source import Source, SourceFile

KnownFiles = Mapping[str, tuple[Document, FileRecord]]
"""The documents of the current index version, by id."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that is new or may have changed.

    Attributes:
        known: Its indexed document, if any.
        again: Whether to read it even if its content is known.
    """

    settings: SourceSettings
    source: Source
    file: SourceFile
    known: tuple[Document, FileRecord] | None
    again: bool = False


@dataclass(slots=True)
class SyncPlan:
    """What a sync has to do.

    Attributes:
        candidates: Files to read.
        updated: Documents with an unchanged file but a new audience, owner or address.
        removed: Ids of documents whose file is gone.
        problems: Files that failed last time and have not changed, with their version.
        passed_over: Files that are not read.
    """

    candidates: list[Candidate] = field(default_factory=list)
    updated: list[tuple[Document, FileRecord]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    problems: dict[Problem, str] = field(default_factory=dict)
    passed_over: list[PassedOver] = field(default_factory=list)
    unchanged: int = 0

    @property
    def is_empty(self) -> bool:
        """True when the index is up to date."""
        return not (self.candidates or self.updated or self.removed)


def make_plan(
    sources: Iterable[tuple[SourceSettings, Source]],
    known: KnownFiles,
    failed: Mapping[str, tuple[str, str]],
    *,
    accept_loss: bool,
) -> SyncPlan:
    """Compare the files that *sources* list with the *known* documents.

    Args:
        sources: The sources to sync, with their settings.
        known: Documents of the current index version, from any source.
        failed: Version and reason of files that failed last time, by document id.
        accept_loss: Accept a source that has lost all its documents.

    Raises:
        SyncRefusedError: when a source that had documents lists none (an unmounted disk, say).
        KnowledgeError: when a source cannot be listed.
    """
    plan = SyncPlan()
    for settings, source in sources:
        before = {id_ for id_, (document, _) in known.items() if document.source == settings.name}
        listed = set()
        for listed_file in source.files():
            if reason := listed_file.passed_over or _unread(listed_file.name, ocr=settings.ocr):
                plan.passed_over.append(PassedOver(listed_file.document_id, reason))
                continue
            file = _as_read(listed_file, settings)
            listed.add(file.document_id)
            _classify(plan, Candidate(settings, source, file, known.get(file.document_id)), failed)
        if before and not listed and not accept_loss:
            raise SyncRefusedError(
                f"source {settings.name!r} lists no documents, but had {len(before)} before: "
                "if this is intended, sync with --force"
            )
        plan.removed += sorted(before - listed)
    return plan


def describe(
    settings: SourceSettings, file: SourceFile, title: str, metadata: Mapping[str, object]
) -> Document:
    """Combine the file's own metadata with the settings of its source.

    A file may state its audience. Who may read it at the source stays a condition all the same.

    Raises:
        ValueError: when the file's `audience` is invalid; nobody may read the document then.
    """
    audience = parse_audience(metadata["audience"]) if "audience" in metadata else settings.audience
    stated_date = str(metadata.get("date") or "")
    return Document(
        id=file.document_id,
        source=settings.name,
        title=title,
        url=str((settings.name == ENTRIES and metadata.get("url")) or file.url),
        date=dt.date.fromisoformat(stated_date) if stated_date else file.date,
        owner=str(metadata.get("owner") or settings.owner),
        access=replace(audience, readers=file.readers),
    )


def _unread(name: str, *, ocr: bool) -> PassedOverReason | Literal[""]:
    """Return why a file of that name is not read, or ""."""
    suffix = suffix_of(name)
    if suffix in PARSERS or suffix in OUTDATED or suffix in ARCHIVES:
        return ""
    if suffix in PICTURES:
        return "" if ocr else "picture"
    return "format"


def _as_read(file: SourceFile, settings: SourceSettings) -> SourceFile:
    """Let the version say how a file is read, too, so that a changed setting reads it again."""
    return replace(file, version=f"{file.version} hidden") if settings.include_hidden else file


def _classify(plan: SyncPlan, candidate: Candidate, failed: Mapping[str, tuple[str, str]]) -> None:
    file, known = candidate.file, candidate.known
    version, reason = failed.get(file.document_id, ("", ""))
    is_failed = bool(version) and version == file.version
    if is_failed and candidate.settings.ocr and ADVICE in reason:
        plan.candidates.append(replace(candidate, again=True))
        return
    if is_failed:  # wholly, or in some pages
        plan.problems[Problem(file.document_id, reason)] = version
    if known is None and is_failed:
        return
    if known is None or known[1].version != file.version:
        plan.candidates.append(candidate)
    else:
        document, record = known
        current = describe(candidate.settings, file, document.title, record.metadata)
        if current == document:
            plan.unchanged += 1
        else:
            plan.updated.append((current, record))
