"""Ranks the passages of SQuAD-format files with Kotae and other engines, on the same vectors.

    python -m benchmarks.retrieval.quality squad.json --embedder minilm --peers all

Every other question is for tuning; the table shows the other half. `kotae:tuned` uses the dense
weight that is best on the tuning half. Nothing else is tuned, and no other engine is.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.retrieval import engines
from benchmarks.retrieval.collection import read
from benchmarks.retrieval.embeddings import Embedded, vectors_of
from benchmarks.retrieval.processes import Caps, run
from benchmarks.retrieval.progress import keep, say
from knowledge.quality.tuner import WEIGHTS

CUTOFF = 10
METRICS = ("R@1", "R@5", "R@10", "MRR@10", "nDCG@10")
TUNED = "kotae:tuned"
_BASELINE = "kotae:hybrid"


class _Corpus:
    def __init__(self, texts: Sequence[str], vectors: np.ndarray) -> None:
        self.texts = texts
        self.vectors = vectors

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)


REPORTING = slice(1, None, 2)
TUNING = slice(0, None, 8)
"""A quarter of the other half is enough to choose one weight."""


def places(
    name: str, path: Path, vectors: Path, half: slice, weights: Sequence[float | None]
) -> dict[str, list[list[int]]]:
    """Return the rank of each question's passage in *half*, from 0; CUTOFF if not found.

    There is one list per weight.
    """
    collection, embedded = read(path), Embedded.load(vectors)
    questions = list(zip(collection.questions, embedded.questions, strict=True))[half]
    answers = collection.answers[half]
    ranks = []
    with tempfile.TemporaryDirectory() as folder:
        engines.opened(name, Path(folder), 0.0).build(
            _Corpus(collection.passages, embedded.passages)
        )
        for weight in weights:
            share = embedded.weight if weight is None else weight
            engine = engines.opened(name, Path(folder), share)
            engine.open()
            found = [list(engine.search(*question, CUTOFF)) for question in questions]
            ranks.append(
                [
                    keys.index(answer) if answer in keys else CUTOFF
                    for keys, answer in zip(found, answers, strict=True)
                ]
            )
    return {"ranks": ranks}


def scores(places: np.ndarray) -> dict[str, float]:
    """Return the metrics, in percent."""
    found = places < CUTOFF
    values = [
        (places < 1).mean(),
        (places < 5).mean(),
        found.mean(),
        np.where(found, 1 / (places + 1), 0).mean(),
        np.where(found, 1 / np.log2(places + 2), 0).mean(),
    ]
    return {name: 100 * float(value) for name, value in zip(METRICS, values, strict=True)}


class Row(NamedTuple):
    """An engine's result; `note` has its versions, `problem` why there are no scores."""

    name: str
    scores: dict[str, float]
    problem: str = ""
    note: str = ""


def measure(name: str, path: Path, vectors: Path, caps: Caps, weight: float | None = None) -> Row:
    """Measure an engine on the reporting half."""
    try:
        note = engines.versions(name)
    except engines.MissingEngineError as error:
        return Row(name, {}, str(error))
    outcome = run(places, name, path, vectors, REPORTING, [weight], caps=caps)
    if outcome.value is None:
        return Row(name, {}, outcome.problem, note)
    return Row(name, scores(np.array(outcome.value["ranks"][0])), note=note)


def tuned(path: Path, vectors: Path, caps: Caps) -> Row:
    """Measure Kotae with the weight that is best on the tuning half."""
    outcome = run(places, _BASELINE, path, vectors, TUNING, WEIGHTS, caps=caps)
    if outcome.value is None:
        return Row(TUNED, {}, outcome.problem)
    values = [scores(np.array(ranks))["nDCG@10"] for ranks in outcome.value["ranks"]]
    weight = WEIGHTS[int(np.argmax(values))]
    row = measure(_BASELINE, path, vectors, caps, weight)
    return row._replace(name=f"{TUNED} (weight {weight})")


def table(rows: Sequence[Row]) -> str:
    """Return a Markdown table.

    The last column is the engine's shortfall from an nDCG of 100, relative to the baseline's.
    """
    base = next((row.scores for row in rows if row.name == _BASELINE), None)
    lines = [f"| engine | {' | '.join(METRICS)} | shortfall / {_BASELINE} |", "|---|" + "---|" * 6]
    for row in rows:
        if row.problem:
            lines.append(f"| {row.name} | {row.problem} |" + " |" * 5)
            continue
        ratio = f"{(100 - row.scores['nDCG@10']) / (100 - base['nDCG@10']):.2f}" if base else ""
        values = " | ".join(f"{row.scores[metric]:.1f}" for metric in METRICS)
        lines.append(f"| {row.name} | {values} | {ratio} |")
    return "\n".join(lines)


def compared(path: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Measure the engines in turn."""
    vectors = vectors_of(read(path), options.embedder, options.cache)
    caps = Caps(60 * options.cap_minutes, 1e9 * options.cap_gigabytes)
    names = engines.chosen("all" if options.peers == "all" else f"kotae,{options.peers}")
    for name in dict.fromkeys(names):
        say(f"{path.name}, {options.embedder}: {name} …", passing=True)
        weight = options.weight if name.startswith("kotae:") else None
        yield measure(name, path, vectors, caps, weight)
        if options.tune and name == _BASELINE:
            yield tuned(path, vectors, caps)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="SQuAD-format JSON files")
    parser.add_argument("--embedder", default="hashing", help="hashing, minilm or local:MODEL")
    parser.add_argument("--peers", default="kotae", help="all, or engines such as lancedb,chroma")
    parser.add_argument("--weight", type=float, help="Kotae's dense weight, 0..1")
    parser.add_argument("--tune", action="store_true", help="add Kotae with a tuned weight")
    parser.add_argument("--cap-minutes", type=float, default=10, help="of one engine")
    parser.add_argument("--cap-gigabytes", type=float, default=8, help="of one engine")
    parser.add_argument("--cache", type=Path, default=Path(".cache/benchmarks"))
    parser.add_argument("--json", type=Path, help="also write all results to this file")
    options = parser.parse_args()
    if missing := [str(path) for path in options.files if not path.is_file()]:
        parser.error(f"no such file: {', '.join(missing)}")
    results: dict[str, list[dict[str, object]]] = {}
    for path in options.files:
        rows, kept = [], results.setdefault(path.name, [])
        for row in compared(path, options):
            say(f"{row.name}: {row.problem or round(row.scores['nDCG@10'], 2)}")
            rows.append(row)
            kept.append(row._asdict())
            keep(options.json, results)
        print(f"\n{path.name}, vectors of {options.embedder}, in percent\n\n{table(rows)}\n")


if __name__ == "__main__":
    main()
