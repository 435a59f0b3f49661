"""`kotae queue …`: waiting jobs, jobs in work, and dead letters."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bot.cli.audit import note_act
from bot.cli.context import with_store
from bot.cli.options import JSON, YES
from bot.cli.output import confirm, print_json, say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bot.audit.audit_log import Act
    from bot.core.types import DeadLetter
    from bot.queue.queue import WaitingJobs
    from bot.queue.redis_queue import RedisQueue
    from bot.redis.connection import RedisConnection

_LABELS = {
    "ready": "waiting",
    "running": "in progress",
    "delayed": "to be retried",
    "dead": "given up",
}
_IDS = click.argument("job_ids", nargs=-1, metavar="[ID]...")


@click.group()
def queue() -> None:
    """See waiting questions; retry or drop given-up ones."""


@queue.command()
@JSON
def status(*, as_json: bool) -> None:
    """Count the waiting, running, delayed and given-up jobs.

    Jobs of a newer version that no running worker understands are named as well.
    """
    counts, newer = with_store(_counted)
    if as_json:
        print_json({**counts, "unclaimed": [asdict(one) for one in newer]})
        return
    for name, label in _LABELS.items():
        click.echo(f"{counts[name]:>7} {label}")
    for one in newer:
        click.echo(f"{one.count:>7} for a newer version of Kotae ({one.kind}, format {one.format})")
    if counts["dead"]:
        click.echo("List the jobs that were given up: `kotae queue list`")


@queue.command(name="list")
@click.option("--text", "with_text", is_flag=True, help="Also show the questions.")
@click.option("-k", "--limit", default=0, help="Show at most this many; 0 shows all.")
@JSON
def list_(*, with_text: bool, limit: int, as_json: bool) -> None:
    """List the dead letters, oldest first.

    These are jobs that were given up after their last try. Each asker has been told, with the
    reference that the reason ends with. The questions are private: `--text` shows them.
    """
    letters = with_store(_dead_letters)
    letters = letters[:limit] if limit else letters
    if as_json:
        print_json([_row(letter, with_text=with_text) for letter in letters])
        return
    for letter in letters:
        _print(letter, with_text=with_text)
    if not letters:
        click.echo("There are no dead letters.")


@queue.command()
@_IDS
@click.option("--all", "everything", is_flag=True, help="Retry all dead letters.")
@JSON
def retry(*, job_ids: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Answer dead letters again.

    The answer replaces the failure message. Exit code 1 if an ID is not a dead letter.

    Example: kotae queue retry --all
    """
    chosen = _chosen(job_ids, everything=everything)
    _for_each(chosen, lambda jobs, id_: jobs.retry_dead_letter(id_), "Retrying", as_json=as_json)


@queue.command()
@_IDS
@click.option("--all", "everything", is_flag=True, help="Drop all dead letters.")
@YES
@JSON
def drop(*, job_ids: tuple[str, ...], everything: bool, yes: bool, as_json: bool) -> None:
    """Delete dead letters: nobody will answer them any more.

    Exit code 1 if an ID is not a dead letter.
    """
    chosen = _chosen(job_ids, everything=everything)
    if not yes:
        what = "all dead letters" if chosen is None else f"{len(chosen)} dead letter(s)"
        confirm(f"Delete {what} for good?", "Deleting dead letters needs --yes here.")
    _for_each(chosen, lambda jobs, id_: jobs.drop(id_), "Dropped", as_json=as_json)


def _chosen(job_ids: tuple[str, ...], *, everything: bool) -> tuple[str, ...] | None:
    """Return the named jobs, or None for all of them."""
    if everything == bool(job_ids):
        raise click.UsageError("Name the IDs (see `kotae queue list`), or use --all.")
    return None if everything else job_ids


async def _counted(store: RedisConnection) -> tuple[Mapping[str, int], Sequence[WaitingJobs]]:
    from bot.analytics.unclaimed import unclaimed
    from bot.machines.store import MachineStore
    from bot.queue.redis_queue import RedisQueue
    from knowledge.text import analysis

    jobs = RedisQueue(store)
    machines = await MachineStore(store, analysis.VERSION).machines()
    return await jobs.backlog(), unclaimed(await jobs.waiting_formats(), machines)


async def _dead_letters(store: RedisConnection) -> Sequence[DeadLetter]:
    from bot.queue.redis_queue import RedisQueue

    return await RedisQueue(store).dead_letters()


def _for_each(
    job_ids: Sequence[str] | None,
    act: Callable[[RedisQueue, str], Awaitable[bool]],
    done: str,
    *,
    as_json: bool,
) -> None:
    """Call *act* for each dead letter in *job_ids*, or for all when None, and print the count."""

    async def run(store: RedisConnection) -> tuple[list[str], list[str]]:
        from bot.queue.redis_queue import RedisQueue

        jobs = RedisQueue(store)
        chosen = job_ids
        if chosen is None:
            chosen = [letter.job.id for letter in await jobs.dead_letters()]
        found = {job_id: await act(jobs, job_id) for job_id in chosen}
        return [id_ for id_, ok in found.items() if ok], [
            id_ for id_, ok in found.items() if not ok
        ]

    handled, missed = with_store(run)
    if handled:
        did: Act = "retry" if done == "Retrying" else "drop"
        note_act(did, f"{len(handled)} dead letters", after=", ".join(handled))
    if as_json:
        print_json({"done": handled, "missing": missed})
    else:
        click.echo(f"{done} {len(handled)} of {len(handled) + len(missed)}.")
    for job_id in missed:
        click.echo(f"kotae: no dead letter {job_id}", err=True)
    if missed and job_ids is not None:
        sys.exit(1)


def _print(letter: DeadLetter, *, with_text: bool) -> None:
    from datetime import datetime

    when = f"{datetime.fromtimestamp(letter.at).astimezone():%Y-%m-%d %H:%M}"
    say((letter.job.id, "bold"))
    click.echo(f"  {when}  {letter.job.kind}: {letter.reason}")
    if letter.job.partition != letter.job.id:
        say((f"  in {letter.job.partition}", "dim"))
    if with_text and (text := _text(letter)):
        click.echo(f"  {' '.join(text.split())}")


def _row(letter: DeadLetter, *, with_text: bool) -> dict[str, object]:
    job = letter.job
    row: dict[str, object] = {"id": job.id, "thread": job.partition, "kind": job.kind}
    row |= {"reason": letter.reason, "at": letter.at}
    return row | ({"text": _text(letter)} if with_text else {})


def _text(letter: DeadLetter) -> str:
    return str(letter.job.payload.get("text", ""))
