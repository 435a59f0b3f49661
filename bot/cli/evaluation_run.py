"""Runs the cases of `kotae eval run` and sums them up."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.app.container import open_saved, open_store
from bot.cli.context import SAMPLE_CASES
from bot.cli.measured import answers_key, open_judge, open_measured, run_labels, with_bar
from bot.core.errors import CasesError
from bot.entries.entry import Entry
from bot.evaluation.cases import Case, read_cases
from bot.evaluation.labelled import with_labels
from bot.evaluation.metrics import Metric, summarise
from bot.evaluation.results import EvaluationRun, Result
from bot.evaluation.runner import AnswerCache, run_cases
from bot.settings.settings import Settings

TRUSTED = 100
"""Answers judged by both people and a model, from which on their agreement is meaningful."""


def chosen_cases(
    settings: Settings, file: Path | None, *, samples: bool, entries: bool
) -> list[Case]:
    """Return the cases of *file* or of the samples, then those of the saved entries."""
    from bot.entries.cases import cases_of

    cases = list[Case]()
    if file or samples:
        cases += read_cases(file or SAMPLE_CASES)
    if entries:
        saved = cases_of(asyncio.run(_entries(settings)))
        if not (cases or saved):
            raise CasesError("No answer is saved: there is nothing to ask.")
        cases += saved
    return cases


async def _entries(settings: Settings) -> Sequence[Entry]:
    async with open_store(settings) as store:
        return await open_saved(settings, None, store).entries()


async def answered(
    settings: Settings,
    cases: Sequence[Case],
    changes: Sequence[str],
    name: str,
    parallel: int,
    console: Console,
) -> EvaluationRun:
    """Answer *cases*; an answer stored under the same conditions is used again."""
    async with open_measured(settings, changes, name) as measured:
        folder = settings.data_dir / "evaluation" / "answers"
        answers = AnswerCache(folder, answers_key(measured))
        working = run_cases(cases, measured.answer, answers, parallel=parallel)
        results = await with_bar(working, len(cases), "answering", console)
    return EvaluationRun(info=measured.info, results=results)


async def judged_run(
    run: EvaluationRun, settings: Settings, judge: str, console: Console
) -> EvaluationRun:
    """Let the model *judge* decide, then people's verdicts; print how far the two agree."""
    from bot.evaluation.llm_judge import agreement, judged

    async with open_judge(settings, judge) as model:
        results = [await judged(model, result) for result in run.results]
    by_judge = run.model_copy(update={"results": tuple(results)})
    labels = await run_labels(settings).all()
    found = agreement(results, with_labels(run, labels).results)
    kappa = "unknown" if found.kappa is None else f"{found.kappa:.2f}"
    advice = f" (trust it from {TRUSTED} answers on)." if found.answers < TRUSTED else "."
    console.print(
        f"The judge {judge} and people agree with kappa {kappa} on {found.answers} answers that "
        f"both judged{advice}"
    )
    return with_labels(by_judge, labels)


def show_summary(run: EvaluationRun, console: Console) -> None:
    """Print the metrics of *run*, by language where there are both."""
    info = run.info
    columns: dict[str, Sequence[Result]] = {"all": run.results}
    by_language: dict[str, list[Result]] = {}
    for result in run.results:
        by_language.setdefault(result.case.language, []).append(result)
    if len(by_language) > 1:
        columns |= {name: by_language[name] for name in sorted(by_language)}
    table = Table(
        title=f"{info.name}: {len(run.results)} cases, {info.model}", title_justify="left"
    )
    table.add_column("95 % interval in brackets")
    for name, results in columns.items():
        table.add_column(f"{name} ({len(results)})", justify="right")
    summaries = [summarise(results) for results in columns.values()]
    for row in zip(*summaries, strict=True):
        table.add_row(row[0].name, *map(metric_text, row))
    console.print(table)
    unlabelled = sum(item.shown and item.correct is None for item in run.results)
    failed = [item for item in run.results if item.status == "failed"]
    if unlabelled:
        console.print(f"{unlabelled} answers wait for a verdict.")
    if failed:
        console.print(f"[red]{len(failed)} failed[/red], the first: {escape(failed[0].answer)}")


def metric_text(metric: Metric) -> str:
    """Return the value of *metric* with its interval, for people."""
    if metric.value is None:
        return "–"
    interval = metric.interval
    match metric.unit:
        case "usd":
            return f"${metric.value:.4f}"
        case "ms":
            return f"{metric.value / 1000:.2f} s"
        case "score":
            band = f" [dim]({interval.low:.2f}–{interval.high:.2f})[/dim]" if interval else ""
            return f"{metric.value:.3f}{band}"
        case _:
            band = (
                f" [dim]({100 * interval.low:.0f}–{100 * interval.high:.0f})[/dim]"
                if interval
                else ""
            )
            return f"{100 * metric.value:.1f} %{band}"


def summary_data(run: EvaluationRun) -> Mapping[str, Any]:
    """Return the metrics of *run* as plain JSON data."""
    return {
        "run": run.info.model_dump(),
        "cases": len(run.results),
        "metrics": [
            {
                "name": metric.name,
                "value": metric.value,
                "low": metric.interval.low if metric.interval else None,
                "high": metric.interval.high if metric.interval else None,
                "cases": metric.cases,
                "unit": metric.unit,
            }
            for metric in summarise(run.results)
        ],
    }
