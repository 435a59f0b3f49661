"""The result of prompt tuning: as plain data, and as a page for the browser."""

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from markupsafe import Markup

from bot.agent.prompt import LANGUAGES
from bot.core.language import Language
from bot.evaluation.charts import Plot
from bot.evaluation.html_page import both, in_languages, write_page
from bot.prompt_tuning import texts
from bot.prompt_tuning.gain import Gain, GainedChange
from bot.prompt_tuning.run import TuningResult

LEAST_P = 0.001
"""Smallest p-value that is printed as a number."""


def outcome_data(outcome: TuningResult, **more: object) -> dict[str, Any]:
    """Return *outcome* and *more* as plain JSON data, without any text of a case."""
    found = outcome.gain
    return {
        **more,
        "algorithm": outcome.algorithm,
        "stopped": outcome.stopped,
        "changed": outcome.changed,
        "proven": outcome.proven,
        "verdict": verdict(outcome, "en"),
        "spent_usd": outcome.spent_usd,
        "runs": outcome.runs,
        "writings": outcome.writings,
        "rejected": dict(outcome.rejected),
        "cases": {
            "tune": len(outcome.split.tune),
            "select": len(outcome.split.select),
            "test": len(outcome.split.test),
            "left_out": outcome.left_out,
        },
        "generations": [asdict(generation) for generation in outcome.generations],
        "test": None if found is None else _gain_data(found),
        "seed": dict(outcome.seed),
    }


def verdict(outcome: TuningResult, language: Language) -> str:
    """Return the verdict in a sentence or two."""
    if not outcome.changed:
        return texts.NO_CANDIDATE.to(language)
    found = outcome.gain
    if found is None:
        interrupted = outcome.stopped == "interrupted"
        return (texts.INTERRUPTED if interrupted else texts.OUT_OF_BUDGET).to(language)
    text = texts.PROVEN if found.proven else texts.NOT_PROVEN
    return text.to(language, numbers=_numbers(found, language))


def write_tuning_report(path: Path, name: str, outcome: TuningResult) -> None:
    """Write the page about *outcome* atomically."""
    found = outcome.gain
    diffs = {
        language: [
            (line, {"+": "good", "-": "bad"}.get(line[:1], "note"))
            for line in changed_lines(outcome.seed[language], outcome.best[language])
        ]
        for language in LANGUAGES
    }
    write_page(
        path,
        Path(__file__).with_suffix(".html"),
        name,
        outcome=outcome,
        texts=texts,
        verdict=in_languages(lambda language: verdict(outcome, language)),
        plot=_plot(outcome),
        test=[_row(change) for change in (found.good, found.wrong, found.utility)] if found else [],
        rejected=", ".join(f"{kind} {count}" for kind, count in sorted(outcome.rejected.items())),
        diffs=diffs,
    )


def changed_lines(before: str, after: str) -> Iterator[str]:
    """Yield the lines of a unified diff of two texts, without its header."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    return (line for line in lines if not line.startswith(("---", "+++")))


def _gain_data(found: Gain) -> Mapping[str, object]:
    changes = (found.good, found.wrong, found.utility)
    return {
        "cases": found.cases,
        "live": found.live,
        "needed": found.needed,
        "measures": [
            {
                "measure": change.measure,
                "before": change.before,
                "after": change.after,
                "difference": change.difference,
                "low": change.interval.low,
                "high": change.interval.high,
                "p": change.p_value,
            }
            for change in changes
        ],
    }


def _numbers(found: Gain, language: Language) -> str:
    good, wrong = found.good, found.wrong
    numbers = texts.NUMBERS.to(
        language,
        cases=found.cases,
        good=f"{100 * good.before:.0f} → {100 * good.after:.0f} %",
        interval=f"{100 * good.interval.low:+.0f} … {100 * good.interval.high:+.0f}",
        p=f"p {_p(good.p_value)}" if good.p_value < LEAST_P else f"p = {_p(good.p_value)}",
        wrong=f"{100 * wrong.before:.0f} → {100 * wrong.after:.0f} %",
    )
    if found.proven or not found.needed:
        return numbers
    return numbers + texts.PLAN.to(language, needed=found.needed)


def _p(value: float) -> str:
    return f"< {LEAST_P}" if value < LEAST_P else f"{value:.3f}"


def _plot(outcome: TuningResult) -> Markup:
    points = outcome.generations
    tuned = [(float(p.number), p.tune_score) for p in points if p.tune_score is not None]
    values = [p.score for p in points] + [score for _, score in tuned]
    low, high = math.floor(min(values)), math.floor(max(values)) + 1
    reach = 5 * max(1, math.ceil(points[-1].number / 5))
    plot = Plot(
        "score per generation",
        texts.GENERATION.in_both(),
        texts.UTILITY.in_both(),
        (0, reach),
        (low, high),
        plain=True,
    )
    plot.line(tuned, "ideal")
    plot.line([(p.number, p.score) for p in points])
    for point in points:
        plot.dot(point.number, point.score, f"{point.score:+.3f}, {point.runs} runs")
    return Markup(plot.svg())  # noqa: S704 - the plot escapes its labels


def _row(change: GainedChange) -> tuple[str, ...]:
    return (
        both(texts.MEASURES[change.measure]),
        f"{change.before:.3f}",
        f"{change.after:.3f}",
        f"{change.difference:+.3f}",
        f"{change.interval.low:+.3f} … {change.interval.high:+.3f}",
        _p(change.p_value),
    )
