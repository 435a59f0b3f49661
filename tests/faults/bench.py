"""Runs rows of the fault table in a house, one after the other."""

import random
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from tests.faults.checker import check
from tests.faults.house import House, Mode, house
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
    """Run *rows*, each with a history of its own; a house in which one failed is torn down.

    Args:
        rows: What goes wrong.
        folder: Houses are built here; of a row that failed, its history and the logs stay.
        mode: How Slack is heard.
        lease: Seconds.
        patience: Seconds, see `History`.
        seed: Each row's chance depends on this and its name.
    """
    async with AsyncExitStack() as closing:
        home: House | None = None
        for number, row in enumerate(rows):
            if row.alone:
                await closing.aclose()
                home = None
            try:
                if row.disk:
                    closing.enter_context(small_disk(_place(folder, number) / "redis", row.disk))
                if home is None:
                    place = _place(folder, number)
                    home = await closing.enter_async_context(
                        house(place, mode=mode, lease=lease, patience=patience)
                    )
                finding = await _run(row, home, seed)
            except SkippedError as reason:
                yield Finding(row.name, row.how, skipped=str(reason))
                continue
            if finding.problems:
                home.history.save(home.folder / "history.json")
            if finding.problems or row.alone:
                await closing.aclose()
                home = None
            yield finding


def _place(folder: Path, number: int) -> Path:
    return folder / f"house-{number}"


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


async def _run(row: Row, home: House, seed: int) -> Finding:
    home.random = random.Random(f"{seed} {row.name}")
    await home.staff(workers=row.workers)
    await home.begin()
    problems = list[str]()
    try:
        problems += await row.run(home) or ()
    except (AssertionError, TimeoutError, LookupError) as error:
        problems.append(f"the row itself failed: {error!r:.300}")
    await home.settled(row.seconds)
    problems += map(str, check(home.history))
    problems += [
        f"Slack was never told that {asked.job} is stored"
        for asked in home.history.asked
        if asked.accepted is None
    ]
    if dead := [p.name for p in home.processes if p.ended_by_itself]:
        problems.append(f"ended by themselves: {', '.join(dead)}")
    start = home.history.notes[0][0] if home.history.notes else time.time()
    notes = [f"+{at - start:.1f} s {what}" for at, what in home.history.notes]
    return Finding(row.name, row.how, seen_by_people(home.history), problems, notes=notes)
