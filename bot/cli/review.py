"""`kotae review`: people judge answers with one key each."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

import click

from bot.cli.context import command_settings
from bot.cli.options import OUTPUT, SAMPLES
from bot.cli.output import print_json
from bot.core.errors import BotError
from bot.core.i18n import counted
from bot.core.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AsyncExitStack
    from pathlib import Path

    from rich.console import Console

    from bot.core.types import Label, LabelVerdict
    from bot.evaluation.certificate import CertificateStore
    from bot.evaluation.results import Result
    from bot.records.label_file import FileLabels
    from bot.records.labels import RedisLabels
    from bot.settings.settings import Settings

KEYS: Mapping[str, LabelVerdict] = {"r": "right", "p": "partly", "w": "wrong"}
CORRECT = "c"
"""The key that opens an editor with the answer."""

_HELP = "[r]ight  [p]artly  [w]rong  [c]orrect  [s]kip  [q]uit"
_HELP_CORRECTED = "It was [p]artly right  [w]rong   –   [c]orrect again  [s]kip  [q]uit"


class Reviewed(NamedTuple):
    """The answers under review by their ids, and where their labels are.

    Attributes:
        certificates: What these answers test; None for those of an evaluation run, which people
            did not get.
    """

    results: Mapping[str, Result]
    labels: RedisLabels | FileLabels
    certificates: CertificateStore | None


@click.command()
@click.option("--run", "run_name", default="", help="Judge the answers of this run.")
@click.option("--as", "person", default="", help="Who judges; by default your login name.")
@click.option("-k", "--limit", default=0, help="Stop after this many; 0 means all.")
@click.option("--second", is_flag=True, help="Give a second opinion on what others have judged.")
@click.option("--agreement", is_flag=True, help="Only show how far people agree.")
@click.option("--export", type=OUTPUT, help="Only write the judged questions as cases.")
@click.option("--json", "as_json", is_flag=True, help="With --agreement or --export: print JSON.")
@SAMPLES
def review(  # noqa: PLR0913 - one for each parameter of the command
    *,
    run_name: str,
    person: str,
    limit: int,
    second: bool,
    agreement: bool,
    export: Path | None,
    as_json: bool,
    samples: bool,
) -> None:
    """Judge answers with one key each.

    The keys are right, partly, wrong, correct (in $EDITOR), skip and quit. Certificates rest on
    these labels. Answers come in random order, so that the judged ones stand for all.

    Example: kotae review -k 20
    """
    from contextlib import AsyncExitStack

    if as_json and not (agreement or export):
        raise click.UsageError("--json goes with --agreement or --export.")
    if not (agreement or export or sys.stdin.isatty()):
        raise BotError("`kotae review` asks for keys: run it in a terminal.")
    settings = command_settings(samples=samples)
    with asyncio.Runner() as runner:
        closing = AsyncExitStack()
        try:
            reviewed = _opened(settings, run_name, runner, closing)
            if agreement:
                _show_agreement(runner.run(reviewed.labels.all()), as_json=as_json)
            elif export:
                _export(export, reviewed, runner.run(reviewed.labels.all()), as_json=as_json)
            else:
                _judge(reviewed, runner, person, limit, second=second)
        finally:
            runner.run(closing.aclose())


def _opened(
    settings: Settings, run_name: str, runner: asyncio.Runner, closing: AsyncExitStack
) -> Reviewed:
    from bot.app.container import open_store
    from bot.cli.measured import MOST_RECORDS, find_run, run_labels
    from bot.evaluation.certificate import CertificateStore
    from bot.evaluation.ledger import ledger_results
    from bot.records.labels import RedisLabels
    from bot.records.ledger import Ledger

    if run_name:
        results = find_run(settings, run_name).results
        by_id = {item.id: item for item in results if item.shown}
        return Reviewed(by_id, run_labels(settings), None)
    store = runner.run(closing.enter_async_context(open_store(settings)))
    records = runner.run(Ledger(store.commands).recent(MOST_RECORDS))
    by_id = {item.case.id: item for item in ledger_results(records) if item.shown}
    return Reviewed(by_id, RedisLabels(store.commands), CertificateStore(store.commands))


def _show_agreement(made: Sequence[Label], *, as_json: bool) -> None:
    from dataclasses import asdict

    from bot.evaluation.labelled import agreements

    if as_json:
        pairs, alpha = agreements(made)
        print_json({"pairs": [asdict(pair) for pair in pairs], "alpha": alpha})
    else:
        click.echo(agreement_text(made))


def _export(file: Path, reviewed: Reviewed, made: Sequence[Label], *, as_json: bool) -> None:
    from bot.evaluation.cases import write_cases
    from bot.evaluation.labelled import corrections, is_right, verdicts
    from bot.evaluation.ledger import as_case

    said, better = verdicts(made), corrections(made)
    judged = [
        as_case(item.model_copy(update={"correct": is_right(said[id_])}), better.get(id_, ""))
        for id_, item in open_to_others(reviewed.results).items()
        if id_ in said
    ]
    write_cases(file, judged)
    if as_json:
        print_json({"file": str(file), "cases": len(judged)})
    else:
        click.echo(f"{counted(len(judged), 'case')} written to {file}")


def _judge(
    reviewed: Reviewed,
    runner: asyncio.Runner,
    person: str,
    limit: int,
    *,
    second: bool,
) -> None:
    """Show one answer after another and store the verdicts."""
    import getpass

    from bot.cli.console import Console
    from bot.core.types import Label

    console, labels = Console(), reviewed.labels
    person = person or getpass.getuser()
    shown = open_to_others(reviewed.results)
    if hidden := len(reviewed.results) - len(shown):
        console.print(f"Not shown: {hidden} from direct messages.")
    queue = unjudged(shown, runner.run(labels.all()), person, second=second)
    queue = queue[:limit] if limit else queue
    done = 0
    for place, id_ in enumerate(queue, 1):
        show(shown[id_], f"{place} of {len(queue)}", console)
        key, correction = _judgement(shown[id_], console)
        if key == "q":
            break
        if key in KEYS:
            runner.run(labels.put(Label(id_, KEYS[key], person, time.time(), correction)))
            done += 1
            console.print(f"→ {KEYS[key]}{', corrected' if correction else ''}\n")
    console.print(f"{done} judged by {person}, {len(queue) - done} left.")
    if reviewed.certificates and done:
        made = runner.run(labels.all())
        console.print(runner.run(certificate_line(reviewed.certificates, reviewed.results, made)))


def open_to_others(results: Mapping[str, Result]) -> Mapping[str, Result]:
    """Return the *results* that were not asked in a direct message: those are their asker's."""
    from bot.core.message_ref import is_direct

    return {id_: item for id_, item in results.items() if not is_direct(id_)}


