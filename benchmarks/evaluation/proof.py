"""Is the promise kept? The whole path without a model and without half of the passages.

    python -m benchmarks.evaluation.proof jsquad.json squad.json [--splits 200] [--html page.html]

20 % of the questions serve to fit the confidence and to choose an initial threshold, 60 % to
certify a threshold, and the untouched 20 % to measure its effect. Answers are computed once and
cached in the folder --cache.
"""

import argparse
import asyncio
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.evaluation.answers import BotAnswer, SquadQuestion, answer_all
from benchmarks.evaluation.splits import LEVELS, Item, row, scored, try_splits
from bot.evaluation.cases import Case
from bot.evaluation.report import write_report
from bot.evaluation.results import EvaluationRun, Result, RunInfo

HEAD = (
    "| what is right | promised | certified | measured | coverage | broken | refuted | below |\n"
    "|---|---|---|---|---|---|---|---|"
)


def features(answered: BotAnswer) -> dict[str, float]:
    """Return the retrieval signals of the quoted passage, and two lengths."""
    best: dict[str, Any] = answered.passages[0]
    return {
        "raw": math.log1p(best["bm25"]),
        "bounded": best["bm25_bounded"],
        "margin": best["margin"],
        "z": best["z_score"],
        "coverage": best["coverage"],
        "terms": best["term_coverage"],
        "sentence": best["highlight_coverage"],
        "passage length": math.log1p(best["length"]),
        "question length": math.log1p(len(answered.asked.question)),
    }


def answers(path: Path, cache: Path, seed: int) -> list[BotAnswer]:
    """Return the answers to the questions in *path*, from the cache if possible."""
    kept = cache / f"{path.stem}-{seed}.json"
    if not kept.exists():
        print(f"{path.name}: answering takes up to half an hour", file=sys.stderr)
        cache.mkdir(parents=True, exist_ok=True)
        found = asyncio.run(answer_all(path, seed))
        kept.write_text(json.dumps([asdict(item) for item in found], ensure_ascii=False), "utf-8")
    rows = json.loads(kept.read_text("utf-8"))
    return [BotAnswer(**{**item, "asked": SquadQuestion(**item["asked"])}) for item in rows]


def as_run(
    path: Path, found: Sequence[BotAnswer], inputs: Sequence[dict[str, float]]
) -> EvaluationRun:
    """Return the answers as a run, each with a confidence fitted on the other half."""
    items = [
        Item(values, item.found, item.asked.id) for item, values in zip(found, inputs, strict=True)
    ]
    halves = items[0::2], items[1::2]
    confidences = [0.0] * len(items)
    confidences[1::2] = [case.confidence for case in scored(halves)[1]]
    confidences[0::2] = [case.confidence for case in scored(halves[::-1])[1]]
    results = tuple(
        Result(
            case=Case(
                id=item.asked.id,
                question=item.asked.question,
                answers=tuple(item.asked.answers) if item.kept else (),
                answerable=item.kept,
            ),
            status="answered",
            answer=item.answer,
            confidence=confidence,
            passages=tuple(f"{passage['document']}#0" for passage in item.passages),
            correct=item.found,
        )
        for item, confidence in zip(found, confidences, strict=True)
    )
    info = RunInfo(
        name=path.stem,
        created_at=time.time(),
        model="extractive",
        prompts="",
        fingerprint="",
        index_version="",
    )
    return EvaluationRun(info=info, results=results)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="SQuAD-format JSON files")
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="which passages are removed")
    parser.add_argument("--cache", type=Path, default=Path(".kotae/benchmarks"))
    parser.add_argument("--html", type=Path, help="write a page with the curves")
    options = parser.parse_args()
    runs = []
    for path in options.files:
        found = [item for item in answers(path, options.cache, options.seed) if item.passages]
        kept, right = sum(item.kept for item in found), sum(item.found for item in found)
        print(
            f"\n{path.name}: {len(found)} questions, {kept} with their passage, {right} cite it, "
            f"{sum(item.right for item in found)} quote the answer\n\n{HEAD}"
        )
        inputs = [features(item) for item in found]
        runs.append(as_run(path, found, inputs))
        for name, verdict, grouped in (
            ("the source", "found", False),
            ("the source; passages apart", "found", True),
            ("the quotation", "right", False),
        ):
            items = [
                Item(
                    values,
                    getattr(item, verdict),
                    item.asked.document if grouped else item.asked.id,
                )
                for item, values in zip(found, inputs, strict=True)
            ]
            outcomes = try_splits(items, options.splits)
            for level in LEVELS:
                print(row(name, level, outcomes[level]), flush=True)
    if options.html:
        write_report(options.html, runs)


if __name__ == "__main__":
    main()
