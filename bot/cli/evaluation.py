"""`kotae eval …`: how good the answers are, and the proof of it."""

from __future__ import annotations

import shlex
import sys
import time
from typing import TYPE_CHECKING

import click

from bot.cli.audit import note_act
from bot.cli.context import command_settings, with_store
from bot.cli.options import FILE, HTML, JSON, OUTPUT, PARALLEL, READER, SAMPLES
from bot.cli.output import NOT_PROVEN, print_json
from bot.core.errors import BotError
from bot.core.i18n import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console
    from rich.table import Table

    from bot.evaluation.calibration import Calibration
    from bot.evaluation.cases import Case
    from bot.evaluation.certificate import Certificate
    from bot.evaluation.comparison import Comparison
    from bot.evaluation.results import EvaluationRun
    from bot.settings.settings import Settings

COMPARED = ("right among answers given", "answered", "cost of an answer", "time, median")


@click.group(name="eval")
def evaluation() -> None:
    """Measure answers, compare set-ups, and prove a threshold."""


@evaluation.command()
@click.argument("cases", required=False, type=FILE)
@SAMPLES
@click.option("--entries", is_flag=True, help="Also ask what the saved answers answer.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change a setting for this run: OPENAI_MODEL=gpt-6-luna; may be repeated.",
)
@click.option("--tag", "tags", multiple=True, help="Only cases with this tag; may be repeated.")
@click.option("--name", default="", help="Name of the run; by default the time.")
@PARALLEL
@click.option("--judge", default="", metavar="MODEL", help="Let a model judge; see --help.")
@JSON
@HTML
def run(  # noqa: PLR0913 - one for each parameter of the command
    *,
    cases: Path | None,
    samples: bool,
    entries: bool,
    changes: tuple[str, ...],
    tags: tuple[str, ...],
    name: str,
    parallel: int,
    judge: str,
    as_json: bool,
    html: Path | None,
) -> None:
    """Answer CASES and summarise the results.

    CASES is a file with one JSON object a line. A stored answer is used again under the same
    conditions, so an interrupted run continues where it was. Answers count as right by the words of
    their case, by people's verdicts (`kotae review --run NAME`), or with --judge by a model at the
    same endpoint, whose agreement with people is printed.

    Example: kotae eval run cases.jsonl --html report.html
    """
    import asyncio

    from bot.cli.console import Console
    from bot.cli.evaluation_run import answered, chosen_cases, judged_run
    from bot.cli.knowledge import index_samples
    from bot.cli.measured import runs_folder
    from bot.evaluation.results import write_run

    if cases is None and not (samples or entries):
        raise click.UsageError("Name a file of cases, or use --samples or --entries.")
    settings = command_settings(changes, samples=samples)
    console = Console(stderr=as_json)
    asked = chosen_cases(settings, cases, samples=samples, entries=entries)
    asked = [case for case in asked if not tags or set(tags) & set(case.tags)]
    if samples:
        asyncio.run(index_samples(settings, console))
    found = asyncio.run(answered(settings, asked, changes, name, parallel, console))
    if judge:
        found = asyncio.run(judged_run(found, settings, judge, console))
    place = runs_folder(settings) / f"{found.info.name}.json"
    write_run(place, found)
    _show_run(found, place, html, console, samples=samples, as_json=as_json)


@evaluation.command()
@click.argument("runs", nargs=-1, required=True)
@SAMPLES
@JSON
@HTML
def compare(*, runs: tuple[str, ...], samples: bool, as_json: bool, html: Path | None) -> None:
    """Compare RUNS with the first one, on the cases they share.

    RUNS are names or result files. Says which differences are proven, and about how many cases
    would prove the others.

    Example: kotae eval compare luna sol
    """
    from dataclasses import asdict

    from bot.cli.console import Console
    from bot.cli.measured import find_run
    from bot.evaluation.comparison import compare as compared

    if len(runs) < 2:  # noqa: PLR2004 - a pair
        raise click.UsageError("Name two runs or more.")
    settings = command_settings(samples=samples)
    read = [find_run(settings, name) for name in runs]
    found = compared(read)
    if html:
        from bot.evaluation.report import write_report

        write_report(html, read, found)
    if as_json:
        print_json([asdict(item) | {"proven": item.proven} for item in found])
        return
    console = Console()
    console.print(_runs_table(read))
    console.print(_comparison_table(found))


