"""Fits the weights in `bot/agent/weights/extractive.json`, and reports them.

    python -m benchmarks.confidence.fit jsquad.json squad.json --write

Every piece of the passages found that could be quoted is an example; it is right if it stands in
the right document and holds the given answer. The score of the best piece of a question is its
confidence. The questions are those of SQuAD-format files, of which only every other paragraph is in
the collection, so that half of the questions have no answer, and the tuning half of the sample
cases (`benchmarks/answers/samples.py`), which are more like the documents of a team. Questions take
the real path: sync, search, quotation. The reporting halves take no part in the fit.
"""

import argparse
import asyncio
import hashlib
import json
import random
import re
import tempfile
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.answers.cases import is_held_out, open_samples, quotes_answer
from bot.agent.confidence import Weights
from bot.app.container import open_knowledge
from bot.cli.context import SAMPLE_CASES, reader_named
from bot.evaluation.cases import read_cases
from bot.settings.settings import Settings
from bot.text.question_fit import QuestionFit
from knowledge.base import KnowledgeBase
from knowledge.model.types import Principal

FEATURES = (
    "relative_score",
    "coverage",
    "near",
    "near_titled",
    "quoted",
    "headed",
    "bm25_bounded",
    "kind_met",
    "kind_unmet",
    "names_missing",
    "names_missing_near",
    "subject_missing",
    "subject_missing_near",
    "subject_unheard",
    "older",
    "age",
    "other_language",
)

PUBLIC_SHARE = 0.7
"""Weight of all public questions together, of that of the sample cases."""

READER = Principal("reader", member=True)
WEIGHTS = Path(__file__).parents[2] / "bot/agent/weights/extractive.json"

Column = NDArray[np.float64]


class Asked(NamedTuple):
    question: str
    document: str
    answers: tuple[str, ...]


class Piece(NamedTuple):
    """A piece that could be quoted: how it fits, and whether it is the answer."""

    features: dict[str, float]
    right: bool


Rows = list[list[Piece]]
"""The pieces of each question."""


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


async def measure(path: Path, most: int) -> Rows:
    """Return the pieces for *most* questions of a SQuAD-format file."""
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
        rows = [await pieces(base, one, there=one.document in documents) for one in asked[:most]]
        await base.aclose()
    return rows


async def pieces(base: KnowledgeBase, asked: Asked, *, there: bool) -> list[Piece]:
    found = await base.search(asked.question, READER)
    fit = QuestionFit(asked.question, found)
    return [
        Piece(
            fit.features(passage, excerpt),
            there
            and passage.document_id.endswith(asked.document)
            and any(plain(answer) in plain(excerpt.quote) for answer in asked.answers),
        )
        for passage, excerpt in fit.pieces
    ]


async def measure_samples(*, held_out: bool) -> Rows:
    """Return the pieces for one half of the sample cases."""
    with tempfile.TemporaryDirectory() as name:
        base = await open_samples(Path(name))
        rows = []
        for case in read_cases(SAMPLE_CASES):
            if case.history or is_held_out(case) != held_out:
                continue
            found = await base.search(case.question, reader_named(case.reader))
            fit = QuestionFit(case.question, found)
            rows.append(
                [
                    Piece(fit.features(one, excerpt), quotes_answer(case, one, excerpt))
                    for one, excerpt in fit.pieces
                ]
            )
    return rows


def plain(text: str) -> str:
    return re.sub(r"[\s,。、.]", "", unicodedata.normalize("NFKC", text).lower())


def matrix(rows: Sequence[Piece], features: Sequence[str]) -> Column:
    return np.array([[row.features.get(name, 0.0) for name in features] for row in rows])


def fit(x: Column, y: Column, share: Column, ridge: float) -> Column:
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


def best(rows: Rows, weights: Weights) -> list[tuple[float, bool]]:
    """Return the confidence in the best piece of each question, and whether it is right."""
    return [
        max((weights.score(piece.features), piece.right) for piece in pieces_)
        for pieces_ in rows
        if pieces_
    ]


def report(name: str, weights: Weights, rows: Rows) -> None:
    found = best(rows, weights)
    score = np.array([sure for sure, _ in found])
    right = np.array([float(is_right) for _, is_right in found])
    possible = np.mean([any(piece.right for piece in pieces_) for pieces_ in rows])
    shown = score >= weights.shown_from
    print(
        f"{name:<28}{len(rows):>6}{100 * possible:>10.1f}{100 * right.mean():>8.1f}"
        f"{auroc(score, right):>8.3f}{100 * shown.mean():>9.1f}"
        f"{100 * (right[shown].mean() if shown.any() else 0.0):>9.1f}"
        f"{100 * (1 - right[shown]).sum() / len(score):>9.1f}"
    )


def fitted(
    samples: Rows, public: Sequence[Rows], features: Sequence[str], told: str, base: Weights
) -> Weights:
    """Fit weights on all pieces; the public questions together count `PUBLIC_SHARE`."""
    parts = [[piece for row in rows for piece in row] for rows in (samples, *public)]
    shares = [1.0, *(PUBLIC_SHARE / len(public) for _ in public)]
    x = np.vstack([matrix(part, features) for part in parts])
    y = np.array([float(piece.right) for part in parts for piece in part])
    weight = np.concatenate(
        [
            np.full(len(part), share * len(parts[0]) / len(part))
            for part, share in zip(parts, shares, strict=True)
        ]
    )
    found = fit(x, y, weight, ridge=2.0)
    values = {name: round(float(value), 2) for name, value in zip(features, found, strict=False)}
    intercept = round(float(found[-1]), 2)
    digest = hashlib.sha256(json.dumps([values, intercept]).encode()).hexdigest()[:6]
    return Weights(
        f"extractive-{digest}", intercept, values, {}, base.shown_from, base.found_from, told
    )


def main() -> None:
    kept = Weights.load("extractive")
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="*", type=Path, help="SQuAD-format JSON files")
    parser.add_argument("--questions", type=int, default=500, help="most questions of a file")
    parser.add_argument("--shown-from", type=float, default=kept.shown_from)
    parser.add_argument("--found-from", type=float, default=kept.found_from)
    parser.add_argument("--features", nargs="+", default=FEATURES)
    parser.add_argument("--write", action="store_true", help=f"replace {WEIGHTS.name}")
    options = parser.parse_args()
    base = Weights("", 0.0, {}, {}, options.shown_from, options.found_from)
    public = {path.name: asyncio.run(measure(path, options.questions)) for path in options.files}
    tuning = asyncio.run(measure_samples(held_out=False))
    halves = [rows[0::2] for rows in public.values()]
    sizes = {name: len(rows[0::2]) for name, rows in public.items()}
    told = ", ".join(f"{count} questions of {name}" for name, count in sizes.items())
    told = f"{len(tuning)} sample cases" + (f", {told}" if told else "")
    weights = fitted(tuning, halves, options.features, told, base)
    print(
        f"{'reporting half':<28}{'asked':>6}{'possible':>10}{'right':>8}{'AUROC':>8}"
        f"{'% shown':>9}{'% right':>9}{'% wrong':>9}"
    )
    report("sample cases", weights, asyncio.run(measure_samples(held_out=True)))
    for name, rows in public.items():
        report(name, weights, rows[1::2])
    text = json.dumps(
        {name: getattr(weights, name) for name in Weights.__slots__}, ensure_ascii=False, indent=2
    )
    print(text)
    if options.write:
        WEIGHTS.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
