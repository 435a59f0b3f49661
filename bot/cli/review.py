"""`kotae review`: people judge answers, one key each."""

import asyncio
import getpass
import hashlib
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import click
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from bot.app.container import open_store
from bot.cli.calibrate import MOST_RECORDS, find_run
from bot.cli.evaluate import changed_settings, run_labels
from bot.core.errors import BotError
from bot.core.types import Label, LabelVerdict
from bot.evaluation.alarm import new_floor
from bot.evaluation.cases import write_cases
from bot.evaluation.certificate import CertificateStore
from bot.evaluation.labelled import agreements, corrections, is_right, verdicts
from bot.evaluation.ledger import as_case, ledger_results
from bot.evaluation.results import Result
from bot.records.label_file import FileLabels
from bot.records.labels import RedisLabels
from bot.settings.settings import Settings

KEYS: Mapping[str, LabelVerdict] = {"r": "right", "p": "partly", "w": "wrong"}
CORRECT = "c"
"""The key that opens an editor on the answer."""

_HELP = "[r]ight  [p]artly  [w]rong  [c]orrect  [s]kip  [q]uit"
_HELP_CORRECTED = "It was [p]artly right  [w]rong   –   [c]orrect again  [s]kip  [q]uit"


@dataclass(frozen=True, slots=True)
class ReviewSession:
    """What to judge, and who judges; see `kotae review --help`."""

    run_name: str = ""
    person: str = ""
    limit: int = 0
    second: bool = False
    agreement: bool = False
    export: Path | None = None
    samples: bool = False


def review_answers(review: ReviewSession) -> None:
    """Judge the answers of a run, or those that people got."""
    settings = changed_settings((), samples=review.samples)
    if not (review.agreement or review.export or sys.stdin.isatty()):
        raise BotError("`kotae review` asks for keys: run it in a terminal.")
    if review.run_name:
        results = find_run(settings, review.run_name).results
        with asyncio.Runner() as runner:
            _review(review, settings, runner, results, run_labels(settings))
        return
    from bot.records.labels import RedisLabels
    from bot.records.ledger import Ledger

    with asyncio.Runner() as runner:
        closing = AsyncExitStack()
        store = runner.run(closing.enter_async_context(open_store(settings)))
        try:
            records = runner.run(Ledger(store.commands).recent(MOST_RECORDS))
            labels = RedisLabels(store.commands)
            _review(review, settings, runner, ledger_results(records), labels, live=True)
        finally:
            runner.run(closing.aclose())


def _review(
    review: ReviewSession,
    settings: Settings,
    runner: asyncio.Runner,
    results: Sequence[Result],
    labels: RedisLabels | FileLabels,
    *,
    live: bool = False,
) -> None:
    console = Console()
    by_id = {item.case.id if live else item.id: item for item in results if item.shown}
    made = runner.run(labels.all())
    if review.agreement:
        console.print(agreement(made))
        return
    if review.export:
        said, better = verdicts(made), corrections(made)
        judged = [
            as_case(item.model_copy(update={"correct": is_right(said[id_])}), better.get(id_, ""))
            for id_, item in by_id.items()
            if id_ in said
        ]
        write_cases(review.export, judged)
        console.print(f"{len(judged)} cases written to {review.export}")
        return
    person = review.person or getpass.getuser()
    queue = waiting(by_id, made, person, second=review.second)
    queue = queue[: review.limit] if review.limit else queue
    done = 0
    for place, id_ in enumerate(queue, 1):
        show(by_id[id_], f"{place} of {len(queue)}", console)
        key, correction = _judgement(by_id[id_], console)
        if key == "q":
            break
        if key in KEYS:
            runner.run(labels.put(Label(id_, KEYS[key], person, time.time(), correction)))
            done += 1
            console.print(f"→ {KEYS[key]}{', corrected' if correction else ''}\n")
    console.print(f"{done} judged by {person}, {len(queue) - done} left.")
    if live and done:
        console.print(watched(CertificateStore(settings.data_dir), by_id, runner.run(labels.all())))


def waiting(
    results: Mapping[str, Result], made: Sequence[Label], person: str, *, second: bool
) -> list[str]:
    """Return the ids that *person* has not judged, in an order that tells nothing of them."""
    mine = {label.answer_id for label in made if label.person == person}
    others = {label.answer_id for label in made if label.person != person}
    wanted = [id_ for id_ in results if id_ not in mine and (id_ in others) == second]
    return sorted(wanted, key=lambda id_: hashlib.sha256(id_.encode()).hexdigest())


def agreement(made: Sequence[Label]) -> str:
    """Say how far people agree: kappa for each two of them, alpha for all."""
    pairs, alpha = agreements(made)
    lines = [
        f"{pair.one} and {pair.other}: {pair.alike} of {pair.both} alike, "
        f"Cohen's kappa {'–' if pair.kappa is None else f'{pair.kappa:.2f}'}"
        for pair in pairs
    ]
    if alpha is not None:
        lines.append(f"everybody: Krippendorff's alpha {alpha:.2f}")
    return "\n".join(lines) or "Nothing was judged by two people yet: `kotae review --second`."


def watched(store: CertificateStore, results: Mapping[str, Result], made: Sequence[Label]) -> str:
    """Hold the labels made since the calibration against the promise, and act on an alarm.

    The first label of an answer counts, since a second opinion is no new sample.
    """
    certificate = store.load()
    if certificate is None or certificate.withdrawn:
        return ""
    first: dict[str, Label] = {}
    for label in made:
        if label.at > certificate.created_at and label.answer_id in results:
            first.setdefault(label.answer_id, label)
    sampled = [(results[id_].score, label.verdict != "right") for id_, label in first.items()]
    floor = new_floor(certificate, sampled)
    if floor is None:
        store.withdraw("the labels made since then do not fit what it promises")
        return "[red]Alarm: the certificate is withdrawn. Calibrate again.[/red]"
    if floor > certificate.floor:
        store.raise_to(floor)
        return f"[red]Alarm: the threshold is raised to {floor:.3f}.[/red]"
    shown = sum(score >= certificate.floor for score, _ in sampled)
    return f"The certificate stands: {shown} of its answers were judged since."


def show(result: Result, place: str, console: Console) -> None:
    """Print what has to be judged."""
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
            console.print(Text(correction or "Nothing is corrected.", style=style))


def corrected(text: str, answer: str) -> str:
    """Let the person edit *text*; return it, or "" when nothing is left or it is *answer* itself.

    Raises:
        click.ClickException: the editor failed or is not there.
    """
    edited = click.edit(text, extension=".md", require_save=False)
    written = (edited or "").strip()
    return "" if written == answer.strip() else written


def _key(*, corrected: bool) -> str:
    """Wait for one of the keys that mean something; what was corrected was not right."""
    known = {*KEYS, CORRECT, "s", "q"} - ({"r"} if corrected else set())
    while True:
        click.echo(_HELP_CORRECTED if corrected else _HELP)
        key = click.getchar().lower()
        if key in known:
            return key
        if key in {"\x03", "\x04"}:
            return "q"
