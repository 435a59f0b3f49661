"""Plans a sync by comparing lists of files, without reading their content."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from knowledge.model.access import parse_audience
from knowledge.model.settings import ENTRIES
from knowledge.model.source_health import SourceFailure
from knowledge.model.source_settings import SourceSettings
from knowledge.model.types import Document, PassedOver, PassedOverReason, Problem
from knowledge.parsing.ocr import ADVICE
from knowledge.parsing.parsers import ARCHIVES, OUTDATED, PARSERS, PICTURES, suffix_of
from knowledge.storage.store import FileRecord
from knowledge.sync.failures import loss_of
from knowledge.sync.listed_files import SourceListing
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
        updated: Documents with an unchanged file but a new audience, owner, address or readers.
        removed: Ids of documents whose file is gone.
        problems: Files that failed last time and have not changed, with their version.
        passed_over: Files that are not read.
        failures: Sources that seem to have lost all their documents; the rest leaves them out.
    """

    candidates: list[Candidate] = field(default_factory=list)
    updated: list[tuple[Document, FileRecord]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    problems: dict[Problem, str] = field(default_factory=dict)
    passed_over: list[PassedOver] = field(default_factory=list)
    unchanged: int = 0
    failures: list[SourceFailure] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """True when the index is up to date."""
        return not (self.candidates or self.updated or self.removed)


@dataclass(frozen=True, slots=True)
class KnownState:
    """What there is before a sync.

    Attributes:
        documents: The documents of the current index version, from any source.
        problems: Files that failed last time, with their version.
        passed_over: Files that were not read last time.
    """

    documents: KnownFiles
    problems: Mapping[Problem, str] = field(default_factory=dict)
    passed_over: Sequence[PassedOver] = ()


def make_plan(
    listings: Iterable[SourceListing], known: KnownState, *, accept_loss: bool
) -> SyncPlan:
    """Compare what sources list with what is *known*.

    Args:
        listings: What the sources to sync have, or what has changed in them.
        known: What there is of them, and of others.
        accept_loss: Accept a source that has lost all its documents (an unmounted disk, say).
    """
    plan = SyncPlan()
    failed = {one.document_id: (version, one.reason) for one, version in known.problems.items()}
    for listing in listings:
        name = listing.name
        before = {i for i, (document, _) in known.documents.items() if document.source == name}
        read, passed_over = _sorted_out(listing)
        if listing.is_complete and before and not read and not accept_loss:
            text = f"source {name!r} lists no documents, but had {len(before)} before"
            plan.failures.append(loss_of(name, text))
            continue
        plan.passed_over += passed_over
        for file in read.values():
            candidate = Candidate(
                listing.settings, listing.source, file, known.documents.get(file.document_id)
            )
            _classify(plan, candidate, failed)
        gone = before - read.keys()
        if not listing.is_complete:
            _keep_untold(plan, listing, known)
            gone = {id_ for id_ in gone if _is_told(listing, id_)}
            plan.unchanged += len(before - gone - read.keys())
        plan.removed += sorted(gone)
    return plan


def _sorted_out(listing: SourceListing) -> tuple[dict[str, SourceFile], list[PassedOver]]:
    """Return the files of *listing* that are to be read, by document id, and the others."""
    settings = listing.settings
    read: dict[str, SourceFile] = {}
    passed_over: list[PassedOver] = []
    for file in listing.files:
        if reason := file.passed_over or unread(file.name, ocr=settings.ocr):
            passed_over.append(PassedOver(file.document_id, reason))
        else:
            read[file.document_id] = _as_read(file, settings)
    return read, passed_over


def _keep_untold(plan: SyncPlan, listing: SourceListing, known: KnownState) -> None:
    """Keep what is known of files of which *listing* says nothing."""
    prefix = f"{listing.name}/"
    plan.problems |= {
        problem: version
        for problem, version in known.problems.items()
        if problem.document_id.startswith(prefix) and not _is_told(listing, problem.document_id)
    }
    plan.passed_over += [
        file
        for file in known.passed_over
        if file.document_id.startswith(prefix) and not _is_told(listing, file.document_id)
    ]


def _is_told(listing: SourceListing, document_id: str) -> bool:
    """Tell whether changes say something of a document."""
    return document_id in listing.told or document_id.startswith(listing.told_folders)


def unread(name: str, *, ocr: bool) -> PassedOverReason | Literal[""]:
    """Return why a file of that name is not read, or ""; *ocr* reads pictures."""
    suffix = suffix_of(name)
    if suffix in PARSERS or suffix in OUTDATED or suffix in ARCHIVES:
        return ""
    if suffix in PICTURES:
        return "" if ocr else "picture"
    return "format"


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
    author = "" if stated_date else file.author  # they changed it on another day
    return Document(
        id=file.document_id,
        source=settings.name,
        title=title,
        url=str((settings.name == ENTRIES and metadata.get("url")) or file.url),
        date=dt.date.fromisoformat(stated_date) if stated_date else file.date,
        owner=str(metadata.get("owner") or settings.owner),
        access=replace(audience, readers=file.readers),
        author=author,
    )


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
        plan.problems[Problem(file.document_id, reason, file.readers)] = version
    if known is None and is_failed:
        return
    if known is None or known[1].version != file.version:
        plan.candidates.append(candidate)
        return
    document, record = known
    current = describe(candidate.settings, file, document.title, record.metadata)
    if current == document:
        plan.unchanged += 1
    else:
        plan.updated.append((current, record))
