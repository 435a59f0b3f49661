"""Reading files into the store of a new generation, several at a time."""

import asyncio
import hashlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial

from knowledge.model.errors import ParseError
from knowledge.model.threads import in_thread
from knowledge.model.types import Document, Problem, Progress
from knowledge.parsing.parsers import suffix_of
from knowledge.parsing.process import ParserProcess
from knowledge.storage.store import FileRecord, StoreWriter
from knowledge.sync.plan import Candidate, describe
from knowledge.text.titles import title_of_file

_PROCESSES = 2
_FILES_FOR_ANOTHER = 32
"""Files for which it pays to start a second process."""


KnownTitles = tuple[Document, FileRecord]
"""A document of the last generation."""


@dataclass(slots=True)
class ReadCounts:
    """What became of the candidates.

    Attributes:
        moved: Ids that documents had before their files were moved.
        problems: Files that could not be used, each with the version that failed. A version ""
            may work the next time without a change of the file.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    moved: set[str] = field(default_factory=set)
    unchanged: int = 0
    problems: dict[Problem, str] = field(default_factory=dict)

    @property
    def is_change(self) -> bool:
        """True when the store now says something else than the last generation's."""
        return bool(self.added or self.changed or self.removed or self.moved)


class DocumentReader:
    """Takes files into a store and counts what became of them.

    Args:
        writer: Store to write to; nobody else may use it meanwhile.
        tokens: Most estimated tokens of a chunk.
        missing: Documents whose file is gone; a new one with the same content is that file, moved.
    """

    def __init__(
        self, writer: StoreWriter, tokens: int, missing: Iterable[KnownTitles] = ()
    ) -> None:
        self.tally = ReadCounts()
        self._missing: dict[tuple[bytes, str], list[KnownTitles]] = defaultdict(list)
        for document, record in missing:
            self._missing[_content(record, document.id)].append((document, record))
        self._writer = writer
        self._tokens = tokens
        self._writing = threading.Lock()

    async def read(
        self, candidates: Sequence[Candidate], report: Callable[[Progress], None]
    ) -> None:
        """Read all *candidates*; one that fails is noted, and taken out if it was there before."""
        remaining = iter(enumerate(candidates))
        async with asyncio.TaskGroup() as group:
            for _ in range(min(_PROCESSES, 1 + len(candidates) // _FILES_FOR_ANOTHER)):
                group.create_task(self._work(remaining, len(candidates), report))

    async def _work(
        self,
        remaining: Iterator[tuple[int, Candidate]],
        total: int,
        report: Callable[[Progress], None],
    ) -> None:
        with closing(ParserProcess()) as process:
            for number, candidate in remaining:
                report(Progress("parse", number, total, candidate.file.document_id))
                await in_thread(partial(self._take_in, candidate, process), stop=process.close)

    def _take_in(self, candidate: Candidate, process: ParserProcess) -> None:
        file = candidate.file
        try:
            data = candidate.source.read(file)
        except ParseError as error:
            self._refuse(candidate, str(error), version="")
            return
        record = FileRecord(file.version, hashlib.sha256(data).digest())
        if candidate.known and candidate.known[1].content_hash == record.content_hash:
            self._refresh(candidate)
            return
        before = None if candidate.known else self._claim(_content(record, file.name))
        if before and before[0].title != title_of_file(before[0].id):
            self._move(candidate, *before)
            return
        try:
            parsed = process.parse(data, file.name, self._tokens)
            metadata = _kept(parsed.metadata)
            document = describe(candidate.settings, file, parsed.title, metadata)
        except (ParseError, ValueError) as error:
            self._refuse(candidate, str(error), version=file.version)
            return
        with self._writing:
            old_id = before[0].id if before else ""
            self._writer.put(document, replace(record, metadata=metadata), parsed.pieces, old_id)
            if before:
                self.tally.moved.add(old_id)
            elif candidate.known:
                self.tally.changed += 1
            else:
                self.tally.added += 1

    def _claim(self, content: tuple[bytes, str]) -> KnownTitles | None:
        """Return a missing document with this *content*, each only once."""
        with self._writing:
            found = self._missing.get(content)
            return found.pop() if found else None

    def _move(self, candidate: Candidate, document: Document, record: FileRecord) -> None:
        """Give *document*, whose title does not come from its name, the place of its file."""
        file = candidate.file
        moved = describe(candidate.settings, file, document.title, record.metadata)
        with self._writing:
            self._writer.update(moved, replace(record, version=file.version), document.id)
            self.tally.moved.add(document.id)

    def _refresh(self, candidate: Candidate) -> None:
        """Note the new version of a file whose content did not change."""
        assert candidate.known is not None
        document, record = candidate.known
        current = describe(candidate.settings, candidate.file, document.title, record.metadata)
        with self._writing:
            self._writer.update(current, replace(record, version=candidate.file.version))
            if current == document:
                self.tally.unchanged += 1
            else:
                self.tally.changed += 1

    def _refuse(self, candidate: Candidate, reason: str, version: str) -> None:
        with self._writing:
            self.tally.problems[Problem(candidate.file.document_id, reason)] = version
            if candidate.known:
                self._writer.remove(candidate.file.document_id)
                self.tally.removed += 1


def _kept(metadata: Mapping[str, object]) -> dict[str, object]:
    """Return what is stored: date, owner and web address, and the audience whatever it is."""
    kept = {key: metadata[key] for key in ("date", "owner") if isinstance(metadata.get(key), str)}
    url = str(metadata.get("url") or "")
    if url.startswith(("https://", "http://")):
        kept["url"] = url
    return kept | ({"audience": metadata["audience"]} if "audience" in metadata else {})


def _content(record: FileRecord, name: str) -> tuple[bytes, str]:
    """Return what makes two files the same, wherever they are."""
    return record.content_hash, suffix_of(name)
