"""A corpus of any size: real paragraphs, with variations by a seed, and clustered vectors.

The first copy of each paragraph is unchanged. Further copies mix in sentences of others and end
with a unique number, so that all texts differ and the vocabulary keeps growing.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.retrieval.collection import Collection
from benchmarks.retrieval.progress import say

_SENTENCE = re.compile(r"[^。.!?]+[。.!?]*\s*")
_FOREIGN = 0.3
"""Share of a copy's sentences that come from other paragraphs."""

_CLUSTERS = 2_000
_SPREAD = 0.9
"""Length of a vector's random part relative to its centre; its cosine to the centre is 0.74."""

_ROWS_AT_ONCE = 50_000
_NEAREST = 10


class Corpus:
    """A corpus that `make` wrote into a folder; texts are read on demand.

    Attributes:
        vectors: Vectors of the passages, memory-mapped; shape `(passages, dimensions)`.
        questions: Real questions about the paragraphs, with `question_vectors`.
        nearest: Keys of the ten passages nearest to each question, by exact cosine.
    """

    def __init__(self, folder: Path) -> None:
        self._texts = folder / "texts.jsonl"
        self.vectors = np.load(folder / "vectors.npy", mmap_mode="r")
        self.questions: list[str] = json.loads((folder / "questions.json").read_text("utf-8"))
        self.question_vectors = np.load(folder / "question_vectors.npy")
        self.nearest = np.load(folder / "nearest.npy")

    def __len__(self) -> int:
        return len(self.vectors)

    def __iter__(self) -> Iterator[str]:
        with self._texts.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def make(folder: Path, collection: Collection, chunks: int, dimensions: int, asked: int) -> None:
    """Write a corpus of *chunks* passages and *asked* questions; reproducible."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "texts.jsonl").open("w", encoding="utf-8") as file:
        for number, text in enumerate(_texts(collection.passages, chunks)):
            file.write(json.dumps(text, ensure_ascii=False) + "\n")
            if number % _ROWS_AT_ONCE == 0:
                say(f"making texts: {number} of {chunks}", passing=True)
    rows = random.Random(1).sample(
        [row for row, answer in enumerate(collection.answers) if answer < chunks], asked
    )
    answers = np.array([collection.answers[row] for row in rows])
    vectors, questions = _vectors(folder / "vectors.npy", chunks, dimensions, answers)
    texts = [collection.questions[row] for row in rows]
    (folder / "questions.json").write_text(json.dumps(texts, ensure_ascii=False), "utf-8")
    np.save(folder / "question_vectors.npy", questions)
    np.save(folder / "nearest.npy", _nearest(vectors, questions))


def _texts(passages: Sequence[str], chunks: int) -> Iterator[str]:
    sentences = [_SENTENCE.findall(passage) or [passage] for passage in passages]
    chance = random.Random(0)
    for number in range(chunks):
        row = number % len(passages)
        if number < len(passages):
            yield passages[row]
            continue
        mixed = [
            chance.choice(chance.choice(sentences)) if chance.random() < _FOREIGN else sentence
            for sentence in sentences[row]
        ]
        chance.shuffle(mixed)
        yield f"{''.join(mixed)} No. {number}"


def _vectors(
    path: Path, chunks: int, dimensions: int, answers: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(0)
    centres = _unit(chance.standard_normal((_CLUSTERS, dimensions), np.float32))
    vectors = np.lib.format.open_memmap(path, "w+", np.float32, (chunks, dimensions))
    for start in range(0, chunks, _ROWS_AT_ONCE):
        part = vectors[start : start + _ROWS_AT_ONCE]
        part[:] = _near(centres[chance.integers(_CLUSTERS, size=len(part))], chance)
        say(f"making vectors: {start} of {chunks}", passing=True)
    vectors.flush()
    return vectors, _near(vectors[answers], chance)


def _near(points: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    own = _unit(chance.standard_normal(points.shape, np.float32))
    return _unit(points + _SPREAD * own)


def _unit(vectors: np.ndarray) -> np.ndarray:
    unit: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def _nearest(vectors: np.ndarray, questions: np.ndarray) -> np.ndarray:
    keys = np.zeros((len(questions), 0), np.int64)
    cosines = np.zeros((len(questions), 0), np.float32)
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        part = questions @ vectors[start : start + _ROWS_AT_ONCE].T
        cosines = np.hstack([cosines, part])
        keys = np.hstack([keys, np.tile(np.arange(start, start + part.shape[1]), (len(keys), 1))])
        best = np.argsort(-cosines, axis=1)[:, :_NEAREST]
        keys = np.take_along_axis(keys, best, axis=1)
        cosines = np.take_along_axis(cosines, best, axis=1)
    return keys
