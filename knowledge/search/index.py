"""Queries, entries, and the protocols of an index engine, as search and sync see them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.model.types import Vector, Vectors
from knowledge.search.indexes.cosine_scale import CosineScale
from knowledge.search.indexes.reranker import WeightedTerm


@dataclass(frozen=True, slots=True)
class Query:
    """A search query.

    Attributes:
        text: The question.
        vector: The question's embedding, or None for lexical search only.
        access: Keys of the access lists that admit the reader (see `Store.access_keys`); None
            when all do. An index returns no chunk of any other list.
    """

    text: str
    vector: Vector | None = None
    access: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A chunk for an index builder: its key, the key of its access list, its text to search."""

    key: int
    access: int
    text: str


class VectorTable(Protocol):
    """Embeddings by row, which need not all be in memory; a NumPy array is one, too."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of vectors, and number of values in each."""
        ...

    def __len__(self) -> int:
        """Return the number of vectors."""
        ...

    def __getitem__(self, rows: NDArray[np.int64], /) -> Vectors:
        """Return the vectors of *rows*, in order; shape `(len(rows), dimensions)`."""
        ...


class IndexBuilder(Protocol):
    """Writes an index into a folder: a new one, or an update of the index that is there."""

    def build(
        self,
        folder: Path,
        *,
        removed: Iterable[int],
        added: Iterable[IndexEntry],
        vectors: VectorTable,
    ) -> None:
        """Remove the keys *removed*, then add *added*; row i of *vectors* belongs to entry i."""
        ...


class LexicalSearch(Protocol):
    """Finds chunks by the words of a question."""

    def best(self, query: Query, limit: int) -> Mapping[int, float]:
        """Return the raw BM25 of the *limit* best permitted chunks by key, best first."""
        ...

    def scores(self, text: str, keys: Sequence[int]) -> Mapping[int, float]:
        """Return the raw BM25 of the chunks in *keys* that share a term with *text*, by key."""
        ...

    def bounded(self, text: str, score: float) -> float:
        """Return a raw BM25 divided by the maximum that *text* could reach, 0..1."""
        ...

    def respelt(self, text: str) -> str:
        """Return *text* with the words that no chunk has in a spelling that chunks have."""
        ...

    def terms(self, text: str) -> tuple[WeightedTerm, ...]:
        """Return the terms of *text* by falling weight, including those in no chunk."""
        ...


class DenseSearch(Protocol):
    """Finds chunks by the vector of a question."""

    @property
    def scale(self) -> CosineScale:
        """The scale of the cosines, measured on its vectors."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of its vectors."""
        ...

    def __len__(self) -> int:
        """Return the number of its vectors."""
        ...

    def keys(self) -> frozenset[int]:
        """Return the keys of the chunks that have a vector."""
        ...

    def nearest(
        self, vector: Vector, limit: int, access: frozenset[int] | None = None
    ) -> Sequence[tuple[int, float]]:
        """Return keys and cosines of the *limit* nearest permitted chunks, nearest first."""
        ...

    def cosines(self, vector: Vector, keys: Sequence[int]) -> Mapping[int, float]:
        """Return the cosines of the chunks in *keys*; 0 for one without a vector."""
        ...


class IndexEngine(Protocol):
    """What keeps the indexes of an index version: files, or a server.

    Every folder is one of an index version: the indexes are in it, or what leads to them. Each
    engine opens versions of files.
    """

    @property
    def name(self) -> str:
        """Its name in manifests; "" for files."""
        ...

    def builders(self) -> Mapping[str, IndexBuilder]:
        """Return the builders by the folder that each writes, in the order to call them."""
        ...

    def lexical(self, folder: Path) -> LexicalSearch:
        """Open the lexical index of a version."""
        ...

    def dense(self, folder: Path) -> DenseSearch:
        """Open the dense index of a version."""
        ...

    def check(self, folder: Path, *, thorough: bool) -> None:
        """Check what is not in the files of a version; if *thorough*, all of it.

        Raises:
            DamagedIndexError: when some of it is gone.
            IndexServerError: when that cannot be told.
        """
        ...
