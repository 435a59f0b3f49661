"""Fits the weights in `bot/agent/weights/extractive.json` on SQuAD-format files, and reports them.

    python -m benchmarks.confidence.fit jsquad.json squad.json --write

Each paragraph is a document, and only every other one is in the collection, so that half of the
questions have no answer. Questions take the real path: sync, search, quotation. An answer is
correct if it quotes the right paragraph and the quotation contains the given answer. Every other
question is for fitting; the others are for reporting.
"""

import argparse
import asyncio
import hashlib
import json
import random
import re
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.agent.confidence import Weights, retrieval_features
from bot.app.container import open_knowledge
from bot.core.language import language_of
from bot.llm.extractive import quotation
from bot.settings.settings import Settings
from knowledge.base import KnowledgeBase
from knowledge.model.types import Principal

FEATURES = (
    "coverage",
    "term_coverage",
    "quote_coverage",
    "kind_unmet",
    "figures_missing",
)
"""`--features` selects others. `margin` and `z_score` help much on the English file (AUROC .93, not
.91). But where several documents cover one subject, as a team's do, both are small for correct
answers, too. They are recorded, for a fit on a team's own questions."""

PRECISIONS = (0.90, 0.95, 0.99)
READER = Principal("reader", member=True)
WEIGHTS = Path(__file__).parents[2] / "bot/agent/weights/extractive.json"

Column = NDArray[np.float64]


class Asked(NamedTuple):
    question: str
    document: str
    answers: tuple[str, ...]


class Measured(NamedTuple):
    features: dict[str, float]
    right: bool
    passage: bool


def read(path: Path) -> tuple[dict[str, str], list[Asked]]:
    """Return the documents in the collection, by name, and all questions with an answer."""
    documents, asked = {}, []
    for article in json.loads(path.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            digest = hashlib.sha256(paragraph["context"].encode()).hexdigest()
            name = f"{digest[:12]}.md"
            if int(digest, 16) % 2:
                documents[name] = f"# {article['title']}\n\n{paragraph['context']}\n"
            asked += [
                Asked(item["question"], name, tuple(answer["text"] for answer in item["answers"]))
                for item in paragraph["qas"]
                if item["answers"]
            ]
    return documents, asked


async def measure(path: Path, most: int) -> list[Measured]:
    documents, asked = read(path)
    random.Random(1).shuffle(asked)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "docs").mkdir()
        for document, text in documents.items():
            (folder / "docs" / document).write_text(text, "utf-8")
        config = folder / "knowledge.toml"
        config.write_text('[[sources]]\nname = "docs"\npath = "docs"\n', "utf-8")
        base = open_knowledge(
            Settings(_env_file=None, knowledge_config=config, data_dir=folder, openai_api_key=None)
        )
        await base.sync()
        rows = [await answered(base, one, there=one.document in documents) for one in asked[:most]]
        await base.aclose()
    return rows


async def answered(base: KnowledgeBase, asked: Asked, *, there: bool) -> Measured:
    found = await base.search(asked.question, READER)
    if not found:
        return Measured({}, right=False, passage=False)
    best = found[0]
    quoted = quotation(best, asked.question, language_of(asked.question))
    passage = there and best.document_id.endswith(asked.document)
    right = passage and any(plain(answer) in plain(quoted) for answer in asked.answers)
    features = retrieval_features(asked.question, quoted, best, found)
    return Measured(features, right, passage)


def plain(text: str) -> str:
    return re.sub(r"[\s,。、.]", "", unicodedata.normalize("NFKC", text).lower())


def matrix(rows: Sequence[Measured], features: Sequence[str]) -> Column:
    return np.array([[row.features.get(name, 0.0) for name in features] for row in rows])


def fit(x: Column, y: Column, share: Column, ridge: float = 1.0) -> Column:
    """Return weights and, last, the intercept of a logistic regression (Newton's method)."""
    x = np.hstack([x, np.ones((len(x), 1))])
    penalty = np.eye(x.shape[1]) * ridge
    penalty[-1, -1] = 1e-6
    found = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ found))
        slope = x.T @ (share * (y - p)) - penalty @ found
        found += np.linalg.solve((x * (share * p * (1 - p))[:, None]).T @ x + penalty, slope)
    return found


def auroc(score: Column, right: Column) -> float:
    ranks = np.empty(len(score))
    ranks[np.argsort(score)] = np.arange(1, len(score) + 1)
    ones = right.sum()
    return float((ranks[right == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(right) - ones)))


def coverages(score: Column, right: Column) -> Iterator[float]:
    """Return the largest share of questions that can be answered at each of `PRECISIONS`."""
    precision = np.cumsum(right[np.argsort(-score)]) / np.arange(1, len(right) + 1)
    for wanted in PRECISIONS:
        good = np.flatnonzero(precision >= wanted)
        yield (good[-1] + 1) / len(right) if len(good) else 0.0


def report(name: str, weights: Weights, rows: Sequence[Measured]) -> None:
    score = np.array([weights.score(row.features) for row in rows])
    for label in ("right", "passage"):
        right = np.array([float(getattr(row, label)) for row in rows])
        shown = score >= weights.shown_from
        told = " / ".join(f"{100 * share:.0f}" for share in coverages(score, right))
        print(
            f"{name:<28}{label:<9}{100 * right.mean():>7.1f}{auroc(score, right):>8.3f}"
            f"{told:>16}{100 * shown.mean():>9.0f}{100 * right[shown].mean():>9.1f}"
        )


def weights_of(
    features: Sequence[str], found: Column, data: Mapping[str, int], shown_from: float
) -> Weights:
    values = {name: round(float(value), 2) for name, value in zip(features, found, strict=False)}
    intercept = round(float(found[-1]), 2)
    digest = hashlib.sha256(json.dumps([values, intercept]).encode()).hexdigest()[:6]
    fitted_on = ", ".join(f"{count} questions of {name}" for name, count in data.items())
    return Weights(f"extractive-{digest}", intercept, values, {}, shown_from, fitted_on)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="+", type=Path, help="SQuAD-format JSON files")
    parser.add_argument("--questions", type=int, default=2500, help="most questions of a file")
    parser.add_argument("--shown-from", type=float, default=0.5)
    parser.add_argument("--features", nargs="+", default=FEATURES)
    parser.add_argument("--write", action="store_true", help=f"replace {WEIGHTS.name}")
    options = parser.parse_args()
    measured = {path.name: asyncio.run(measure(path, options.questions)) for path in options.files}
    halves = {name: rows[0::2] for name, rows in measured.items()}
    x = np.vstack([matrix(rows, options.features) for rows in halves.values()])
    y = np.array([float(row.right) for rows in halves.values() for row in rows])
    # Each file has the same total weight, whatever its size.
    share = np.concatenate([np.full(len(rows), 1000 / len(rows)) for rows in halves.values()])
    sizes = {name: len(rows) for name, rows in halves.items()}
    weights = weights_of(options.features, fit(x, y, share), sizes, options.shown_from)
    print(
        f"{'reporting half':<28}{'label':<9}{'possible':>8}{'AUROC':>7}"
        f"{'% at 90/95/99':>16}{'% shown':>9}{'% right':>9}"
    )
    for name, rows in measured.items():
        report(name, weights, rows[1::2])
    text = json.dumps(
        {name: getattr(weights, name) for name in Weights.__slots__}, ensure_ascii=False, indent=2
    )
    print(text)
    if options.write:
        WEIGHTS.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
