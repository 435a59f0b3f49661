"""Sources in memory: their files change, are taken away, break off and refuse as told."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from knowledge.model.errors import CursorExpiredError, ParseError
from knowledge.model.types import SourceReaders
from knowledge.sync.source import SourceChanges, SourceFile


@dataclass(frozen=True, slots=True)
class MemoryFile:
    """A file in memory, and who may read it."""

    data: bytes
    readers: SourceReaders = frozenset()


@dataclass
class MemorySource:
    """A source that can only be listed completely.

    Attributes:
        calls: What was asked of it: `files`, `item`, `read`, and more of a feed.
        before: Called with each call before it is answered; it may raise.
    """

    name: str = "docs"
    content: dict[str, MemoryFile] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None

    def put(self, name: str, data: bytes | str, readers: SourceReaders = frozenset()) -> None:
        """Add or replace a file."""
        self.content[name] = MemoryFile(data.encode() if isinstance(data, str) else data, readers)

    def remove(self, name: str) -> None:
        """Delete a file."""
        del self.content[name]

    def files(self) -> Iterable[SourceFile]:
        self._asked("files")
        return self._listed()

    def read(self, file: SourceFile) -> bytes:
        self._asked("read")
        try:
            return self.content[file.name].data
        except KeyError:
            raise ParseError("cannot be read: it no longer exists") from None

    def file(self, name: str) -> SourceFile:
        """Return a file as it is listed."""
        kept = self.content[name]
        version = hashlib.sha256(kept.data).hexdigest()
        return SourceFile(
            f"{self.name}/{name}", name, f"memory:{name}", version, readers=kept.readers
        )

    def _listed(self) -> Iterator[SourceFile]:
        for name in sorted(self.content):
            self._asked("item")
            yield self.file(name)

    def _asked(self, call: str) -> None:
        self.calls.append(call)
        self.before(call)


@dataclass
class MemoryFeed(MemorySource):
    """A source that also tells what has changed; its cursors are positions in `log`.

    Attributes:
        log: Names of files, in the order in which they changed.
        expired: Positions before this one are no longer known.
    """

    log: list[str] = field(default_factory=list)
    expired: int = 0

    def put(self, name: str, data: bytes | str, readers: SourceReaders = frozenset()) -> None:
        super().put(name, data, readers)
        self.log.append(name)

    def remove(self, name: str) -> None:
        super().remove(name)
        self.log.append(name)

    def cursor(self) -> str:
        self._asked("cursor")
        return str(len(self.log))

    def changes(self, cursor: str) -> SourceChanges:
        self._asked("changes")
        if int(cursor) < self.expired:
            raise CursorExpiredError(f"source {self.name!r}: the cursor is too old")
        names = sorted(set(self.log[int(cursor) :]))
        return SourceChanges(
            tuple(self.file(name) for name in names if name in self.content),
            tuple(f"{self.name}/{name}" for name in names if name not in self.content),
            str(len(self.log)),
        )
