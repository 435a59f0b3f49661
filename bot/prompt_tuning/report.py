"""What came of an evolution: as plain data, and as a page for the browser in both languages."""

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from bot.agent.prompt import LANGUAGES
from bot.core.atomic_write import write_whole
from bot.core.types import Language
from bot.evaluation import report as evaluation_report
from bot.evaluation.charts import Plot
from bot.prompt_tuning.gain import Gain, GainedChange
from bot.prompt_tuning.run import TuningResult

LEAST_P = 0.001
"""Below that, no figure says more."""

_MEASURES = {
    "good outcomes": "良い結果（正答・正しい引き継ぎ）",
    "wrong answers": "示した誤答",
    "utility": "効用",
}


def outcome_data(outcome: TuningResult, **more: object) -> dict[str, Any]:
    """Return *outcome* as plain JSON data, with what else is known of it; no text of a case."""
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
            "tune": len(outcome.parts.tune),
            "select": len(outcome.parts.select),
            "test": len(outcome.parts.test),
            "left_out": outcome.left_out,
        },
        "generations": [asdict(generation) for generation in outcome.generations],
        "test": None if found is None else _gain_data(found),
        "seed": dict(outcome.seed),
    }


def verdict(outcome: TuningResult, language: Language) -> str:
    """Say in a sentence or two what is known."""
    ja = language == "ja"
    if not outcome.changed:
        return (
            "今のプロンプトより良い候補は見つかりませんでした。"
            if ja
            else "No candidate was better than the prompt of now."
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
        return f"効果は証明されていません。{why}、未使用の事例ではまだ試していません。"
    why = "it was broken off" if broken else "the budget ended"
    return f"No proven gain: {why} before the untouched cases were answered."


def write_page(path: Path, name: str, outcome: TuningResult) -> None:
    """Write the page about *outcome*, whole or not at all."""
    template = Path(evaluation_report.__file__).with_name("report.html").read_text("utf-8")
    parts = [_head(outcome), _plot(outcome), _test(outcome), _rejected(outcome), *_diffs(outcome)]
    page = Template(template).substitute(title=escape(name), body="\n".join(filter(None, parts)))
    write_whole(path, page)


def changed_lines(before: str, after: str) -> Iterator[str]:
    """Yield a unified diff of two texts, without its head."""
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
            f"未使用の{found.cases}件で、良い結果は {values[0]}"
            f"（95%区間 {values[1]}、{values[2]}）、示した誤答は {values[3]}。"
            + ("" if found.proven else plan)
        )
    plan = f" About {found.needed} cases would prove it." if found.needed else ""
    return (
        f"On {found.cases} untouched cases, good outcomes {values[0]} (95 % interval {values[1]}, "
        f"{values[2]}), wrong answers {values[3]}." + ("" if found.proven else plan)
    )


def _p(value: float) -> str:
    return f"< {LEAST_P}" if value < LEAST_P else f"{value:.3f}"


def _say(english: str, japanese: str) -> str:
    """Return a text in both languages, of which the page shows one."""
    return (
        f'<span class="say" lang="en">{escape(english)}</span>'
        f'<span class="say" lang="ja">{escape(japanese)}</span>'
    )


def _head(outcome: TuningResult) -> str:
    style = "good" if outcome.proven else "warn"
    first, last = outcome.generations[0], outcome.generations[-1]
    parts = outcome.parts
    sizes = len(parts.tune), len(parts.select), len(parts.test)
    cards = [
        (
            _say("score on the cases to choose by", "選択用の事例での得点"),
            f"{first.score:+.2f} → {last.score:+.2f}",
            _say(f"{outcome.algorithm}, {last.number} generations", f"{last.number} 世代"),
        ),
        (
            _say("cases", "事例"),
            " · ".join(map(str, sizes)),
            _say("to improve on, to choose by, untouched", "改善用・選択用・未使用"),
        ),
        (
            _say("spent", "費用"),
            "–" if outcome.spent_usd is None else f"${outcome.spent_usd:.2f}",
            _say(
                f"{outcome.runs} runs, {outcome.writings} texts",
                f"実行 {outcome.runs} 回、文案 {outcome.writings} 件",
            ),
        ),
    ]
    drawn = "".join(f'<div class="card">{a}<b>{b}</b>{c}</div>' for a, b, c in cards)
    return (
        f'<p class="{style}"><b>{_say(verdict(outcome, "en"), verdict(outcome, "ja"))}</b></p>'
        f'<div class="cards">{drawn}</div>'
    )


def _plot(outcome: TuningResult) -> str:
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
    note = _say(
        "Line: the best so far on the cases to choose by. Dashed: the best on those to improve on.",
        "実線: 選択用の事例での最良。破線: 改善用の事例での最良。",
    )
    return (
        f"<h2>{_say('Score per generation', '世代ごとの得点')}</h2>"
        f'<div class="plots"><figure>{plot.svg()}<p>{note}</p></figure></div>'
    )


def _test(outcome: TuningResult) -> str:
    found = outcome.gain
    if found is None:
        return ""
    rows = "".join(_row(change) for change in (found.good, found.wrong, found.utility))
    title = _say("On the untouched cases", "未使用の事例で")
    how = (
        _say("with the real tools", "実際の検索で")
        if found.live
        else _say("on frozen evidence", "固定した検索結果で")
    )
    heads = "".join(
        f'<th class="number">{head}</th>'
        for head in (
            _say("before", "前"),
            _say("after", "後"),
            _say("difference", "差"),
            _say("95 % interval", "95%区間"),
            "p",
        )
    )
    return (
        f"<h2>{title} ({found.cases}, {how})</h2>"
        f'<div class="scroll"><table><tr><th></th>{heads}</tr>{rows}</table></div>'
    )


def _row(change: GainedChange) -> str:
    cells = (
        f"{change.before:.3f}",
        f"{change.after:.3f}",
        f"{change.difference:+.3f}",
        f"{change.interval.low:+.3f} … {change.interval.high:+.3f}",
        _p(change.p_value),
    )
    row = "".join(f'<td class="number">{cell}</td>' for cell in cells)
    return f"<tr><td>{_say(change.measure, _MEASURES[change.measure])}</td>{row}</tr>"


def _rejected(outcome: TuningResult) -> str:
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(outcome.rejected.items()))
    if not told:
        return ""
    return (
        f'<p class="note">{_say("Texts refused before they were tried", "試す前に退けた文案")}: '
        f"{escape(told)}</p>"
    )


def _diffs(outcome: TuningResult) -> Iterator[str]:
    for language in LANGUAGES:
        lines = list(changed_lines(outcome.seed[language], outcome.best[language]))
        if lines:
            drawn = "".join(map(_diff_line, lines))
            yield f"<h2>{language}.md</h2><div class='scroll'><table>{drawn}</table></div>"


def _diff_line(line: str) -> str:
    style = {"+": "good", "-": "bad"}.get(line[:1], "note")
    return f'<tr><td class="{style}">{escape(line)}</td></tr>'
