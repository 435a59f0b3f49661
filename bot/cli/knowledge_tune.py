"""Prints the result of `kotae knowledge tune`: the search quality of each weight."""

from dataclasses import asdict
from pathlib import Path

from rich.table import Table
from rich.text import Text

from bot.cli import texts
from bot.cli.console import Console
from bot.cli.context import with_knowledge
from bot.cli.output import output_language, print_json, progress_bar
from bot.core.language import Language
from bot.settings.settings import load_settings
from knowledge.base import KnowledgeBase
from knowledge.model.settings_file import write_dense_weight
from knowledge.quality.tuner import TuningReport

_BAR = 16
_EIGHTHS = " ▏▎▍▌▋▊▉█"


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
    spoken = output_language(language)
    console = Console()
    console.print(Text(texts.QUESTIONS.to(spoken, **asdict(report))))
    console.print(Text(texts.HALVES.to(spoken)))
    console.print(_table(report, spoken))
    for line in _advice(report, spoken, config, is_written=is_written):
        console.print(Text(line), soft_wrap=True)


def _table(report: TuningReport, language: Language) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(texts.WEIGHT.to(language), justify="right")
    table.add_column(f"{texts.CHOOSING_HALF.to(language)}\nnDCG@10", justify="right")
    table.add_column(f"{texts.HELD_OUT_HALF.to(language)}\nnDCG@10", justify="right")
    table.add_column("\nRecall@1", justify="right")
    table.add_column("\nMRR@10", justify="right")
    table.add_column("", no_wrap=True)
    table.add_column("", no_wrap=True)
    values = [trial.confirmed_on.ndcg for trial in report.trials]
    low, high = min(values), max(values)
    for trial in report.trials:
        found = trial.confirmed_on
        notes = [texts.IN_USE.to(language)] if trial.weight == report.current else []
        notes += [texts.BEST.to(language)] if trial.weight == report.best else []
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
    report: TuningReport, language: Language, config: Path, *, is_written: bool
) -> list[str]:
    values = {
        "best": report.best,
        "current": report.current,
        "gain": 100 * report.gain,
        "least": 100 * report.least_gain,
        "file": config,
    }
    if report.best == report.current:
        return [texts.SAME.to(language, **values)]
    if not report.is_gain:
        return [texts.KEEP.to(language, **values)]
    line = (texts.WRITTEN if is_written else texts.WRITE).to(language, **values)
    return [texts.GAIN.to(language, **values), line, "[search]", f"dense_weight = {report.best}"]
