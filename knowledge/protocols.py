"""Every seam of the knowledge package. One folder a Protocol, one file an implementation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.corpus import Corpus
from knowledge.findings import Finding
from knowledge.types import Hit, ParsedFile, Vector, Vectors


class Embedder(Protocol):
    """Turns texts into vectors of length 1.

    Attributes:
        name: Identity that is written into the index (`openai:text-embedding-3-small:1536`);
            vectors of another name are never mixed with its own.
        dimensions: Length of a vector.
        weight: Share of the dense side in the fused score, 0..1, when no setting says otherwise.
        knows_meaning: Its vectors tell more than which words are there.
    """

    @property
    def name(self) -> str: ...
    @property
    def dimensions(self) -> int: ...
    @property
    def weight(self) -> float: ...
    @property
    def knows_meaning(self) -> bool: ...

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Embed *texts*, in order, with as many calls as the vendor's limits need.

        Raises:
            EmbeddingError: when the vendor fails after its retries.
        """
        ...

    async def embed_query(self, text: str) -> Vector:
        """Embed a question. Raises `EmbeddingError` likewise."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


class Parser(Protocol):
    """Reads files of some formats. Runs in a worker process: no state, no network."""

    @property
    def suffixes(self) -> frozenset[str]:
        """Lower-case file name endings with their dot, such as `.md`."""
        ...

    def parse(self, data: bytes, name: str) -> ParsedFile:
        """Read the file *name* with content *data*.

        Raises:
            ParseError: when it is not what it says to be; the text is one plain line.
        """
        ...


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


@dataclass(frozen=True, slots=True)
class Query:
    """What an index is asked.

    Attributes:
        vector: The question's embedding, or None for lexical search only.
        access: Keys of the access lists that the reader passes (see `access` in the store);
            None when it passes all of them. An index looks at nothing else.
    """

    text: str
    vector: Vector | None = None
    access: frozenset[int] | None = None


class Index(Protocol):
    """One opened generation of one kind of index; immutable, safe to use from several threads."""

    def search(self, query: Query, limit: int) -> list[Hit]:
        """Return the *limit* best permitted hits, best first (fewer only if fewer exist)."""
        ...


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What an index builder is given of a chunk: its key, access list, and text to search."""

    key: int
    access: int
    text: str


class VectorTable(Protocol):
    """Embeddings by row that need not be in memory at once; an array is one too."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Count and dimensions."""
        ...

    def __len__(self) -> int:
        """Count them."""
        ...

    def __getitem__(self, rows: NDArray[np.int64], /) -> Vectors:
        """Return the vectors of *rows*, in order."""
        ...


class IndexBuilder(Protocol):
    """Writes an index into a folder, from nothing or on top of a copy of the last generation's."""

    def build(
        self,
        folder: Path,
        *,
        removed: Iterable[int],
        added: Iterable[IndexEntry],
        vectors: VectorTable,
    ) -> None:
        """Take out the keys *removed*, add *added* (row i of *vectors* belongs to entry i)."""
        ...


class Check(Protocol):
    """Looks for one kind of trouble in what was indexed; reads only, takes no decision."""

    @property
    def name(self) -> str:
        """What it looks at, for people who wait for it."""
        ...

    def look(self, corpus: Corpus) -> Iterable[Finding]:
        """Return what is wrong, in any order."""
        ...