@evaluation.command()
@click.argument("run_name", metavar="[RUN]", required=False)
@click.option("--accuracy", default=0.99, show_default=True, type=click.FloatRange(0.5, 0.9999))
@click.option("--confidence", default=0.95, show_default=True, type=click.FloatRange(0.5, 0.9999))
@click.option("--ledger", is_flag=True, help="Use the answers that people got and reviewed.")
@SAMPLES
@JSON
@HTML
def calibrate(
    *,
    run_name: str | None,
    accuracy: float,
    confidence: float,
    ledger: bool,
    samples: bool,
    as_json: bool,
    html: Path | None,
) -> None:
    """Prove a threshold on the labelled answers of RUN.

    RUN is the newest one by default. The labels are people's verdicts (`kotae review`) or the words
    of checked cases, never a model's. Answers from direct messages count, but no page shows them.
    Exit code 3 when it cannot be certified yet.
    """
    import asyncio

    from bot.cli.console import Console
    from bot.cli.measured import find_run
    from bot.evaluation.certificate import Certificate, CertificateStore

    settings = command_settings(samples=samples)
    console = Console(stderr=as_json)
    run = asyncio.run(_ledger_run(settings)) if ledger else find_run(settings, run_name)
    found = _calibrated(run, accuracy, confidence, console)
    if found.threshold is None:
        if as_json:
            print_json(_calibration_data(found, None))
        console.print(_not_certified(found, accuracy, confidence))
        sys.exit(NOT_PROVEN)
    certificate = Certificate(
        threshold=found.threshold,
        accuracy=accuracy,
        confidence=confidence,
        coverage=found.coverage,
        labels=found.labels,
        errors=found.errors,
        fingerprint=run.info.fingerprint,
        created_at=time.time(),
        proven=found.proven,
    )
    with_store(lambda store: CertificateStore(store.commands).save(certificate), settings)
    if not samples:
        proof = {"threshold": certificate.threshold, "accuracy": accuracy, "run": run.info.name}
        note_act("certificate", "certificate", after=proof)
    if as_json:
        print_json(_calibration_data(found, certificate))
    _print_promise(certificate, console)
    if html:
        from bot.evaluation.ledger import without_private
        from bot.evaluation.report import write_report

        shown, private = without_private(run)
        if private:
            console.print(f"{html} leaves out {private} answers from direct messages.")
        write_report(html, [shown], certificate=certificate)


@evaluation.command()
@click.argument("output", type=OUTPUT)
@click.option(
    "-k",
    "--limit",
    default=60,
    show_default=True,
    type=click.IntRange(3, 10_000),
    help="About how many questions to write.",
)
@click.option("--no-model", is_flag=True, help="Use headings and tables only.")
@READER
@SAMPLES
@JSON
def generate(
    *, output: Path, limit: int, no_model: bool, reader: str, samples: bool, as_json: bool
) -> None:
    """Write questions about your documents to OUTPUT.

    People check them. Some of them have no answer. A case counts for certificates once somebody has
    checked it and removed `"checked":false`.

    Example: kotae eval generate cases.jsonl -k 100
    """
    import asyncio
    from collections import Counter

    from bot.cli.console import Console
    from bot.cli.knowledge import index_samples
    from bot.evaluation.cases import write_cases

    settings = command_settings(samples=samples)
    console = Console(stderr=as_json)
    if samples:
        asyncio.run(index_samples(settings, console))
    cases = asyncio.run(_questions(settings, limit, reader, use_model=not no_model))
    if not cases:
        raise BotError("The documents have no headings that ask and no tables to ask about.")
    write_cases(output, cases)
    kinds = Counter(case.tags[-1] for case in cases)
    without = sum(not case.answerable for case in cases)
    if as_json:
        print_json({"file": str(output), "cases": len(cases), "kinds": kinds, "without": without})
        return
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    console.print(
        f"{counted(len(cases), 'question')} in {output} ({counts}), "
        f"{without} of them without an answer.\n"
        'Check each one: correct or delete it, and remove `"checked":false` from those you keep.\n'
        f"Then run: kotae eval run {shlex.quote(str(output))}",
        soft_wrap=True,
    )


@evaluation.command()
@SAMPLES
@JSON
def certificate(*, samples: bool, as_json: bool) -> None:
    """Show the certificate, and whether it still holds.

    Exit code 3 when it does not.
    """
    import asyncio
    from dataclasses import asdict

    from bot.app.container import certificate_of
    from bot.cli.console import Console
    from bot.cli.measured import present_fingerprint
    from bot.evaluation.certificate import validity

    settings = command_settings(samples=samples)
    found = asyncio.run(certificate_of(settings))
    if found is None:
        raise BotError("There is no certificate: `kotae eval calibrate` makes one.")
    reason = validity(found, asyncio.run(present_fingerprint(settings)))
    if as_json:
        print_json(asdict(found) | {"valid": not reason, "reason": reason})
    else:
        console = Console()
        _print_promise(found, console)
        verdict = f"[red]It does not hold: {reason}.[/red]" if reason else "[green]Valid.[/green]"
        console.print(verdict)
    sys.exit(NOT_PROVEN if reason else 0)


