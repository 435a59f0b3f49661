"""The Source protocol, as the sync sees it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from knowledge.model.types import PassedOverReason


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file in a source.

    Attributes:
        document_id: Id of its document, `source/relative/path.md`.
        name: Path within the source, with `/`.
        url: Where a person can open it.
        version: Changes whenever the content may have changed.
        date: The day of its last change where the source states one, as git does. The time of a
            file states none: copying sets it.
        passed_over: Why the source does not offer it to be read, or "".
    """

    document_id: str
    name: str
    url: str
    version: str
    date: dt.date | None = None
    passed_over: PassedOverReason | Literal[""] = ""


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
