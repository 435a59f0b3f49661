"""The store of entries: versions, withdrawal, several processes and machines."""

import asyncio
import datetime as dt
import sys
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.errors import RedisUnavailableError
from bot.entries.entry import EntryError
from bot.entries.store import EntryStore
from bot.entries.versions import EntryVersions
from bot.redis.connection import RedisClient, RedisConnection
from knowledge.model.errors import KnowledgeError
from tests.entries.conftest import machine
from tests.entries.test_entry import ENTRY, TODAY
from tests.support.library import MEMBER, Library
from tests.support.waiting import wait_until

LATER = dt.date(2999, 1, 1)
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


async def test_one_that_cannot_be_read_hides_no_other(
    saved: EntryStore, store: RedisConnection, library: Library
) -> None:
    entry = (await saved.save(ENTRY)).entry
    await store.commands.hset("{kotae}:v1:entries:present", "broken", "{")

    assert await saved.entries() == [entry]
    assert await found(library, "駐車場の暗証番号") == ["4012 です。"]
    with pytest.raises(EntryError, match="broken cannot be read"):
        await saved.get("broken")


async def test_a_change_holds_on_every_machine_at_once(
    saved: EntryStore, versions: EntryVersions, tmp_path: Path
) -> None:
    """What is gone or says something else is quoted by none, whatever its index still has."""
    other = machine(tmp_path / "other", versions)
    there = EntryStore(versions, other.open())
    entry = (await saved.save(ENTRY)).entry
    await other.open().sync()
    assert await found(other, "駐車場の暗証番号") == ["4012 です。"]

    await saved.save(replace(entry, answer="5023 です。"))
    assert await found(other, "駐車場の暗証番号") == []
    await there.sync()
    assert await found(other, "駐車場の暗証番号") == ["5023 です。"]

    await saved.withdraw(entry.id, "U1")
    base = other.open()
    assert await found(other, "駐車場の暗証番号") == []
    with pytest.raises(KnowledgeError, match="no document"):
        await base.read(entry.document_id, MEMBER)
    assert [one.source async for one in base.passages(MEMBER)] == ["docs"]
    assert {one.source for one in await base.beginnings(MEMBER, 5)} == {"docs"}
    assert await there.get(entry.id) == await saved.get(entry.id)


async def test_what_only_lasts_longer_stays_found(
    saved: EntryStore, versions: EntryVersions, tmp_path: Path
) -> None:
    other = machine(tmp_path / "other", versions)
    entry = (await saved.save(replace(ENTRY, expires=LATER))).entry
    await EntryStore(versions, other.open()).sync()
    await saved.renew(entry.id, "U1")

    assert await found(other, "駐車場の暗証番号") == ["4012 です。"]


async def test_on_its_last_day_nobody_finds_it_any_more(
    saved: EntryStore, library: Library, store: RedisConnection
) -> None:
    """Even where no task has looked at it since."""
    entry = (await saved.save(replace(ENTRY, expires=LATER))).entry
    marks = "{kotae}:v1:entries:marks"
    mark = str(await store.commands.hget(marks, entry.id))
    await store.commands.hset(marks, entry.id, mark.replace(str(LATER), str(TODAY)))

    assert await found(library, "駐車場の暗証番号") == []


async def test_a_machine_takes_in_what_others_save(
    saved: EntryStore, versions: EntryVersions, tmp_path: Path
) -> None:
    """By itself, in a moment."""
    other = machine(tmp_path / "other", versions)
    there = EntryStore(versions, other.open())
    await there.sync()
    following = asyncio.create_task(there.keep_indexed(pause=0.01))
    await saved.save(ENTRY)

    async def is_found() -> bool:
        return await found(other, "駐車場の暗証番号") == ["4012 です。"]

    await wait_until(is_found)
    following.cancel()


async def test_a_machine_without_an_index_changes_entries_all_the_same(
    saved: EntryStore, versions: EntryVersions, library: Library
) -> None:
    entry = (await saved.save(ENTRY)).entry
    change = await EntryStore(versions, None).withdraw(entry.id, "keiko")

    assert (change.changed, change.late) == (True, "")
    assert await found(library, "駐車場の暗証番号") == []


async def test_marks_and_entries_that_a_backup_took_apart_are_mended(
    saved: EntryStore, versions: EntryVersions, library: Library, store: RedisConnection
) -> None:
    """What was withdrawn stays so, what was changed is found, and each can be changed again."""
    kept = (await saved.save(replace(ENTRY, question="車庫？"))).entry
    gone = (await saved.save(replace(ENTRY, question="倉庫？"))).entry
    present, marks = "{kotae}:v1:entries:present", "{kotae}:v1:entries:marks"
    before = await store.commands.hgetall(marks), await store.commands.hgetall(present)
    await saved.withdraw(gone.id)
    await saved.save(replace(kept, answer="5023 です。"))
    for id_, mark in before[0].items():
        await store.commands.hset(marks, str(id_), str(mark))
    await store.commands.hset(present, kept.id, str(before[1][kept.id]))
    await versions.mend()
    await saved.sync()

    assert await found(library, "車庫") == ["4012 です。"]
    again = (await saved.save(replace(kept, answer="6034 です。"))).entry
    assert [one.answer for one in await saved.versions(kept.id)] == ["4012 です。", again.answer]


SAVING = """
import asyncio, sys
from pathlib import Path
from bot.entries.store import EntryStore
from bot.entries.versions import EntryVersions
from bot.redis.connection import open_redis
from knowledge.model.errors import KnowledgeError
from tests.entries.conftest import machine
from tests.entries.test_entry import ENTRY
from dataclasses import replace

url, folder, name = sys.argv[1], Path(sys.argv[2]), sys.argv[3]

async def main():
    async with open_redis(url) as store:
        versions = EntryVersions(store.commands)
        saved = EntryStore(versions, machine(folder, versions).open())
        for number in range(4):
            await saved.save(replace(ENTRY, answer=f"{name} {number}"), by=name)
asyncio.run(main())
"""


async def test_processes_on_several_machines_lose_no_version(
    saved: EntryStore, library: Library, redis_url: str, tmp_path: Path
) -> None:
    """A worker, the command line beside it, and another machine save at the same time."""
    folders = {"slack": library.folder, "terminal": library.folder, "other": tmp_path / "other"}
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", SAVING, redis_url, str(folder), name
        )
        for name, folder in folders.items()
    ]
    assert [await process.wait() for process in processes] == [0, 0, 0]

    (entry,) = await saved.entries()
    known = await saved.versions(entry.id)
    assert [one.version for one in known] == list(range(1, 13))
    assert len({one.answer for one in known}) == 12
    await saved.sync()
    assert await found(library, "駐車場の暗証番号") == [known[-1].answer]


async def test_without_redis_nothing_is_changed_and_nothing_shown(
    saved: EntryStore, library: Library
) -> None:
    """What may be withdrawn is not quoted; the other documents keep their index."""
    await library.open().sync()
    await saved.save(ENTRY)
    dead = EntryVersions(RedisClient(host="127.0.0.1", port=1))
    team = machine(library.folder, dead)
    with pytest.raises(RedisUnavailableError):
        await EntryStore(dead, team.open()).withdraw("any")
    with pytest.raises(RedisUnavailableError):
        await found(team, "駐車場の暗証番号")
    report = await team.open().sync()
    assert [one.source for one in report.failures] == ["saved"]
    assert {hit.source for hit in await team.open().search("room floor", MEMBER, 1)} == {"docs"}
