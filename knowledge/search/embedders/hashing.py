"""Embeddings without a model: signed feature hashing of words, and of what Japanese has instead.

They exercise the dense search with no key and no download. They add little to the lexical search,
hence the small weight.
"""

import asyncio
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from knowledge.model.types import Vector, Vectors
from knowledge.text.analysis import STOP_WORDS, LetterKind, letter_kinds, normalise

_VERSION = 2
"""Increase when the vector of the same text changes; it makes syncs embed all texts again."""

_EDGE = 4
"""Letters at the start of a word that count as a token: the forms of a word share them."""

_AT_ONCE = 64
"""Texts in one array, which takes about 100 bytes per character."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_POWERS = np.cumprod(np.full(64, _MULTIPLIER))
"""What the letters of a word are multiplied with, by their places in it."""

_HALF = np.uint64(32)

_Numbers = NDArray[np.uint64]
_Places = NDArray[np.int64]


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
        return f"hashing-{_VERSION}:{self._dimensions}"

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
        vectors = np.empty((len(texts), self._dimensions), np.float32)
        for start in range(0, len(texts), _AT_ONCE):
            vectors[start : start + _AT_ONCE] = self._sums(texts[start : start + _AT_ONCE])
        vectors = np.copysign(np.sqrt(np.abs(vectors)), vectors)
        vectors[~vectors.any(axis=1), 0] = 1.0
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def _sums(self, texts: Sequence[str]) -> Vectors:
        """Return, for each text, the sum of the signs of the tokens that fall into each column."""
        lines = [f"{normalise(text)}\n" for text in texts]
        starts, tokens = _tokens(_letters("".join(lines)))
        rows = np.repeat(np.arange(len(lines)), list(map(len, lines)))[starts]
        columns = (tokens >> np.uint64(1)) % np.uint64(self._dimensions)
        signs = np.where(tokens & np.uint64(1), 1.0, -1.0)
        cells = rows * self._dimensions + columns.astype(np.int64)
        sums = np.bincount(cells, signs, len(lines) * self._dimensions)
        return sums.astype(np.float32).reshape(len(lines), self._dimensions)


def _letters(text: str) -> _Numbers:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)


def _tokens(letters: _Numbers) -> tuple[_Places, _Numbers]:
    """Return where the tokens of *letters* begin, and a number for each, without stop words.

    They are words, the edges of words, pairs of letters in scripts without spaces, and kanji.
    """
    kinds = _kinds()[np.minimum(letters, len(_kinds()) - 1)]
    starts, words, edges = _words(letters, kinds)
    subjects = ~np.isin(words, _stop_words())
    starts, words, edges = starts[subjects], words[subjects], edges[subjects]
    pairs = np.flatnonzero((kinds[1:] >= LetterKind.UNSPACED) & (kinds[:-1] > LetterKind.NONE))
    kanji = np.flatnonzero(kinds == LetterKind.KANJI)
    numbers = (
        words,
        edges + np.uint64(1),  # an edge is another token than the word that is equal to it
        letters[pairs] * _POWERS[2] + letters[pairs + 1] * _POWERS[3],
        letters[kanji] * _POWERS[4],
    )
    tokens = np.concatenate(numbers)
    tokens = (tokens ^ (tokens >> _HALF)) * _MULTIPLIER
    return np.concatenate((starts, starts, pairs, kanji)), tokens ^ (tokens >> _HALF)


def _words(letters: _Numbers, kinds: NDArray[np.uint8]) -> tuple[_Places, _Numbers, _Numbers]:
    """Return where words, numbers and runs of kanji begin; then, of each, itself and its edge."""
    inside = (kinds != LetterKind.NONE) & (kinds != LetterKind.UNSPACED)
    first = inside & np.concatenate(([True], kinds[1:] != kinds[:-1]))
    starts = np.flatnonzero(first)
    everywhere = np.arange(len(letters))
    places = everywhere - np.maximum.accumulate(everywhere * first)
    values = letters * _POWERS[np.minimum(places, len(_POWERS) - 1)] * inside
    edges = np.add.reduceat(values * (places < _EDGE), starts)
    return starts, np.add.reduceat(values, starts), edges


@cache
def _kinds() -> NDArray[np.uint8]:
    return np.frombuffer(letter_kinds(), np.uint8)


@cache
def _stop_words() -> _Numbers:
    letters = _letters(" ".join(sorted(STOP_WORDS)))
    return _words(letters, _kinds()[letters])[1]
