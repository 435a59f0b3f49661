"""Qdrant's local mode: dense vectors and fastembed's BM25, fused with RRF by its Query API."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from bm25s.stopwords import STOPWORDS_EN_PLUS
from fastembed.sparse.bm25 import Bm25
from qdrant_client import QdrantClient, models

from benchmarks.retrieval.engines.protocol import Passages
from benchmarks.retrieval.engines.sudachi import words

_NAME = "passages"
_BATCH = 256
_CANDIDATES = 2
"""Candidates per side, relative to the limit, as in Qdrant's guide (20 for 10)."""


class Qdrant:
    """BM25 with a local list of stop words, which fastembed would download."""

    def __init__(self, folder: Path, variant: str, dense_weight: float) -> None:
        del dense_weight
        self._client = QdrantClient(path=str(folder))
        self._words = variant.endswith("sudachi")
        self._fusion = models.Fusion.DBSF if variant.endswith("dbsf") else models.Fusion.RRF

    def build(self, passages: Passages) -> None:
        self._client.create_collection(
            _NAME,
            vectors_config={
                "dense": models.VectorParams(
                    size=passages.vectors.shape[1], distance=models.Distance.COSINE
                )
            },
            sparse_vectors_config={
                "sparse": models.SparseVectorParams(modifier=models.Modifier.IDF)
            },
        )
        self._make_bm25()
        for points in self._points(passages):
            self._client.upsert(_NAME, points)

    def open(self) -> None:
        self._make_bm25()
        self._client.get_collection(_NAME)

    def search(self, question: str, vector: np.ndarray, limit: int) -> Sequence[int]:
        found = self._client.query_points(
            _NAME,
            prefetch=[
                models.Prefetch(query=vector.tolist(), using="dense", limit=_CANDIDATES * limit),
                models.Prefetch(
                    query=next(self._sparse([question], asked=True)),
                    using="sparse",
                    limit=_CANDIDATES * limit,
                ),
            ],
            query=models.FusionQuery(fusion=self._fusion),
            limit=limit,
        )
        return [int(point.id) for point in found.points]

    def nearest(self, vector: np.ndarray, limit: int) -> Sequence[int]:
        found = self._client.query_points(_NAME, query=vector.tolist(), using="dense", limit=limit)
        return [int(point.id) for point in found.points]

    def replace(self, key: int, text: str, vector: np.ndarray) -> None:
        self._client.upsert(_NAME, [self._point(key, text, vector, self._sparse([text]))])

    def _make_bm25(self) -> None:
        self._bm25 = Bm25(
            "Qdrant/bm25",
            specific_model_path="unused",
            stopwords=set(STOPWORDS_EN_PLUS),
            disable_stemmer=self._words,
        )

    def _points(self, passages: Passages) -> Iterator[list[models.PointStruct]]:
        texts, start = iter(passages), 0
        while batch := list(islice(texts, _BATCH)):
            sparse = self._sparse(batch)
            yield [
                self._point(key, text, passages.vectors[key], sparse)
                for key, text in enumerate(batch, start)
            ]
            start += len(batch)

    def _point(
        self, key: int, text: str, vector: np.ndarray, sparse: Iterator[models.SparseVector]
    ) -> models.PointStruct:
        vectors = {"dense": vector.tolist(), "sparse": next(sparse)}
        return models.PointStruct(id=key, vector=vectors, payload={"text": text})

    def _sparse(self, texts: list[str], *, asked: bool = False) -> Iterator[models.SparseVector]:
        if self._words:
            texts = [" ".join(words(text)) for text in texts]
        for it in (self._bm25.query_embed if asked else self._bm25.embed)(texts):
            yield models.SparseVector(indices=it.indices.tolist(), values=it.values.tolist())
