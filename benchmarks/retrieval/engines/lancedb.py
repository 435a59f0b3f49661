"""LanceDB: a table with an FTS index, and hybrid search with the default RRF reranker."""

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.retrieval.engines.protocol import Passages

os.environ.setdefault("LANCE_LOG", "error")  # It would log a warning for every query.
import lancedb
from lancedb.index import FTS
from lancedb.rerankers import LinearCombinationReranker

_NAME = "passages"
_BATCH = 10_000
_VECTOR_INDEX_ABOVE = 100_000
"""Rows up to which its guide recommends search without a vector index."""

_TOKENIZERS: dict[str, dict[str, Any]] = {
    "": {},
    "icu": {"base_tokenizer": "icu"},
    "ngram": {
        "base_tokenizer": "ngram",
        "ngram_min_length": 2,
        "ngram_max_length": 2,
        "stem": False,
        "remove_stop_words": False,
    },
}


class LanceDB:
    """Variants: `fts` or `hybrid`, then a tokenizer other than the default, then `linear`."""

    def __init__(self, folder: Path, variant: str, dense_weight: float) -> None:
        del dense_weight
        self._database = lancedb.connect(str(folder))
        self._kind, _, tokenizer = variant.removesuffix("-linear").partition("-")
        self._settings = _TOKENIZERS[tokenizer]
        self._linear = variant.endswith("-linear")

    def build(self, passages: Passages) -> None:
        schema = pa.schema(
            {
                "key": pa.int64(),
                "text": pa.string(),
                "vector": pa.list_(pa.float32(), passages.vectors.shape[1]),
            }
        )
        table = self._database.create_table(_NAME, _batches(passages, schema), schema=schema)
        table.create_index("text", config=FTS(**self._settings))
        if len(passages) > _VECTOR_INDEX_ABOVE and self._kind != "fts":
            table.create_index(metric="cosine", vector_column_name="vector")

    def open(self) -> None:
        self._table = self._database.open_table(_NAME)

    def search(self, question: str, vector: np.ndarray, limit: int) -> Sequence[int]:
        if self._kind == "fts":
            query = self._table.search(question, query_type="fts")
        else:
            query = self._table.search(query_type="hybrid").vector(vector).text(question)
            if self._linear:
                query = query.rerank(LinearCombinationReranker())
        return self._keys(query, limit)

    def nearest(self, vector: np.ndarray, limit: int) -> Sequence[int]:
        if self._kind == "fts":
            return []
        return self._keys(self._table.search(vector), limit)

    def replace(self, key: int, text: str, vector: np.ndarray) -> None:
        row = {"key": key, "text": text, "vector": vector.tolist()}
        merge = self._table.merge_insert("key")
        merge.when_matched_update_all().when_not_matched_insert_all().execute([row])
        self._table.optimize()

    def _keys(self, query: Any, limit: int) -> list[int]:
        keys: list[int] = query.select(["key", "text"]).limit(limit).to_arrow()["key"].to_pylist()
        return keys


def _batches(passages: Passages, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    texts, start = iter(passages), 0
    while batch := list(islice(texts, _BATCH)):
        end = start + len(batch)
        flat = pa.array(np.ascontiguousarray(passages.vectors[start:end]).reshape(-1))
        vectors = pa.FixedSizeListArray.from_arrays(flat, passages.vectors.shape[1])
        yield pa.record_batch(
            [pa.array(range(start, end), pa.int64()), pa.array(batch), vectors], schema=schema
        )
        start = end
