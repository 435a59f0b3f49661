"""What can go wrong with knowledge, in words that an operator can act on."""


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
