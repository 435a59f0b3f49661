"""Measures sync and search end to end: files on disk, a real sync, questions to its index.

    python -m benchmarks.knowledge.speed jsquad.json squad.json --chunks 100000

Texts are generated from the files' paragraphs. Vectors are synthetic clusters (384 dimensions), and
the time to make them is excluded. Each operation has a simple baseline on the same data in the same
run.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.knowledge import corpus
from knowledge.base import KnowledgeBase, KnowledgeParts
from knowledge.factory import open_engine, open_source
from knowledge.model.settings import KnowledgeSettings
from knowledge.model.types import Principal, Vector, Vectors
from knowledge.search.index import Query
from knowledge.search.indexes.dense import DenseIndex
from knowledge.search.indexes.hybrid import HybridIndex
from knowledge.search.indexes.lexical import LexicalIndex
from knowledge.search.opened_index import OpenedIndex
from knowledge.storage.index_versions import DENSE, LEXICAL, IndexVersions

DIMENSIONS = 384
CLUSTERS = 4_000
NOISE = 0.9
"""Length of a vector's offset from the centre of its cluster, whose length is 1."""

WEIGHT = 0.3
MEMBER = Principal("U1", member=True)
GUEST = Principal("U2")

T = TypeVar("T")


class ClusteredEmbedder:
    """Embeds each text near one of the centres, by its hash, and measures the time."""

    name = f"clustered:{DIMENSIONS}"
    dimensions = DIMENSIONS
    weight = WEIGHT
    semantic = True

    def __init__(self) -> None:
        self.seconds = 0.0
        self._centres = _normal(np.random.default_rng(1), CLUSTERS)
        self._noise = _normal(np.random.default_rng(2), 65_536)

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        start = time.perf_counter()
        digests = b"".join(blake2b(text.encode(), digest_size=16).digest() for text in texts)
        numbers = np.frombuffer(digests, np.uint32).reshape(-1, 4)
        vectors = self._centres[numbers[:, 0] % CLUSTERS]
        for column in (1, 2):
            vectors = vectors + NOISE / 2**0.5 * self._noise[numbers[:, column] % len(self._noise)]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        self.seconds += time.perf_counter() - start
        return vectors.astype(np.float32)

    async def embed_query(self, text: str) -> Vector:
        vector: Vector = (await self.embed_documents([text]))[0]
        return vector

    async def aclose(self) -> None:
        """Nothing is open."""


class Bench:
    """A folder with documents, of which one in twenty is for members only."""

    def __init__(self, folder: Path, files: Sequence[Path], chunks: int) -> None:
        self.folder = folder
        self.corpus = corpus.read(files)
        self.documents = chunks // corpus.SECTIONS
        self.embedder = ClusteredEmbedder()
        self.index_versions = IndexVersions(folder / "index")

    def base(self) -> KnowledgeBase:
        audiences = {"open": "anyone", "team": "members"}
        sources = [
            {"name": name, "path": self.folder / name, "audience": audience}
            for name, audience in audiences.items()
        ]
        settings = KnowledgeSettings.model_validate({"sources": sources})
        parts = KnowledgeParts(lambda: settings, lambda: self.embedder, open_source, open_engine)
        return KnowledgeBase(self.index_versions, parts)

    def path(self, number: int) -> Path:
        source = "team" if number % 20 < 1 else "open"
        return self.folder / source / f"{number // 1000}" / f"{number}.md"

    def write(self) -> None:
        for number in range(self.documents):
            path = self.path(number)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.corpus.document(number), "utf-8")


def measure_syncs(bench: Bench) -> None:
    stages: dict[str, float] = {}
    start = last = time.perf_counter()
    cpu = _cpu()
    stage = "list"

    def watch(progress: object) -> None:
        nonlocal last, stage
        now = time.perf_counter()
        stages[stage] = stages.get(stage, 0.0) + now - last
        last, stage = now, str(getattr(progress, "stage", ""))
        if stage == "index":
            stage += f" {getattr(progress, 'name', '')}"

    report = asyncio.run(bench.base().sync(progress=watch))
    stages[stage] = stages.get(stage, 0.0) + time.perf_counter() - last
    seconds = time.perf_counter() - start - bench.embedder.seconds
    chunks = report.chunks_total
    say("first sync", f"{seconds:.1f} s, {chunks / seconds:,.0f} chunks/s ({chunks:,} chunks)")
    say("", f"{_cpu() - cpu:.1f} s of CPU, {peak_megabytes():,.0f} MB peak")
    say("", ", ".join(f"{name} {value:.1f}" for name, value in stages.items()) + " (s)")
    unchanged, took = timed(lambda: asyncio.run(bench.base().sync()))
    assert unchanged.unchanged == report.documents_total
    say("unchanged sync", f"{took:.2f} s, {unchanged.embedded_chunks} embedded")
    _, plain = timed(lambda: [path.stat() for path in bench.folder.rglob("*.md")])
    say("  baseline: stat of every file", f"{plain:.2f} s")
    path = bench.path(1)
    path.write_text(bench.corpus.document(1) + "\n## New\n\nA zeppelin of word.\n", "utf-8")
    base = bench.base()
    changed, took = timed(lambda: asyncio.run(base.sync()))
    found = asyncio.run(bench.base().search("a zeppelin of word", MEMBER, 1))
    assert found[0].text == "A zeppelin of word."
    say("one changed file", f"{took:.2f} s, {changed.embedded_chunks} embedded")
    path.rename(path.with_name("renamed.md"))
    moved, took = timed(lambda: asyncio.run(bench.base().sync()))
    assert moved.moved == 1
    say("one renamed file", f"{took:.2f} s, {moved.embedded_chunks} embedded")
    _, plain = timed(lambda: _copy(bench.index_versions.current(), bench.folder / "copy"))
    say("  baseline: copy of the index", f"{plain:.2f} s, {_megabytes(bench.folder / 'copy')} MB")


