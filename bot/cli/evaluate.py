"""`kotae eval run` as a person sees it: cases over the running system, a table, a report."""

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.agent.agent import Agent
from bot.app.container import fingerprint_of, open_agent, open_knowledge, open_saved
from bot.cli.knowledge import sync_with_progress
from bot.cli.readers import reader_named
from bot.cli.try_terminal import SAMPLES
from bot.core.errors import CasesError, SettingsError
from bot.core.types import Answer
from bot.evaluation.cases import Case, read_cases
from bot.evaluation.labelled import with_labels
from bot.evaluation.metrics import Metric, summarise
from bot.evaluation.results import EvaluationRun, Result, RunInfo, write_run
from bot.evaluation.runner import AnswerCache, answer_case, run_cases
from bot.records.label_file import FileLabels
from bot.settings.settings import Settings, default_of, environment_settings, load_settings, names

TRUSTED = 100
"""From so many answers on, a judge's agreement with people says something."""

SAMPLE_CASES = SAMPLES.with_name("cases.jsonl")


@dataclass(frozen=True, slots=True)
class MeasuredSystem:
    """The system that is measured, with the name of everything that its answers depend on."""

    agent: Agent
    info: RunInfo

    async def answer(self, case: Case) -> Answer:
        """Answer one case."""
        return await answer_case(self.agent, case, reader_named(case.reader))


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """What to run.

    Attributes:
        cases: File of cases; None for those of the samples.
        samples: Run over the sample documents.
        changes: Settings to change, `NAME=VALUE`.
        tags: Keep to cases with one of these; empty for all.
        name: Of the run; "" for the time.
        parallel: How many questions are worked on at a time.
        judge: Name of the model that judges, "" for the words of the cases.
        entries: Ask what saved entries answer, too.
    """

    cases: Path | None
    samples: bool
    changes: Sequence[str] = ()
    tags: Sequence[str] = ()
    name: str = ""
    parallel: int = 4
    judge: str = ""
    entries: bool = False


def run_evaluation(plan: EvaluationOptions, *, as_json: bool, html: Path | None) -> None:
    """Run the cases of *plan* and print what came out."""
    settings = changed_settings(plan.changes, samples=plan.samples)
    console = Console(stderr=as_json)
    cases = _cases(settings, plan)
    if plan.tags:
        cases = [case for case in cases if set(plan.tags) & set(case.tags)]
    run = asyncio.run(_run(settings, plan, cases, console))
    if plan.judge:
        run = asyncio.run(_judged(run, settings, plan, console))
    place = runs_folder(settings) / f"{run.info.name}.json"
    write_run(place, run)
    if html:
        from bot.evaluation.report import write_report

        write_report(html, [run])
    if as_json:
        print(json.dumps(summary_data(run), ensure_ascii=False))  # noqa: T201 - the contract
        return
    show_summary(run, console)
    if any(item.shown and item.correct is None for item in run.results):
        more = " --samples" if plan.samples else ""
        console.print(f"Give the missing verdicts: `kotae review --run {run.info.name}{more}`")
    console.print(f"[dim]Every answer is in {place}[/dim]", soft_wrap=True)
    if html:
        console.print(f"[dim]The report is {html}[/dim]", soft_wrap=True)


def _cases(settings: Settings, plan: EvaluationOptions) -> list[Case]:
    """Return what is asked, in the order of file and entries."""
    from bot.entries.cases import cases_of

    cases = list[Case]()
    if plan.cases or plan.samples:
        cases += read_cases(plan.cases or SAMPLE_CASES)
    if plan.entries:
        taught = cases_of(asyncio.run(open_saved(settings, open_knowledge(settings)).entries()))
        if not (cases or taught):
            raise CasesError("nothing is saved: there is nothing to ask")
        cases += taught
    return cases


def changed_settings(changes: Sequence[str], *, samples: bool = False) -> Settings:
    """Read the settings, with `NAME=VALUE` *changes* on top.

    Raises:
        SettingsError: when a change names no setting.
    """
    overrides: dict[str, object] = {}
    for change in changes:
        key, _, value = change.partition("=")
        if key.upper() not in names():
            raise SettingsError(f"--set {change}: there is no setting {key}")
        overrides[key.lower()] = value or default_of(key)
    if samples:
        folder = environment_settings(**overrides).data_dir / "try"
        overrides |= {"knowledge_config": SAMPLES, "data_dir": folder}
    return load_settings(**overrides)


def runs_folder(settings: Settings) -> Path:
    """Return where result files are."""
    return settings.data_dir / "evaluation" / "runs"


