"""LlamaIndex: the default VectorStoreIndex, and the fusion with BM25Retriever in its guide."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from llama_index.core import (
    MockEmbedding,
    QueryBundle,
    StorageContext,
    VectorStoreIndex,
    load_index_from_storage,
)
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import TextNode
from llama_index.retrievers.bm25 import BM25Retriever

from benchmarks.retrieval.engines.protocol import Passages


class LlamaIndex:
    """BM25Retriever has no updates: it is rebuilt."""

    def __init__(self, folder: Path, variant: str, dense_weight: float) -> None:
        del dense_weight
        self._folder = folder
        self._hybrid = variant != "vector"
        self._mode = "relative_score" if variant.endswith("relative") else "reciprocal_rerank"

    def build(self, passages: Passages) -> None:
        nodes = [
            _node(key, text, vector)
            for key, (text, vector) in enumerate(zip(passages, passages.vectors, strict=True))
        ]
        model = MockEmbedding(embed_dim=passages.vectors.shape[1])
        VectorStoreIndex(nodes, embed_model=model).storage_context.persist(str(self._folder))
        if self._hybrid:
            for node in nodes:
                node.embedding = None
            BM25Retriever.from_defaults(nodes=nodes).persist(str(self._bm25_folder))

    def open(self) -> None:
        storage = StorageContext.from_defaults(persist_dir=str(self._folder))
        self._index = load_index_from_storage(storage, embed_model=MockEmbedding(embed_dim=1))
        if self._hybrid:
            self._bm25 = BM25Retriever.from_persist_dir(str(self._bm25_folder))

    def search(self, question: str, vector: np.ndarray, limit: int) -> Sequence[int]:
        retriever = self._index.as_retriever(similarity_top_k=limit)
        if self._hybrid:
            self._bm25.similarity_top_k = limit
            retriever = QueryFusionRetriever(
                [retriever, self._bm25],
                llm=MockLLM(),
                similarity_top_k=limit,
                num_queries=1,
                mode=self._mode,
                use_async=False,
            )
        found = retriever.retrieve(QueryBundle(question, embedding=vector.tolist()))
        return [int(it.node.node_id) for it in found]

    def nearest(self, vector: np.ndarray, limit: int) -> Sequence[int]:
        retriever = self._index.as_retriever(similarity_top_k=limit)
        found = retriever.retrieve(QueryBundle("", embedding=vector.tolist()))
        return [int(it.node.node_id) for it in found]

    def replace(self, key: int, text: str, vector: np.ndarray) -> None:
        self._index.delete_nodes([str(key)], delete_from_docstore=True)
        self._index.insert_nodes([_node(key, text, vector)])
        self._index.storage_context.persist(str(self._folder))
        if self._hybrid:
            nodes = list(self._index.docstore.docs.values())
            self._bm25 = BM25Retriever.from_defaults(nodes=nodes)
            self._bm25.persist(str(self._bm25_folder))

    @property
    def _bm25_folder(self) -> Path:
        return self._folder / "bm25"


def _node(key: int, text: str, vector: np.ndarray) -> TextNode:
    return TextNode(id_=str(key), text=text, embedding=vector.tolist())
