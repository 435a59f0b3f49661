"""A small Qdrant server: the REST requests that we make, carried out by Qdrant's own engine.

`qdrant-edge-py` is the engine of the server without its network: segments, indexes, filters and
scores are the real ones. What is not: shards, replicas, and the optimizer that runs by itself.
"""

import re
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import qdrant_edge as edge

from tests.support.json_server import JsonRequest, JsonServer, serving_json

VERSION = "1.18.0"
KEY = "a key that may write"

Body: TypeAlias = Mapping[str, Any]

_COLLECTION = re.compile(r"/collections/([^/]+)(?:/(.+))?")
_DISTANCES = {"Dot": edge.Distance.Dot, "Cosine": edge.Distance.Cosine}
_OK = 200


class _Refusal(Exception):  # noqa: N818 - it is an answer
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass
class QdrantDouble:
    """The collections of a running server.

    Attributes:
        folder: Where they are.
        key: The key that it wants; "" for none.
        version: What it says it is.
        server: Its address, and what it was asked.
        failing_at: Writes of points, from 1, that fail.
    """

    folder: Path
    key: str = ""
    version: str = VERSION
    server: JsonServer = field(default_factory=JsonServer)
    failing_at: int = 0
    shards: dict[str, edge.EdgeShard] = field(default_factory=dict)
    writes: int = 0
    called: str = "Qdrant"
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> str:
        return self.server.address

    def answer(self, request: JsonRequest) -> tuple[int, object]:
        try:
            if self.key and request.headers.get("api-key") != self.key:
                return 403, {"status": {"error": "Invalid API key"}}
            if request.path == "/":
                return _OK, {"title": "qdrant - vector search engine", "version": self.version}
            result = self._result(request)
        except _Refusal as error:
            return error.status, {"status": {"error": str(error)}, "time": 0.0}
        except Exception as error:  # noqa: BLE001 - the engine's, shown as the server does
            return 400, {"status": {"error": str(error)}, "time": 0.0}
        return _OK, {"result": result, "status": "ok", "time": 0.0}

    def optimize(self) -> None:
        """Do what the server's optimizer does by itself."""
        for shard in self.shards.values():
            shard.optimize()

    def count(self, name: str) -> int:
        """Return how many points a collection has."""
        return self.shards[name].count(edge.CountRequest(exact=True))

    def close(self) -> None:
        for name in list(self.shards):
            self.shards.pop(name).close()

    def _result(self, request: JsonRequest) -> object:
        body: Body = request.body if isinstance(request.body, dict) else {}
        found = _COLLECTION.fullmatch(request.path)
        if request.path == "/collections":
            return {"collections": [{"name": name} for name in self.shards]}
        assert found, request.path
        name, action = found[1], found[2] or ""
        if action == "exists":
            return {"exists": name in self.shards}
        if request.method == "PUT" and not action:
            return self._create(name, body)
        if request.method == "DELETE" and not action:
            if name in self.shards:
                self.shards.pop(name).close()
                shutil.rmtree(self.folder / name)
            return True
        if name not in self.shards:
            raise _Refusal(404, f"Not found: Collection `{name}` doesn't exist!")
        shard = self.shards[name]
        if request.method == "PUT" and action == "points":
            self.writes += 1
            if self.writes == self.failing_at:
                raise _Refusal(500, "No space left on device")
        change = _change(request.method, action, body)
        if change is not None:
            with self._lock:
                shard.update(change)
            return {"operation_id": 0, "status": "completed"}
        return _answer(shard, action, body)

    def _create(self, name: str, body: Body) -> bool:
        if name in self.shards:
            raise _Refusal(409, f"Wrong input: Collection `{name}` already exists!")
        vectors = body.get("vectors")
        sparse = body.get("sparse_vectors")
        config = edge.EdgeConfig(
            vectors=edge.EdgeVectorParams(vectors["size"], _DISTANCES[vectors["distance"]])
            if vectors
            else None,
            sparse_vectors={
                key: edge.EdgeSparseVectorParams(
                    modifier=edge.Modifier.Idf if one.get("modifier") == "idf" else None,
                    datatype=edge.VectorStorageDatatype.Float16,
                )
                for key, one in sparse.items()
            }
            if sparse
            else None,
            quantization_config=edge.ScalarQuantizationConfig(edge.ScalarType.Int8)
            if "quantization_config" in body
            else None,
        )
        (self.folder / name).mkdir(parents=True)
        self.shards[name] = edge.EdgeShard.create(str(self.folder / name), config)
        return True


