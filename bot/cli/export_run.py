"""Runs `kotae export chat`, `preference` and `check`."""

import asyncio
import datetime as dt
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from bot.app.container import open_knowledge, open_saved, open_store
from bot.cli.audit import note_act
from bot.cli.console import Console
from bot.cli.context import command_settings, reader_named
from bot.cli.output import NOT_PROVEN, print_json
from bot.core.types import Person
from bot.settings.settings import Settings
from bot.training_export.examples import (
    ExampleKind,
    chat_examples,
    judged_records,
    preference_examples,
    saved_examples,
)
from bot.training_export.folder import Export, write_export
from bot.training_export.formats import Format
from bot.training_export.licences import LicenceGuard, Purpose, licences
from bot.training_export.people import KnownPeople, read_names
from bot.training_export.selection import Selection, SelectionTerms, select
from bot.training_export.sources import (
    all_records,
    case_questions,
    opened_channels,
    readable_documents,
    saved_facts,
    saved_passages,
    teams_in,
)
from bot.training_export.validation import ExportError, ExportReport, check_export


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What to export; see `kotae export chat --help`."""

    folder: Path
    target: str
    form: Format = "openai"
    purpose: Purpose = "internal"
    model_name: str = ""
    audience: str = "members"
    evidence: bool = True
    cases: Sequence[Path] = ()
    names: Path | None = None
    system: Path | None = None
    validation: float = 0.1
    terminal: bool = False
    accept_unknown: str = ""
    samples: bool = False


def export(kind: ExampleKind, plan: ExportOptions, *, as_json: bool) -> int:
    """Write the files of *plan*, check them, print what was left out; return the exit code."""
    settings = command_settings(samples=plan.samples)
    console = Console(stderr=as_json)
    selection, made = asyncio.run(_select(kind, plan, settings, console))
    if not selection.rows:
        return _nothing(selection, console)
    write_export(plan.folder, made, selection, dt.datetime.now(dt.UTC).date())
    report = check_export(plan.folder)
    if not plan.samples:
        note_act("export", kind, after=f"{len(selection.rows)} rows for {plan.target}")
    if as_json:
        text = (plan.folder / "manifest.json").read_text("utf-8")
        print_json(json.loads(text) | _report_data(report))
    else:
        _show(selection, made, report, plan.folder, console)
    return 1 if report.problems else 0


def check(place: Path, *, as_json: bool) -> int:
    """Check exported files; return the exit code."""
    report = check_export(place)
    if as_json:
        print_json(_report_data(report))
    else:
        _show_report(report, Console())
    return NOT_PROVEN if report.problems else 0


async def _select(
    kind: ExampleKind, plan: ExportOptions, settings: Settings, console: Console
) -> tuple[Selection, Export]:
    from bot.channels.store import ChannelSettingsStore
    from bot.records.labels import RedisLabels
    from bot.records.ledger import Ledger
    from bot.records.opt_out import OptOuts

    reader = reader_named(plan.audience)
    guard = LicenceGuard(plan.target, plan.purpose, plan.model_name, plan.accept_unknown.strip())
    people = await _people(plan, settings, console)
    cases = case_questions(settings.data_dir / "evaluation", plan.cases)
    async with AsyncExitStack() as closing:
        store = await closing.enter_async_context(open_store(settings))
        base = await closing.enter_async_context(aclosing(open_knowledge(settings, store)))
        records = await all_records(Ledger(store.commands))
        judged = judged_records(records, await RedisLabels(store.commands).all())
        if kind == "chat":
            examples, left_out = chat_examples(judged)
            passages = [passage async for passage in saved_passages(base, reader)]
            facts = saved_facts(await open_saved(settings, base, store).entries())
            examples += saved_examples(passages, facts, teams_in(records))
        else:
            examples, left_out = preference_examples(judged)
        terms = SelectionTerms(
            guard=guard,
            opened=await opened_channels(ChannelSettingsStore(store.commands), examples),
            refused=await OptOuts(store.commands).refused(),
            readable=await readable_documents(base, reader, examples),
            cases=cases,
            people=people,
            evidence=plan.evidence,
            system=_read(plan.system).strip() if plan.system else "",
            validation=plan.validation,
            terminal=plan.terminal,
        )
    selection = await asyncio.to_thread(select, examples, terms)
    selection.left_out += left_out
    made = Export(
        kind=kind,
        form=plan.form,
        guard=guard,
        audience=plan.audience,
        evidence=plan.evidence,
        names=people.count,
        records=len(records),
        cases=len(cases),
    )
    return selection, made


async def _people(plan: ExportOptions, settings: Settings, console: Console) -> KnownPeople:
    """Return the names of the workspace and of the file."""
    found = list[Person]()
    if settings.slack_bot_token is not None:
        from bot.slack.client.clients import Clients
        from bot.slack.client.members import people_of

        token = settings.slack_bot_token.get_secret_value()
        clients = Clients(token, settings.slack_api_url, team=settings.workspace)
        clients.open()
        try:
            found += await people_of(clients)
        finally:
            await clients.aclose()
    if plan.names:
        found += read_names(_read(plan.names).splitlines())
    if not found:
        console.print(
            "[yellow]No names are known (no SLACK_BOT_TOKEN, no --names FILE): names are found "
            "only next to a form of address.[/yellow]",
            soft_wrap=True,
        )
    return KnownPeople(found)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ExportError(f"{path} cannot be read: {error}") from None


def _nothing(selection: Selection, console: Console) -> int:
    """Print why there is not a single row; return the exit code."""
    if not selection.left_out:
        raise ExportError("There is nothing to export: no question was answered yet.")
    console.print(_reasons(selection))
    if not selection.blocked:
        raise ExportError("There is nothing to export: see the reasons above.")
    console.print("[red]Refused by the licence guard:[/red]")
    for ruling in selection.blocked.values():
        console.print(Text(f"  {ruling.text()}"), soft_wrap=True)
    console.print(Text(f"{licences().notice} ({licences().checked_on})"), soft_wrap=True)
    return NOT_PROVEN


def _show(
    selection: Selection, made: Export, report: ExportReport, folder: Path, console: Console
) -> None:
    rows = sum(report.rows.values())
    console.print(f"[bold]{rows} rows[/bold] out of {made.records} answers, in {folder}")
    if selection.left_out:
        console.print(_reasons(selection))
    if selection.redacted:
        counts = ", ".join(f"{sort} {count}" for sort, count in selection.redacted.most_common())
        console.print(Text(f"Redacted: {counts}"), soft_wrap=True)
    for ruling in (selection.rulings | selection.blocked).values():
        style = {"allow": "green", "warn": "yellow", "block": "red"}[ruling.outcome]
        console.print(Text(f"{ruling.outcome}: {ruling.text()}", style=style), soft_wrap=True)
        for duty in ruling.rule.duties if ruling.rule else ():
            console.print(Text(f"  {duty}"), soft_wrap=True)
    table = licences()
    today = dt.datetime.now(dt.UTC).date()
    for closing in table.closings_of(made.guard.target):
        console.print(Text(f"warn: {closing.text(today)}", style="yellow"), soft_wrap=True)
    console.print(Text(f"{table.notice} ({table.checked_on})", style="dim"), soft_wrap=True)
    _show_report(report, console)
    console.print(
        Text(f"Read {folder / 'README.md'} and a sample of the rows before you use them."),
        soft_wrap=True,
    )


def _reasons(selection: Selection) -> Table:
    table = Table("left out", "rows")
    for reason, count in selection.left_out.most_common():
        table.add_row(reason, str(count))
    return table


def _show_report(report: ExportReport, console: Console) -> None:
    for name, rows in report.rows.items():
        line = f"{name}: {rows} rows, about {report.tokens[name]:,} tokens"
        console.print(Text(line), soft_wrap=True)
    if report.shape:
        line = f"{report.shape}; the longest row has about {report.longest:,} tokens"
        console.print(Text(line), soft_wrap=True)
    for problem in report.problems:
        console.print(Text(problem.text(), style="red"), soft_wrap=True)
    if not report.problems:
        console.print("[green]Checked: no problems found.[/green]")


def _report_data(report: ExportReport) -> dict[str, object]:
    return {
        "shape": report.shape,
        "rows_by_file": report.rows,
        "tokens_by_file": report.tokens,
        "longest": report.longest,
        "problems": [problem.text() for problem in report.problems],
    }
