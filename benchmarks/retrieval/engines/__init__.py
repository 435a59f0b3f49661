"""Search engines, one per file, each used as its documentation recommends.

An engine has variants (`chroma`, `lancedb:hybrid-icu`); `ENGINES` explains them.
"""

import importlib
import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.retrieval.engines.protocol import Engine


class Product(NamedTuple):
    """An engine: its module and class, the packages it needs, its variants with their meaning."""

    module: str
    name: str
    packages: tuple[str, ...]
    variants: Mapping[str, str]


ENGINES: Mapping[str, Product] = {
    "kotae": Product(
        "kotae",
        "Kotae",
        (),
        {
            "no-model": "lexical index and reranking, no vectors",
            "hybrid": "convex combination with the embedder's own weight, and reranking",
        },
    ),
    "langchain": Product(
        "langchain",
        "LangChain",
        ("langchain-community", "langchain-classic", "rank-bm25", "faiss-cpu"),
        {
            "faiss": "FAISS store",
            "bm25": "BM25Retriever, which splits at white space",
            "hybrid": "EnsembleRetriever of both, 0.5 : 0.5",
            "bm25-sudachi": "BM25Retriever with SudachiPy's words (preprocess_func)",
            "hybrid-sudachi": "EnsembleRetriever with SudachiPy's words",
        },
    ),
    "llamaindex": Product(
        "llamaindex",
        "LlamaIndex",
        ("llama-index-core", "llama-index-retrievers-bm25"),
        {
            "vector": "VectorStoreIndex on its SimpleVectorStore",
            "hybrid": "QueryFusionRetriever of that and BM25Retriever, reciprocal_rerank",
            "hybrid-relative": "the same in its relative_score mode",
        },
    ),
    "chroma": Product(
        "chroma",
        "Chroma",
        ("chromadb",),
        {"vector": "PersistentClient, HNSW; it has no sparse or BM25 index when local"},
    ),
    "qdrant": Product(
        "qdrant",
        "Qdrant",
        ("qdrant-client", "fastembed"),
        {
            "hybrid": "local mode, RRF of dense and fastembed's BM25 with the IDF modifier",
            "hybrid-dbsf": "the same with its distribution-based score fusion",
            "hybrid-sudachi": "RRF on SudachiPy's words",
        },
    ),
    "lancedb": Product(
        "lancedb",
        "LanceDB",
        ("lancedb",),
        {
            "fts": "full-text search, default tokenizer",
            "hybrid": "hybrid search, default tokenizer, its default RRF reranker",
            "hybrid-icu": "the same with its ICU word segmentation",
            "hybrid-ngram": "the same with its character 2-grams",
            "hybrid-linear": "default tokenizer, its LinearCombinationReranker",
            "hybrid-icu-linear": "ICU word segmentation, its LinearCombinationReranker",
            "fts-icu": "full-text search with ICU word segmentation",
            "fts-ngram": "full-text search with character 2-grams",
        },
    ),
}


class MissingEngineError(Exception):
    """A package that an engine needs is not installed; the text is one line."""


def names() -> list[str]:
    """Return every engine's variants as `engine:variant`."""
    return [f"{engine}:{variant}" for engine, it in ENGINES.items() for variant in it.variants]


def chosen(wanted: str) -> list[str]:
    """Parse `all` or a list such as `kotae,lancedb:hybrid`; an engine means all variants.

    Raises:
        SystemExit: when there is no such engine.
    """
    if wanted == "all":
        return names()
    found: list[str] = []
    for part in wanted.split(","):
        matching = [name for name in names() if part in (name, name.partition(":")[0])]
        if not matching:
            raise SystemExit(f"there is no engine {part}: {', '.join(names())}")
        found += matching
    return found


def versions(name: str) -> str:
    """Return the versions of the packages behind an engine.

    Raises:
        MissingEngineError: when one is not installed.
    """
    product = ENGINES[name.partition(":")[0]]
    packages = [*product.packages, *(["sudachipy"] if name.endswith("sudachi") else [])]
    try:
        return ", ".join(f"{it} {importlib.metadata.version(it)}" for it in packages)
    except importlib.metadata.PackageNotFoundError as error:
        raise MissingEngineError(f"{error.name} is not installed") from error


def opened(name: str, folder: Path, dense_weight: float) -> Engine:
    """Return the engine *name* with its files in *folder*."""
    engine, _, variant = name.partition(":")
    module = importlib.import_module(f"{__name__}.{ENGINES[engine].module}")
    made: Engine = getattr(module, ENGINES[engine].name)(folder, variant, dense_weight)
    return made
