"""`kotae eval compare`, `calibrate` and `certificate` as a person sees them."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.app.container import open_store
from bot.cli.evaluate import (
    changed_settings,
    open_measured,
    run_labels,
    runs_folder,
    written,
)
from bot.core.errors import BotError
from bot.evaluation.binomial import trials_needed
from bot.evaluation.calibration import Calibration, calibrate, split
from bot.evaluation.certificate import Certificate, CertificateStore, validity
from bot.evaluation.comparison import compare
from bot.evaluation.labelled import scored, with_labels
from bot.evaluation.ledger import ledger_results
from bot.evaluation.metrics import summarise
from bot.evaluation.results import EvaluationRun, read_run
from bot.settings.settings import Settings

MOST_RECORDS = 100_000
"""How many answers of the ledger are looked at."""

RUNG_FIGURES = ("right among answers given", "answered", "cost of an answer", "time, median")


@dataclass(frozen=True, slots=True)
class CalibrationOptions:
    """What to prove, and on which answers."""

    run: str | None
    accuracy: float
    confidence: float
    ledger: bool = False
    samples: bool = False


def find_run(settings: Settings, name: str | None) -> EvaluationRun:
    """Read the run called *name*, a result file, or the newest, with people's labels.

    A change on trial has its name for the answers that wait for a verdict.

    Raises:
        BotError: when there is none.
    """
    folder = runs_folder(settings)
    if name:
        path = Path(name) if name.endswith(".json") else folder / f"{name}.json"
        waiting = settings.data_dir / "changes" / name / "open.json"
        path = waiting if waiting.exists() and not path.exists() else path
    else:
        found = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        if not found:
            raise BotError("There is no run yet: start one with `kotae eval run`.")
        path = found[-1]
    labels = asyncio.run(run_labels(settings).all())
    return with_labels(read_run(path), labels)


def compare_runs(names: Sequence[str], *, samples: bool, as_json: bool, html: Path | None) -> None:
    """Print what differs between runs, and what of it is proven."""
    settings = changed_settings((), samples=samples)
    runs = [find_run(settings, name) for name in names]
    found = compare(runs)
    if html:
        from bot.evaluation.report import write_report

        write_report(html, runs, found)
    if as_json:
        rows = [asdict(item) | {"proven": item.proven} for item in found]
        print(json.dumps(rows, ensure_ascii=False))  # noqa: T201 - the contract
        return
    console = Console()
    console.print(_rungs(runs))
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
    console.print(table)


def _rungs(runs: Sequence[EvaluationRun]) -> Table:
    """Set the runs under each other, each with all of its cases."""
    table = Table("run", "model", "cases")
    for name in RUNG_FIGURES:
        table.add_column(name, justify="right")
    for run in runs:
        numbers = {metric.name: metric for metric in summarise(run.results)}
        shown = (written(numbers[name]) for name in RUNG_FIGURES)
        table.add_row(run.info.name, run.info.model, str(len(run.results)), *shown)
    return table


def certify(goal: CalibrationOptions, html: Path | None) -> int:
    """Calibrate, store the certificate if there is one, and return the exit code."""
    settings = changed_settings((), samples=goal.samples)
    console = Console()
    run = asyncio.run(_ledger_run(settings)) if goal.ledger else find_run(settings, goal.run)
    cases = scored(run.results)
    waiting = sum(item.shown and item.correct is None for item in run.results)
    if waiting:
        console.print(f"[yellow]{waiting} answers have no verdict and are left out.[/yellow]")
    tune, proof = split(cases)
    if not tune or not proof:
        raise BotError("There are too few labelled answers to calibrate on.")
    found = calibrate(tune, proof, goal.accuracy, goal.confidence)
    console.print(
        f"{run.info.name}: tuned on {found.tuned_on} cases, proven on {found.questions} others"
    )
    if found.threshold is None:
        console.print(_not_certified(found, goal))
        return 3
    certificate = Certificate(
        threshold=found.threshold,
        accuracy=goal.accuracy,
        confidence=goal.confidence,
        coverage=found.coverage,
        labels=found.labels,
        errors=found.errors,
        fingerprint=run.info.fingerprint,
        created_at=time.time(),
        proven=found.proven,
    )
    store = CertificateStore(settings.data_dir)
    store.save(certificate)
    _print_promise(certificate, console)
    if html:
        from bot.evaluation.report import write_report

        write_report(html, [run], certificate=certificate)
    return 0


def show_certificate(*, samples: bool) -> None:
    """Print the certificate and whether it holds for the system as it is set now."""
    settings = changed_settings((), samples=samples)
    certificate = CertificateStore(settings.data_dir).load()
    if certificate is None:
        raise BotError("There is no certificate: `kotae eval calibrate` makes one.")
    console = Console()
    _print_promise(certificate, console)
    reason = validity(certificate, asyncio.run(_fingerprint(settings)))
    console.print(f"[red]It does not hold: {reason}.[/red]" if reason else "[green]Valid.[/green]")


async def _fingerprint(settings: Settings) -> str:
    async with open_measured(settings) as measured:
        return measured.info.fingerprint


async def _ledger_run(settings: Settings) -> EvaluationRun:
    from bot.records.labels import RedisLabels
    from bot.records.ledger import Ledger

    async with open_measured(settings, name="ledger") as measured, open_store(settings) as store:
        records = await Ledger(store.commands).recent(MOST_RECORDS)
        labels = await RedisLabels(store.commands).all()
    mine = [
        item
        for item in records
        if isinstance(answer := item["answer"], dict)
        and (answer["model"], answer["prompt_version"])
        == (measured.info.model, measured.info.prompts)
    ]
    run = EvaluationRun(info=measured.info, results=tuple(ledger_results(mine)))
    return with_labels(run, labels, given=True)


def _print_promise(certificate: Certificate, console: Console) -> None:
    console.print(f"[bold]{certificate.promise('en')}[/bold]", soft_wrap=True)
    console.print(certificate.promise("ja"), soft_wrap=True)


def _not_certified(found: Calibration, goal: CalibrationOptions) -> str:
    delta = 1 - goal.confidence
    least = trials_needed(0, 1 - goal.accuracy, delta)
    told = (
        f"[yellow]Not certified[/yellow] at {100 * goal.accuracy:g} %: the surest answers were "
        f"{found.labels}, {found.errors} of them wrong."
    )
    if found.more_labels is None:
        return f"{told} They are wrong too often; more labels alone would not help."
    return (
        f"{told} About {found.more_labels} more labelled answers of this kind are needed "
        f"({least} without a single error would do)."
    )
