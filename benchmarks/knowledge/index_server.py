"""The index of files and that in Qdrant beside each other, on the same made-up chunks.

`python -m benchmarks.knowledge.index_server 10000` needs `qdrant-edge-py`, whose engine it runs
behind a local server; `--url` and `--key` name a real one. Seconds are processor time of this
process, both sides of the local server included, because a busy machine makes others worthless.
Queries show the time that passed, too.
"""

import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

from knowledge.search.index import IndexEngine, IndexEntry, Query
from knowledge.search.indexes.files import FileEngine
from knowledge.search.indexes.hybrid import HybridIndex
from knowledge.search.indexes.qdrant.collection import CREATED
from knowledge.search.indexes.qdrant.engine import QdrantEngine
from knowledge.search.indexes.qdrant.server import QdrantServer

DIMENSIONS = 256
WORDS = 20_000
QUERIES = 100
CHANGED = 50
"""Chunks of the one file that changes."""

_JAPANESE = "経費精算申請承認休暇会議室予約総務人事給与規程手引設備点検廃棄分別回収粗大住所変更届出"


@dataclass
class Measured:
    """What one engine took, by name."""

    values: dict[str, float] = field(default_factory=dict)

    def cpu(self, name: str, started: float) -> None:
        self.values[f"{name}, s of CPU"] = time.process_time() - started


def chunks(count: int) -> Iterator[IndexEntry]:
    generator = np.random.default_rng(0)
    for key in range(1, count + 1):
        words = generator.zipf(1.2, 60) % WORDS
        english = " ".join(f"word{number:x}" for number in words)
        japanese = "".join(generator.choice(list(_JAPANESE), 60))
        yield IndexEntry(key, 1 + key % 20, f"{english}。{japanese}")


def vectors(count: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    centres = np.random.default_rng(7).standard_normal((200, DIMENSIONS))
    made = centres[generator.integers(200, size=count)]
    made = made + 0.7 * generator.standard_normal((count, DIMENSIONS))
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made.astype(np.float32)


def measure(engine: IndexEngine, root: Path, entries: Sequence[IndexEntry]) -> Measured:
    measured, table = Measured(), vectors(len(entries), 1)
    texts = {entry.key: entry.text for entry in entries}
    folder, started = root / "1", time.process_time()
    for name, builder in engine.builders().items():
        builder.build(folder / name, removed=[], added=entries, vectors=table)
    measured.cpu("build", started)

    lexical, dense = engine.lexical(folder), engine.dense(folder)
    index = HybridIndex(lexical, dense, 0.5, lambda keys: {key: texts[key] for key in keys})
    asked, passed, used, recalls = vectors(QUERIES, 2), [], [], []
    for number, vector in enumerate(asked):
        text = " ".join(entries[number * 7 % len(entries)].text.split(" ")[:6])
        query = Query(text, vector, frozenset(range(1, 20)))  # 95 % may be seen
        start, cpu = time.perf_counter(), time.process_time()
        index.search(query, 8)
        passed.append(1000 * (time.perf_counter() - start))
        used.append(1000 * (time.process_time() - cpu))
        exact = np.argsort(-table.dot(vector))[:10] + 1
        nearest = {key for key, _ in dense.nearest(vector, 10)}
        recalls.append(len(nearest.intersection(exact.tolist())) / 10)
    measured.values["query p50, ms of CPU"] = float(np.percentile(used, 50))
    measured.values["query p99, ms of CPU"] = float(np.percentile(used, 99))
    measured.values["query p50, ms"] = float(np.percentile(passed, 50))
    measured.values["query p99, ms"] = float(np.percentile(passed, 99))
    measured.values["recall@10 of vectors"] = float(np.mean(recalls))

    started = time.process_time()
    changed = [
        IndexEntry(len(entries) + key, 1, f"{texts[key]} new") for key in range(1, CHANGED + 1)
    ]
    for name, builder in engine.builders().items():
        removed = range(1, CHANGED + 1)
        builder.build(folder / name, removed=removed, added=changed, vectors=table[:CHANGED])
    measured.cpu("one changed file", started)
    measured.values["folder of the version, MB"] = _megabytes(root)
    return measured


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@click.command()
@click.argument("count", type=int)
@click.option("--url", default="", help="A real server; none: Qdrant's engine in this process.")
@click.option("--key", default="", help="Its key.")
def main(count: int, url: str, key: str) -> None:
    """Build COUNT chunks in both engines, and print what each took."""
    entries = list(chunks(count))
    with TemporaryDirectory() as name, ExitStack() as closing:
        files, served = Path(name) / "files", Path(name) / "served"
        served.mkdir()
        before = measure(FileEngine(), files, entries)
        before.values["peak memory of the process so far, MB"] = _peak()
        address = url
        if not url:
            from tests.support.qdrant_server import running_qdrant

            double = closing.enter_context(running_qdrant(Path(name) / "server"))
            address = double.address
        server = QdrantServer(address, key)
        after = measure(QdrantEngine(server, served), served, entries)
        after.values["peak memory of the process so far, MB"] = _peak()
        if not url:
            print(f"disk of the server: {_megabytes(Path(name) / 'server'):,.0f} MB")
        for collection in (served / CREATED).read_text("ascii").split():
            server.send("DELETE", f"/collections/{collection}")
    print(f"{count:,} chunks, {DIMENSIONS} numbers a vector\n")
    print("| | files | Qdrant | ratio |\n|---|---|---|---|")
    for what, first in before.values.items():
        second = after.values[what]
        print(f"| {what} | {first:,.2f} | {second:,.2f} | {second / (first or 1):.1f} |")


if __name__ == "__main__":
    main()
