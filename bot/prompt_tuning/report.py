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
from bot.evaluation.html_page import both, write_page
from bot.prompt_tuning.gain import Gain, GainedChange
from bot.prompt_tuning.run import TuningResult

LEAST_P = 0.001
"""Smallest p-value that is printed as a number."""

_MEASURES = {
    "good outcomes": "良い結果（正答・正しい引き継ぎ）",
    "wrong answers": "示した誤答",
    "utility": "効用",
}


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
    ja = language == "ja"
    if not outcome.changed:
        return (
            "今のプロンプトより良い候補は見つかりませんでした。"
            if ja
            else "No candidate was better than the present prompt."
        )
    found = outcome.gain
    if found is None:
        return _untested(outcome, language)
    numbers = _numbers(found, language)
    if found.proven:
        return f"効果が証明されました。{numbers}" if ja else f"A proven gain. {numbers}"
    return f"効果は証明されていません。{numbers}" if ja else f"No proven gain. {numbers}"


def _untested(outcome: TuningResult, language: Language) -> str:
    broken = outcome.stopped == "interrupted"
    if language == "ja":
        why = "途中で止めたため" if broken else "予算が足りず"
        return f"効果は証明されていません。{why}、テスト用の事例ではまだ試していません。"
    why = "the run was interrupted" if broken else "the budget ran out"
    return f"No proven gain: {why} before the test cases were answered."


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
        verdict=both(verdict(outcome, "en"), verdict(outcome, "ja")),
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
    values = (
        f"{100 * good.before:.0f} → {100 * good.after:.0f} %",
        f"{100 * good.interval.low:+.0f} … {100 * good.interval.high:+.0f}",
        f"p {_p(good.p_value)}" if good.p_value < LEAST_P else f"p = {_p(good.p_value)}",
        f"{100 * wrong.before:.0f} → {100 * wrong.after:.0f} %",
    )
    if language == "ja":
        plan = f"証明には約{found.needed}件が必要です。" if found.needed else ""
        return (
            f"テスト用の{found.cases}件で、良い結果は {values[0]}"
            f"（95%区間 {values[1]}、{values[2]}）、示した誤答は {values[3]}。"
            + ("" if found.proven else plan)
        )
    plan = f" About {found.needed} cases would prove it." if found.needed else ""
    return (
        f"On {found.cases} test cases, good outcomes {values[0]} (95 % interval {values[1]}, "
        f"{values[2]}), wrong answers {values[3]}." + ("" if found.proven else plan)
    )


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
        "generation / 世代",
        "utility / 効用",
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
        both(change.measure, _MEASURES[change.measure]),
        f"{change.before:.3f}",
        f"{change.after:.3f}",
        f"{change.difference:+.3f}",
        f"{change.interval.low:+.3f} … {change.interval.high:+.3f}",
        _p(change.p_value),
    )