def _show_run(
    run: EvaluationRun,
    place: Path,
    html: Path | None,
    console: Console,
    *,
    samples: bool,
    as_json: bool,
) -> None:
    from bot.cli.evaluation_run import show_summary, summary_data

    if html:
        from bot.evaluation.report import write_report

        write_report(html, [run])
    if as_json:
        print_json(summary_data(run))
        return
    show_summary(run, console)
    if any(item.shown and item.correct is None for item in run.results):
        more = " --samples" if samples else ""
        console.print(f"Give the missing verdicts: `kotae review --run {run.info.name}{more}`")
    console.print(f"[dim]The answers are in {place}[/dim]", soft_wrap=True)
    if html:
        console.print(f"[dim]The report is {html}[/dim]", soft_wrap=True)


def _runs_table(runs: Sequence[EvaluationRun]) -> Table:
    """Return the runs, each with all of its cases."""
    from rich.table import Table

    from bot.cli.evaluation_run import metric_text
    from bot.evaluation.metrics import summarise

    table = Table("run", "model", "cases")
    for name in COMPARED:
        table.add_column(name, justify="right")
    for run in runs:
        metrics = {metric.name: metric for metric in summarise(run.results)}
        cells = (metric_text(metrics[name]) for name in COMPARED)
        table.add_row(run.info.name, run.info.model, str(len(run.results)), *cells)
    return table


def _comparison_table(found: Sequence[Comparison]) -> Table:
    from rich.table import Table

    table = Table(title=f"the same {found[0].cases} cases", title_justify="left")
    for heading in ("", "", "difference", "95 % interval", "p", ""):
        table.add_column(heading)
    for item in found:
        style = "green" if item.proven else "yellow"
        table.add_row(
            f"{item.first} → {item.second}",
            item.measure,
            f"{item.difference:+.4f}",
            f"{item.interval.low:+.4f} … {item.interval.high:+.4f}",
            f"{item.p_value:.3f}",
            f"[{style}]{item.verdict()}[/{style}]",
        )
    return table


async def _ledger_run(settings: Settings) -> EvaluationRun:
    """Return the answers that people got from the present model and prompts."""
    from bot.cli.measured import ledger_rows, open_measured
    from bot.evaluation.labelled import with_labels
    from bot.evaluation.ledger import ledger_results
    from bot.evaluation.results import EvaluationRun

    async with open_measured(settings, name="ledger") as measured:
        info = measured.info
    records, labels = await ledger_rows(settings)
    present = [
        record
        for record in records
        if (record.answer.model, record.answer.prompt_version) == (info.model, info.prompts)
    ]
    run = EvaluationRun(info=info, results=tuple(ledger_results(present)))
    return with_labels(run, labels, given=True)


def _calibrated(
    run: EvaluationRun, accuracy: float, confidence: float, console: Console
) -> Calibration:
    from bot.evaluation.calibration import calibrate, split
    from bot.evaluation.labelled import scored

    waiting = sum(item.shown and item.correct is None for item in run.results)
    if waiting:
        console.print(f"[yellow]{waiting} answers have no verdict and are left out.[/yellow]")
    tune, proof = split(scored(run.results))
    if not tune or not proof:
        raise BotError(
            "There are too few labelled answers to calibrate on: `kotae review` adds some."
        )
    found = calibrate(tune, proof, accuracy, confidence)
    console.print(
        f"{run.info.name}: tuned on {found.tuned_on} cases, proven on {found.questions} others"
    )
    return found


def _calibration_data(found: Calibration, certificate: Certificate | None) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(found) | {"certified": certificate is not None}


def _print_promise(certificate: Certificate, console: Console) -> None:
    console.print(f"[bold]{certificate.promise('en')}[/bold]", soft_wrap=True)
    console.print(certificate.promise("ja"), soft_wrap=True)


def _not_certified(found: Calibration, accuracy: float, confidence: float) -> str:
    from bot.evaluation.binomial import trials_needed

    least = trials_needed(0, 1 - accuracy, 1 - confidence)
    text = (
        f"[yellow]Not certified[/yellow] at {100 * accuracy:g} %: of the {found.labels} most "
        f"confident answers, {found.errors} were wrong."
    )
    if found.more_labels is None:
        return f"{text} That is too many; more labels alone would not help."
    return (
        f"{text} About {found.more_labels} more labelled answers of this kind are needed "
        f"({least} without a single error would be enough)."
    )


async def _questions(
    settings: Settings, limit: int, reader: str, *, use_model: bool
) -> Sequence[Case]:
    from contextlib import aclosing

    from bot.app.container import open_agent, open_knowledge
    from bot.cli.context import reader_named
    from bot.evaluation.question_generation import from_model, from_structure

    async with aclosing(open_knowledge(settings)) as base:
        passages = [passage async for passage in base.passages(reader_named(reader))]
        if not (use_model and settings.has_model):
            return from_structure(passages, limit)
        async with open_agent(settings, base) as agent:
            return [case async for case in from_model(agent.model, passages, limit)]
