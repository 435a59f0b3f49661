"""Queries, entries, and the protocols of index builders, as search and sync see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.model.types import Vector, Vectors


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
