"""Measures speed, memory and disk usage of Kotae and other engines, on the same texts and vectors.

    python -m benchmarks.retrieval.scale jsquad.json squad.json --chunks 100000 --peers all

CPU time (of all threads) is included because other load on the machine affects it less.

Each engine builds in one process, answers in a second and replaces a passage in a third; engines
run one at a time. The texts are real paragraphs with variations; the vectors are synthetic.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.retrieval import engines
from benchmarks.retrieval.collection import read_all
from benchmarks.retrieval.corpus import Corpus, make
from benchmarks.retrieval.processes import Caps, memory, run
from benchmarks.retrieval.progress import keep, say

LIMIT = 10
_WEIGHT = 0.4
_NEW_TEXT = "The quokka enclosure opens at 9:47. クオッカの展示は九時四十七分に開きます。"
_NEW_QUESTION = "When does the quokka enclosure open?"
_ASKING_SECONDS = 60.0
_DEFAULT_PEERS = (
    "langchain:faiss,langchain:hybrid,llamaindex:vector,llamaindex:hybrid,chroma,qdrant:hybrid,"
    "lancedb:hybrid,lancedb:hybrid-icu"
)

COLUMNS = {
    "build_seconds": ("build s", 1),
    "build_cpu_seconds": ("build CPU s", 1),
    "build_megabytes": ("build own MB", 0),
    "disk_megabytes": ("disk MB", 0),
    "open_milliseconds": ("open ms", 0),
    "p50_milliseconds": ("query p50 ms", 1),
    "p99_milliseconds": ("p99 ms", 1),
    "cpu_milliseconds": ("query CPU ms", 1),
    "own_megabytes": ("serving own MB", 0),
    "mapped_megabytes": ("mapped MB", 0),
    "replace_seconds": ("replace one s", 2),
}
"""The measurements, with the title and the decimals of each column."""


class Row(NamedTuple):
    """An engine's results; `problems` by task (build, serve, replace) that did not finish."""

    name: str
    numbers: Mapping[str, float]
    problems: Mapping[str, str]
    note: str = ""


def build(name: str, corpus: Path, folder: Path) -> dict[str, float]:
    """Index the corpus; the time excludes imports."""
    passages, engine = Corpus(corpus), engines.opened(name, folder, _WEIGHT)
    start, used = time.perf_counter(), time.process_time()
    engine.build(passages)
    return {
        "build_seconds": time.perf_counter() - start,
        "build_cpu_seconds": time.process_time() - used,
    }


def serve(name: str, corpus: Path, folder: Path) -> dict[str, float]:
    """Open the index and ask the questions, for at most a minute."""
    passages = Corpus(corpus)
    start = time.perf_counter()
    engine = engines.opened(name, folder, _WEIGHT)
    imported = time.perf_counter()
    engine.open()
    opened = time.perf_counter()
    seconds: list[float] = []
    cpu = time.process_time()
    for question, vector in zip(passages.questions, passages.question_vectors, strict=True):
        begun = time.perf_counter()
        engine.search(question, vector, LIMIT)
        seconds.append(time.perf_counter() - begun)
        if begun - opened > _ASKING_SECONDS:
            break
    cpu, used = time.process_time() - cpu, memory()
    asked = min(len(seconds), 100)
    found = [engine.nearest(vector, LIMIT) for vector in passages.question_vectors[:asked]]
    truth = passages.nearest[:asked].tolist()
    hits = [len(set(keys) & set(right)) for keys, right in zip(found, truth, strict=True)]
    p50, p99 = np.percentile(seconds, [50, 99]) * 1000
    return {
        "import_milliseconds": (imported - start) * 1000,
        "open_milliseconds": (opened - imported) * 1000,
        "first_milliseconds": seconds[0] * 1000,
        "p50_milliseconds": float(p50),
        "p99_milliseconds": float(p99),
        "cpu_milliseconds": cpu / len(seconds) * 1000,
        "asked": len(seconds),
        "own_megabytes": used.own / 1e6,
        "mapped_megabytes": used.mapped / 1e6,
        "dense_recall": sum(hits) / (LIMIT * len(hits)),
    }


