"""`kotae queue …` as an operator sees it."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TypeVar

from rich.console import Console
from rich.text import Text

from bot.app.container import open_store
from bot.core.types import DeadLetter
from bot.queue.redis_queue import RedisQueue
from bot.settings.settings import load_settings
from bot.telemetry.logs import set_up_logging

T = TypeVar("T")

_LABELS = {
    "ready": "waiting",
    "running": "in work",
    "delayed": "to be retried",
    "dead": "given up",
}


def show_status(*, as_json: bool) -> None:
    """Print how many jobs are in which state."""
    counts = _with_queue(RedisQueue.backlog)
    if as_json:
        print(json.dumps(dict(counts)))  # noqa: T201 - the contract
        return
    console = Console()
    for name, label in _LABELS.items():
        console.print(f"{counts[name]:>7} {label}")
    if counts["dead"]:
        console.print("`kotae queue list` shows what was given up.", style="dim")


def show_dead_letters(*, with_text: bool, as_json: bool) -> None:
    """Print the dead letters, oldest first."""
    letters = _with_queue(RedisQueue.dead_letters)
    if as_json:
        rows = [_row(letter, with_text=with_text) for letter in letters]
        print(json.dumps(rows, ensure_ascii=False))  # noqa: T201 - the contract
        return
    console = Console()
    for letter in letters:
        when = f"{datetime.fromtimestamp(letter.at).astimezone():%Y-%m-%d %H:%M}"
        console.print(Text(letter.job.id, style="bold"), soft_wrap=True)
        console.print(Text(f"  {when}  {letter.job.kind}: {letter.reason}"), soft_wrap=True)
        if letter.job.partition != letter.job.id:
            console.print(Text(f"  in {letter.job.partition}", style="dim"), soft_wrap=True)
        if with_text and (text := _text(letter)):
            console.print(Text(f"  {' '.join(text.split())}"), soft_wrap=True)
    if not letters:
        console.print("No dead letters.")


def requeue(job_ids: Sequence[str] | None) -> None:
    """Give dead letters (None: all) a fresh start."""
    _for_each(job_ids, RedisQueue.requeue, "Requeued")


def drop(job_ids: Sequence[str] | None) -> None:
    """Forget dead letters (None: all)."""
    _for_each(job_ids, RedisQueue.drop, "Dropped")


def _for_each(
    job_ids: Sequence[str] | None, act: Callable[[RedisQueue, str], Awaitable[bool]], done: str
) -> None:
    async def run(queue: RedisQueue) -> list[str]:
        chosen = job_ids
        if chosen is None:
            chosen = [letter.job.id for letter in await queue.dead_letters()]
        missed = [job_id for job_id in chosen if not await act(queue, job_id)]
        Console().print(f"{done} {len(chosen) - len(missed)} of {len(chosen)}.")
        return missed

    missed = _with_queue(run)
    for job_id in missed:
        print(f"kotae: no dead letter {job_id}", file=sys.stderr)  # noqa: T201
    if missed and job_ids is not None:
        sys.exit(1)


def _row(letter: DeadLetter, *, with_text: bool) -> dict[str, object]:
    job = asdict(letter.job)
    row = {"id": job["id"], "thread": job["partition"], "kind": job["kind"]}
    told = {"reason": letter.reason, "at": letter.at}
    return row | told | ({"text": _text(letter)} if with_text else {})


def _text(letter: DeadLetter) -> str:
    return str(letter.job.payload.get("text", ""))


def _with_queue(act: Callable[[RedisQueue], Awaitable[T]]) -> T:
    settings = load_settings()
    set_up_logging("warning", settings.secrets)

    async def run() -> T:
        async with open_store(settings) as store:
            return await act(RedisQueue(store))

    return asyncio.run(run())
