"""Prints the result of `kotae knowledge tune`: the search quality of each weight."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.context import with_knowledge
from bot.cli.output import output_language, print_json, progress_bar
from bot.core.language import Language
from bot.settings.settings import load_settings
from knowledge.base import KnowledgeBase
from knowledge.model.settings_file import write_dense_weight
from knowledge.quality.tuner import TuningReport

_BAR = 16
_EIGHTHS = " ▏▎▍▌▋▊▉█"

_PHRASES: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "asked": "{questions} questions ({left_out} left out), embedder {embedder}",
        "halves": "One half of the questions chooses the weight; the other (held out) confirms it.",
        "weight": "weight",
        "choosing": "choosing half",
        "held_out": "held-out half",
        "now": "in use",
        "best": "best",
        "gain": (
            "On the held-out half, {best} improves nDCG@10 by {gain:+.1f} over {current} "
            "(with 95 % confidence, by {least:+.1f} or more)."
        ),
        "write": "Write into knowledge.toml, or run again with --write:",
        "written": "Written to {file}:",
        "keep": "No proven gain: keep {current}. The best weight of the choosing half, {best}, "
        "changes nDCG@10 by {gain:+.1f} on the held-out half.",
        "same": "No gain: the weight in use, {current}, is the best.",
    },
    "ja": {
        "asked": "質問 {questions} 件（対象外 {left_out} 件）、埋め込み {embedder}",
        "halves": "半分で重みを選び、残り半分（検証用）で確かめます。",
        "weight": "重み",
        "choosing": "選ぶ半分",
        "held_out": "検証用の半分",
        "now": "現在",
        "best": "最良",
        "gain": (
            "検証用の半分で、{best} は {current} より nDCG@10 が {gain:+.1f} 高くなります"
            "（95 % の信頼度で {least:+.1f} 以上）。"
        ),
        "write": "knowledge.toml に次のように書くか、--write を付けてもう一度実行してください:",
        "written": "{file} に書きました:",
        "keep": "証明された向上はありません。{current} のままにしてください。"
        "選ぶ半分で最良の {best} は、検証用の半分では nDCG@10 の差が {gain:+.1f} です。",
        "same": "向上はありません。現在の {current} が最良です。",
    },
}


def tune_weight(file: Path, language: str | None, *, write: bool, as_json: bool) -> None:
    """Print the quality of each weight, and write the better one if asked to."""

    async def tune(base: KnowledgeBase) -> TuningReport:
        with progress_bar(Console(stderr=as_json)) as advance:
            return await base.tune(file, advance)

    report = with_knowledge(tune)
    config = load_settings().knowledge_config
    is_written = write and report.is_gain
    if is_written:
        write_dense_weight(config, report.best)
    if as_json:
        print_json(asdict(report) | {"is_gain": report.is_gain, "written": is_written})
        return
    phrases = _PHRASES[output_language(language)]
    console = Console()
    console.print(Text(phrases["asked"].format(**asdict(report))))
    console.print(Text(phrases["halves"]))
    console.print(_table(report, phrases))
    for line in _advice(report, phrases, config, is_written=is_written):
        console.print(Text(line), soft_wrap=True)


def _table(report: TuningReport, phrases: Mapping[str, str]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(phrases["weight"], justify="right")
    table.add_column(f"{phrases['choosing']}\nnDCG@10", justify="right")
    table.add_column(f"{phrases['held_out']}\nnDCG@10", justify="right")
    table.add_column("\nRecall@1", justify="right")
    table.add_column("\nMRR@10", justify="right")
    table.add_column("", no_wrap=True)
    table.add_column("", no_wrap=True)
    values = [trial.confirmed_on.ndcg for trial in report.trials]
    low, high = min(values), max(values)
    for trial in report.trials:
        found = trial.confirmed_on
        notes = [phrases["now"]] if trial.weight == report.current else []
        notes += [phrases["best"]] if trial.weight == report.best else []
        share = (found.ndcg - low) / (high - low) if high > low else 1.0
        table.add_row(
            f"{trial.weight:.2f}",
            f"{100 * trial.chosen_on.ndcg:.1f}",
            f"{100 * found.ndcg:.1f}",
            f"{100 * found.recall_at_1:.1f}",
            f"{100 * found.mrr:.1f}",
            _bar(0.1 + 0.9 * share),
            ", ".join(notes),
            style="bold" if trial.weight == report.best else None,
        )
    return table


def _bar(share: float) -> str:
    eighths = round(share * _BAR * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _advice(
    report: TuningReport, phrases: Mapping[str, str], config: Path, *, is_written: bool
) -> list[str]:
    values = {
        "best": report.best,
        "current": report.current,
        "gain": 100 * report.gain,
        "least": 100 * report.least_gain,
        "file": config,
    }
    if report.best == report.current:
        return [phrases["same"].format(**values)]
    if not report.is_gain:
        return [phrases["keep"].format(**values)]
    line = phrases["written" if is_written else "write"].format(**values)
    return [phrases["gain"].format(**values), line, "[search]", f"dense_weight = {report.best}"]
