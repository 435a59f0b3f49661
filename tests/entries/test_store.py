"""The store of entries: versions, withdrawal, crashes, several processes."""

import asyncio
import datetime as dt
import sys
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.entries.entry import Entry, EntryError, written
from bot.entries.store import EntryStore
from tests.entries.test_entry import ENTRY, TODAY
from tests.support.library import MEMBER, Library

LITTLE, MUCH = 0.2, 0.9
"""Shares of a question's words."""


async def found(library: Library, query: str) -> list[str]:
    """Return what a member finds, by source."""
    base = library.open()
    hits = await base.search(query, MEMBER, 3)
    return [hit.text for hit in hits if hit.source == "saved"]


async def test_an_entry_is_found_at_once(saved: EntryStore, library: Library) -> None:
    change = await saved.save(ENTRY)

    assert (change.entry.version, change.late) == (1, "")
    assert await found(library, "駐車場の暗証番号") == ["4012 です。"]


@pytest.mark.parametrize("query", ["How do I open the garage door?", "車庫の扉の開け方"])
async def test_other_wordings_find_it_and_are_never_quoted(
    saved: EntryStore, library: Library, query: str
) -> None:
    """Also in the other language, with no model: they stand above the text, and not in it."""
    await saved.save(ENTRY)
    before = await library.open().search(query, MEMBER, 3, sources=["saved"])
    wordings = ["How do I open the garage door?", "車庫の扉の開け方は？"]
    await saved.save(replace(ENTRY, wordings=wordings))
    (after,) = await library.open().search(query, MEMBER, 3, sources=["saved"])

    assert [hit.signals.coverage for hit in before if hit.signals.coverage > LITTLE] == []
    assert after.signals.coverage > MUCH
    assert after.text == after.highlight == "4012 です。"


async def test_every_change_is_a_version(saved: EntryStore, library: Library) -> None:
    """And each of them can be made the present one again."""
    first = (await saved.save(ENTRY)).entry
    second = (await saved.save(replace(first, answer="5023 です。"), by="U3")).entry
    unchanged = await saved.save(second)
    assert await found(library, "駐車場の暗証番号") == ["5023 です。"]
    back = (await saved.restore(first.id, 1, by="U4")).entry

    assert not unchanged.changed
    versions = await saved.versions(first.id)
    assert [(one.version, one.answer, one.changed_by) for one in versions] == [
        (1, "4012 です。", "U2"),
        (2, "5023 です。", "U3"),
        (3, "4012 です。", "U4"),
    ]
    assert versions[-1] == back == await saved.get(first.id)
    assert await found(library, "駐車場の暗証番号") == ["4012 です。"]


async def test_what_is_withdrawn_is_no_answer(saved: EntryStore, library: Library) -> None:
    """Even when it is all that the source holds; it can come back."""
    entry = (await saved.save(ENTRY)).entry
    gone = await saved.withdraw(entry.id, "U1", "the lock was changed")

    assert (gone.entry.state, gone.late) == ("withdrawn", "")
    assert await found(library, "駐車場の暗証番号") == []
    assert [(e.id, e.reason) for e in await saved.entries()] == [(entry.id, "the lock was changed")]
    assert not (await saved.withdraw(entry.id)).changed
    await saved.restore(entry.id)
    assert await found(library, "駐車場の暗証番号") == ["4012 です。"]


async def test_what_has_expired_leaves_the_index(saved: EntryStore, library: Library) -> None:
    """On its day, not before; who says that it still holds brings it back for a year."""
    entry = (await saved.save(replace(ENTRY, expires=TODAY))).entry
    assert await saved.expire(TODAY - dt.timedelta(days=1)) == []
    (expired,) = await saved.expire(TODAY)
    assert expired.state == "expired"
    assert await found(library, "駐車場の暗証番号") == []
    assert await saved.expire(TODAY) == []

    renewed = (await saved.renew(entry.id, "U1", today=TODAY)).entry
    assert renewed.expires == TODAY + dt.timedelta(days=365)
    assert await found(library, "駐車場の暗証番号") == ["4012 です。"]


async def test_of_place(saved: EntryStore) -> None:
    """Which entries came from a message."""
    entry = (await saved.save(replace(ENTRY, place="slack:T1:C1:1.2"))).entry

    assert await saved.of_place("slack:T1:C1:1.2") == [entry]
    await saved.withdraw(entry.id)
    assert await saved.of_place("slack:T1:C1:1.2") == []


@pytest.mark.parametrize(
    "operation",
    [lambda s: s.withdraw("none"), lambda s: s.get("../docs/rooms"), lambda s: s.versions("none")],
)
async def test_what_is_not_there_is_named(saved: EntryStore, operation: object) -> None:
    assert callable(operation)
    attempt: Awaitable[object] = operation(saved)
    with pytest.raises(EntryError, match="there is no entry"):
        await attempt


