"""`kotae audit`: what operators did."""

from __future__ import annotations

import getpass
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


def note_act(act: Act, about: str, before: object = "", after: object = "") -> None:
    """Record what the person at this terminal did; say so where it cannot be recorded.

    The act stands either way: it was done before.
    """
    from bot.core.errors import BotError

    async def record(store: RedisConnection) -> None:
        from bot.audit.audit_log import AuditLog

        person = f"terminal:{getpass.getuser()}"
        await AuditLog(store.commands).record(person, act, about, before, after)

    try:
        with_store(record)
    except BotError as error:
        click.echo(f"kotae: this is not in the audit log: {error}", err=True)


def _show(act: OperatorAct) -> None:
    when = f"{datetime.fromtimestamp(act.at).astimezone():%Y-%m-%d %H:%M}"
    change = " → ".join(part for part in (act.before, act.after) if part)
    say((when, "dim"), f"  {act.person}  {act.act}  {act.about}")
    if change:
        say(f"{'':18}{change}")
