"""A collection of points in Qdrant, of which each index version sees its own part.

A point never changes. It has the key of a chunk, that of its access list, and a layer: the number
of the sync that wrote it. A version names its layers, and the points of them that it must not show
because a later sync removed them. So a version sees all of a sync or nothing, whatever other syncs
are doing, were killed at, or have undone: a layer that no version names is never seen, and the next
sync deletes it.

What the version before did not show either is deleted from the server, and many layers become one
again. The first layer has the number 0.
"""

import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from knowledge.model.errors import DamagedIndexError, IndexServerError
from knowledge.search.indexes.qdrant.server import MissingCollectionError, QdrantServer

STATE = "collection.json"
CREATED = "COLLECTIONS"
"""File beside the index versions: the collections that this machine ever made, one a line."""

FIELDS = ("key", "access", "layer")
_BATCH = 200
_KEYS = 1_000
_PAGE = 10_000
_MOST_LAYERS = 20
_WORD = 2**64

_T = TypeVar("_T")

PointId = tuple[int, int]
"""The layer in which a point was written, and the key of its chunk."""


class Point(NamedTuple):
    """What to write: the key of a chunk, the key of its access list, and a vector as JSON."""

    key: int
    access: int
    vector: object


class CollectionState(BaseModel):
    """The part of a collection that an index version sees.

    Attributes:
        collection: Its name; "" while nothing was ever written.
        dimensions: Length of dense vectors.
        count: Points that the version shows.
        layers: What it sees; the first is 0.
        old_layers: How many of them the version before saw, too.
        hidden: Points of these layers that it does not show.
        old_hidden: How many of them the version before did not show either.
    """

    model_config = ConfigDict(frozen=True)

    collection: str = ""
    dimensions: int = 0
    count: int = 0
    layers: tuple[int, ...] = (0,)
    old_layers: int = 0
    hidden: tuple[PointId, ...] = ()
    old_hidden: int = 0


def read_state(folder: Path) -> CollectionState | None:
    """Return the state in *folder*; None where there is none."""
    try:
        return CollectionState.model_validate_json((folder / STATE).read_bytes())
    except FileNotFoundError:
        return None


