"""What a benchmark asks of a search engine."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np


class Passages(Protocol):
    """The corpus: texts that can be read again and again, and one vector each (unit length)."""

    @property
    def vectors(self) -> np.ndarray: ...

    def __iter__(self) -> Iterator[str]: ...

    def __len__(self) -> int: ...


class Engine(Protocol):
    """A search engine whose files are in one folder; a passage's key is its row in the corpus.

    `build` and `open` happen in different processes.
    """

    def __init__(self, folder: Path, variant: str, dense_weight: float) -> None: ...

    def build(self, passages: Passages) -> None:
        """Index *passages* and leave everything on disk."""
        ...

    def open(self) -> None:
        """Make ready for the first search, from what is on disk."""
        ...

    def search(self, question: str, vector: np.ndarray, limit: int) -> Sequence[int]:
        """Return the keys of the best passages, best first."""
        ...

    def nearest(self, vector: np.ndarray, limit: int) -> Sequence[int]:
        """Return the keys of the nearest passages by vector alone; nothing without vectors."""
        ...

    def replace(self, key: int, text: str, vector: np.ndarray) -> None:
        """Give the passage *key* another text and vector: on disk, and found by this engine."""
        ...
