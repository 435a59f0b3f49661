"""What turns texts into vectors, as search sees it."""

from collections.abc import Sequence
from typing import Protocol

from knowledge.model.types import Vector, Vectors


class Embedder(Protocol):
    """Turns texts into vectors of length 1.

    Attributes:
        name: Identity that is written into the index (`openai:text-embedding-3-small:1536`);
            vectors of another name are never mixed with its own.
        dimensions: Length of a vector.
        weight: Share of the dense side in the fused score, 0..1, when no setting says otherwise.
        semantic: Its vectors tell more than which words are there.
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
        """Embed *texts*, in order, with as many calls as the vendor's limits need.

        Raises:
            EmbeddingError: when the vendor fails after its retries.
        """
        ...

    async def embed_query(self, text: str) -> Vector:
        """Embed a question. Raises `EmbeddingError` likewise."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...
