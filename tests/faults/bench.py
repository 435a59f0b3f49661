"""Runs rows of the fault table in a deployment, one after the other."""

import random
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from tests.faults.checker import check
from tests.faults.deployment import Deployment, Mode, deploy
from tests.faults.report import Finding, seen_by_people
from tests.faults.rows.row import Row, SkippedError


async def run_rows(
    rows: Sequence[Row],
    folder: Path,
    *,
    mode: Mode = "socket",
    lease: float = 2.0,
    patience: float = 2.0,
    seed: int = 0,
) -> AsyncIterator[Finding]:
    """Run *rows*, each with its own history; a deployment in which a row failed is torn down.

    Args:
        rows: What goes wrong.
        folder: Deployments are built here; the history and the logs of a failed row stay.
        mode: How Slack is heard.
        lease: Seconds.
        patience: Seconds, see `History`.
        seed: Each row's chance depends on this and its name.
    """
    async with AsyncExitStack() as closing:
        deployment: Deployment | None = None
        for number, row in enumerate(rows):
            if row.alone:
                await closing.aclose()
                deployment = None
            try:
                if row.disk:
                    closing.enter_context(small_disk(_place(folder, number) / "redis", row.disk))
                if deployment is None:
                    place = _place(folder, number)
                    deployment = await closing.enter_async_context(
                        deploy(place, mode=mode, lease=lease, patience=patience)
                    )
                finding = await _run(row, deployment, seed)
            except SkippedError as reason:
                yield Finding(row.name, row.how, skipped=str(reason))
                continue
            if finding.problems:
                deployment.history.save(deployment.folder / "history.json")
            if finding.problems or row.alone:
                await closing.aclose()
                deployment = None
            yield finding


def _place(folder: Path, number: int) -> Path:
    return folder / f"deployment-{number}"


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """Mount a file system of *size* bytes on *folder*. Raises `SkippedError` if that is refused."""
    folder.mkdir(parents=True)
    mount = ("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SkippedError("a file system cannot be mounted here") from error
    try:
        yield
    finally:
        subprocess.run(("umount", "--lazy", str(folder)), check=True)


async def _run(row: Row, deployment: Deployment, seed: int) -> Finding:
    deployment.random = random.Random(f"{seed} {row.name}")
    await deployment.staff(workers=row.workers)
    await deployment.begin()
    problems = list[str]()
    try:
        problems += await row.run(deployment) or ()
    except (AssertionError, TimeoutError, LookupError) as error:
        problems.append(f"the row itself failed: {error!r:.300}")
    await deployment.settled(row.seconds)
    problems += map(str, check(deployment.history))
    problems += [
        f"Slack was never told that {asked.job} is stored"
        for asked in deployment.history.asked
        if asked.accepted is None
    ]
    if dead := [p.name for p in deployment.processes if p.ended_by_itself]:
        problems.append(f"ended by themselves: {', '.join(dead)}")
    start = deployment.history.notes[0][0] if deployment.history.notes else time.time()
    notes = [f"+{at - start:.1f} s {what}" for at, what in deployment.history.notes]
    return Finding(row.name, row.how, seen_by_people(deployment.history), problems, notes=notes)
