"""Finds the dense weight that ranks an operator's own questions best.

One half of the questions selects the weight; the other half measures its real gain.
"""

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.model.errors import KnowledgeError
from knowledge.model.threads import in_thread
from knowledge.model.types import Progress, Vector, Vectors
from knowledge.quality.question_files import KnownQuestion, QuestionFile
from knowledge.search.embedder import Embedder
from knowledge.search.index import DenseSearch, IndexEngine, IndexEntry, LexicalSearch, Query
from knowledge.search.indexes.files import FileEngine
from knowledge.search.indexes.hybrid import HybridIndex, Texts
from knowledge.storage.index_versions import STORE, read_manifest
from knowledge.storage.store import Store
from knowledge.text.analysis import normalise

CUTOFF = 10
"""Number of hits that are searched for a correct passage."""

WEIGHTS = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)

_BATCH = 32
"""Texts embedded between two progress reports."""

_RESAMPLES = 2_000
_CONFIDENCE = 0.95

Ranks = NDArray[np.int64]
"""The rank of each question's first correct passage, from 0; CUTOFF if there is none."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Search quality over the questions of one half; each value is 0..1."""

    recall_at_1: float
    mrr: float
    ndcg: float


@dataclass(frozen=True, slots=True)
class WeightTrial:
    """The quality with one weight, on the selecting half and on the confirming half."""

    weight: float
    chosen_on: Quality
    confirmed_on: Quality


@dataclass(frozen=True, slots=True)
class TuningReport:
    """The result of tuning.

    Attributes:
        embedder: Name of the embedder in use.
        questions: Number of questions in both halves together.
        left_out: Number of skipped questions, whose answer is not known or not indexed.
        current: The weight in use.
        best: The best weight on the selecting half.
        gain: Difference in nDCG@10 between `best` and `current` on the confirming half.
        least_gain: Lower end of the gain's 95 % confidence interval (paired bootstrap).
    """

    embedder: str
    questions: int
    left_out: int
    current: float
    best: float
    gain: float
    least_gain: float
    trials: tuple[WeightTrial, ...]

    @property
    def is_gain(self) -> bool:
        """True when the best weight is significantly better than the current one."""
        return self.best != self.current and self.least_gain > 0


