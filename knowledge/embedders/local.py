"""Vectors from a sentence-transformers model on this machine (extra `local`)."""

import asyncio
import threading
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from knowledge.errors import EmbeddingError, KnowledgeConfigError
from knowledge.types import Vector, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class LocalEmbedder:
    """Loads its model at the first use; a model's own prompts for questions are used.

    Args:
        model: Name of a model, or the folder that holds one.

    Raises:
        KnowledgeConfigError: when sentence-transformers is not installed.
    """

    def __init__(self, model: str) -> None:
        if find_spec("sentence_transformers") is None:
            raise KnowledgeConfigError(
                "local embeddings need sentence-transformers: pip install 'kotae[local]'"
            )
        self._name = model
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return f"local:{self._name}"

    @property
    def dimensions(self) -> int:
        return int(self._model.get_sentence_embedding_dimension() or 0)

    @property
    def weight(self) -> float:
        return 0.4

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return await asyncio.to_thread(self._embed, list(texts), "document")

    async def embed_query(self, text: str) -> Vector:
        vectors = await asyncio.to_thread(self._embed, [text], "query")
        vector: Vector = vectors[0]
        return vector

    async def aclose(self) -> None:
        """Nothing is open."""

    @cached_property
    def _model(self) -> "SentenceTransformer":
        from sentence_transformers import SentenceTransformer

        try:
            return SentenceTransformer(self._name)
        except (OSError, ValueError) as error:
            raise EmbeddingError(f"the model {self._name} cannot be loaded") from error

    def _embed(self, texts: list[str], kind: str) -> Vectors:
        with self._lock:  # A model's tokenizer is not safe to share between threads.
            encode = self._model.encode_query if kind == "query" else self._model.encode_document
            vectors = encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32).reshape(len(texts), -1)
