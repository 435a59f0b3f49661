"""Reads files into the store of a new index version, several at a time."""

import asyncio
import hashlib
import threading
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial

from knowledge.model.errors import ChangedFileError, ParseError
from knowledge.model.settings import ENTRIES
from knowledge.model.source_health import SourceFailure
from knowledge.model.threads import in_thread
from knowledge.model.types import Document, Problem, Progress
from knowledge.parsing.ocr import SECONDS as OCR_SECONDS
from knowledge.parsing.options import ReadingOptions
from knowledge.parsing.parsers import suffix_of
from knowledge.parsing.process import MEMORY, ParserProcess
from knowledge.storage.store import FileRecord, StoreWriter
from knowledge.sync.failures import failure_of
from knowledge.sync.plan import Candidate, describe
from knowledge.sync.source import SourceFile
from knowledge.text.titles import title_of_file

_PROCESSES = 2
_SECONDS, _OCR_SECONDS = 60.0, 2 * OCR_SECONDS
"""Time limit for a file, and where OCR is on: it stops by itself before that."""

_OCR_MEMORY = 2 * MEMORY
_FILES_FOR_ANOTHER = 32
"""Number of files that makes a second process worthwhile."""


KnownDocument = tuple[Document, FileRecord]
"""A document of the current index version, with its file record."""


