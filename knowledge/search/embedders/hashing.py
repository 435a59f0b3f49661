"""Embeddings without a model: signed feature hashing of the tokens of `knowledge.text.analysis`.

They exercise the dense search with no key and no download. They add little to the lexical search,
hence the small weight.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from knowledge.model.types import Vector, Vectors
from knowledge.text.analysis import STOP_WORDS, analyse

_SIGN_BIT = np.uint32(1 << 31)


class HashingEmbedder:
    """Embeds equal texts as equal vectors, on every machine.

    Args:
        dimensions: Length of a vector.

    Raises:
        ValueError: when *dimensions* is less than 1.
    """

    def __init__(self, dimensions: int = 512) -> None:
        if dimensions < 1:
            raise ValueError("dimensions must be at least 1")
        self._dimensions = dimensions

    @property
    def name(self) -> str:
        return f"hashing:{self._dimensions}"

    @property
    def dimensions(self) -> int:
        return self._dimensions

    @property
    def weight(self) -> float:
        return 0.01

    @property
    def semantic(self) -> bool:
        return False

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return await asyncio.to_thread(self._embed, texts)

    async def embed_query(self, text: str) -> Vector:
        vector: Vector = self._embed([text])[0]
        return vector

    async def aclose(self) -> None:
        """Nothing is open."""

    def _embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self._dimensions), np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._hashed(_tokens(text))
        vectors[~vectors.any(axis=1), 0] = 1.0
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def _hashed(self, counts: Counter[str]) -> NDArray[np.float64]:
        hashes = np.fromiter(map(_hash, counts), np.uint32, len(counts))
        signs = np.where(hashes & _SIGN_BIT, 1.0, -1.0)
        sizes = np.sqrt(np.fromiter(counts.values(), np.float64, len(counts)))
        columns = (hashes & ~_SIGN_BIT) % self._dimensions
        sums: NDArray[np.float64] = np.zeros(self._dimensions)
        np.add.at(sums, columns, signs * sizes)
        return sums


def _hash(token: str) -> int:
    return crc32(token.encode("utf-8", "surrogatepass"))


def _tokens(text: str) -> Counter[str]:
    tokens = analyse(text)
    return Counter(token for token in chain(*tokens) if token not in STOP_WORDS)
