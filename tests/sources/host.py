"""The host: 10,000 unchanged items of a feed and of a folder, and a feed that breaks off."""

import asyncio
import tempfile
import time
from collections import Counter
from pathlib import Path

import click

from knowledge.model.errors import SourceError
from knowledge.model.types import SyncReport
from knowledge.storage.index_versions import IndexVersions, read_manifest
from knowledge.sync import spool
from knowledge.sync.source import SourceFile
from knowledge.sync.sources.folder import FolderSource
from tests.support.library import MEMBER, CountingEmbedder, Library, remote_table
from tests.support.memory_sources import MemoryFeed

ITEMS = 10_000
FEW = 12
"""Items where every call is broken off."""


def run() -> list[str]:
    """Return what broke a rule."""
    with tempfile.TemporaryDirectory() as folder:
        violations = asyncio.run(_unchanged(Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        violations += asyncio.run(_unchanged_folder(Path(folder)))
    broken = 0
    for kind in ("first", "changes", "expired"):
        found, cases = asyncio.run(_broken_off(kind))
        violations += found
        broken += cases
    click.echo(f"  a sync was broken off at each of {broken} calls")
    return violations


async def _unchanged(folder: Path) -> list[str]:
    """An incremental sync of unchanged items is one call, and nothing is read or embedded."""
    library, feed = _library(folder, ITEMS)
    started = time.monotonic()
    report = await library.open().sync()
    first = time.monotonic() - started
    violations = _expect("first sync", report.added, ITEMS)
    violations += _expect("reads of the first sync", feed.calls.count("read"), ITEMS)
    feed.calls.clear()
    library.embedder.texts.clear()
    started = time.monotonic()
    again = await library.open().sync()
    second = time.monotonic() - started
    violations += _expect("calls of an unchanged sync", feed.calls, ["changes"])
    violations += _expect("embedded texts of an unchanged sync", len(library.embedder.texts), 0)
    violations += _expect("index version", again.index_version, report.index_version)
    violations += _expect("unchanged", again.unchanged, ITEMS)
    click.echo(f"  {ITEMS} items: first sync {first:.1f} s, unchanged {second:.2f} s, 1 call")
    return violations


class _CountingFolder(FolderSource):
    """A folder that counts its reads."""

    reads = 0

    def read(self, file: SourceFile) -> bytes:
        self.reads += 1
        return super().read(file)


async def _unchanged_folder(folder: Path) -> list[str]:
    """A sync of unchanged files reads and embeds nothing, and publishes nothing."""
    library = Library(folder)
    library.write_many(ITEMS)
    source = _CountingFolder("docs", library.docs)
    library.sources = {"docs": source}
    report = await library.open().sync()
    violations = _expect("files of a folder", report.added, ITEMS)
    source.reads = 0
    library.embedder.texts.clear()
    again = await library.open().sync()
    violations += _expect("reads of an unchanged folder", source.reads, 0)
    violations += _expect("embedded texts of it", len(library.embedder.texts), 0)
    return violations + _expect("its index version", again.index_version, report.index_version)


async def _broken_off(kind: str) -> tuple[list[str], int]:
    """Break a sync off at each of its calls: nothing is lost, and the next one goes on."""
    violations, number = list[str](), 0
    while True:
        with tempfile.TemporaryDirectory() as folder:
            library, feed = _library(Path(folder), FEW)
            if kind != "first":
                await library.open().sync()
                _change(feed, expire=kind == "expired")
            before = await _contents(library)
            feed.calls.clear()
            broken = _break(feed, number)
            report = await library.open().sync()
            if not broken:
                return violations + _check(f"{kind}: whole", library, feed, report), number
            name = f"{kind}: broken off at call {number} ({feed.calls[number]})"
            violations += _expect(
                f"{name}: failures", [f.kind for f in report.failures], ["unreachable"]
            )
            violations += _half_published(name, before, await _contents(library), feed)
            feed.before = lambda _: None
            again = await library.open().sync()
            violations += _check(name, library, feed, again)
            violations += _expect(f"{name}: text", await _contents(library), _texts(feed))
            reads = Counter(feed.calls)["read"]
            if reads > FEW + 1 + spool.AT_ONCE:
                violations.append(f"{name}: {reads} reads: what was published is read again")
        number += 1


def _library(folder: Path, items: int) -> tuple[Library, MemoryFeed]:
    library, feed = Library(folder), MemoryFeed("wiki")
    library.embedder = CountingEmbedder()
    for number in range(items):
        feed.put(f"{number}.md", f"# Page {number}\n\nThe zeppelin {number} leaves.")
    library.sources = {"wiki": feed}
    library.configure(remote_table("wiki"))
    return library, feed


def _change(feed: MemoryFeed, *, expire: bool) -> None:
    for number in range(4):
        feed.put(f"{number}.md", f"# Page {number}\n\nThe airship {number} leaves.")
    feed.put("new.md", "# New\n\nThe balloon leaves.")
    feed.remove("5.md")
    if expire:
        feed.expired = len(feed.log)


def _break(feed: MemoryFeed, number: int) -> list[str]:
    """Let the call of that number fail, and all after it; the list fills when it does."""
    broken = list[str]()

    def before(call: str) -> None:
        if len(feed.calls) > number:
            broken.append(call)
            raise SourceError("the line is down")

    feed.before = before
    return broken


async def _contents(library: Library) -> dict[str, str]:
    if IndexVersions(library.index).mark() is None:
        return {}
    base = library.open()
    return {one.document_id: one.text async for one in base.passages(MEMBER)}


def _texts(feed: MemoryFeed) -> dict[str, str]:
    return {
        f"wiki/{name}": file.data.decode().partition("\n\n")[2]
        for name, file in feed.content.items()
    }


def _half_published(
    name: str, before: dict[str, str], after: dict[str, str], feed: MemoryFeed
) -> list[str]:
    """Each document is as it was, or as it is now; only what is gone may be missing."""
    now = _texts(feed)
    wrong = [id_ for id_, text in after.items() if text not in {before.get(id_), now.get(id_)}]
    lost = [id_ for id_ in before if id_ not in after and id_ in now]
    return [f"{name}: {id_} is neither old nor new" for id_ in wrong] + [
        f"{name}: {id_} was lost" for id_ in lost
    ]


def _check(name: str, library: Library, feed: MemoryFeed, report: SyncReport) -> list[str]:
    contents = read_manifest(IndexVersions(library.index).current()).contents
    return [
        *_expect(f"{name}: failures of the next sync", report.failures, ()),
        *_expect(f"{name}: documents", contents.documents, len(feed.content)),
        *_expect(f"{name}: cursor", contents.feeds["wiki"].cursor, str(len(feed.log))),
    ]


def _expect(what: str, found: object, wanted: object) -> list[str]:
    return [] if found == wanted else [f"{what}: {found!r}, not {wanted!r}"]
