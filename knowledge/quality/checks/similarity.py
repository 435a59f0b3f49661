"""Near-duplicates among very many texts: MinHash signatures, and locality-sensitive hashing.

A text is the set of its character 6-grams, of letters and digits only. Two signatures agree in
about as many places as the sets have in common (Broder, *On the resemblance and containment of
documents*, 1997); banding finds the pairs that are likely to agree without comparing all.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from knowledge.text.analysis import normalise

Signatures = NDArray[np.uint32]
"""One row a text, one column a hash function."""

_GRAM = 6
_BANDS, _ROWS = 16, 4
"""A pair of resemblance 0.8 shares a band with probability 0.9998, one of 0.3 with 0.12."""

_BATCH = 2_000
_NOT_SAID = re.compile(r"[\W_]+")
_BASE = np.uint64(0x9E3779B97F4A7C15)
_random = np.random.default_rng(1997)
_SALTS = _random.integers(0, 2**64, _BANDS * _ROWS, np.uint64)
_FACTORS = _random.integers(0, 2**64, _BANDS * _ROWS, np.uint64) | np.uint64(1)
_BAND_FACTORS = _random.integers(0, 2**64, _ROWS, np.uint64) | np.uint64(1)


def signatures(texts: Iterable[str]) -> Signatures:
    """Return the MinHash signature of each text; shape `(count, 64)`."""
    remaining = iter(texts)
    parts = [np.empty((0, len(_SALTS)), np.uint32)]
    while batch := [_said(text) for text in islice(remaining, _BATCH)]:
        parts.append(_signed(batch))
    return np.concatenate(parts)


def resembling(rows: Signatures, least: float) -> list[tuple[int, int]]:
    """Return pairs of rows whose resemblance is estimated to be *least* or more.

    Where many texts are alike, each is paired with a few of the others: joined, the pairs still
    give the whole group.
    """
    candidates = {pair for band in range(_BANDS) for pair in _same_band(rows, band)}
    if not candidates:
        return []
    pairs = np.array(sorted(candidates))
    agreement = np.concatenate(
        [
            (rows[part[:, 0]] == rows[part[:, 1]]).mean(axis=1)
            for part in np.array_split(pairs, 1 + len(pairs) // 100_000)
        ]
    )
    return [(first, second) for first, second in pairs[agreement >= least].tolist()]


def groups(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Join *pairs* into groups; each group and the list of groups are in order."""
    parents: dict[int, int] = {}

    def root(member: int) -> int:
        parents.setdefault(member, member)
        while parents[member] != member:
            parents[member] = member = parents[parents[member]]
        return member

    for first, second in pairs:
        low, high = sorted((root(first), root(second)))
        parents[high] = low
    joined: dict[int, list[int]] = defaultdict(list)
    for member in sorted(parents):
        joined[root(member)].append(member)
    return list(joined.values())


def _said(text: str) -> str:
    """Return letters and digits alone, and at least one gram of them."""
    return _NOT_SAID.sub("", normalise(text)).ljust(_GRAM, "\0")


def _signed(texts: Sequence[str]) -> Signatures:
    grams, starts = _grams(texts)
    signed = np.empty((len(texts), len(_SALTS)), np.uint32)
    for column, (salt, factor) in enumerate(zip(_SALTS, _FACTORS, strict=True)):
        signed[:, column] = np.minimum.reduceat((grams ^ salt) * factor, starts) >> np.uint64(32)
    return signed


def _grams(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Return the hashes of all grams of all texts, one text after the other, and where each starts.

    All characters are hashed in one go; the grams that reach into the next text are then removed.
    """
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    hashes = np.zeros(len(codes) - _GRAM + 1, np.uint64)
    for place in range(_GRAM):
        hashes *= _BASE
        hashes += codes[place : place + len(hashes)]
    hashes ^= hashes >> np.uint64(29)
    hashes *= np.uint64(0xBF58476D1CE4E5B9)
    hashes ^= hashes >> np.uint64(32)
    ends = np.cumsum([len(text) for text in texts])
    reaching = ends[:-1, None] - np.arange(1, _GRAM)
    starts = np.concatenate([[0], ends[:-1]]) - np.arange(len(texts)) * (_GRAM - 1)
    return np.delete(hashes, reaching.ravel()), starts.astype(np.intp)


def _same_band(rows: Signatures, band: int) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows that agree in a whole band, each row with the next one of its group."""
    columns = rows[:, band * _ROWS : (band + 1) * _ROWS].astype(np.uint64)
    keys = (columns * _BAND_FACTORS).sum(axis=1, dtype=np.uint64)
    order = np.argsort(keys, kind="stable")
    same = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
    yield from zip(order[same].tolist(), order[same + 1].tolist(), strict=True)