@asynccontextmanager
async def open_measured(
    settings: Settings, changes: Sequence[str] = (), name: str = ""
) -> AsyncIterator[MeasuredSystem]:
    """Open the same agent as `kotae ask`, and name it."""
    async with AsyncExitStack() as closing:
        base = open_knowledge(settings)
        closing.push_async_callback(base.aclose)
        agent = await closing.enter_async_context(open_agent(settings, base))
        tied = fingerprint_of(settings, agent, base)
        yield MeasuredSystem(
            agent,
            RunInfo(
                name=name or time.strftime("run-%Y%m%d-%H%M%S"),
                created_at=time.time(),
                model=agent.model.name,
                prompts=agent.prompt.version,
                fingerprint=tied,
                index_version=base.index_version,
                settings=dict(change.partition("=")[::2] for change in changes),
            ),
        )


async def _run(
    settings: Settings, plan: EvaluationOptions, cases: Sequence[Case], console: Console
) -> EvaluationRun:
    if plan.samples:
        await index_samples(settings, console)
    async with open_measured(settings, plan.changes, plan.name) as measured:
        info = measured.info
        key = json.dumps([info.fingerprint, info.index_version, limits_of(measured.agent)])
        answers = AnswerCache(settings.data_dir / "evaluation" / "answers", key)
        working = run_cases(cases, measured.answer, answers, parallel=plan.parallel)
        results = await with_bar(working, len(cases), "answering", console)
    return EvaluationRun(info=info, results=results)


async def with_bar(
    working: AsyncIterator[tuple[int, Result]], total: int, what: str, console: Console
) -> tuple[Result, ...]:
    """Return the results of *working* in their order, showing how far it is."""
    results: dict[int, Result] = {}
    with _progress(console) as bar:
        task = bar.add_task(what, total=total)
        async for place, result in working:
            results[place] = result
            bar.advance(task)
    return tuple(results[place] for place in sorted(results))


async def _judged(
    run: EvaluationRun, settings: Settings, plan: EvaluationOptions, console: Console
) -> EvaluationRun:
    """Let a model judge, then people's verdicts count; say how far the two agree."""
    from bot.evaluation.llm_judge import agreement, judged
    from bot.llm.factory import make_model

    if not settings.has_model:
        raise SettingsError("--judge needs OPENAI_API_KEY or OPENAI_BASE_URL")
    key = settings.openai_api_key
    secret = key.get_secret_value() if key else ""
    model = make_model(plan.judge, secret, settings.openai_base_url, settings.openai_wire)
    try:
        results = [await judged(model, result) for result in run.results]
    finally:
        await model.aclose()
    by_judge = run.model_copy(update={"results": tuple(results)})
    by_people = with_labels(run, await run_labels(settings).all())
    found = agreement(results, by_people.results)
    console.print(
        f"The judge {plan.judge} and people agree with kappa "
        + (f"{found.kappa:.2f}" if found.kappa is not None else "unknown")
        + f" on {found.answers} answers that both judged"
        + (" (at least 100 are needed to trust it)." if found.answers < TRUSTED else ".")
    )
    return with_labels(by_judge, await run_labels(settings).all())


def run_labels(settings: Settings) -> FileLabels:
    """Return the labels of answers that came out of runs."""
    return FileLabels(settings.data_dir / "evaluation" / "labels.jsonl")


def limits_of(agent: Agent) -> str:
    """Name the limits and tools of *agent*."""
    tools = sorted(tool.spec.name for tool in agent.tools)
    return hashlib.sha256(f"{agent.limits}{tools}".encode()).hexdigest()[:12]


async def index_samples(settings: Settings, console: Console) -> None:
    """Bring the index of the sample documents up to date."""
    base = open_knowledge(settings)
    try:
        await sync_with_progress(base, (), console, force=True)
    finally:
        await base.aclose()


def _progress(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def show_summary(run: EvaluationRun, console: Console) -> None:
    """Print the figures of *run*, by language where there are both."""
    info = run.info
    parts: dict[str, Sequence[Result]] = {"all": run.results}
    by_language: dict[str, list[Result]] = {}
    for result in run.results:
        by_language.setdefault(result.case.language, []).append(result)
    if len(by_language) > 1:
        parts |= {name: by_language[name] for name in sorted(by_language)}
    table = Table(
        title=f"{info.name}: {len(run.results)} cases, {info.model}", title_justify="left"
    )
    table.add_column("95 % interval in brackets")
    for name, results in parts.items():
        table.add_column(f"{name} ({len(results)})", justify="right")
    columns = [summarise(results) for results in parts.values()]
    for row in zip(*columns, strict=True):
        table.add_row(row[0].name, *map(written, row))
    console.print(table)
    unlabelled = sum(item.shown and item.correct is None for item in run.results)
    failed = [item for item in run.results if item.status == "failed"]
    if unlabelled:
        console.print(f"{unlabelled} answers wait for a verdict.")
    if failed:
        console.print(f"[red]{len(failed)} failed[/red], the first: {failed[0].answer}")


def written(metric: Metric) -> str:
    """Write a figure with its interval, for people."""
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


def summary_data(run: EvaluationRun) -> Mapping[str, object]:
    """Return the figures of *run* as plain JSON data."""
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