def replace(name: str, corpus: Path, folder: Path) -> dict[str, float]:
    """Replace a passage's text and vector; the time ends when a search finds it."""
    vector = -np.ascontiguousarray(Corpus(corpus).question_vectors[0])
    key = len(Corpus(corpus)) // 2
    engine = engines.opened(name, folder, _WEIGHT)
    engine.open()
    start = time.perf_counter()
    engine.replace(key, _NEW_TEXT, vector)
    if key not in engine.search(_NEW_QUESTION, vector, LIMIT):
        raise LookupError("the new text is not found")
    return {"replace_seconds": time.perf_counter() - start}


def measure(name: str, corpus: Path, caps: Caps) -> Row:
    """Run the three tasks of an engine, until one fails."""
    try:
        note = engines.versions(name)
    except engines.MissingEngineError as error:
        return Row(name, {}, {"build": str(error)})
    numbers: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="kotae-benchmark-") as temporary:
        folder = Path(temporary) / "index"
        for task in (build, serve, replace):
            outcome = run(task, name, corpus, folder, caps=caps)
            if outcome.value is None:
                return Row(name, numbers, {task.__name__: outcome.problem}, note)
            numbers |= outcome.value
            if task is build:
                numbers["build_megabytes"] = outcome.peak / 1e6
                numbers["disk_megabytes"] = _size(folder) / 1e6
    return Row(name, numbers, {}, note)


def table(rows: Sequence[Row], baseline: str) -> str:
    """Return a Markdown table; ratios to the baseline are in brackets."""
    base = next((row.numbers for row in rows if row.name == baseline), {})
    heads = [head for head, _ in COLUMNS.values()]
    lines = [
        f"| engine | {' | '.join(heads)} | dense recall |",
        "|---|" + "---|" * (len(heads) + 1),
    ]
    for row in rows:
        cells = [_cell(row, base, number, digits) for number, (_, digits) in COLUMNS.items()]
        recall = f"{row.numbers['dense_recall']:.3f}" if "dense_recall" in row.numbers else ""
        problems = "; ".join(f"{task}: {text}" for task, text in row.problems.items())
        name = f"{row.name} ({problems})" if problems else row.name
        lines.append(f"| {name} | {' | '.join(cells)} | {recall} |")
    return "\n".join(lines)


def _cell(row: Row, base: Mapping[str, float], number: str, digits: int) -> str:
    if number not in row.numbers:
        return "–"
    value = row.numbers[number]
    text = f"{value:,.{digits}f}"
    if row.numbers is base or not base.get(number):
        return text
    ratio = value / base[number]
    return f"{text} ({ratio:,.0f}×)" if ratio >= 10 else f"{text} ({ratio:.2g}×)"


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="SQuAD-format JSON files")
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--peers", default=_DEFAULT_PEERS, help="all, or engines such as chroma")
    parser.add_argument("--baseline", default="kotae:hybrid")
    parser.add_argument("--cap-minutes", type=float, default=10, help="of one task of an engine")
    parser.add_argument("--cap-gigabytes", type=float, default=8, help="of one engine")
    parser.add_argument("--cache", type=Path, default=Path(".cache/benchmarks"))
    parser.add_argument("--json", type=Path, help="also write all results to this file")
    options = parser.parse_args()
    if missing := [str(path) for path in options.files if not path.is_file()]:
        parser.error(f"no such file: {', '.join(missing)}")
    corpus = options.cache / f"{options.chunks}x{options.dimensions}-{options.questions}"
    if not (corpus / "nearest.npy").exists():
        shutil.rmtree(corpus, ignore_errors=True)
        collection = read_all(options.files)
        make(corpus, collection, options.chunks, options.dimensions, options.questions)
    caps = Caps(60 * options.cap_minutes, 1e9 * options.cap_gigabytes)
    rows = []
    for name in dict.fromkeys([options.baseline, *engines.chosen(options.peers)]):
        say(f"{options.chunks:,} chunks: {name} …", passing=True)
        rows.append(measure(name, corpus, caps))
        summary = ", ".join(f"{key} {value:,.2f}" for key, value in rows[-1].numbers.items())
        say(f"{name}: {summary} {' '.join(rows[-1].problems.values())}")
        keep(options.json, [row._asdict() for row in rows])
    print(f"\n{options.chunks:,} chunks, {options.dimensions} dimensions\n")
    print(table(rows, options.baseline), "\n")


if __name__ == "__main__":
    main()