@dataclass(slots=True)
class ReadCounts:
    """What happened to the files that were read.

    Attributes:
        moved: Former ids of documents whose files were moved.
        problems: Files that could not be used, each with the version that failed; "" to retry the
            file at the next listing even if it does not change.
        unread: Files that were not read, because their source failed before or they changed again.
        failures: Why, by the source's name.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    moved: set[str] = field(default_factory=set)
    unchanged: int = 0
    problems: dict[Problem, str] = field(default_factory=dict)
    unread: list[Candidate] = field(default_factory=list)
    failures: dict[str, SourceFailure] = field(default_factory=dict)

    @property
    def is_change(self) -> bool:
        """True when the store differs from that of the current index version."""
        return bool(self.added or self.changed or self.removed or self.moved)


class DocumentReader:
    """Reads files into a store and counts the results.

    Args:
        writer: The store to write to, for exclusive use.
        tokens: Maximum size of a chunk, in estimated tokens.
        missing: Documents whose file is gone; a new file with the same content is that file, moved.
    """

    def __init__(
        self, writer: StoreWriter, tokens: int, missing: Iterable[KnownDocument] = ()
    ) -> None:
        self.counts = ReadCounts()
        self._missing: dict[tuple[bytes, str], list[KnownDocument]] = defaultdict(list)
        for document, record in missing:
            self._missing[_content(record, document.id)].append((document, record))
        self._writer = writer
        self._tokens = tokens
        self._seconds, self._memory = _SECONDS, MEMORY
        self._writing = threading.Lock()

    async def read(
        self, candidates: Sequence[Candidate], report: Callable[[Progress], None]
    ) -> None:
        """Read all *candidates*; record those that fail and remove their documents.

        Once a source fails, nothing more is read of it, and its documents stay.
        """
        remaining = iter(enumerate(candidates))
        if any(candidate.settings.ocr for candidate in candidates):
            self._seconds, self._memory = _OCR_SECONDS, _OCR_MEMORY
        async with asyncio.TaskGroup() as group:
            for _ in range(min(_PROCESSES, 1 + len(candidates) // _FILES_FOR_ANOTHER)):
                group.create_task(self._work(remaining, len(candidates), report))

    async def _work(
        self,
        remaining: Iterator[tuple[int, Candidate]],
        total: int,
        report: Callable[[Progress], None],
    ) -> None:
        with closing(ParserProcess(self._seconds, self._memory)) as process:
            for number, candidate in remaining:
                report(Progress("parse", number, total, candidate.file.document_id))
                await in_thread(partial(self._read_file, candidate, process), stop=process.kill)

    def _read_file(self, candidate: Candidate, process: ParserProcess) -> None:
        file = candidate.file
        data = self._data(candidate)
        if data is None:
            return
        include_hidden = candidate.settings.include_hidden
        record = FileRecord(file.version, _digest(data, file, include_hidden=include_hidden))
        known = None if candidate.again else candidate.known
        if known and known[1].content_hash == record.content_hash:
            self._refresh(candidate)
            return
        before = None if candidate.known else self._claim(_content(record, file.name))
        if before and before[0].title != title_of_file(before[0].id):
            self._move(candidate, *before)
            return
        try:
            is_entry = candidate.settings.name == ENTRIES
            parsed = process.parse(
                data,
                file.name,
                self._tokens,
                options=ReadingOptions(candidate.settings.ocr, include_hidden, file.rendered),
                wordings=is_entry,
            )
            metadata = _kept(parsed.metadata)
            document = describe(candidate.settings, file, parsed.title, metadata)
        except (ParseError, ValueError) as error:
            self._refuse(candidate, str(error), version=file.version)
            return
        with self._writing:
            for note in parsed.notes:
                self.counts.problems[Problem(document.id, note, file.readers)] = file.version
            old_id = before[0].id if before else ""
            self._writer.put(document, replace(record, metadata=metadata), parsed.pieces, old_id)
            if before:
                self.counts.moved.add(old_id)
            elif candidate.known:
                self.counts.changed += 1
            else:
                self.counts.added += 1

    def _data(self, candidate: Candidate) -> bytes | None:
        """Return the bytes of a file, or None if there are none, and why has been recorded."""
        name = candidate.settings.name
        if name in self.counts.failures:
            self.counts.unread.append(candidate)
            return None
        try:
            return candidate.source.read(candidate.file)
        except ParseError as error:
            if isinstance(error, ChangedFileError) and candidate.known:
                self.counts.unread.append(candidate)
            else:
                self._refuse(candidate, str(error), version="")
        except Exception as error:  # noqa: BLE001 - it concerns this source alone
            self.counts.failures.setdefault(name, failure_of(name, error))
            self.counts.unread.append(candidate)
        return None

    def _claim(self, content: tuple[bytes, str]) -> KnownDocument | None:
        """Return a missing document with this *content*, and each at most once."""
        with self._writing:
            found = self._missing.get(content)
            return found.pop() if found else None

    def _move(self, candidate: Candidate, document: Document, record: FileRecord) -> None:
        """Move *document* to its file's new path; its title does not depend on the file name."""
        file = candidate.file
        moved = describe(candidate.settings, file, document.title, record.metadata)
        with self._writing:
            self._writer.update(moved, replace(record, version=file.version), document.id)
            self.counts.moved.add(document.id)

    def _refresh(self, candidate: Candidate) -> None:
        """Record the new version of a file whose content did not change."""
        assert candidate.known is not None
        document, record = candidate.known
        current = describe(candidate.settings, candidate.file, document.title, record.metadata)
        with self._writing:
            self._writer.update(current, replace(record, version=candidate.file.version))
            if current == document:
                self.counts.unchanged += 1
            else:
                self.counts.changed += 1

    def _refuse(self, candidate: Candidate, reason: str, version: str) -> None:
        with self._writing:
            file = candidate.file
            self.counts.problems[Problem(file.document_id, reason, file.readers)] = version
            if candidate.known:
                self._writer.remove(candidate.file.document_id)
                self.counts.removed += 1


def _kept(metadata: Mapping[str, object]) -> dict[str, object]:
    """Return the metadata to store: title, date, owner, web address, doubts and any audience."""
    kept: dict[str, object] = {
        key: metadata[key]
        for key in ("title", "date", "owner")
        if isinstance(metadata.get(key), str)
    }
    if doubts := metadata.get("doubts"):
        kept["doubts"] = doubts
    url = str(metadata.get("url") or "")
    if url.startswith(("https://", "http://")):
        kept["url"] = url
    return kept | ({"audience": metadata["audience"]} if "audience" in metadata else {})


def _digest(data: bytes, file: SourceFile, *, include_hidden: bool) -> bytes:
    """Return what is equal for files with the same content that are read in the same way.

    A document whose id outlives its file's name may have its title from that name.
    """
    digest = hashlib.sha256(data)
    if include_hidden:
        digest.update(b"\0hidden")
    if not file.document_id.endswith(unicodedata.normalize("NFC", file.name)):
        digest.update(b"\0" + title_of_file(file.name).encode(errors="replace"))
    return digest.digest()


def _content(record: FileRecord, name: str) -> tuple[bytes, str]:
    """Return a key that is equal for files with the same content and ending."""
    return record.content_hash, suffix_of(name)
