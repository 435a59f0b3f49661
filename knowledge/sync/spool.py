"""Fetches files of a source that is not on this machine, several at once, onto the disk.

Fetching may take hours and happens before the right to publish is taken. What is fetched at a time
is bounded; a sync publishes it and then fetches more.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from knowledge.model.errors import ParseError
from knowledge.model.source_health import SourceFailure
from knowledge.model.threads import in_thread
from knowledge.sync.failures import failure_of
from knowledge.sync.plan import Candidate
from knowledge.sync.source import SourceFile

AT_ONCE = 4
"""Files of one source that are fetched at the same time."""

FILES = 2_000
"""Most files that are fetched before they are published."""

BYTES = 500_000_000
"""Size above which nothing more is fetched before a publication; a file is 250 MB at most."""


@dataclass(slots=True)
class Spool:
    """Fetched files of one source; in place of the source, it is read from.

    Attributes:
        name: Name of the source.
        folder: Where the files are, which nobody else uses.
        count: Number of files that it has.
        size: Their bytes.
        failure: Why the source could not be asked any more, or None.
    """

    name: str
    folder: Path
    failure: SourceFailure | None = None
    count: int = 0
    size: int = 0
    _errors: dict[str, ParseError] = field(default_factory=dict)
    _paths: dict[str, Path] = field(default_factory=dict)

    def __contains__(self, document_id: str) -> bool:
        return document_id in self._paths or document_id in self._errors

    def files(self) -> list[SourceFile]:
        """Return nothing: a spool is only read from."""
        return []

    def read(self, file: SourceFile) -> bytes:
        """Return the bytes of a fetched file.

        Raises:
            ParseError: when the source could not give them.
        """
        if error := self._errors.get(file.document_id):
            raise error
        return self._paths[file.document_id].read_bytes()

    async def fetch(
        self, candidates: Sequence[Candidate], fetched: Callable[[int, str], None]
    ) -> None:
        """Fetch *candidates* until the bounds are reached or the source fails.

        Args:
            candidates: Files of the source.
            fetched: Called with the number of those that were fetched, and the id of the last.
        """
        remaining = iter(candidates[:FILES])
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(AT_ONCE, len(candidates))):
                    group.create_task(self._work(remaining, fetched))
        except ExceptionGroup as errors:  # of the disk: what a source raises is its failure
            raise errors.exceptions[0] from None

    def clear(self) -> None:
        """Delete what was fetched."""
        for path in self._paths.values():
            path.unlink()
        self._paths, self._errors, self.size, self.count = {}, {}, 0, 0

    async def _work(
        self, remaining: Iterator[Candidate], fetched: Callable[[int, str], None]
    ) -> None:
        for candidate in remaining:
            await in_thread(partial(self._fetch, candidate))
            if not self.failure:
                self.count += 1
                fetched(self.count, candidate.file.document_id)
            if self.failure or self.size >= BYTES:
                return

    def _fetch(self, candidate: Candidate) -> None:
        id_ = candidate.file.document_id
        try:
            data = candidate.source.read(candidate.file)
        except ParseError as error:
            self._errors[id_] = error
        except Exception as error:  # noqa: BLE001 - it concerns this source alone
            self.failure = self.failure or failure_of(self.name, error)
        else:
            path = self.folder / hashlib.blake2b(id_.encode(), digest_size=16).hexdigest()
            path.write_bytes(data)
            self._paths[id_] = path
            self.size += len(data)
