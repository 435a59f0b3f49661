"""The Engine protocol of the benchmarks."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np


class Passages(Protocol):
    """The corpus: texts that can be iterated repeatedly, each with a vector of length 1."""

    @property
    def vectors(self) -> np.ndarray: ...

    def __iter__(self) -> Iterator[str]: ...

    def __len__(self) -> int: ...


class Engine(Protocol):
    """A search engine with its files in one folder; a passage's key is its row in the corpus.

    `build` and `open` run in different processes.
    """

    def __init__(self, folder: Path, variant: str, dense_weight: float) -> None: ...

    def build(self, passages: Passages) -> None:
        """Index *passages* and write everything to disk."""
        ...

    def open(self) -> None:
        """Prepare for the first search, from the files on disk."""
        ...

    def search(self, question: str, vector: np.ndarray, limit: int) -> Sequence[int]:
        """Return the keys of the best passages, best first."""
        ...

    def nearest(self, vector: np.ndarray, limit: int) -> Sequence[int]:
        """Return the keys of the nearest passages by vector alone; nothing without vectors."""
        ...

    def replace(self, key: int, text: str, vector: np.ndarray) -> None:
        """Replace the text and vector of passage *key*, on disk and in this engine."""
        ...