@dataclass(frozen=True, slots=True)
class _SearchSpace:
    """The indexes to search, and the keys of the correct chunks by question."""

    lexical: LexicalSearch
    dense: DenseSearch
    texts: Texts
    correct: Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Tuning:
    """A tuning run.

    Attributes:
        embedder: Embeds the questions, and the passages of a file if it has any.
        engine: Opens the published index version.
        current: The weight in use.
        report: Called with the progress, in the event loop's thread.
    """

    embedder: Embedder
    engine: IndexEngine
    current: float
    report: Callable[[Progress], None]

    async def over_passages(self, file: QuestionFile) -> TuningReport:
        """Tune on the passages in *file*, indexed in a temporary folder."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            texts = file.passages
            vectors = np.concatenate(
                await self._embed("passages", texts, self.embedder.embed_documents)
            )
            files = FileEngine()
            await in_thread(partial(_build, files, folder, texts, vectors))
            space = _SearchSpace(
                files.lexical(folder),
                files.dense(folder),
                lambda keys: {key: texts[key] for key in keys},
                {q.text: frozenset({q.passage}) for q in file.questions if q.passage is not None},
            )
            return await self._tune(space, file)

    async def over_index_version(self, file: QuestionFile, folder: Path) -> TuningReport:
        """Tune on the published index version in *folder*.

        Raises:
            KnowledgeError: when another embedder built it, or it has none of the documents.
        """
        contents = read_manifest(folder).contents
        if not contents.embedded:
            raise KnowledgeError("the documents are still being embedded: wait for `kotae sync`")
        if contents.facts.embedder != self.embedder.name:
            raise KnowledgeError("the embedder was changed: run `kotae sync` first")
        with closing(Store(folder / STORE)) as store:
            correct = await in_thread(partial(_correct_chunks, store, file.questions))
            space = _SearchSpace(
                self.engine.lexical(folder),
                self.engine.dense(folder),
                store.search_texts,
                correct,
            )
            return await self._tune(space, file)

    async def _tune(self, space: _SearchSpace, file: QuestionFile) -> TuningReport:
        known = [question for question in file.questions if space.correct.get(question.text)]
        questions = list(dict.fromkeys(question.text for question in known))
        if len(questions) < 2:  # noqa: PLR2004 - a question in each half
            raise KnowledgeError(
                "the documents that the questions name are not indexed: compare gold_documents "
                "with `kotae knowledge search --json`, and sync"
            )
        random.Random(0).shuffle(questions)  # noqa: S311 - the same halves each time
        vectors = await self._embed("questions", questions, self._queries)
        flat = [vector for group in vectors for vector in group]
        weights = sorted({*WEIGHTS, round(self.current, 3)})
        ranks: dict[float, Ranks] = {}
        for number, weight in enumerate(weights):
            self.report(Progress("tune", number, len(weights), f"weight {weight}"))
            ranks[weight] = await in_thread(partial(_ranks, space, weight, questions, flat))
        skipped = file.left_out + len(file.questions) - len(known)
        return self._report_of(ranks, len(questions), skipped)

    def _report_of(self, ranks: Mapping[float, Ranks], count: int, skipped: int) -> TuningReport:
        trials = tuple(
            WeightTrial(weight, _quality(places[0::2]), _quality(places[1::2]))
            for weight, places in ranks.items()
        )
        current = round(self.current, 3)
        # A tenth of a point is noise: among equals, prefer the one closest to the current weight.
        best = max(trials, key=lambda t: (round(t.chosen_on.ndcg, 3), -abs(t.weight - current)))
        differences = _gains(ranks[best.weight][1::2]) - _gains(ranks[current][1::2])
        return TuningReport(
            embedder=self.embedder.name,
            questions=count,
            left_out=skipped,
            current=current,
            best=best.weight,
            gain=float(differences.mean()),
            least_gain=_lower_end(differences),
            trials=trials,
        )

    async def _embed(
        self,
        name: str,
        texts: Sequence[str],
        embed: Callable[[Sequence[str]], Awaitable[Vectors | list[Vector]]],
    ) -> list[Vectors | list[Vector]]:
        groups = []
        for start in range(0, len(texts), _BATCH):
            self.report(Progress("embed", start, len(texts), name))
            groups.append(await embed(texts[start : start + _BATCH]))
        self.report(Progress("embed", len(texts), len(texts), name))
        return groups

    async def _queries(self, texts: Sequence[str]) -> list[Vector]:
        return list(await asyncio.gather(*map(self.embedder.embed_query, texts)))


def _build(engine: FileEngine, folder: Path, texts: Sequence[str], vectors: Vectors) -> None:
    entries = [IndexEntry(row, 0, text) for row, text in enumerate(texts)]
    for name, builder in engine.builders().items():
        builder.build(folder / name, removed=[], added=entries, vectors=vectors)


def _correct_chunks(store: Store, questions: Sequence[KnownQuestion]) -> dict[str, frozenset[int]]:
    """Return the keys of the chunks with the answer to each question.

    Of a document with the answer, these are the chunks that contain its words, or else all.
    """
    by_document: dict[str, list[tuple[int, str, str]]] = {}
    for document, _, chunks in store.all_chunks():
        by_document[document.id] = [
            (chunk.key, f"{document.id}#{chunk.ordinal}", normalise(chunk.text)) for chunk in chunks
        ]
    correct = {}
    for question in questions:
        documents = question.documents | {id_.rpartition("#")[0] for id_ in question.chunks}
        of_documents = [row for id_ in documents for row in by_document.get(id_, ())]
        words = [normalise(answer) for answer in question.answers]
        named = [key for key, id_, _ in of_documents if id_ in question.chunks]
        matching = [key for key, _, text in of_documents if any(word in text for word in words)]
        correct[question.text] = frozenset(named or matching or [key for key, _, _ in of_documents])
    return correct


def _ranks(
    space: _SearchSpace, weight: float, questions: Sequence[str], vectors: Sequence[Vector]
) -> Ranks:
    index = HybridIndex(space.lexical, space.dense, weight, space.texts)
    ranks = np.full(len(questions), CUTOFF, np.int64)
    for row, (text, vector) in enumerate(zip(questions, vectors, strict=True)):
        for rank, hit in enumerate(index.search(Query(text, vector), CUTOFF)):
            if hit.key in space.correct[text]:
                ranks[row] = rank
                break
    return ranks


def _gains(ranks: Ranks) -> NDArray[np.float64]:
    """Return the nDCG@10 of each question, which needs one correct passage."""
    return np.where(ranks < CUTOFF, 1 / np.log2(ranks + 2), 0.0)


def _quality(ranks: Ranks) -> Quality:
    found = ranks < CUTOFF
    return Quality(
        recall_at_1=float((ranks == 0).mean()),
        mrr=float(np.where(found, 1 / (ranks + 1), 0.0).mean()),
        ndcg=float(_gains(ranks).mean()),
    )


def _lower_end(differences: NDArray[np.float64]) -> float:
    """Return the lower end of the mean's 95 % confidence interval, by bootstrap."""
    generator = np.random.default_rng(0)
    rows = generator.integers(0, len(differences), (_RESAMPLES, len(differences)))
    means = differences[rows].mean(axis=1)
    return float(np.quantile(means, (1 - _CONFIDENCE) / 2))