def unjudged(
    results: Mapping[str, Result], made: Sequence[Label], person: str, *, second: bool
) -> list[str]:
    """Return the ids that *person* has not judged, in random but stable order."""
    import hashlib

    mine = {label.answer_id for label in made if label.person == person}
    others = {label.answer_id for label in made if label.person != person}
    wanted = [id_ for id_ in results if id_ not in mine and (id_ in others) == second]
    return sorted(wanted, key=lambda id_: hashlib.sha256(id_.encode()).hexdigest())


def agreement_text(made: Sequence[Label]) -> str:
    """Return how far people agree: kappa for each two of them, alpha for all."""
    from bot.evaluation.labelled import agreements

    pairs, alpha = agreements(made)
    lines = [
        f"{pair.one} and {pair.other}: {pair.alike} of {pair.both} alike, "
        f"Cohen's kappa {'–' if pair.kappa is None else f'{pair.kappa:.2f}'}"
        for pair in pairs
    ]
    if alpha is not None:
        lines.append(f"everybody: Krippendorff's alpha {alpha:.2f}")
    return "\n".join(lines) or (
        "No answer was judged by two people yet: `kotae review --second` gives second opinions."
    )


async def certificate_line(
    store: CertificateStore, results: Mapping[str, Result], made: Sequence[Label]
) -> str:
    """Test the certificate against the labels, and return what became of it."""
    from bot.evaluation.alarm import check_certificate, since_calibration

    scores = {id_: item.score for id_, item in results.items()}
    outcome, certificate = await check_certificate(store, scores, made)
    if certificate is None:
        return ""
    if outcome == "withdrawn":
        return "[red]Alarm: the certificate is withdrawn. Calibrate again.[/red]"
    if outcome == "raised":
        return f"[red]Alarm: the threshold is raised to {certificate.floor:.3f}.[/red]"
    sampled = since_calibration(certificate, scores, made).values()
    shown = sum(score >= certificate.floor for score, _ in sampled)
    return f"The certificate still holds: {shown} of its answers were judged since."


def show(result: Result, place: str, console: Console) -> None:
    """Print the answer to judge, with its sources."""
    from rich.panel import Panel
    from rich.text import Text

    console.print(Panel(Text(result.case.question, style="bold"), title=place, title_align="left"))
    console.print(Text(result.answer))
    for number, source in enumerate(result.citations, 1):
        date = f" ({source.date})" if source.date else ""
        console.print(
            Text(f"[{number}] {source.title}{date} — {unquote(source.url)}", style="cyan")
        )
        console.print(Text(f"    “{' '.join(source.quote.split())}”", style="dim"))
    if result.confidence is not None:
        console.print(f"[dim]confidence {result.confidence:.2f}[/dim]")


def _judgement(result: Result, console: Console) -> tuple[str, str]:
    """Wait for a verdict, `s` or `q`; return it with the correction, "" if there is none."""
    from rich.text import Text

    correction = ""
    while True:
        key = _key(corrected=bool(correction))
        if key != CORRECT:
            return key, correction if key in KEYS else ""
        try:
            correction = corrected(correction or result.answer, result.answer)
        except click.ClickException as error:
            console.print(Text(f"{error.format_message()} (see $EDITOR)", style="red"))
        else:
            style = "green" if correction else "yellow"
            console.print(Text(correction or "Nothing was corrected.", style=style))


def corrected(text: str, answer: str) -> str:
    """Let the person edit *text*; return it, or "" when it is empty or equal to *answer*.

    Raises:
        click.ClickException: the editor is missing or failed.
    """
    edited = click.edit(printable(text), extension=".md", require_save=False)
    written = (edited or "").strip()
    return "" if written == printable(answer).strip() else written


def _key(*, corrected: bool) -> str:
    """Wait for a valid key; a corrected answer cannot be right."""
    known = {*KEYS, CORRECT, "s", "q"} - ({"r"} if corrected else set())
    while True:
        click.echo(_HELP_CORRECTED if corrected else _HELP)
        key = click.getchar().lower()
        if key in known:
            return key
        if key in {"\x03", "\x04"}:
            return "q"
