"""Dense search: cosine similarity in FAISS, exact for small collections and IVF for large ones.

A folder has two segments: `main`, and `recent` for chunks added since `main` was written, so that
a small change costs little. A segment is a FAISS index and arrays by row: `keys.npy` (the chunk),
`access.npy` (its access list), `order.npy` (the rows, sorted by key) and `hidden.npy` (rows removed
since). All are memory-mapped, so that processes share one copy. Beside them, `scale.npy` has the
scale of the cosines, measured when the index was written.
"""

import math
import shutil
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge.model.types import Hit, Signals, Vector, Vectors
from knowledge.search.index import IndexEntry, Query, VectorTable
from knowledge.search.indexes.cosine_scale import SAMPLE, CosineScale, measure
from knowledge.search.indexes.signals import distribution

_MAIN, _RECENT = "main", "recent"
_VECTORS, _KEYS, _ACCESS, _ORDER = "vectors.faiss", "keys.npy", "access.npy", "order.npy"
_HIDDEN = "hidden.npy"
_SCALE = "scale.npy"

EXACT_UP_TO = 100_000
"""Chunks up to which search is exact; above, IVF is ten times faster at 97 % recall."""

_PROBES = 32
_MIN_LISTS = 1_024
_TRAINING_PER_LIST = 64
_HEADROOM = 0.25
"""Margin of the 8-bit scales for documents unlike the training sample, which would be clipped."""

_MAX_RECENT = 10_000
"""Maximum number of chunks in `recent`; comparing all of them takes a millisecond."""

_MAX_HIDDEN_SHARE = 0.3
_MAX_GROWTH = 4
_BATCH = 10_000

_Rows = NDArray[np.int64]
"""One integer per row, or row numbers; shape `(count,)`."""


class _Selection(NamedTuple):
    """The rows that a reader may see, in FAISS's form.

    `selector` refers to `bits` without owning them; it is None when every row is permitted.
    """

    selector: faiss.IDSelector | None
    bits: NDArray[np.uint8]
    permitted: int


