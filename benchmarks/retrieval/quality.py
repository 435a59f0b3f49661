"""Measures ranking on a SQuAD-shaped file: unique contexts are the corpus, questions the queries.

    python -m benchmarks.retrieval.quality jsquad.json --embedder hashing

Every other question is for tuning, the rest for reporting.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from knowledge.embedders.hashing import HashingEmbedder
from knowledge.embedders.local import LocalEmbedder
from knowledge.indexes.dense import DenseBuilder, DenseIndex
from knowledge.indexes.hybrid import HybridIndex
from knowledge.indexes.lexical import LexicalBuilder, LexicalIndex
from knowledge.protocols import Embedder, IndexEntry, Query

CUTOFF = 10


class Collection(NamedTuple):
    """Passages, and questions with the row of the passage that answers them."""

    passages: list[str]
    questions: list[str]
    answers: list[int]


def read(path: Path) -> Collection:
    rows: dict[str, int] = {}
    collection = Collection([], [], [])
    for article in json.loads(path.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            if text not in rows:
                rows[text] = len(rows)
                titled = text.startswith(article["title"])
                collection.passages.append(text if titled else f"{article['title']}\n\n{text}")
            for question in paragraph["qas"]:
                if question["answers"]:
                    collection.questions.append(question["question"])
                    collection.answers.append(rows[text])
    return collection


def embedder_named(name: str) -> Embedder | None:
    kind, _, model = name.partition(":")
    match kind:
        case "none":
            return None
        case "hashing":
            return HashingEmbedder()
        case "local" if model:
            return LocalEmbedder(model)
    raise SystemExit(f"unknown embedder {name}: none, hashing or local:MODEL")


async def build(folder: Path, passages: Sequence[str], embedder: Embedder | None) -> None:
    entries = [IndexEntry(row, 0, text) for row, text in enumerate(passages)]
    nothing = np.zeros((0, 1), np.float32)
    LexicalBuilder().build(folder / "lexical", removed=[], added=entries, vectors=nothing)
    if embedder is not None:
        vectors = await embedder.embed_documents(passages)
        DenseBuilder().build(folder / "dense", removed=[], added=entries, vectors=vectors)


def opened(
    folder: Path, passages: Sequence[str], weight: float, *, dense: bool, reading: bool
) -> HybridIndex:
    return HybridIndex(
        LexicalIndex.open(folder / "lexical"),
        DenseIndex.open(folder / "dense") if dense else None,
        weight,
        (lambda keys: {key: passages[key] for key in keys}) if reading else None,
    )


async def ranks(
    index: HybridIndex, collection: Collection, embedder: Embedder | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rank of each question's passage (from 0; CUTOFF if not found), and seconds."""
    places, seconds = [], []
    for question, answer in zip(collection.questions, collection.answers, strict=True):
        vector = await embedder.embed_query(question) if embedder else None
        start = time.perf_counter()
        found = [hit.key for hit in index.search(Query(question, vector), CUTOFF)]
        seconds.append(time.perf_counter() - start)
        places.append(found.index(answer) if answer in found else CUTOFF)
    return np.array(places), np.array(seconds)


def row_of(name: str, places: np.ndarray) -> str:
    found = places < CUTOFF
    values = [
        (places < 1).mean(),
        (places < 5).mean(),
        found.mean(),
        np.where(found, 1 / (places + 1), 0).mean(),
        np.where(found, 1 / np.log2(places + 2), 0).mean(),
    ]
    return f"{name:<24}" + "".join(f"{100 * value:>10.1f}" for value in values)


async def measure(path: Path, embedder_name: str, weight: float | None, *, reading: bool) -> None:
    collection = read(path)
    embedder = embedder_named(embedder_name)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = time.perf_counter()
        await build(folder, collection.passages, embedder)
        built = time.perf_counter() - start
        start = time.perf_counter()
        share = weight if weight is not None else embedder.weight if embedder else 0.0
        index = opened(
            folder, collection.passages, share, dense=embedder is not None, reading=reading
        )
        open_seconds = time.perf_counter() - start
        places, seconds = await ranks(index, collection, embedder)
    print(f"{path.name}: {len(collection.passages)} passages, {len(places)} questions")
    print(f"{'':<24}{'R@1':>10}{'R@5':>10}{'R@10':>10}{'MRR@10':>10}{'nDCG@10':>10}")
    print(row_of("tuning half", places[0::2]))
    print(row_of("reporting half", places[1::2]))
    p50, p99 = np.percentile(seconds, [50, 99]) * 1000
    print(
        f"built in {built:.1f} s, opened in {open_seconds * 1000:.1f} ms, "
        f"a query takes {p50:.1f} ms (p50), {p99:.1f} ms (p99)\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="SQuAD-shaped JSON files")
    parser.add_argument("--embedder", default="none", help="none, hashing or local:MODEL")
    parser.add_argument("--weight", type=float, help="share of the dense side, 0..1")
    parser.add_argument("--no-reading", action="store_true", help="leave the fused order as it is")
    options = parser.parse_args()
    for path in options.files:
        asyncio.run(measure(path, options.embedder, options.weight, reading=not options.no_reading))


if __name__ == "__main__":
    main()
