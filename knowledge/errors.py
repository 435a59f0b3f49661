"""What can go wrong with knowledge, in words that an operator can act on."""

from collections.abc import Iterator
from contextlib import contextmanager


class KnowledgeError(Exception):
    """Root of the failures of this package; its text may be shown to the operator."""


class KnowledgeConfigError(KnowledgeError):
    """`knowledge.toml` is missing or wrong; the text names the file, the key and what to do."""


class ParseError(KnowledgeError):
    """One file could not be read; sync names it, skips it and goes on."""


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