def _change(method: str, action: str, body: Body) -> edge.UpdateOperation | None:
    match method, action:
        case "PUT", "index":
            schema = body["field_schema"]
            assert schema["type"] == "integer"
            index = edge.IntegerIndexParams(lookup=schema["lookup"], range=schema["range"])
            return edge.UpdateOperation.create_field_index(body["field_name"], index)
        case "PUT", "points":
            return edge.UpdateOperation.upsert_points(
                [
                    edge.Point(one["id"], _vector(one["vector"]), one["payload"])
                    for one in body["points"]
                ]
            )
        case "POST", "points/delete":
            if "points" in body:
                return edge.UpdateOperation.delete_points(list(body["points"]))
            return edge.UpdateOperation.delete_points_by_filter(_filter(body["filter"]))
        case "POST", "points/payload":
            return edge.UpdateOperation.set_payload_by_filter(
                _filter(body["filter"]), dict(body["payload"])
            )
    return None


def _answer(shard: edge.EdgeShard, action: str, body: Body) -> object:
    match action:
        case "points/query":
            points = shard.query(
                edge.QueryRequest(
                    limit=body["limit"],
                    query=_query(body),
                    filter=_filter(body["filter"]),
                    params=edge.SearchParams(exact=True)
                    if body.get("params", {}).get("exact")
                    else None,
                    with_vector=body.get("with_vector", False),
                    with_payload=body.get("with_payload", False),
                )
            )
            return {
                "points": [
                    {"id": str(one.id), "version": 0, "score": one.score, "vector": one.vector}
                    for one in points
                ]
            }
        case "points/scroll":
            records, after = shard.scroll(
                edge.ScrollRequest(
                    offset=body.get("offset"),
                    limit=body["limit"],
                    filter=_filter(body["filter"]),
                    with_payload=False,
                )
            )
            ids = [{"id": str(one.id)} for one in records]
            return {"points": ids, "next_page_offset": str(after) if after is not None else None}
        case "points/count":
            count = edge.CountRequest(filter=_filter(body["filter"]), exact=body["exact"])
            return {"count": shard.count(count)}
        case "facet":
            hits = shard.facet(edge.FacetRequest(body["key"], limit=body["limit"])).hits
            return {"hits": [{"value": hit.value, "count": hit.count} for hit in hits]}
    raise _Refusal(404, f"no such request: {action}")


def _query(body: Body) -> Any:
    query = body["query"]
    if isinstance(query, dict) and query.get("sample") == "random":
        return edge.Sample.Random
    return edge.Query.Nearest(_one(query), body.get("using"))


def _one(vector: Any) -> Any:
    if isinstance(vector, dict):
        return edge.SparseVector(vector["indices"], vector["values"])
    return vector


def _vector(vector: Any) -> Any:
    if isinstance(vector, dict):
        return {name: _one(one) for name, one in vector.items()}
    return vector


def _filter(body: Body) -> edge.Filter:
    assert set(body) == {"must"}, body
    return edge.Filter(
        must=[
            edge.FieldCondition(one["key"], match=edge.MatchAny(one["match"]["any"]))
            for one in body["must"]
        ]
    )


@contextmanager
def running_qdrant(folder: Path, key: str = "") -> Iterator[QdrantDouble]:
    """Run a server that keeps its collections in *folder*."""
    double = QdrantDouble(folder, key)
    with serving_json(double.answer) as double.server:
        try:
            yield double
        finally:
            double.close()
