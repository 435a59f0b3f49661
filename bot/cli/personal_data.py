"""`kotae data …`: what is kept about one person, written out or deleted."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.audit import note_act, record_act
from bot.cli.context import command_settings, with_store
from bot.cli.options import JSON, YES
from bot.cli.output import confirm, print_json, say
from bot.core.atomic_write import write_whole
from bot.core.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bot.personal_data.mentions import Mention
    from bot.redis.connection import RedisConnection
    from bot.settings.settings import Settings

_LONGEST = 200
_PERSON = click.argument("person", metavar="PERSON")


@click.group()
def data() -> None:
    """Write out or delete what is kept about one person.

    PERSON is their id in Slack (in their profile: Copy member ID), or a name in a terminal.
    """


@data.command(name="export")
@_PERSON
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@JSON
def export_(*, person: str, file: Path, as_json: bool) -> None:
    """Write everything about PERSON to FILE, as JSON.

    That is whatever names them or one of their questions. Every store is looked through, and every
    file in the data folder except the index: documents are a matter for their sources. Messages of
    channels that are sources are Slack's.

    Example: kotae data export U012AB3CD person.json
    """
    settings = command_settings()
    _new(file, settings.data_dir)
    found = with_store(lambda store: _mentions(store, settings, _named(person)), settings)
    text = json.dumps(
        {"person": person, "found": [asdict(one) for one in found]}, ensure_ascii=False, indent=1
    )
    write_whole(file, f"{text}\n")
    note_act("data", person, after="export")
    counted = _by_store(found)
    if as_json:
        print_json({"person": person, "file": str(file), "stores": counted})
        return
    _print(counted)
    entries = "1 entry" if len(found) == 1 else f"{len(found)} entries"
    click.echo(f"{file} holds {entries}, and only you can read it.")


@data.command()
@_PERSON
@YES
@JSON
def delete(*, person: str, yes: bool, as_json: bool) -> None:
    """Delete what is PERSON's alone; say what stays and why.

    Its beginning and its end are in the audit log; without the first line, nothing is deleted.
    Exit code 1 if something could not be read: it may be theirs. Mend it or delete it in Redis, and
    run the command again.

    Their questions go, with the answers, votes, verdicts, memories of the threads and handoffs; so
    do their votes, tokens and limits. Backups still have all of it, and so do other places that
    quote it, such as the messages in Slack.

    Example: kotae data delete U012AB3CD
    """
    settings = command_settings()
    _named(person)
    if not yes:
        counted = _by_store(with_store(lambda store: _mentions(store, settings, person), settings))
        _print(counted)
        if not counted:
            return
        confirm(
            f"Delete what is {person}'s alone? It cannot be undone.",
            "nothing is deleted: without a terminal, write --yes",
        )
    deleted, left, unread = with_store(lambda store: _erased(store, settings, person), settings)
    if as_json:
        kept = [{"store": name, "count": count, "why": why} for name, count, why in left]
        told = {"person": person, "deleted": deleted, "left": kept, "unreadable": unread}
        print_json(told)
    else:
        _tell(person, deleted, left)
    for place in unread:
        click.echo(f"kotae: {place} cannot be read, and stays: it may be {person}'s", err=True)
    if unread:
        sys.exit(1)


def _tell(person: str, deleted: Mapping[str, int], left: Sequence[tuple[str, int, str]]) -> None:
    for kind, count in deleted.items():
        say(f"{count:>7}  {kind}")
    click.echo("Deleted." if deleted else f"Nothing was {person}'s alone.")
    if left:
        say(("What stays:", "bold"))
    for name, count, why in left:
        say(f"{count:>7}  {name}", (f"  {why}", "dim"))


def _named(person: str) -> str:
    """Return *person*, if it can name somebody.

    Raises:
        SettingsError: it would be found everywhere, or nowhere.
    """
    shortest = 2 if person.isascii() else 1
    if not (person.isprintable() and person == person.strip() and shortest <= len(person)):
        person = ""
    if not person or len(person) > _LONGEST:
        raise SettingsError(
            "that names nobody: write the id of the person in Slack, such as U012AB3CD (in their "
            "profile: Copy member ID), or their name in a terminal"
        )
    return person


def _new(file: Path, data_dir: Path) -> Path:
    """Return *file*, if it can be made and is not looked through by the next export.

    Raises:
        SettingsError: it is there already, or in *data_dir*.
    """
    if file.name in {"", "-"}:
        raise SettingsError("name a file to write to")
    if file.exists() or file.is_symlink():
        raise SettingsError(f"{file} is there already: name a new file")
    if file.resolve().is_relative_to(data_dir.resolve()):
        raise SettingsError(f"{file} would be in DATA_DIR: name a file elsewhere")
    return file


async def _mentions(
    store: RedisConnection, settings: Settings, person: str, questions: Collection[str] = ()
) -> Sequence[Mention]:
    """Return what names *person*, a recorded question of theirs, or one of *questions*."""
    import asyncio

    from bot.personal_data.erasure import questions_of
    from bot.personal_data.mentions import PersonPattern, file_mentions, stored_mentions
    from bot.records.ledger import Ledger

    asked = await questions_of(Ledger(store.commands), person)
    pattern = PersonPattern(person, [*questions, *(question.id for question in asked)])
    found = [mention async for mention in stored_mentions(store.commands, pattern)]
    in_files = partial(file_mentions, settings.data_dir, pattern)
    return [*found, *await asyncio.to_thread(lambda: list(in_files()))]


async def _erased(
    store: RedisConnection, settings: Settings, person: str
) -> tuple[Mapping[str, int], Sequence[tuple[str, int, str]], Sequence[str]]:
    """Delete what is *person*'s; return what was deleted, what stays, what cannot be read."""
    from bot.personal_data.erasure import (
        PersonStores,
        erase,
        questions_of,
        unreadable,
        what_is_left,
    )

    await record_act(store, "data", person, after="delete: begun")
    stores = PersonStores.of(store)
    try:
        asked = [question.id for question in await questions_of(stores.ledger, person)]
        deleted = await erase(stores, person)
        unread = await unreadable(stores)
    finally:
        await stores.queue.aclose()
    await record_act(store, "data", person, after="delete: done")
    left = what_is_left(await _mentions(store, settings, person, asked))
    return deleted, left, unread


def _by_store(found: Sequence[Mention]) -> dict[str, int]:
    from collections import Counter

    return dict(sorted(Counter(mention.store for mention in found).items()))


def _print(counted: Mapping[str, int]) -> None:
    for name, count in counted.items():
        say(f"{count:>7}  {name}")
    if not counted:
        click.echo("Nothing that is kept names this person.")
