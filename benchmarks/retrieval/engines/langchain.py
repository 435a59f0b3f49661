"""LangChain: the FAISS store, BM25Retriever and EnsembleRetriever, combined as in its guides."""

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

from benchmarks.retrieval.engines.protocol import Passages
from benchmarks.retrieval.engines.sudachi import words

_KEY = "key"


class _FixedVector(Embeddings):  # type: ignore[misc, unused-ignore] # not always installed
    """Returns a vector that was computed in advance."""

    vector: np.ndarray

    def embed_query(self, text: str) -> list[float]:
        del text
        return [float(value) for value in self.vector]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise NotImplementedError("documents have their vectors")


class LangChain:
    """BM25Retriever has neither a file format nor updates: it is pickled, and rebuilt."""

    def __init__(self, folder: Path, variant: str, dense_weight: float) -> None:
        del dense_weight
        self._folder = folder
        self._kind, _, tokenizer = variant.partition("-")
        self._tokenizing = {"preprocess_func": words} if tokenizer else {}
        self._embeddings = _FixedVector()

    def build(self, passages: Passages) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._kind != "bm25":
            count = len(passages)
            store = FAISS.from_embeddings(
                zip(passages, passages.vectors, strict=True),
                self._embeddings,
                metadatas=[{_KEY: key} for key in range(count)],
                ids=[str(key) for key in range(count)],
            )
            store.save_local(str(self._folder))
        if self._kind != "faiss":
            documents = [Document(text, metadata={_KEY: key}) for key, text in enumerate(passages)]
            self._keep(BM25Retriever.from_documents(documents, **self._tokenizing))

    def open(self) -> None:
        if self._kind != "bm25":
            self._store = FAISS.load_local(
                str(self._folder), self._embeddings, allow_dangerous_deserialization=True
            )
        if self._kind != "faiss":
            self._bm25 = pickle.loads(self._pickle.read_bytes())

    def search(self, question: str, vector: np.ndarray, limit: int) -> Sequence[int]:
        self._embeddings.vector = vector
        return [it.metadata[_KEY] for it in self._retriever(limit).invoke(question)][:limit]

    def nearest(self, vector: np.ndarray, limit: int) -> Sequence[int]:
        if self._kind == "bm25":
            return []
        found = self._store.similarity_search_by_vector(vector.tolist(), k=limit)
        return [document.metadata[_KEY] for document in found]

    def replace(self, key: int, text: str, vector: np.ndarray) -> None:
        if self._kind != "bm25":
            self._store.delete([str(key)])
            self._store.add_embeddings(
                [(text, vector.tolist())], metadatas=[{_KEY: key}], ids=[str(key)]
            )
            self._store.save_local(str(self._folder))
        if self._kind != "faiss":
            documents = self._bm25.docs
            documents[key] = Document(text, metadata={_KEY: key})
            self._bm25 = BM25Retriever.from_documents(documents, **self._tokenizing)
            self._keep(self._bm25)

    @property
    def _pickle(self) -> Path:
        return self._folder / "bm25.pickle"

    def _keep(self, retriever: BM25Retriever) -> None:
        self._pickle.write_bytes(pickle.dumps(retriever))

    def _retriever(self, limit: int) -> Any:
        parts = []
        if self._kind != "faiss":
            self._bm25.k = limit
            parts.append(self._bm25)
        if self._kind != "bm25":
            parts.append(self._store.as_retriever(search_kwargs={"k": limit}))
        return parts[0] if len(parts) == 1 else EnsembleRetriever(retrievers=parts)
