"""`kotae knowledge entries` and its neighbours: what people have saved, as a person sees it."""

import difflib
import getpass
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import TypeVar

from rich.console import Console
from rich.text import Text

from bot.app.container import open_saved
from bot.cli.knowledge import with_knowledge
from bot.entries.entry import Entry, EntryError, written
from bot.entries.store import EntryChange, EntryStore
from bot.settings.settings import load_settings

T = TypeVar("T")

_STYLES = {"+": "green", "-": "red", "@": "dim"}
_NOT_SHOWN = ("version:", "changed_by:", "changed_at:")
"""Facts that differ in all versions, so that they say nothing."""


def list_entries(*, as_json: bool, everything: bool) -> None:
    """Print what is saved, the newest change first."""
    found = _with_saved(lambda saved: saved.entries())
    chosen = [entry for entry in found if everything or entry.state == "active"]
    if as_json:
        print(json.dumps(list(map(_row, chosen)), ensure_ascii=False))  # noqa: T201 - the contract
        return
    console = Console()
    if not chosen:
        gone = f" ({len(found)} withdrawn or expired: --all)" if found else ""
        console.print(f"Nothing is saved{gone}.")
        return
    for entry in chosen:
        console.print(Text(f"{entry.id[:8]}  ", style="dim") + Text(entry.question, style="bold"))
        console.print(Text(f"          {_summary(entry)}"), soft_wrap=True)


def show_entry(entry_id: str, *, as_json: bool) -> None:
    """Print an entry and what its versions changed. Raises `EntryError`."""

    async def read(saved: EntryStore) -> Sequence[Entry]:
        return await saved.versions(await _named(saved, entry_id))

    versions = _with_saved(read)
    if as_json:
        rows = [_row(version) for version in versions]
        print(json.dumps(rows, ensure_ascii=False))  # noqa: T201 - the contract
        return
    console = Console()
    present = versions[-1]
    console.print(Text(present.question, style="bold"))
    for wording in present.wordings:
        console.print(Text(f"  also: {wording}"))
    console.print(Text(f"{present.answer}\n"))
    for name, value in _facts(present).items():
        console.print(Text(f"{name:>9}  ", style="dim") + Text(value), soft_wrap=True)
    for before, after in pairwise(versions):
        _print_difference(console, before, after)


def withdraw_entry(entry_id: str, reason: str) -> None:
    """Withdraw an entry and say so. Raises `EntryError`."""

    async def withdraw(saved: EntryStore) -> EntryChange:
        named = await _named(saved, entry_id)
        return await saved.withdraw(named, by=getpass.getuser(), reason=reason)

    change = _with_saved(withdraw)
    done = "Withdrawn" if change.changed else "It was withdrawn before"
    _print_outcome(f"{done}: {change.entry.question}", change)


def restore_entry(entry_id: str, version: int) -> None:
    """Restore an entry and say so. Raises `EntryError`."""

    async def restore(saved: EntryStore) -> EntryChange:
        named = await _named(saved, entry_id)
        return await saved.restore(named, version, by=getpass.getuser())

    change = _with_saved(restore)
    done = "Restored" if change.changed else "Nothing to restore"
    _print_outcome(f"{done}: {change.entry.question} (version {change.entry.version})", change)


async def _named(saved: EntryStore, beginning: str) -> str:
    """Return the id that begins so. Raises `EntryError` when none does, or several do."""
    found = [entry.id for entry in await saved.entries() if entry.id.startswith(beginning)]
    if beginning in found or len(found) == 1:
        return beginning if beginning in found else found[0]
    if found:
        raise EntryError(f"{beginning} could be {', '.join(found[:3])}: write more of it")
    raise EntryError(f"there is no entry {beginning}: see `kotae knowledge entries --all`")


def _with_saved(work: Callable[[EntryStore], Awaitable[T]]) -> T:
    return with_knowledge(lambda base: work(open_saved(load_settings(), base)))


def _summary(entry: Entry) -> str:
    """Return what is known of an entry in one line."""
    parts = (
        f"{entry.state}, version {entry.version}",
        f"{entry.author}, {entry.on}",
        f"until {entry.expires}" if entry.expires else "for ever",
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


def _print_difference(console: Console, before: Entry, after: Entry) -> None:
    when = f"{after.changed_at:.16}".replace("T", " ")
    who = f" by {after.changed_by}" if after.changed_by else ""
    console.print(Text(f"\nversion {after.version}, {when}{who}", style="bold"))
    texts = (_lines(before), _lines(after))
    for line in list(difflib.unified_diff(*texts, n=0, lineterm=""))[2:]:
        if not line.startswith("@"):
            console.print(Text(line, style=_STYLES.get(line[0], "")), soft_wrap=True)


def _lines(entry: Entry) -> list[str]:
    lines = written(entry).splitlines()
    return [line for line in lines if not line.startswith(_NOT_SHOWN)]


def _print_outcome(text: str, change: EntryChange) -> None:
    console = Console()
    console.print(Text(text))
    if change.late:
        console.print(Text(f"The index shows it with the next sync: {change.late}", style="yellow"))


def _row(entry: Entry) -> dict[str, object]:
    row = asdict(entry) | {"document_id": entry.document_id}
    return {
        name: value.isoformat() if name in {"on", "expires"} and value else value
        for name, value in row.items()
    }