def write(path: Path, content: BaseModel) -> None:
    """Replace a file, which may be that of the version before, too."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(content.model_dump_json(), encoding="utf-8")
    draft.replace(path)


class CollectionReader:
    """The points of one index version; for several threads."""

    def __init__(self, server: QdrantServer, state: CollectionState) -> None:
        self.state = state
        self._server = server
        self._hidden = frozenset(state.hidden)

    def best(
        self,
        query: Mapping[str, object],
        limit: int,
        access: frozenset[int] | None = None,
        keys: Collection[int] | None = None,
    ) -> list[tuple[int, float]]:
        """Return keys and scores of the *limit* best permitted points, best first.

        Args:
            query: The fields of Qdrant's query that say what is asked.
            limit: Maximum number of points.
            access: Keys of the access lists that admit the reader; None for all.
            keys: Only these chunks; None for all.

        Raises:
            IndexServerError: when the server cannot be asked.
        """
        if limit < 1 or access == frozenset() or keys == [] or not self.state.count:
            return []
        asked = limit + min(len(self._hidden), limit)
        path = f"/collections/{self.state.collection}/points/query"
        condition = _filter(layer=self.state.layers, access=access, key=keys)
        while True:
            body = {**query, "filter": condition, "limit": asked, "with_payload": False}
            points = self._server.ask(path, body)["points"]
            found = [
                (id_[1], float(point["score"]))
                for point in points
                if (id_ := _read_id(point["id"])) not in self._hidden
            ]
            if len(found) >= limit or len(points) < asked:
                return found[:limit]
            asked *= 4

    def keys(self) -> Iterator[int]:
        """Yield the keys of all points."""
        for id_ in _ids(self._server, self.state, None) if self.state.count else ():
            if id_ not in self._hidden:
                yield id_[1]

    def sample(self, count: int) -> list[list[float]]:
        """Return the vectors of *count* points chosen at random."""
        path = f"/collections/{self.state.collection}/points/query"
        points = self._server.ask(
            path,
            {
                "query": {"sample": "random"},
                "filter": _filter(layer=self.state.layers),
                "limit": count,
                "with_payload": False,
                "with_vector": True,
            },
        )["points"]
        return [point["vector"] for point in points]


@dataclass(frozen=True, slots=True)
class CollectionWriter:
    """Writes the points of the next index version.

    Attributes:
        server: Where they go.
        root: The folder with the index versions.
        kind: Part of the names of its collections.
    """

    server: QdrantServer
    root: Path
    kind: str

    def update(
        self,
        folder: Path,
        removed: Iterable[int],
        points: Iterable[Point],
        config: Callable[[], Mapping[str, object]],
        dimensions: int = 0,
    ) -> CollectionState:
        """Write *points*, and the state with them and without the chunks *removed* into *folder*.

        Args:
            folder: Has the state of the version before, if any.
            removed: Keys of chunks.
            points: A key that is there already is replaced.
            config: How to make the collection, where there is none.
            dimensions: Length of dense vectors.

        Raises:
            IndexServerError: when it cannot be done; what is published is as it was.
        """
        folder.mkdir(parents=True, exist_ok=True)
        before = read_state(folder) or CollectionState()
        points, gone = iter(points), list(removed)
        first = list(islice(points, 1))
        after = before
        if first and not before.collection:
            after = self._create(chain(first, points), config(), dimensions)
        elif before.collection and (first or gone):
            after = self._change(before, gone, chain(first, points))
        write(folder / STATE, after)
        return after

    def _create(
        self, points: Iterable[Point], config: Mapping[str, object], dimensions: int
    ) -> CollectionState:
        self._drop_unused()
        name = f"kotae-{self.kind}-{time.time_ns()}"
        with (self.root / CREATED).open("a", encoding="ascii") as file:
            file.write(f"{name}\n")  # before it is made: a kill must not leave it behind for good
        create(self.server, name, config)
        count = self._write(name, 0, points)
        self._prove(name, 0, count)
        return CollectionState(collection=name, dimensions=dimensions, count=count)

    def _change(
        self, before: CollectionState, removed: Sequence[int], points: Iterable[Point]
    ) -> CollectionState:
        layer = time.time_ns()
        before = self._clean(before, layer)
        hidden, added = list(self._found(before, removed)), 0
        for batch in batches(points, _BATCH):
            hidden += self._found(before, [point.key for point in batch])
            added += self._write(before.collection, layer, batch)
        self._prove(before.collection, layer, added)
        return CollectionState(
            collection=before.collection,
            dimensions=before.dimensions,
            count=before.count - len(hidden) + added,
            layers=(*before.layers, *([layer] if added else [])),
            old_layers=len(before.layers),
            hidden=(*before.hidden, *hidden),
            old_hidden=len(before.hidden),
        )

    def _write(self, name: str, layer: int, points: Iterable[Point]) -> int:
        """Write a layer, or a part of it; return how many points it has."""
        count, path = 0, f"/collections/{name}/points?wait=true"
        for batch in batches(points, _BATCH):
            written = [
                {
                    "id": _id(layer, point.key),
                    "vector": point.vector,
                    "payload": dict(zip(FIELDS, (point.key, point.access, layer), strict=True)),
                }
                for point in batch
            ]
            self.server.send("PUT", path, {"points": written})
            count += len(batch)
        return count

    def _prove(self, name: str, layer: int, written: int) -> None:
        """Check that a layer is whole, or another machine's sync took it away."""
        body = {"filter": _filter(layer=[layer]), "exact": True}
        count = int(self.server.ask(f"/collections/{name}/points/count", body)["count"])
        if count != written:
            raise IndexServerError(
                f"the index server of INDEX_URL has {count} of {written} new points: sync again"
            )

    def _found(self, before: CollectionState, keys: Sequence[int]) -> Iterator[PointId]:
        """Yield the points of *keys* that the version before shows."""
        hidden = frozenset(before.hidden)
        for batch in batches(keys, _KEYS):
            for id_ in _ids(self.server, before, batch):
                if id_ not in hidden:
                    yield id_

    def _clean(self, before: CollectionState, now: int) -> CollectionState:
        """Delete what no version shows, and make one layer of many; return what is left.

        The version before this one and that before it stay as they are, and so does a layer that
        began later than *now*: another machine may write it.
        """
        path = f"/collections/{before.collection}"
        for batch in batches(before.hidden[: before.old_hidden], _KEYS):
            ids = [_id(*id_) for id_ in batch]
            self.server.send("POST", f"{path}/points/delete?wait=true", {"points": ids})
        counted = self.server.ask(f"{path}/facet", {"key": "layer", "limit": _KEYS})["hits"]
        layers = {int(hit["value"]) for hit in counted}
        if unnamed := sorted(one for one in layers.difference(before.layers) if one < now):
            body = {"filter": _filter(layer=unnamed)}
            self.server.send("POST", f"{path}/points/delete?wait=true", body)
        left = before.layers
        if len(left) > _MOST_LAYERS:
            body = {"payload": {"layer": 0}, "filter": _filter(layer=left[1 : before.old_layers])}
            self.server.send("POST", f"{path}/points/payload?wait=true", body)
            left = (0, *left[before.old_layers :])
        self._drop_unused()
        hidden = before.hidden[before.old_hidden :]
        return before.model_copy(update={"layers": left, "hidden": hidden})

    def _drop_unused(self) -> None:
        """Delete the collections of this machine that none of its versions uses any more."""
        try:
            created = (self.root / CREATED).read_text(encoding="ascii").split()
        except FileNotFoundError:
            return
        states = (read_state(path.parent) for path in self.root.glob(f"*/*/{STATE}"))
        used = {state.collection for state in states if state}
        mine = f"kotae-{self.kind}-"
        unused = [name for name in created if name.startswith(mine) and name not in used]
        for name in unused:
            with suppress(MissingCollectionError):
                self.server.send("DELETE", f"/collections/{name}")
        if unused:
            kept = "".join(f"{name}\n" for name in created if name not in unused)
            draft = self.root / f"{CREATED}.new"
            draft.write_text(kept, encoding="ascii")
            draft.replace(self.root / CREATED)


