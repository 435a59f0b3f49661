"""Vectors from a sentence-transformers model on this machine (extra `local`)."""

import asyncio
import hashlib
import re
import threading
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from knowledge.model.errors import EmbeddingError, KnowledgeConfigError
from knowledge.model.types import Vector, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_PATH = re.compile(r"[/~.\\]|[A-Za-z]:[/\\]")
"""How a folder begins; `organisation/model` is a name."""

_PROMPTS = (
    (re.compile(r"\be5-(?!.*instruct)", re.IGNORECASE), "query: ", "passage: "),
    (re.compile(r"\bruri-(?!v\d)", re.IGNORECASE), "クエリ: ", "文章: "),
)
"""Families of models that need prompts and do not bring them in their configuration."""

_SMALL = 1 << 20
_EDGE = 1 << 16
"""Bytes up to which a file counts whole for a model's identity, and at each end of larger ones."""


class LocalEmbedder:
    """Loads its model at the first use; a model's own prompts for questions are used.

    Args:
        model: Name of a Hugging Face model, or the folder that holds one.

    Raises:
        KnowledgeConfigError: when sentence-transformers is not installed, or the folder is missing.
    """

    def __init__(self, model: str) -> None:
        if find_spec("sentence_transformers") is None:
            raise KnowledgeConfigError(
                "local embeddings need sentence-transformers: pip install 'kotae[local]'"
            )
        if not model:
            raise KnowledgeConfigError("local: needs a model's name or folder after the colon")
        folder = Path(model).expanduser()
        self._folder = folder if folder.is_dir() else None
        if self._folder is None and _PATH.match(model):
            raise KnowledgeConfigError(f"local embeddings: there is no folder {model}")
        self._model_name = str(folder) if self._folder else model
        self._lock = threading.Lock()

    @cached_property
    def name(self) -> str:
        """Identity of the vectors; for a folder its content counts, not where it is."""
        if self._folder is None:
            return f"local:{self._model_name}"
        return f"local:{self._folder.resolve().name}@{_fingerprint(self._folder)}"

    @property
    def dimensions(self) -> int:
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def weight(self) -> float:
        return 0.4

    @property
    def semantic(self) -> bool:
        return True

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
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # a second bar would break the one of the sync
        try:
            model = SentenceTransformer(self._model_name)
        except (OSError, ValueError) as error:
            raise EmbeddingError(self._failure()) from error
        if not any(model.prompts.values()):
            for family, query, document in _PROMPTS:
                if family.search(self._model_name):
                    model.prompts = {"query": query, "document": document}
        return model

    def _failure(self) -> str:
        if self._folder:
            return f"the folder {self._model_name} holds no sentence-transformers model"
        return (
            f"the model {self._model_name} is neither in the cache of Hugging Face nor can it be "
            "downloaded: check its name and the network, or give a folder"
        )

    def _embed(self, texts: list[str], kind: str) -> Vectors:
        with self._lock:  # A model's tokenizer is not safe to share between threads.
            if not texts:
                return np.zeros((0, self.dimensions), np.float32)
            encode = self._model.encode_query if kind == "query" else self._model.encode_document
            vectors = encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32).reshape(len(texts), -1)


def _fingerprint(folder: Path) -> str:
    """Tell one model from another in milliseconds: small files whole, the ends of large ones."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        relative = path.relative_to(folder)
        if path.suffix == ".md" or any(part.startswith(".") for part in relative.parts):
            continue
        size = path.stat().st_size
        digest.update(f"{relative.as_posix()}\0{size}\0".encode())
        with path.open("rb") as file:
            if size > _SMALL:
                digest.update(file.read(_EDGE))
                file.seek(-_EDGE, 2)
            digest.update(file.read())
    return digest.hexdigest()[:12]