class _Segment:
    """A part of an index, memory-mapped."""

    def __init__(self, folder: Path) -> None:
        self.index: Any = faiss.read_index(str(folder / _VECTORS), faiss.IO_FLAG_MMAP_IFC)
        self.lists: Any = faiss.try_extract_index_ivf(self.index)
        self.keys, self.access, self._order, self.hidden = (
            np.load(folder / name, mmap_mode="r") for name in (_KEYS, _ACCESS, _ORDER, _HIDDEN)
        )
        self._selection = lru_cache(maxsize=32)(self._select)

    def nearest(
        self, vector: Vector, limit: int, access: frozenset[int] | None
    ) -> list[tuple[int, float]]:
        """Return keys and cosines of the *limit* nearest permitted vectors, nearest first."""
        selection = self._selection(access)
        limit = min(limit, selection.permitted)
        if limit < 1:
            return []
        if not self.lists:
            return self._search(vector, limit, selection, faiss.SearchParameters())
        # The fewer rows are permitted, the more clusters it takes to find as many.
        probes = min(self.lists.nlist, _PROBES * len(self.keys) // selection.permitted)
        found = self._search(vector, limit, selection, _probing(probes))
        if len(found) < limit:
            found = self._search(vector, limit, selection, _probing(self.lists.nlist))
        return found

    def rows(self, keys: _Rows) -> _Rows:
        """Return the row of each key, -1 for a key that is missing or removed."""
        if not len(self._order):
            return np.full(len(keys), -1, np.int64)
        positions = np.searchsorted(self.keys, keys, sorter=self._order)
        rows = self._order[np.minimum(positions, len(self._order) - 1)]
        present = (self.keys[rows] == keys) & ~np.isin(rows, self.hidden)
        found: _Rows = np.where(present, rows, -1)
        return found

    def visible(self) -> _Rows:
        """Return the rows that have not been removed."""
        return np.delete(np.arange(len(self.keys)), self.hidden)

    def vectors(self, rows: _Rows) -> Vectors:
        """Return the vectors of *rows*; an IVF index decodes them from 8 bits."""
        found: Vectors = self.index.reconstruct_batch(np.ascontiguousarray(rows))
        return found

    def _search(
        self, vector: Vector, limit: int, selection: _Selection, parameters: Any
    ) -> list[tuple[int, float]]:
        parameters.sel = selection.selector
        faiss.omp_set_num_threads(1)  # Affects the calling thread only.
        question = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        cosines, rows = self.index.search(question, limit, params=parameters)
        found = rows[0] >= 0
        keys = self.keys[rows[0][found]]
        return list(zip(keys.tolist(), cosines[0][found].tolist(), strict=True))

    def _select(self, access: frozenset[int] | None) -> _Selection:
        permitted = np.ones(len(self.keys), np.bool_)
        if access is not None:
            permitted = np.isin(self.access, np.fromiter(access, np.int64, len(access)))
        permitted[self.hidden] = False
        bits = np.packbits(permitted, bitorder="little")
        selector = (
            None if permitted.all() else faiss.IDSelectorBitmap(bits.size, faiss.swig_ptr(bits))
        )
        return _Selection(selector, bits, int(permitted.sum()))


class DenseIndex:
    """An index that `DenseBuilder` wrote, opened for search."""

    def __init__(self, segments: Sequence[_Segment], scale: CosineScale) -> None:
        self._segments = segments
        self.scale = scale

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the index in *folder*.

        Raises:
            FileNotFoundError: when *folder* has no index.
        """
        segments = _segments(folder)
        if not segments:
            raise FileNotFoundError(folder / _MAIN)
        try:
            scale = CosineScale(*np.load(folder / _SCALE).tolist())
        except FileNotFoundError:  # An earlier version of this program wrote the index.
            scale = _measured(segments)
        return cls(segments, scale)

    @property
    def dimensions(self) -> int:
        """Length of its vectors."""
        return int(self._segments[0].index.d)

    def __len__(self) -> int:
        """Return the number of its vectors."""
        return sum(len(segment.visible()) for segment in self._segments)

    def keys(self) -> frozenset[int]:
        """Return the keys of the chunks that have a vector."""
        segments = self._segments
        return frozenset().union(*(one.keys[one.visible()].tolist() for one in segments))

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
                    margin=spread.margin,
                    z_score=spread.z_score(cosine),
                    cosine=min(max(cosine, -1.0), 1.0),
                ),
            )
            for key, cosine in found
        ]

    def nearest(
        self, vector: Vector, limit: int, access: frozenset[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return keys and cosines of the *limit* nearest permitted vectors, nearest first."""
        found = [
            hit for segment in self._segments for hit in segment.nearest(vector, limit, access)
        ]
        return sorted(found, key=lambda hit: -hit[1])[: max(limit, 0)]

    def cosines(self, vector: Vector, keys: Sequence[int]) -> dict[int, float]:
        return dict(zip(keys, self.vectors(keys).dot(vector).tolist(), strict=True))

    def vectors(self, keys: Sequence[int]) -> Vectors:
        """Return the vectors of *keys*, in order; zeros for a missing key.

        In an inexact index, they are decoded from 8 bits per dimension.
        """
        vectors = np.zeros((len(keys), self.dimensions), np.float32)
        for segment in self._segments:
            rows = segment.rows(np.asarray(keys, np.int64))
            if (present := rows >= 0).any():
                vectors[present] = segment.vectors(rows[present])
        return vectors


def _segments(folder: Path) -> list[_Segment]:
    """Open the segments in *folder*, `main` first."""
    return [_Segment(folder / name) for name in (_MAIN, _RECENT) if (folder / name).exists()]


def _measured(segments: Sequence[_Segment]) -> CosineScale:
    """Measure the scale of the cosines on a random sample of the rows not removed."""
    rows = [segment.visible() for segment in segments]
    sizes = [len(visible) for visible in rows]
    chosen = np.random.default_rng(0).permutation(sum(sizes))[:SAMPLE]
    parts = np.split(np.sort(chosen), np.searchsorted(np.sort(chosen), np.cumsum(sizes)[:-1]))
    starts = np.cumsum([0, *sizes[:-1]])
    return measure(
        np.concatenate(
            [
                segment.vectors(visible[part - start])
                for segment, visible, part, start in zip(segments, rows, parts, starts, strict=True)
            ]
        )
    )


class _Part(NamedTuple):
    """Chunks to write into a segment: their vectors' table and rows, keys, and access lists."""

    table: VectorTable
    rows: _Rows
    keys: _Rows
    access: _Rows

    def batches(self) -> Iterator[Vectors]:
        """Yield the vectors in batches."""
        for start in range(0, len(self.rows), _BATCH):
            yield np.ascontiguousarray(self.table[self.rows[start : start + _BATCH]], np.float32)


class _SegmentTable:
    """The vectors of a segment as a `VectorTable`."""

    def __init__(self, segment: _Segment) -> None:
        self._segment = segment
        self.shape = (len(segment.keys), int(segment.index.d))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: _Rows) -> Vectors:
        return self._segment.vectors(rows)


