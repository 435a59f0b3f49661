"""What finds chunks, as search and sync see it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.model.types import Vector, Vectors


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
