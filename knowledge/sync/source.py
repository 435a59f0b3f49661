"""The protocols of sources, as the sync sees them."""

import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from knowledge.model.types import PassedOverReason, Principal, SourceReaders

Secrets = Callable[[str], str]
"""Returns the secret that a `SecretName` names; raises `KnowledgeConfigError` if there is none."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file in a source.

    Attributes:
        document_id: Id of its document, `source/relative/path.md`; it stays when a page is renamed.
        name: Path within the source, with `/`; its ending says how the bytes are read.
        url: Where a person can open it.
        version: Changes whenever the content may have changed.
        date: The day of its last change where the source states one, as git does. The time of a
            file states none: copying sets it.
        author: Name of who made that change, in one line and without invisible signs; or "".
        passed_over: Why the source does not offer it to be read, or "".
        readers: Who may read it at the source; see `SourceReaders`. `NOBODY` if it does not tell.
        rendered: Whether `read` returns a page that the source renders (see `rendered_page`). What
            people wrote in it, in a comment say, states no audience. A file never is.
    """

    document_id: str
    name: str
    url: str
    version: str
    date: dt.date | None = None
    author: str = ""
    passed_over: PassedOverReason | Literal[""] = ""
    readers: SourceReaders = frozenset()
    rendered: bool = False


class Source(Protocol):
    """Lists files and reads their content.

    All methods block and are called in threads; `read` in several at once.
    """

    @property
    def name(self) -> str: ...

    def files(self) -> Iterable[SourceFile]:
        """List the files that exist now, without reading their content.

        A file that is not listed has been deleted. A listing that breaks off must raise.

        Raises:
            KnowledgeConfigError: when the settings are wrong.
            SourceError: when the source cannot be listed completely.
        """
        ...

    def read(self, file: SourceFile) -> bytes:
        """Return the content of one file; where it was listed with readers, no newer content.

        Raises:
            ChangedFileError: when it has changed since, so that others may read it now.
            ParseError: when this file cannot be read.
            SourceError: when the source cannot be reached or refuses; the sync of the source stops.
        """
        ...


FindOutdated = Callable[[Mapping[str, str]], Awaitable[Collection[str]]]
"""Returns the ids of documents that no longer are what the index has; takes the indexed versions of
documents of any source, by id."""


async def none_outdated(_: Mapping[str, str]) -> Collection[str]:
    """Say that the index has every document as it is."""
    return ()


@dataclass(frozen=True, slots=True)
class LiveSource:
    """A source of the program itself, which knows at every moment which documents hold.

    Attributes:
        source: Lists and reads its documents.
        outdated: Says which of them the index has as they no longer are.
        permits: Tells whether a reader may see a document as it is now; None for one of another
            source.
        aclose: Closes what it has opened.
    """

    source: Source
    outdated: FindOutdated
    permits: Callable[[str, Principal], Awaitable[bool | None]]
    aclose: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class SourceChanges:
    """What happened in a source since a cursor.

    Attributes:
        files: New and changed files (in content, place or readers), each as it is now.
        removed: Ids of documents that are gone. One that ends in `/` means all that begin with it.
        cursor: Where the next changes begin.
    """

    files: tuple[SourceFile, ...]
    removed: tuple[str, ...]
    cursor: str


@runtime_checkable
class FeedSource(Source, Protocol):
    """A source that can tell what has changed since a cursor."""

    def cursor(self) -> str:
        """Return where changes begin now; taken before a listing, so that none is missed.

        Raises:
            SourceError: as `files`.
        """
        ...

    def changes(self, cursor: str) -> SourceChanges:
        """Return everything that changed since *cursor*; it may be told twice, never left out.

        Raises:
            CursorExpiredError: when only a complete listing can tell; the sync makes one.
            SourceError: when the changes cannot be fetched completely.
        """
        ...
