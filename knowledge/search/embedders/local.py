"""Embeddings from a local sentence-transformers model (extra `local`)."""

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
from knowledge.search.embedder import SEMANTIC_WEIGHT

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_PATH = re.compile(r"[/~.\\]|[A-Za-z]:[/\\]")
"""Matches the start of a folder's path; `organisation/model` is a model's name."""

_PROMPTS = (
    (re.compile(r"\be5-(?!.{0,100}instruct)", re.IGNORECASE), "query: ", "passage: "),
    (re.compile(r"\bruri-(?!v\d)", re.IGNORECASE), "クエリ: ", "文章: "),
)
"""Model families whose configuration lacks the prompts that they need: query, document."""

_SMALL_FILE = 1 << 20
_SAMPLE = 1 << 16
"""Fingerprints cover files up to the first size completely, else this many bytes at each end."""


class LocalEmbedder:
    """Loads its model at the first use, and uses the model's own prompts for questions.

    Args:
        model: Name of a Hugging Face model, or the folder of one.

    Raises:
        KnowledgeConfigError: when sentence-transformers is not installed, or the folder is missing.
    """

    def __init__(self, model: str) -> None:
        if find_spec("sentence_transformers") is None:
            raise KnowledgeConfigError(
                "local embeddings need sentence-transformers: pip install 'kotae[local]'"
            )
        if not model:
            raise KnowledgeConfigError("local: write a model's name or folder after the colon")
        folder = Path(model).expanduser()
        self._folder = folder if folder.is_dir() else None
        if self._folder is None and _PATH.match(model):
            raise KnowledgeConfigError(f"local embeddings: there is no folder {model}")
        if self._folder is not None and not _PATH.match(model):
            # The library would take it in place of the model, with the code that it holds.
            raise KnowledgeConfigError(
                f"local embeddings: there is a folder {model} here: write ./{model} to use it, or "
                "start elsewhere to use the model of that name"
            )
        self._model_name = str(folder) if self._folder else model
        self._lock = threading.Lock()

    @cached_property
    def name(self) -> str:
        """Identity of the vectors; that of a folder depends on its content, not on its path."""
        if self._folder is None:
            return f"local:{self._model_name}"
        return f"local:{self._folder.resolve().name}@{_fingerprint(self._folder)}"

    @property
    def dimensions(self) -> int:
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def weight(self) -> float:
        return SEMANTIC_WEIGHT

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

        disable_progress_bar()  # It would garble the progress bar of the sync.
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
            return f"the folder {self._model_name} contains no sentence-transformers model"
        return (
            f"the model {self._model_name} is not in the Hugging Face cache and cannot be "
            "downloaded: check its name and the network, or give a folder"
        )

    def _embed(self, texts: list[str], kind: str) -> Vectors:
        with self._lock:  # A model's tokenizer is not thread-safe.
            if not texts:
                return np.zeros((0, self.dimensions), np.float32)
            encode = self._model.encode_query if kind == "query" else self._model.encode_document
            vectors = encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32).reshape(len(texts), -1)


def _fingerprint(folder: Path) -> str:
    """Identify a model in milliseconds: hash small files and both ends of large ones."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        relative = path.relative_to(folder)
        if path.suffix == ".md" or any(part.startswith(".") for part in relative.parts):
            continue
        size = path.stat().st_size
        digest.update(f"{relative.as_posix()}\0{size}\0".encode())
        with path.open("rb") as file:
            if size > _SMALL_FILE:
                digest.update(file.read(_SAMPLE))
                file.seek(-_SAMPLE, 2)
            digest.update(file.read())
    return digest.hexdigest()[:12]