class DenseBuilder:
    """Writes the folder of a `DenseIndex`; replaces whole files, so that hard links are safe.

    Args:
        exact_up_to: Chunks up to which search is exact.
        min_lists: Minimum number of clusters of an inexact index.
        max_recent: Maximum number of chunks in the segment for recent additions.
    """

    def __init__(
        self,
        exact_up_to: int = EXACT_UP_TO,
        min_lists: int = _MIN_LISTS,
        max_recent: int = _MAX_RECENT,
    ) -> None:
        self._exact_up_to = exact_up_to
        self._min_lists = min_lists
        self._max_recent = max_recent

    def build(
        self,
        folder: Path,
        *,
        removed: Iterable[int],
        added: Iterable[IndexEntry],
        vectors: VectorTable,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._update(folder, removed, added, vectors)
        _save(folder / _SCALE, np.array(_measured(_segments(folder))))

    def _update(
        self,
        folder: Path,
        removed: Iterable[int],
        added: Iterable[IndexEntry],
        vectors: VectorTable,
    ) -> None:
        new = _new_part(added, vectors)
        segments = _segments(folder)
        if not segments or not len(segments[0].keys):
            self._rebuild(folder, [new])
            return
        main, *recent = segments
        if len(new.rows) and vectors.shape[1] != main.index.d:
            raise ValueError(f"vectors have length {vectors.shape[1]}, not {main.index.d}")
        replaced = np.concatenate([np.fromiter(removed, np.int64), new.keys])
        rows = main.rows(replaced)
        hidden = np.union1d(main.hidden, rows[rows >= 0])
        newer = [*(_without(segment, segment.rows(replaced)) for segment in recent), new]
        added_rows = sum(len(part.rows) for part in newer)
        if not self._fits(main, hidden, added_rows):
            self._rebuild(folder, [_without(main, hidden), *newer])
        elif added_rows <= self._max_recent:
            _save(folder / _MAIN / _HIDDEN, hidden)
            _write(folder / _RECENT, faiss.IndexFlatIP(main.index.d), newer)
        else:
            self._grow(folder, main, hidden, newer)

    def _fits(self, main: _Segment, hidden: _Rows, added_rows: int) -> bool:
        """Tell whether `main` can stay: few hidden rows, and the right kind for the new size."""
        count = len(main.keys) - len(hidden) + added_rows
        if count <= self._exact_up_to:
            suitable = not main.lists and added_rows <= self._max_recent
        else:
            suitable = bool(main.lists) and self._lists(count) < main.lists.nlist * _MAX_GROWTH
        return suitable and len(hidden) <= _MAX_HIDDEN_SHARE * len(main.keys)

    def _lists(self, count: int) -> int:
        """Return the number of clusters for *count* vectors: a power of two near the root."""
        return max(self._min_lists, 1 << round(math.log2(max(count, 1)) / 2))

    def _grow(self, folder: Path, main: _Segment, hidden: _Rows, newer: Sequence[_Part]) -> None:
        """Add *newer* to the clusters of `main`."""
        index = faiss.read_index(str(folder / _MAIN / _VECTORS))
        known = _Part(_SegmentTable(main), np.arange(0), main.keys, main.access)
        _write(folder / _MAIN, index, [known, *newer], hidden)
        shutil.rmtree(folder / _RECENT, ignore_errors=True)

    def _rebuild(self, folder: Path, parts: Sequence[_Part]) -> None:
        count, dimensions = sum(len(part.rows) for part in parts), parts[0].table.shape[1]
        index: Any = faiss.IndexFlatIP(dimensions)
        if count > self._exact_up_to:
            lists = self._lists(count)
            index = faiss.index_factory(dimensions, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
            index.sq.rangestat_arg = _HEADROOM
            index.train(_sample(parts, lists * _TRAINING_PER_LIST / count))
            index.make_direct_map()
        _write(folder / _MAIN, index, parts)
        shutil.rmtree(folder / _RECENT, ignore_errors=True)


def _probing(probes: int) -> Any:
    parameters = faiss.SearchParametersIVF()
    parameters.nprobe = probes
    return parameters


def _new_part(added: Iterable[IndexEntry], vectors: VectorTable) -> _Part:
    numbers = np.array([(entry.key, entry.access) for entry in added], np.int64).reshape(-1, 2)
    return _Part(vectors, np.arange(len(numbers)), numbers[:, 0], numbers[:, 1])


def _without(segment: _Segment, removed: _Rows) -> _Part:
    """Return *segment* without the rows *removed*."""
    rows = np.setdiff1d(segment.visible(), removed)
    return _Part(_SegmentTable(segment), rows, segment.keys[rows], segment.access[rows])


def _sample(parts: Sequence[_Part], share: float) -> Vectors:
    """Return a random *share* of the vectors, or all of them."""
    generator = np.random.default_rng(0)
    chosen = []
    for part in parts:
        rows = generator.permutation(len(part.rows))[: math.ceil(len(part.rows) * min(share, 1.0))]
        chosen += list(part._replace(rows=part.rows[np.sort(rows)]).batches())
    return np.concatenate(chosen)


def _write(
    folder: Path, index: Any, parts: Sequence[_Part], hidden: Sequence[int] | _Rows = ()
) -> None:
    """Add *parts* to *index* and write it as a segment."""
    for part in parts:
        for vectors in part.batches():
            index.add(vectors)
    keys = np.concatenate([part.keys for part in parts])
    folder.mkdir(exist_ok=True)
    faiss.write_index(index, str(folder / f"{_VECTORS}.new"))
    (folder / f"{_VECTORS}.new").replace(folder / _VECTORS)
    _save(folder / _KEYS, keys)
    _save(folder / _ACCESS, np.concatenate([part.access for part in parts]))
    _save(folder / _ORDER, np.argsort(keys, kind="stable"))
    _save(folder / _HIDDEN, np.asarray(hidden, np.int64))


def _save(path: Path, array: _Rows | NDArray[np.float64]) -> None:
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        np.save(file, array)
    new.replace(path)
