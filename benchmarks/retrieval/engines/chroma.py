"""Chroma: a collection of a PersistentClient with given embeddings."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import chromadb
import numpy as np
from chromadb.config import Settings

from benchmarks.retrieval.engines.protocol import Passages

_NAME = "passages"


class Chroma:
    """Uses cosine distance, and the defaults for everything else."""

    def __init__(self, folder: Path, variant: str, dense_weight: float) -> None:
        del variant, dense_weight
        quiet = Settings(anonymized_telemetry=False)
        self._client = chromadb.PersistentClient(str(folder), settings=quiet)

    def build(self, passages: Passages) -> None:
        collection = self._client.create_collection(
            _NAME, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
        )
        texts, start, most = iter(passages), 0, self._client.get_max_batch_size()
        while batch := list(islice(texts, most)):
            end = start + len(batch)
            collection.add(
                ids=[str(key) for key in range(start, end)],
                documents=batch,
                embeddings=passages.vectors[start:end],
            )
            start = end

    def open(self) -> None:
        self._collection = self._client.get_collection(_NAME, embedding_function=None)

    def search(self, question: str, vector: np.ndarray, limit: int) -> Sequence[int]:
        del question
        return self.nearest(vector, limit)

    def nearest(self, vector: np.ndarray, limit: int) -> Sequence[int]:
        found = self._collection.query(query_embeddings=[vector], n_results=limit)
        return [int(key) for key in found["ids"][0]]

    def replace(self, key: int, text: str, vector: np.ndarray) -> None:
        self._collection.update(ids=[str(key)], documents=[text], embeddings=[vector])
