"""`kotae entries …`: the answers that people saved."""

from __future__ import annotations

import difflib
import getpass
from contextlib import aclosing
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import click

from bot.cli.audit import note_act
from bot.cli.context import command_settings, with_store
from bot.cli.options import JSON
from bot.cli.output import print_json, say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.entries.entry import Entry
    from bot.entries.store import EntryChange, EntryStore
    from bot.redis.connection import RedisConnection

T = TypeVar("T")

_COLOURS = {"+": "green", "-": "red"}
_NOT_SHOWN = ("version:", "changed_by:", "changed_at:")
"""Facts that differ between any two versions."""
_ID = click.argument("entry_id", metavar="ID")


@click.group()
def entries() -> None:
    """See the answers that people saved; withdraw or restore them."""


@entries.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Also list withdrawn and expired ones.")
@click.option("-k", "--limit", default=0, help="List at most this many; 0 lists all.")
@JSON
def list_(*, everything: bool, limit: int, as_json: bool) -> None:
    """List the saved answers, the newest change first."""
    found = _with_saved(lambda saved: saved.entries())
    chosen = [entry for entry in found if everything or entry.state == "active"]
    chosen = chosen[:limit] if limit else chosen
    if as_json:
        print_json(list(map(_row, chosen)))
        return
    for entry in chosen:
        say((entry.id[:8], "dim"), "  ", (entry.question, "bold"))
        click.echo(f"          {_summary(entry)}")
    if not chosen:
        gone = f" ({len(found)} withdrawn or expired: --all)" if found else ""
        click.echo(f"No answer is saved{gone}.")


@entries.command()
@_ID
@JSON
def show(*, entry_id: str, as_json: bool) -> None:
    """Show a saved answer and what each of its versions changed.

    The first characters of the ID are enough.
    """

    async def read(saved: EntryStore) -> Sequence[Entry]:
        return await saved.versions(await _named(saved, entry_id))

    versions = _with_saved(read)
    if as_json:
        print_json([_row(version) for version in versions])
        return
    present = versions[-1]
    say((present.question, "bold"))
    for wording in present.wordings:
        click.echo(f"  also: {wording}")
    click.echo(f"{present.answer}\n")
    for name, value in _facts(present).items():
        say((f"{name:>9}", "dim"), f"  {value}")
    for before, after in pairwise(versions):
        _print_difference(before, after)


@entries.command()
@_ID
@click.option("--reason", default="", help="Why; kept with the version.")
@JSON
def withdraw(*, entry_id: str, reason: str, as_json: bool) -> None:
    """Stop answering from a saved answer; its versions are kept.

    Example: kotae entries withdraw 3f2a --reason "the price changed"
    """

    async def run(saved: EntryStore) -> EntryChange:
        named = await _named(saved, entry_id)
        return await saved.withdraw(named, by=getpass.getuser(), reason=reason)

    change = _changed(run)
    done = "Withdrawn" if change.changed else "Already withdrawn"
    _print_outcome(f"{done}: {change.entry.question}", change, as_json=as_json)


@entries.command()
@_ID
@click.option("--version", default=0, help="Version to restore; by default the last active one.")
@JSON
def restore(*, entry_id: str, version: int, as_json: bool) -> None:
    """Restore a saved answer as it was in an earlier version."""

    async def run(saved: EntryStore) -> EntryChange:
        named = await _named(saved, entry_id)
        return await saved.restore(named, version, by=getpass.getuser())

    change = _changed(run)
    done = "Restored" if change.changed else "Nothing to restore"
    text = f"{done}: {change.entry.question} (version {change.entry.version})"
    _print_outcome(text, change, as_json=as_json)


def _changed(work: Callable[[EntryStore], Awaitable[EntryChange]]) -> EntryChange:
    """Do *work*, and record what it has changed."""
    change = _with_saved(work)
    if change.changed:
        entry = change.entry
        note_act("entry", entry.id, after=f"version {entry.version}, {entry.state}")
    return change


async def _named(saved: EntryStore, beginning: str) -> str:
    """Return the id with that *beginning*. Raises `EntryError` unless it is exactly one."""
    from bot.entries.entry import EntryError

    found = [entry.id for entry in await saved.entries() if entry.id.startswith(beginning)]
    if beginning in found or len(found) == 1:
        return beginning if beginning in found else found[0]
    if found:
        raise EntryError(f"{beginning} could be {', '.join(found[:3])}: write more of the ID")
    raise EntryError(f"there is no entry {beginning}: see `kotae entries list --all`")


def _with_saved(work: Callable[[EntryStore], Awaitable[T]]) -> T:
    """Do *work*, on any machine: where there is an index, it takes in what is changed."""
    settings = command_settings()

    async def run(store: RedisConnection) -> T:
        from bot.app.container import open_knowledge, open_saved
        from bot.app.machines import open_visit

        if not settings.knowledge_config.exists():
            return await work(open_saved(settings, None, store))
        async with (
            aclosing(open_knowledge(settings, store)) as base,
            open_visit(settings, base, changes=True),
        ):
            return await work(open_saved(settings, base if base.index_version else None, store))

    return with_store(run)


def _summary(entry: Entry) -> str:
    """Return the facts about *entry* in one line."""
    parts = (
        f"{entry.state}, version {entry.version}",
        f"{entry.author}, {entry.on}",
        f"until {entry.expires}" if entry.expires else "never expires",
        ", ".join(entry.groups) or "members",
    )
    return " · ".join(parts)


def _facts(entry: Entry) -> dict[str, str]:
    reason = f" ({entry.reason})" if entry.reason else ""
    facts = {
        "id": entry.id,
        "state": f"{entry.state}{reason}, version {entry.version}",
        "author": entry.author,
        "saved by": entry.saved_by,
        "said on": str(entry.on or ""),
        "expires": str(entry.expires or "never"),
        "audience": ", ".join(entry.groups) or "members",
        "link": entry.link,
    }
    return {name: value for name, value in facts.items() if value}


def _print_difference(before: Entry, after: Entry) -> None:
    when = f"{after.changed_at:.16}".replace("T", " ")
    who = f" by {after.changed_by}" if after.changed_by else ""
    say((f"\nversion {after.version}, {when}{who}", "bold"))
    lines = difflib.unified_diff(_lines(before), _lines(after), n=0, lineterm="")
    for line in list(lines)[2:]:
        if not line.startswith("@"):
            say((line, _COLOURS.get(line[0], "")))


def _lines(entry: Entry) -> list[str]:
    from bot.entries.entry import written

    return [line for line in written(entry).splitlines() if not line.startswith(_NOT_SHOWN)]


def _print_outcome(text: str, change: EntryChange, *, as_json: bool) -> None:
    if as_json:
        print_json(_row(change.entry) | {"changed": change.changed, "late": str(change.late or "")})
        return
    click.echo(text)
    if change.late:
        say((f"The index follows with the next sync: {change.late}", "yellow"))


def _row(entry: Entry) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(entry) | {"document_id": entry.document_id}
