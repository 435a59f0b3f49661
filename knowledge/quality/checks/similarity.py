"""Near-duplicates in large collections, by MinHash signatures and locality-sensitive hashing.

A text is the set of its character 6-grams, over letters and digits only. The share of positions in
which two signatures agree estimates the Jaccard similarity of the sets (Broder, *On the resemblance
and containment of documents*, 1997). Banding finds likely pairs without comparing all.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from knowledge.text.analysis import normalise

Signatures = NDArray[np.uint32]
"""One row per text, one column per hash function; shape `(count, 64)`."""

_GRAM = 6
_BANDS, _ROWS = 16, 4
"""A pair of similarity 0.8 shares a band with probability 0.9998, one of 0.3 with 0.12."""

_BATCH = 2_000
_NOT_TEXT = re.compile(r"[\W_]+")
_BASE = np.uint64(0x9E3779B97F4A7C15)
_random = np.random.default_rng(1997)
_SALTS = _random.integers(0, 2**64, _BANDS * _ROWS, np.uint64)
_FACTORS = _random.integers(0, 2**64, _BANDS * _ROWS, np.uint64) | np.uint64(1)
_BAND_FACTORS = _random.integers(0, 2**64, _ROWS, np.uint64) | np.uint64(1)


def signatures(texts: Iterable[str]) -> Signatures:
    """Return the MinHash signature of each text; shape `(count, 64)`."""
    remaining = iter(texts)
    parts = [np.empty((0, len(_SALTS)), np.uint32)]
    while batch := [_comparable(text) for text in islice(remaining, _BATCH)]:
        parts.append(_signatures(batch))
    return np.concatenate(parts)


def resembling(rows: Signatures, least: float) -> list[tuple[int, int]]:
    """Return pairs of rows with an estimated similarity of *least* or more, 0..1.

    Each of many similar texts is paired with only a few others; joined, the pairs still form the
    whole group.
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
    """Join *pairs* into groups; each group and the list of groups are sorted."""
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


def _comparable(text: str) -> str:
    """Return only the letters and digits of *text*, padded to one gram."""
    return _NOT_TEXT.sub("", normalise(text)).ljust(_GRAM, "\0")


def _signatures(texts: Sequence[str]) -> Signatures:
    grams, starts = _grams(texts)
    rows = np.empty((len(texts), len(_SALTS)), np.uint32)
    for column, (salt, factor) in enumerate(zip(_SALTS, _FACTORS, strict=True)):
        rows[:, column] = np.minimum.reduceat((grams ^ salt) * factor, starts) >> np.uint64(32)
    return rows


def _grams(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Return the hashes of the grams of all texts, in order, and where each text starts.

    Hashes all characters at once, then removes the grams that extend into the next text.
    """
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    hashes = np.zeros(len(codes) - _GRAM + 1, np.uint64)
    for offset in range(_GRAM):
        hashes *= _BASE
        hashes += codes[offset : offset + len(hashes)]
    hashes ^= hashes >> np.uint64(29)
    hashes *= np.uint64(0xBF58476D1CE4E5B9)
    hashes ^= hashes >> np.uint64(32)
    ends = np.cumsum([len(text) for text in texts])
    overlapping = ends[:-1, None] - np.arange(1, _GRAM)
    starts = np.concatenate([[0], ends[:-1]]) - np.arange(len(texts)) * (_GRAM - 1)
    return np.delete(hashes, overlapping.ravel()), starts.astype(np.intp)


def _same_band(rows: Signatures, band: int) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows that agree in the whole band, each row with the next of its group."""
    columns = rows[:, band * _ROWS : (band + 1) * _ROWS].astype(np.uint64)
    keys = (columns * _BAND_FACTORS).sum(axis=1, dtype=np.uint64)
    order = np.argsort(keys, kind="stable")
    same = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
    yield from zip(order[same].tolist(), order[same + 1].tolist(), strict=True)
