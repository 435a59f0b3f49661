"""The Source protocol, as the sync sees it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file in a source.

    Attributes:
        document_id: Id of its document, `source/relative/path.md`.
        name: Path within the source, with `/`.
        url: Where a person can open it.
        version: Changes whenever the content may have changed.
        modified: Time of the last change, in seconds since the epoch.
    """

    document_id: str
    name: str
    url: str
    version: str
    modified: float


class Source(Protocol):
    """Lists files and reads their content."""

    @property
    def name(self) -> str: ...

    def files(self) -> Iterable[SourceFile]:
        """List the files that exist now, without reading their content.

        Raises:
            KnowledgeError: when the source cannot be listed completely.
        """
        ...

    def read(self, file: SourceFile) -> bytes:
        """Return the content of one file.

        Raises:
            ParseError: when it cannot be read.
        """
        ...
