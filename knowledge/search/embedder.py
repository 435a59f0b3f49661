"""The Embedder protocol, as search and sync see it."""

from collections.abc import Sequence
from typing import Protocol

from knowledge.model.types import Vector, Vectors

SEMANTIC_WEIGHT = 0.5
"""Default weight of embedders that capture meaning, 0..1; it is the same for all of them, since
their cosines are fused on one scale. Chosen by measurement, see `benchmarks/README.md`."""


class Embedder(Protocol):
    """Turns texts into vectors of length 1 (Euclidean norm).

    Attributes:
        name: Identity in the index (`openai:text-embedding-3-small:1536`); vectors of different
            names are never mixed.
        dimensions: Number of values in a vector; 0 while it is not known yet.
        weight: Default share of the dense score in the fused score, 0..1.
        semantic: True when vectors capture meaning, and not only which words occur.
    """

    @property
    def name(self) -> str: ...
    @property
    def dimensions(self) -> int: ...
    @property
    def weight(self) -> float: ...
    @property
    def semantic(self) -> bool: ...

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of *texts*, in order; shape `(len(texts), dimensions)`.

        Makes as many calls as the vendor's limits need.

        Raises:
            EmbeddingError: when the vendor fails after all retries.
        """
        ...

    async def embed_query(self, text: str) -> Vector:
        """Return the vector of a question; shape `(dimensions,)`.

        Raises:
            EmbeddingError: when the vendor fails after all retries.
        """
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...
