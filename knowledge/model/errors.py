"""What can go wrong with knowledge, in words that an operator can act on."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DISK = tuple(
    os.strerror(number)
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
)


class KnowledgeError(Exception):
    """Root of the failures of this package; its text may be shown to the operator."""


class KnowledgeConfigError(KnowledgeError):
    """`knowledge.toml` is missing or wrong; the text names the file, the key and what to do."""


class ParseError(KnowledgeError):
    """One file could not be read; sync names it, skips it and goes on."""


class ParserLimitError(ParseError):
    """A file takes more time or memory to read than it may."""


class EmbeddingError(KnowledgeError):
    """The embedding endpoint failed after its retries."""


class IndexMissingError(KnowledgeError):
    """There is no published generation to search: `kotae knowledge sync` makes one."""


class SyncRefusedError(KnowledgeError):
    """A sync would publish something that looks like an accident (many chunks lost)."""


class DamagedIndexError(KnowledgeError):
    """A file of a published generation is not as it was written: a sync makes a new one."""


class SyncRunningError(KnowledgeError):
    """Another sync of the same knowledge folder is at work; try again when it is done."""


class StorageError(KnowledgeError):
    """The folder of the index cannot be written, as on a full disk; what was published stands."""


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what the libraries below raise over a full or broken disk into a `StorageError`.

    SQLite has an error of its own; tantivy and FAISS quote the system's in a `ValueError` and a
    `RuntimeError`.

    Args:
        folder: What is written to.
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
            f"the index in {folder} cannot be written ({quoted or detail}): make room there, then "
            "sync again; what was published before stands"
        ) from error


@contextmanager
def reading(kind: str) -> Iterator[None]:
    """Turn whatever a format's library raises over a damaged file into a `ParseError`.

    Args:
        kind: What the file should have been, such as `Word document`.
    """
    try:
        yield
    except ParseError:
        raise
    except Exception as error:
        detail = " ".join(str(error).split())[:120]
        raise ParseError(f"not a readable {kind} ({type(error).__name__}: {detail})") from error