def check(server: QdrantServer, state: CollectionState, *, thorough: bool) -> None:
    """Check that the server still has a collection; if *thorough*, all of it.

    Raises:
        DamagedIndexError: when it does not.
        IndexServerError: when that cannot be told.
    """
    if not state.collection:
        return
    if not server.get(f"/collections/{state.collection}/exists")["exists"]:
        raise DamagedIndexError(
            f"the index server of INDEX_URL no longer has {state.collection}: run `kotae sync`"
        )
    if not thorough:
        return
    path = f"/collections/{state.collection}/points/count"
    body = {"filter": _filter(layer=state.layers), "exact": True}
    if (count := int(server.ask(path, body)["count"])) < state.count:
        raise DamagedIndexError(
            f"the index server of INDEX_URL has {count} of the {state.count} points of "
            f"{state.collection}: run `kotae sync`"
        )


def create(server: QdrantServer, name: str, config: Mapping[str, object]) -> None:
    """Make a collection with the indexes that filters need. Raises `IndexServerError`."""
    server.send("PUT", f"/collections/{name}", {**config, "on_disk_payload": True})
    for field in FIELDS:
        schema = {"type": "integer", "lookup": True, "range": False}
        path = f"/collections/{name}/index?wait=true"
        server.send("PUT", path, {"field_name": field, "field_schema": schema})


def _ids(
    server: QdrantServer, state: CollectionState, keys: Sequence[int] | None
) -> Iterator[PointId]:
    """Yield the ids of the points in a version's layers, of *keys* only unless it is None."""
    body: dict[str, object] = {
        "filter": _filter(layer=state.layers, key=keys),
        "limit": _PAGE,
        "with_payload": False,
    }
    while True:
        page = server.ask(f"/collections/{state.collection}/points/scroll", body)
        yield from (_read_id(point["id"]) for point in page["points"])
        if page.get("next_page_offset") is None:
            return
        body["offset"] = page["next_page_offset"]


def _filter(**wanted: Collection[int] | None) -> dict[str, object]:
    """Return the filter for points whose fields have one of the *wanted* values, if not None."""
    return {
        "must": [
            {"key": field, "match": {"any": sorted(values)}}
            for field, values in wanted.items()
            if values is not None
        ]
    }


def _id(layer: int, key: int) -> str:
    return str(uuid.UUID(int=layer * _WORD + key % _WORD))


def _read_id(text: str) -> PointId:
    layer, key = divmod(uuid.UUID(text).int, _WORD)
    return layer, key - _WORD if key >= _WORD // 2 else key


def batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Yield *items* in lists of up to *size*."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
