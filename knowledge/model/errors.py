"""Errors of the knowledge base. Their texts tell an operator what to do."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

_DISK = tuple(
    os.strerror(number)
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
)


class KnowledgeError(Exception):
    """Base class of this package's errors; the text may be shown to an operator."""


class KnowledgeConfigError(KnowledgeError):
    """`knowledge.toml` is missing or invalid; the text names the file, the key and the fix."""


class SourceError(KnowledgeError):
    """A source could not be listed or read completely; what is indexed of it stays.

    Attributes:
        kind: `refused` when the token or a scope is wrong, `throttled` when the source asks to
            wait, `loss` when what it has cannot be true, `unreachable` otherwise.
        retry_after: Seconds to wait, when the source says so.
    """

    def __init__(
        self,
        text: str,
        kind: Literal["refused", "throttled", "loss", "unreachable"] = "unreachable",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(text)
        self.kind = kind
        self.retry_after = retry_after


class CursorExpiredError(KnowledgeError):
    """A source no longer knows what has changed since a cursor; it must be listed completely."""


class ParseError(KnowledgeError):
    """One file could not be parsed; a sync reports it and skips it."""


class ChangedFileError(ParseError):
    """A file is newer than what was listed of it, such as its readers; the next sync reads it.

    What is indexed of it stays until then.
    """

    def __init__(self) -> None:
        super().__init__("changed while it was read: the next sync reads it")


class ParserLimitError(ParseError):
    """A file exceeds the limit of time or memory for parsing."""


class EmbeddingError(KnowledgeError):
    """The embedding endpoint failed after its retries."""


class IndexMissingError(KnowledgeError):
    """There is no usable index yet; `kotae sync` makes one."""


class OutdatedIndexError(IndexMissingError):
    """Another version of this program made the index; a sync builds it again."""


class DamagedIndexError(KnowledgeError):
    """A file of a published index version is damaged or missing; a forced sync replaces it."""


class SyncRunningError(KnowledgeError):
    """Another sync of the same knowledge folder is running."""


class NotIndexerError(SyncRunningError):
    """Another process makes the index versions now; the text says which."""


class IndexStoreError(KnowledgeError):
    """The store that several machines share cannot be read or written; what is here is intact."""


IndexServerFailure = Literal["unreachable", "silent", "refused", "stranger", "outdated", "broken"]


class IndexServerError(KnowledgeError):
    """The server of INDEX_URL cannot be used; the text says why. What is published is intact.

    Attributes:
        kind: `refused` when the key is wrong, `stranger` when it is no Qdrant, `outdated` when it
            is an old one, `unreachable` or `silent` when nothing answers, else `broken`.
        detail: What the server or the network says of it; of an old one, its version.
    """

    def __init__(self, text: str, kind: IndexServerFailure = "broken", detail: str = "") -> None:
        super().__init__(text)
        self.kind = kind
        self.detail = detail or text


class StoredFileMissingError(IndexStoreError):
    """The store does not have a file."""


class StoredFileDamagedError(IndexStoreError):
    """A file of the store is not what its name says.

    Attributes:
        sha256: Its name.
    """

    def __init__(self, text: str, sha256: str) -> None:
        super().__init__(text)
        self.sha256 = sha256


class StorageError(KnowledgeError):
    """The index folder cannot be written, as on a full disk; the published index is intact."""


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Convert the errors that libraries raise for a full or broken disk into a `StorageError`.

    SQLite has its own error; tantivy and FAISS quote the system's message in a `ValueError` or a
    `RuntimeError`.

    Args:
        folder: The index folder, for the message.

    Raises:
        StorageError: in place of such an error.
    """
    try:
        yield
    except KnowledgeError:
        raise
    except Exception as error:
        detail = " ".join(str(error).split())
        quoted = next((text for text in _DISK if text in detail), "")
        if not (quoted or isinstance(error, OSError | sqlite3.OperationalError)):
            raise
        raise StorageError(
            f"the index in {folder} cannot be written ({quoted or detail}): free some space, then "
            "sync again; the published index is unchanged"
        ) from error


@contextmanager
def parse_errors(kind: str) -> Iterator[None]:
    """Convert any error that a format's library raises for a damaged file into a `ParseError`.

    Args:
        kind: What the file should be, such as `Word document`.

    Raises:
        ParseError: in place of the library's error.
    """
    try:
        yield
    except ParseError:
        raise
    except Exception as error:
        # What a library says of its own insides helps nobody; the remedy is the same for all.
        raise ParseError(f"not a readable {kind}") from error
