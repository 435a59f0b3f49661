"""A disk that fills up at different points of a sync, of a folder and of a source elsewhere.

Each time the sync says so, what was published is searched on, and the next sync is complete once
there is room again.
"""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from knowledge.model.errors import StorageError
from knowledge.storage.index_versions import IndexVersions
from tests.support.library import MEMBER, Library, remote_table, source_table
from tests.support.memory_sources import MemoryFeed

DISK = 24_000_000
ROOM = (0, 20_000, 60_000, 120_000, 250_000, 500_000, 800_000, 1_200_000, 2_000_000, 4_000_000)
"""Bytes that are left when the sync begins."""

DOCUMENTS = 60


def run() -> list[str]:
    """Return what broke a rule."""
    if os.geteuid() != 0:
        click.echo("  not run: only root may mount a disk")
        return []
    wrong, full = list[str](), 0
    for kind in ("folder", "feed"):
        for room in ROOM:
            with _disk() as disk, tempfile.TemporaryDirectory() as other:
                found, is_full = asyncio.run(_filled(kind, room, disk, Path(other)))
            wrong += [f"{kind}, {room} bytes left: {text}" for text in found]
            full += is_full
    click.echo(f"  the disk was full in {full} of {2 * len(ROOM)} syncs")
    return wrong if full else [*wrong, "no sync met a full disk"]


@contextmanager
def _disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder]
        subprocess.run(command, check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)  # an index is open still


async def _filled(kind: str, room: int, disk: Path, other: Path) -> tuple[list[str], bool]:
    library, feed = Library(other), MemoryFeed("feed")
    library.index = disk / "index"
    library.sources = {"feed": feed}
    table = source_table("docs", "docs") if kind == "folder" else remote_table("feed")
    library.configure(table)

    def put(number: int, words: str) -> None:
        text = (
            f"# Page {number}\n\nzeppelin {number}. {' '.join(f'{words}{n}' for n in range(900))}"
        )
        if kind == "folder":
            library.write(f"{number}.md", text)
        else:
            feed.put(f"{number}.md", text)

    for number in range(DOCUMENTS):
        put(number, "first")
    await library.open().sync()
    version = IndexVersions(library.index).current()
    _fill(disk, room)
    for number in range(DOCUMENTS // 2, 2 * DOCUMENTS):
        put(number, "second")

    wrong, is_full = list[str](), False
    try:
        report = await library.open().sync()
        wrong += [f"failed otherwise: {one.reason}" for one in report.failures]
    except StorageError as error:
        is_full = True
        if "free some space" not in str(error):
            wrong.append(f"does not say what to do: {error}")
        if IndexVersions(library.index).current() != version:
            wrong.append("published all the same")
    found = await library.open().search("zeppelin 3", MEMBER, 5)
    if not found:
        wrong.append("what was published is not found")
    (disk / "filler").unlink()
    last = await library.open().sync()
    if last.failures or last.documents_total != 2 * DOCUMENTS:
        wrong.append(f"{last.documents_total} documents with room again, {last.failures}")
    left = [path.name for path in library.index.glob("tmp-*")]
    left += [path.name for path in library.index.glob("fetched-*")]
    return [*wrong, *(f"{name} is left" for name in left)], is_full


def _fill(disk: Path, room: int) -> None:
    """Write a file that leaves *room* bytes."""
    found = os.statvfs(disk)
    with (disk / "filler").open("wb") as filler:
        filler.write(b"\0" * max(0, found.f_bavail * found.f_frsize - room))
