"""Where documents come from, as the sync sees it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that a source offers. `version` changes when the content may have changed."""

    document_id: str
    name: str
    url: str
    version: str
    modified: float


class Source(Protocol):
    """Where documents come from."""

    @property
    def name(self) -> str: ...

    def files(self) -> Iterable[SourceFile]:
        """List what is there now. Cheap: no content is read."""
        ...

    def read(self, file: SourceFile) -> bytes:
        """Read one file's content. Raises `ParseError` when it cannot be read."""
        ...
