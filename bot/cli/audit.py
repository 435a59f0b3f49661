"""`kotae audit`: what operators did."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click

from bot.cli.context import with_store
from bot.cli.options import JSON
from bot.cli.output import print_json, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.audit.audit_log import Act, OperatorAct
    from bot.redis.connection import RedisConnection
    from bot.settings.settings import Settings


@click.command()
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Show the acts of this day or later."
)
@click.option("-k", "--limit", default=0, help="Show at most this many, the newest; 0 shows all.")
@JSON
def audit(*, since: datetime | None, limit: int, as_json: bool) -> None:
    """Show what operators did: who, what, before and after.

    With `--json`, one object a line, for other programs to keep.

    Example: kotae audit --since 2026-11-01 --json >> audit.jsonl
    """

    async def read(store: RedisConnection) -> Sequence[OperatorAct]:
        from bot.audit.audit_log import AuditLog

        start = since.timestamp() if since else 0.0
        return [act async for act in AuditLog(store.commands).since(start)]

    found = with_store(read)
    for act in found[-limit:] if limit else found:
        if as_json:
            print_json(asdict(act))
        else:
            _show(act)
    if not found and not as_json:
        click.echo("No act of an operator is recorded.")


def note_act(
    act: Act,
    about: str,
    before: object = "",
    after: object = "",
    settings: Settings | None = None,
) -> None:
    """Record what the person at this terminal did; say so where it cannot be recorded.

    *settings* name the audit log; None for that of the workspace, or of the only one.

    The act stands either way: it was done before.
    """
    from bot.core.errors import BotError

    try:
        with_store(lambda store: record_act(store, act, about, before, after), settings)
    except BotError as error:
        click.echo(f"kotae: this is not in the audit log: {error}", err=True)


async def record_act(
    store: RedisConnection, act: Act, about: str, before: object = "", after: object = ""
) -> None:
    """Record what the person at this terminal does. Raises `RedisUnavailableError`."""
    from bot.audit.audit_log import AuditLog

    person = f"terminal:{getpass.getuser()}"
    await AuditLog(store.commands).record(person, act, about, before, after)


def _show(act: OperatorAct) -> None:
    when = f"{datetime.fromtimestamp(act.at).astimezone():%Y-%m-%d %H:%M}"
    say((when, "dim"), f"  {act.person}  {act.act}  {act.about}")
    for change in changes(act.before, act.after):
        say(f"{'':18}{change}")


def changes(before: str, after: str) -> Sequence[str]:
    """Return a line for each setting that has changed, or one for what is no settings."""
    old, new = _settings(before), _settings(after)
    if old is None or new is None:
        change = " → ".join(part for part in (before, after) if part)
        return [change] if change else []
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return [f"{name}: {_written(old.get(name))} → {_written(new.get(name))}" for name in names]


def _settings(text: str) -> dict[str, object] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _written(value: object) -> str:
    """Return *value* on one line; what is not set, or empty, is a dash."""
    if value in (None, "", [], {}):
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
