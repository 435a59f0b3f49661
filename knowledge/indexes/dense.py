"""Dense search: cosine similarity in FAISS, exact for small collections and IVF for large ones.

A folder holds `vectors.faiss` and three arrays by row: `keys.npy` (the chunk, or a mark that the
row was taken out), `access.npy` (its access list) and `order.npy` (the rows, sorted by key). All
are mapped, so that processes share one copy of them.
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.signals import distribution
from knowledge.protocols import IndexEntry, Query
from knowledge.types import Hit, Signals, Vector, Vectors

_VECTORS, _KEYS, _ACCESS, _ORDER = "vectors.faiss", "keys.npy", "access.npy", "order.npy"
_TAKEN_OUT = np.iinfo(np.int64).min

EXACT_UP_TO = 100_000
"""Chunks up to which every vector is compared; above, IVF is ten times faster at 97 % recall."""

_PROBES = 32
_FEWEST_LISTS = 1_024
_TRAINING_PER_LIST = 64
_HEADROOM = 0.25
"""Room left in the 8-bit scales for documents unlike those trained on, which would be cut off."""

_MOST_HOLES = 0.3
_MOST_GROWTH = 4


class _Rows(NamedTuple):
    """What is known of each row, by row."""

    keys: NDArray[np.int64]
    access: NDArray[np.int64]


class _Selection(NamedTuple):
    """The rows that a reader may see, as FAISS wants them.

    `selector` looks into `bits` without owning them; it is None where every row is permitted.
    """

    selector: faiss.IDSelector | None
    bits: NDArray[np.uint8]
    permitted: int


class DenseIndex:
    """A folder that `DenseBuilder` wrote, opened for search."""

    def __init__(self, index: Any, rows: _Rows, order: NDArray[np.int64]) -> None:
        self._index = index
        self._rows = rows
        self._order = order
        self._lists: Any = faiss.try_extract_index_ivf(index)
        if self._lists:
            self._lists.make_direct_map()
        self._selection = lru_cache(maxsize=32)(self._select)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Map the index in *folder*.

        Raises:
            FileNotFoundError: when there is no index.
        """
        rows, order = _read_rows(folder), np.load(folder / _ORDER, mmap_mode="r")
        return cls(faiss.read_index(str(folder / _VECTORS), faiss.IO_FLAG_MMAP_IFC), rows, order)

    @property
    def dimensions(self) -> int:
        """Length of its vectors."""
        return int(self._index.d)

    def search(self, query: Query, limit: int) -> list[Hit]:
        if query.vector is None or not query.vector.any():
            return []
        found = self.nearest(query.vector, limit, query.access)
        if not found:
            return []
        spread = distribution([cosine for _, cosine in found])
        return [
            Hit(
                key,
                min(max(cosine, 0.0), 1.0),
                Signals(
                    margin=spread.margin, z_score=spread.z_score(cosine), cosine=_bounded(cosine)
                ),
            )
            for key, cosine in found
        ]

    def nearest(
        self, vector: Vector, limit: int, access: frozenset[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return the keys of the *limit* nearest permitted vectors with their cosines."""
        selection = self._selection(access)
        limit = min(limit, selection.permitted)
        if limit < 1:
            return []
        found = self._probe(vector, limit, selection, _probes(self._lists, selection.permitted))
        if self._lists and len(found) < limit:
            found = self._probe(vector, limit, selection, self._lists.nlist)
        return found

    def vectors(self, keys: Sequence[int]) -> Vectors:
        """Return the vectors of *keys*, in order; zeros for a key that is not there.

        Above the exact size they are decoded from 8 bits a dimension.
        """
        vectors = np.zeros((len(keys), self._index.d), np.float32)
        wanted = np.asarray(keys, np.int64)
        if not self._order.size or not wanted.size:
            return vectors
        places = np.searchsorted(self._rows.keys, wanted, sorter=self._order)
        rows = self._order[np.minimum(places, self._order.size - 1)]
        there = self._rows.keys[rows] == wanted
        if there.any():
            vectors[there] = self._index.reconstruct_batch(np.ascontiguousarray(rows[there]))
        return vectors

    def _probe(
        self, vector: Vector, limit: int, selection: _Selection, probes: int
    ) -> list[tuple[int, float]]:
        parameters: Any = faiss.SearchParametersIVF() if self._lists else faiss.SearchParameters()
        parameters.sel = selection.selector
        if self._lists:
            parameters.nprobe = probes
        faiss.omp_set_num_threads(1)  # Holds for the calling thread only.
        question = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        cosines, rows = self._index.search(question, limit, params=parameters)
        found = rows[0] >= 0
        keys = self._rows.keys[rows[0][found]]
        return list(zip(keys.tolist(), cosines[0][found].tolist(), strict=True))

    def _select(self, access: frozenset[int] | None) -> _Selection:
        permitted = self._rows.keys != _TAKEN_OUT
        if access is not None:
            permitted &= np.isin(self._rows.access, np.fromiter(access, np.int64, len(access)))
        bits = np.packbits(permitted, bitorder="little")
        selector = (
            None if permitted.all() else faiss.IDSelectorBitmap(bits.size, faiss.swig_ptr(bits))
        )
        return _Selection(selector, bits, int(permitted.sum()))


class DenseBuilder:
    """Writes the folder of a `DenseIndex`; every file is replaced whole, so hard links are safe.

    Args:
        exact_up_to: Chunks up to which search is exact.
        fewest_lists: Clusters of the smallest inexact index.
    """

    def __init__(self, exact_up_to: int = EXACT_UP_TO, fewest_lists: int = _FEWEST_LISTS) -> None:
        self._exact_up_to = exact_up_to
        self._fewest_lists = fewest_lists

    def build(
        self, folder: Path, *, removed: Iterable[int], added: Iterable[IndexEntry], vectors: Vectors
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = _rows_of(list(added))
        index, rows = _opened(folder, vectors.shape[1])
        if fresh.keys.size and vectors.shape[1] != index.d:
            raise ValueError(f"vectors of length {vectors.shape[1]} do not fit into {index.d}")
        gone = np.isin(rows.keys, np.array([*removed, *fresh.keys.tolist()], np.int64))
        rows = _Rows(np.where(gone, _TAKEN_OUT, rows.keys), rows.access)
        count = int((rows.keys != _TAKEN_OUT).sum()) + fresh.keys.size
        vectors = vectors.reshape(-1, index.d)
        if self._fits(index, rows, count):
            index.add(vectors)  # Rows that were taken out stay, hidden, until it is rebuilt.
        else:
            index = self._rebuilt(np.concatenate([_kept(index, rows), vectors]))
            rows = _without_holes(rows)
        _write(folder, index, _Rows(*map(np.concatenate, zip(rows, fresh, strict=True))))

    def _fits(self, index: Any, rows: _Rows, count: int) -> bool:
        """Tell whether an IVF index can go on as it is: few holes, about as many vectors."""
        lists = faiss.try_extract_index_ivf(index)
        if lists is None or count <= self._exact_up_to:
            return False
        holes = (rows.keys == _TAKEN_OUT).mean() if len(rows.keys) else 0.0
        return bool(holes <= _MOST_HOLES and self._lists(count) < lists.nlist * _MOST_GROWTH)

    def _lists(self, count: int) -> int:
        """Return the number of clusters for *count* vectors: the power of two near its root."""
        return max(self._fewest_lists, 1 << round(math.log2(max(count, 1)) / 2))

    def _rebuilt(self, vectors: Vectors) -> Any:
        count, dimensions = vectors.shape
        index: Any = faiss.IndexFlatIP(dimensions)
        if count > self._exact_up_to:
            lists = self._lists(count)
            index = faiss.index_factory(dimensions, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
            index.sq.rangestat_arg = _HEADROOM
            sample = np.random.default_rng(0).permutation(count)[: lists * _TRAINING_PER_LIST]
            index.train(vectors[np.sort(sample)])
        index.add(vectors)
        return index


def _probes(lists: Any, permitted: int) -> int:
    """Return how many clusters to look into: the more, the fewer of their rows are permitted."""
    if lists is None:
        return 0
    return int(min(lists.nlist, _PROBES * max(1.0, lists.ntotal / permitted)))


def _bounded(cosine: float) -> float:
    return min(max(cosine, -1.0), 1.0)


def _read_rows(folder: Path) -> _Rows:
    return _Rows(np.load(folder / _KEYS, mmap_mode="r"), np.load(folder / _ACCESS, mmap_mode="r"))


def _rows_of(entries: Sequence[IndexEntry]) -> _Rows:
    return _Rows(
        np.array([entry.key for entry in entries], np.int64),
        np.array([entry.access for entry in entries], np.int64),
    )


def _opened(folder: Path, dimensions: int) -> tuple[Any, _Rows]:
    """Read the index to build upon; where there is none, or nothing in it, begin one."""
    if (folder / _VECTORS).exists():
        index = faiss.read_index(str(folder / _VECTORS))
        if index.ntotal:
            return index, _read_rows(folder)
    return faiss.IndexFlatIP(dimensions), _rows_of([])


def _kept(index: Any, rows: _Rows) -> Vectors:
    """Return the vectors of the rows that were not taken out."""
    left = np.flatnonzero(rows.keys != _TAKEN_OUT)
    if not left.size:
        return np.zeros((0, index.d), np.float32)
    lists = faiss.try_extract_index_ivf(index)
    if lists is not None:
        lists.make_direct_map()
    kept: Vectors = index.reconstruct_batch(left)
    return kept


def _without_holes(rows: _Rows) -> _Rows:
    left = rows.keys != _TAKEN_OUT
    return _Rows(rows.keys[left], rows.access[left])


def _write(folder: Path, index: Any, rows: _Rows) -> None:
    order = np.argsort(rows.keys, kind="stable")
    arrays = {_KEYS: rows.keys, _ACCESS: rows.access, _ORDER: order}
    for name, array in arrays.items():
        with (folder / f"{name}.new").open("wb") as file:
            np.save(file, array)
    faiss.write_index(index, str(folder / f"{_VECTORS}.new"))
    for name in [*arrays, _VECTORS]:
        (folder / f"{name}.new").replace(folder / name)
