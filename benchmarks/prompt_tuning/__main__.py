"""Does prompt tuning find hidden rules, and does it claim a gain only where there is one?

    python -m benchmarks.prompt_tuning [--runs 2000] [--seeds 5] [--svg prompt-tuning.svg]

A scripted model answers a case correctly only if its prompt contains the rules that the case needs:
12 hidden rules in English, 12 in Japanese. Both algorithms get the same number of runs of cases,
including the final test. In a second world chance alone decides, so that no gain is possible. The
benchmark tests the mechanics; it does not show how much a real model gains on real cases.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from bot.evaluation.charts import Plot
from bot.prompt_tuning.optimiser import Optimiser
from bot.prompt_tuning.optimisers.genetic import Genetic
from bot.prompt_tuning.optimisers.gepa import Gepa
from bot.prompt_tuning.run import PromptTuning, TuningGoal, TuningResult
from knowledge.model.types import Principal
from tests.support.prompt_rules import RULES
from tests.support.prompt_world import WorldModel, make_agent, make_world

CASES = 120
"""Number of cases in each language."""

STYLE = (
    "<style>svg{background:#fff;font:12px system-ui,sans-serif}text{fill:#5d6879}"
    ".label,.beside{fill:#1c2330}.grid{stroke:#dfe3ea;fill:none}"
    ".line{stroke:#2456c8;stroke-width:2;fill:none}"
    ".ideal{stroke:#8a5a00;stroke-width:2;stroke-dasharray:6 4;fill:none}"
    ".dot{fill:#1c2330}</style>"
)

HEAD = (
    "| | seed | selection score, before → after | test, good outcomes | gain, 95 % | p | wrong "
    "answers | rules found | texts (rejected) | result |\n|---|---|---|---|---|---|---|---|---|---|"
)


async def tune(optimiser: Optimiser, seed: int, runs: int, *, random_only: bool) -> TuningResult:
    """Tune a prompt in a new world."""
    world = make_world(seed, CASES)
    model = WorldModel(world, random_only=random_only)
    with tempfile.TemporaryDirectory() as folder:
        tuning = PromptTuning(
            make_agent(world, model),
            [asked.case for asked in world.values()],
            Path(folder),
            "scripted",
            lambda _: Principal("U1", member=True),
            model,
            lambda _: None,
            TuningGoal(runs=runs, parallel=8),
        )
        return await tuning.run(optimiser)


def row(name: str, seed: int, outcome: TuningResult) -> str:
    """Return a row of the table."""
    first, last = outcome.generations[0], outcome.generations[-1]
    chosen = f"{first.score:+.2f} → {last.score:+.2f}"
    found = sum(bool(rule.known.search(outcome.best[rule.language])) for rule in RULES)
    texts = f"{outcome.writings} ({sum(outcome.rejected.values())})"
    if outcome.gain is None:
        return f"| {name} | {seed} | {chosen} | – | – | – | – | {found} | {texts} | no better one |"
    good, wrong = outcome.gain.good, outcome.gain.wrong
    return (
        f"| {name} | {seed} | {chosen} | {100 * good.before:.0f} → {100 * good.after:.0f} % | "
        f"{100 * good.difference:+.0f} ({100 * good.interval.low:+.0f} … "
        f"{100 * good.interval.high:+.0f}) | {good.p_value:.2g} | {100 * wrong.before:.0f} → "
        f"{100 * wrong.after:.0f} % | {found} | {texts} | "
        f"{'a proven gain' if outcome.proven else 'no proven gain'} |"
    )


def score_at(outcome: TuningResult, runs: float) -> float:
    """Return the best score on the selection cases after *runs* runs."""
    reached = [g.score for g in outcome.generations if g.runs <= runs]
    return reached[-1] if reached else outcome.generations[0].score


def plot(found: dict[str, list[TuningResult]], runs: int) -> str:
    """Plot the mean score of the seeds against the runs of cases."""
    start = max(o.generations[0].runs for outcomes in found.values() for o in outcomes)
    low = min(o.generations[0].score for outcomes in found.values() for o in outcomes)
    drawn = Plot(
        "score against runs of cases",
        "runs of cases",
        "utility on the selection cases",
        (0, runs),
        (round(low - 0.5), 1),
        plain=True,
    )
    grid = [start + (runs - start) * step / 40 for step in range(41)]
    for place, (name, outcomes) in enumerate(found.items()):
        style, top = ("line", "ideal")[place], 36 + 20 * place
        drawn.line([(x, fmean(score_at(o, x) for o in outcomes)) for x in grid], style)
        drawn.marks.append(f'<path class="{style}" d="M100 {top}H130"/>')
        drawn.marks.append(f'<text class="beside" x="138" y="{top + 4}">{name}</text>')
    svg = drawn.svg().replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return svg.replace(">", f">{STYLE}", 1) + "\n"


def scores_by_generation(name: str, outcomes: Sequence[TuningResult]) -> str:
    """Return the mean score of each generation that all seeds reached."""
    shared = min(len(outcome.generations) for outcome in outcomes)
    means = (fmean(o.generations[n].score for o in outcomes) for n in range(shared))
    return f"{name}, mean score by generation: " + " ".join(f"{mean:+.2f}" for mean in means)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000, help="runs of cases for each tuning")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--svg", type=Path, help="draw the score against the runs")
    options = parser.parse_args()
    began = time.perf_counter()
    for random_only in (False, True):
        print("\nNo gain is possible:\n" if random_only else "\n24 hidden rules:\n")
        print(HEAD, flush=True)
        found: dict[str, list[TuningResult]] = {}
        for make in (Genetic, Gepa):
            for seed in range(options.seeds):
                optimiser = make(seed=seed, generations=1_000)
                outcome = asyncio.run(tune(optimiser, seed, options.runs, random_only=random_only))
                found.setdefault(optimiser.name, []).append(outcome)
                print(row(optimiser.name, seed, outcome), flush=True)
        if not random_only:
            print()
            for name, outcomes in found.items():
                print(scores_by_generation(name, outcomes))
            if options.svg:
                options.svg.write_text(plot(found, options.runs), encoding="utf-8")
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
