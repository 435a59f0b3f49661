"""Dense search in Qdrant: HNSW over the cosines, compared in 8 bits and then exactly."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from knowledge.model.types import Vector
from knowledge.search.index import IndexEntry, VectorTable
from knowledge.search.indexes.cosine_scale import SAMPLE, CosineScale, measure
from knowledge.search.indexes.qdrant.collection import (
    CollectionReader,
    CollectionState,
    CollectionWriter,
    Point,
    batches,
    read_state,
    write,
)
from knowledge.search.indexes.qdrant.server import QdrantServer

_SCALE = "scale.json"
_ROWS = 1_000
_DIGITS = 7
_MOST_CHANGE = 1.1
"""How many times as many vectors make the scale measured again."""


class MeasuredScale(BaseModel):
    """The scale of the cosines, and how many vectors there were when it was measured."""

    mean: float
    spread: float
    count: int


def config(dimensions: int) -> Mapping[str, object]:
    """Return how to make the collection: whole vectors on the disk, 8 bits a number in memory."""
    return {
        "vectors": {"size": dimensions, "distance": "Dot", "on_disk": True},
        "quantization_config": {"scalar": {"type": "int8", "always_ram": True}},
    }


class QdrantDenseIndex:
    """The vectors of an index version, in Qdrant.

    Args:
        points: The points.
        scale: Of their cosines.
    """

    def __init__(self, points: CollectionReader, scale: CosineScale) -> None:
        self._points = points
        self.scale = scale

    @property
    def dimensions(self) -> int:
        return self._points.state.dimensions

    def __len__(self) -> int:
        return self._points.state.count

    def keys(self) -> frozenset[int]:
        return frozenset(self._points.keys())

    def nearest(
        self, vector: Vector, limit: int, access: frozenset[int] | None = None
    ) -> list[tuple[int, float]]:
        return self._points.best({"query": _numbers(vector)}, limit, access)

    def cosines(self, vector: Vector, keys: Sequence[int]) -> dict[int, float]:
        query = {"query": _numbers(vector), "params": {"exact": True}}
        found = dict(self._points.best(query, len(keys), keys=keys))
        return dict.fromkeys(keys, 0.0) | found


def open_dense(server: QdrantServer, folder: Path) -> QdrantDenseIndex:
    """Open the index that a `QdrantDenseBuilder` wrote with *folder*."""
    points = CollectionReader(server, read_state(folder) or CollectionState())
    scale = CosineScale()
    if (folder / _SCALE).exists():
        measured = MeasuredScale.model_validate_json((folder / _SCALE).read_bytes())
        scale = CosineScale(measured.mean, measured.spread)
    return QdrantDenseIndex(points, scale)


class QdrantDenseBuilder:
    """Writes the points of a `QdrantDenseIndex`, and the scale of its cosines into a folder."""

    def __init__(self, writer: CollectionWriter) -> None:
        self._writer = writer

    def build(
        self,
        folder: Path,
        *,
        removed: Iterable[int],
        added: Iterable[IndexEntry],
        vectors: VectorTable,
    ) -> None:
        length = int(vectors.shape[1])
        before = read_state(folder)
        if len(vectors) and before and before.collection and before.dimensions != length:
            raise ValueError(f"vectors have length {length}, not {before.dimensions}")
        points = _points(added, vectors)
        state = self._writer.update(folder, removed, points, partial(config, length), length)
        path = folder / _SCALE
        old = MeasuredScale.model_validate_json(path.read_bytes()) if path.exists() else None
        if state.count and (old is None or not _is_alike(old.count, state.count)):
            sample = CollectionReader(self._writer.server, state).sample(SAMPLE)
            scale = measure(np.array(sample, np.float32).reshape(len(sample), -1))
            write(path, MeasuredScale(mean=scale.mean, spread=scale.spread, count=state.count))


def _points(added: Iterable[IndexEntry], vectors: VectorTable) -> Iterator[Point]:
    start = 0
    for batch in batches(added, _ROWS):
        rows = vectors[np.arange(start, start + len(batch))]
        start += len(batch)
        for entry, vector in zip(batch, rows, strict=True):
            yield Point(entry.key, entry.access, _numbers(vector))


def _numbers(vector: Vector) -> list[float]:
    numbers: list[float] = np.asarray(vector, np.float64).round(_DIGITS).tolist()
    return numbers


def _is_alike(before: int, now: int) -> bool:
    return max(before, now) <= _MOST_CHANGE * min(before, now)