def measure_queries(bench: Bench, count: int) -> None:
    folder = bench.index_versions.current()
    opened = OpenedIndex(folder, WEIGHT, open_engine())
    lexical, dense = LexicalIndex.open(folder / LEXICAL), DenseIndex.open(folder / DENSE)
    questions = bench.corpus.questions[: count + 100]
    vectors = asyncio.run(bench.embedder.embed_documents(questions))
    hybrid = HybridIndex(lexical, dense, WEIGHT, opened.store.search_texts)
    open_to_all = opened.store.access_keys(GUEST)

    def ask(reader: Principal) -> Callable[[str, Vector], object]:
        return lambda text, vector: opened.search(text, vector, reader, 8, ())

    stages: dict[str, Callable[[str, Vector], object]] = {
        "lexical candidates": lambda text, _: lexical.best(Query(text), 100),
        "dense candidates": lambda _, vector: dense.nearest(vector, 100),
        "hybrid": lambda text, vector: hybrid.search(Query(text, vector), 8),
        "hybrid, 95 % permitted": lambda text, vector: hybrid.search(
            Query(text, vector, open_to_all), 8
        ),
        "  and with passages, highlighted": ask(MEMBER),
    }
    for name, stage in stages.items():
        for text, vector in zip(questions[:100], vectors[:100], strict=True):
            stage(text, vector)
        say(name, percentiles(stage, list(zip(questions[100:], vectors[100:], strict=True))))
    measure_recall(bench, opened, dense, vectors[100:200])


def measure_recall(
    bench: Bench, opened: OpenedIndex, dense: DenseIndex, questions: Vectors
) -> None:
    """Compare the ten nearest vectors with those of an exact search."""
    keys, scores = list[int](), list[Vectors]()
    seconds = 0.0
    for some, vectors in _all_vectors(bench, opened):
        keys += some
        start = time.perf_counter()
        scores.append(vectors @ questions.T)
        seconds += time.perf_counter() - start
    table = np.concatenate(scores)
    nearest = np.argpartition(-table, 10, axis=0)[:10].T
    truth = [{keys[row] for row in rows} for rows in nearest]
    found = [{key for key, _ in dense.nearest(question, 10)} for question in questions]
    shares = [len(a & b) / 10 for a, b in zip(truth, found, strict=True)]
    say("dense recall@10", f"{np.mean(shares):.3f} of {len(shares)} questions")
    say("  baseline: numpy, exact", f"{seconds / len(questions) * 1000:.1f} ms in one batch")


def _all_vectors(
    bench: Bench, opened: OpenedIndex, batch: int = 20_000
) -> Iterator[tuple[list[int], Vectors]]:
    last = opened.manifest.contents.chunks * 2
    for start in range(0, last, batch):
        texts = opened.store.search_texts(range(start, start + batch))
        if texts:
            yield list(texts), asyncio.run(bench.embedder.embed_documents(list(texts.values())))


def measure_opening(bench: Bench) -> None:
    """Open the index in new processes; print the times and their memory."""
    program = "import sys, benchmarks.knowledge.speed as s; s.print_opening(sys.argv[1])"
    rows = []
    for _ in range(5):
        command = [sys.executable, "-c", program, str(bench.index_versions.current())]
        rows.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
    milliseconds, first, private, shared = np.median(np.array(rows), axis=0)
    say("opening in a new process", f"{milliseconds:.1f} ms, first question {first:.1f} ms")
    say("", f"{private:.0f} MB private, {shared:.0f} MB shared")


def print_opening(folder: str) -> None:
    before = _memory("RssAnon")
    start = time.perf_counter()
    opened = OpenedIndex(Path(folder), WEIGHT, open_engine())
    middle = time.perf_counter()
    vector = np.ones(DIMENSIONS, np.float32) / DIMENSIONS**0.5
    opened.search("When does it open?", vector, MEMBER, 8, ())
    end = time.perf_counter()
    own = _memory("RssAnon") - before
    print(json.dumps([(middle - start) * 1e3, (end - middle) * 1e3, own, _memory("RssFile")]))


def percentiles(stage: Callable[[str, Vector], object], asked: Sequence[tuple[str, Vector]]) -> str:
    walls, processors = [], []
    for text, vector in asked:
        start, cpu = time.perf_counter(), time.thread_time()
        stage(text, vector)
        walls.append(time.perf_counter() - start)
        processors.append(time.thread_time() - cpu)
    p50, p99 = np.percentile(walls, [50, 99]) * 1000
    cpu50, cpu99 = np.percentile(processors, [50, 99]) * 1000
    return f"p50 {p50:.2f}, p99 {p99:.2f} ms (CPU {cpu50:.2f}, {cpu99:.2f})"


def timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def say(name: str, text: str) -> None:
    print(f"{name:<34}{text}", flush=True)


def peak_megabytes() -> float:
    """Return an upper bound of the peak memory of this process and its parsers together, in MB."""
    return sum(
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _memory(kind: str) -> float:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) / 1024
    raise ValueError(kind)


def _normal(chance: np.random.Generator, count: int) -> Vectors:
    vectors = chance.standard_normal((count, DIMENSIONS), np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _copy(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())


def _megabytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) // 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="SQuAD-format JSON files, ja and en")
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--folder", type=Path, help="keep the index here, and reuse it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(options.folder or Path(name), options.files, options.chunks)
        if not bench.base().index_version:
            bench.write()
            measure_syncs(bench)
        measure_queries(bench, options.questions)
        measure_opening(bench)


if __name__ == "__main__":
    main()