async def test_files_of_before_there_were_versions(saved: EntryStore, library: Library) -> None:
    """They are version 1, and changing one loses nothing."""
    old = "---\ntitle: 駐車場の暗証番号は？\nowner: U1\nsaved_by: U2\nurl: ''\n---\n4012 です\n"
    (library.folder / "saved" / "old.md").write_text(old, encoding="utf-8")
    entry = await saved.get("old")
    await saved.save(replace(entry, answer="5023 です"))

    assert [one.answer for one in await saved.versions("old")] == ["4012 です", "5023 です"]
    assert [one.version for one in await saved.versions("old")] == [1, 2]


async def test_a_file_changed_by_hand_is_a_version(saved: EntryStore, library: Library) -> None:
    """A person with an editor counts as much as one with a form; a deleted file is withdrawn."""
    entry = (await saved.save(ENTRY)).entry
    file = library.folder / "saved" / f"{entry.id}.md"
    file.write_text(file.read_text(encoding="utf-8").replace("4012", "9999"), encoding="utf-8")
    await saved.mend()
    assert await found(library, "駐車場の暗証番号") == ["9999 です。"]
    file.unlink()
    await saved.mend()

    states = [(one.version, one.state, one.changed_by) for one in await saved.versions(entry.id)]
    assert states == [(1, "active", "U2"), (2, "active", "file"), (3, "withdrawn", "file")]


async def test_a_file_that_cannot_be_read_hides_no_other(
    saved: EntryStore, library: Library
) -> None:
    entry = (await saved.save(ENTRY)).entry
    (library.folder / "saved" / "broken.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")

    assert await saved.entries() == [entry]
    await saved.mend()


CRASHES = """
import asyncio, os, sys
from dataclasses import replace
from pathlib import Path
from bot.entries.store import EntryStore
from tests.support.library import Library

folder, operation, steps, entry_id = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
done = 0

def dying(method):
    def step(path, *arguments, **options):
        global done
        if "saved" in str(path):  # publishing an index has tests of its own
            if done == steps:
                os._exit(9)
            done += 1
        return method(path, *arguments, **options)
    return step

async def main():
    store = EntryStore(folder / "saved", Library(folder).open())
    entry = await store.get(entry_id)
    Path.replace, Path.unlink = dying(Path.replace), dying(Path.unlink)
    if operation == "save":
        await store.save(replace(entry, answer="5023 です。"))
    else:
        await store.withdraw(entry_id)

asyncio.run(main())
"""


async def crashed(library: Library, entry: Entry, operation: str, steps: int) -> int | None:
    """Change *entry* in a process that dies after *steps* changes of files; return its end."""
    arguments = (str(library.folder), operation, str(steps), entry.id)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", CRASHES, *arguments)
    return await process.wait()


@pytest.mark.parametrize("operation", ["save", "withdraw"])
async def test_a_crash_at_any_step_loses_nothing(
    saved: EntryStore, library: Library, operation: str
) -> None:
    """After it there is the old version or the new one, kept, shown and indexed alike."""
    entry = (await saved.save(ENTRY)).entry
    outcomes = set[str]()
    code: int | None = 9
    steps = 0
    while code:
        code = await crashed(library, entry, operation, steps)
        await saved.mend()
        present = await saved.get(entry.id)
        versions = await saved.versions(entry.id)
        shown = await found(library, "駐車場の暗証番号")

        assert [one.version for one in versions] == list(range(1, present.version + 1))
        assert shown == ([present.answer] if present.state == "active" else [])
        outcomes.add(f"{present.state} {present.answer}")
        await saved.restore(entry.id, 1)
        steps += 1
    assert steps > 2
    assert len(outcomes) == 2


SAVING = """
import asyncio, sys
from pathlib import Path
from bot.entries.store import EntryStore
from tests.support.library import Library
from tests.entries.test_entry import ENTRY
from dataclasses import replace

folder, name = Path(sys.argv[1]), sys.argv[2]
store = EntryStore(folder / "saved", Library(folder).open())

async def main():
    for number in range(4):
        await store.save(replace(ENTRY, answer=f"{name} {number}"), by=name)
asyncio.run(main())
"""


async def test_two_processes_lose_no_version(saved: EntryStore, library: Library) -> None:
    """The Slack worker and the command line save at the same time."""
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", SAVING, str(library.folder), name
        )
        for name in ("slack", "terminal")
    ]
    assert [await process.wait() for process in processes] == [0, 0]

    (entry,) = await saved.entries()
    versions = await saved.versions(entry.id)
    assert [one.version for one in versions] == list(range(1, 9))
    assert len({one.answer for one in versions}) == 8
    assert await found(library, "駐車場の暗証番号") == [versions[-1].answer]


def test_drafts_are_no_entries(saved: EntryStore, library: Library, tmp_path: Path) -> None:
    """What a crash has left half written is neither listed nor indexed."""
    (tmp_path / "saved" / ".abc.md.new").write_text(written(ENTRY)[:20], encoding="utf-8")

    assert asyncio.run(saved.entries()) == []
