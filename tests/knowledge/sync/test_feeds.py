"""Sources elsewhere are listed once and then tell their changes; one that fails stays alone."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from knowledge.model.errors import (
    ChangedFileError,
    KnowledgeConfigError,
    ParseError,
    SourceError,
    SyncRunningError,
)
from knowledge.model.types import NOBODY, Problem
from knowledge.storage.health import HealthStore
from knowledge.storage.index_versions import FeedState, IndexVersions, read_manifest
from knowledge.sync import listed_files, spool
from knowledge.sync.source import SourceChanges, SourceFile
from knowledge.sync.vectors import JOURNAL
from tests.support.library import MEMBER, Library, remote_table, source_table
from tests.support.memory_sources import MemoryFeed, MemorySource


@pytest.fixture
def wiki(library: Library) -> MemoryFeed:
    """A feed of ten pages, in the settings and not yet synced."""
    feed = MemoryFeed("wiki")
    for number in range(10):
        feed.put(f"{number}.md", f"# Page {number}\n\nzeppelin {number}")
    library.add(feed)
    return feed


def raising(error: Exception, when: Callable[[str], bool]) -> Callable[[str], None]:
    """Return what raises *error* for the calls that *when* names."""

    def before(call: str) -> None:
        if when(call):
            raise error

    return before


async def ids(library: Library, query: str = "zeppelin") -> set[str]:
    found = await library.open().search(query, MEMBER, 100)
    return {one.document_id for one in found if query in one.text}


async def test_what_was_published_needs_no_notes(library: Library, wiki: MemoryFeed) -> None:
    """A disk may be full by then; the next sync makes up for what was not noted."""
    await library.open().sync()
    refuse = "BEFORE UPDATE OF synced_at ON source_health BEGIN SELECT RAISE(ABORT, 'full'); END"
    wiki.put("new.md", "# New\n\nzeppelin new")
    with closing(sqlite3.connect(library.index / JOURNAL)) as journal:
        journal.execute(f"CREATE TRIGGER refused {refuse}")
        report = await library.open().sync()
        journal.execute("DROP TRIGGER refused")
    again = await library.open().sync()

    assert (report.added, report.failures) == (1, ())
    assert "wiki/new.md" in await ids(library)
    assert (again.added, again.unchanged, again.failures) == (0, 11, ())


@pytest.mark.parametrize("down", [False, True])
async def test_a_source_under_another_name_is_not_embedded_again(
    library: Library, wiki: MemoryFeed, *, down: bool
) -> None:
    """Its documents are those of a new source; also where it could not be asked at first."""
    await library.open().sync()
    library.embedder.texts.clear()
    renamed = MemoryFeed("pages", wiki.content, log=wiki.log)
    library.sources = {}
    library.add(renamed)
    if down:
        renamed.before = raising(SourceError("the line is down"), lambda _: True)
        await library.open().sync()
        renamed.before = lambda _: None

    await library.open().sync()

    assert await ids(library) == {f"pages/{number}.md" for number in range(10)}
    assert library.embedder.texts == []


async def test_a_sync_without_changes_is_one_call(library: Library, wiki: MemoryFeed) -> None:
    """Nothing is listed, read, embedded or published."""
    first = await library.open().sync()
    assert wiki.calls[:2] == ["cursor", "files"]
    wiki.calls.clear()
    library.embedder.texts.clear()

    second = await library.open().sync()

    assert wiki.calls == ["changes"]
    assert (second.unchanged, second.index_version) == (10, first.index_version)
    assert library.embedder.texts == []


async def test_the_syncs_of_a_source_add_up(library: Library, wiki: MemoryFeed) -> None:
    """What was fetched, how often it went well, and why not; also for the next process."""
    await library.open().sync()
    wiki.put("new.md", "# New\n\nzeppelin")
    await library.open().sync()
    refusal = SourceError("check the token", "refused")
    wiki.before = raising(refusal, lambda call: call == "changes")
    await library.open().sync()
    totals = library.open().health()["wiki"].totals

    assert totals.syncs == 2
    assert totals.seconds > 0
    assert totals.fetched_bytes == sum(len(one.data) for one in wiki.content.values())
    assert {kind: n for kind, n in totals.failures.items() if n} == {"refused": 1}


async def test_changes_are_applied_and_the_cursor_moves_with_the_index(
    library: Library, wiki: MemoryFeed
) -> None:
    """What is new, changed and gone is asked for once."""
    await library.open().sync()
    wiki.put("new.md", "# New\n\nzeppelin")
    wiki.put("1.md", "# Page 1\n\nairship")
    wiki.remove("2.md")
    wiki.calls.clear()

    report = await library.open().sync()

    assert (report.added, report.changed, report.removed, report.unchanged) == (1, 1, 1, 8)
    assert wiki.calls == ["changes", "read", "read"]
    assert await ids(library) == {f"wiki/{n}.md" for n in (0, 3, 4, 5, 6, 7, 8, 9)} | {
        "wiki/new.md"
    }
    manifest = read_manifest(IndexVersions(library.index).current())
    assert manifest.contents.feeds["wiki"].cursor == "13"


async def test_changes_that_change_nothing_move_the_cursor_without_a_publication(
    library: Library, wiki: MemoryFeed
) -> None:
    """Processes that search open no new index version; the next sync goes on from there."""
    first = await library.open().sync()
    wiki.log.append("1.md")
    await library.open().sync()
    wiki.expired = 11

    report = await library.open().sync()

    assert report.index_version == first.index_version
    assert wiki.calls.count("files") == 1


async def test_a_rollback_takes_the_cursor_back(library: Library, wiki: MemoryFeed) -> None:
    """Changes that the older index version lacks are told again."""
    await library.open().sync()
    wiki.put("new.md", "# New\n\nzeppelin")
    await library.open().sync()
    wiki.log.append("1.md")
    await library.open().sync()  # only the cursor moves

    await library.open().rollback()
    assert "wiki/new.md" not in await ids(library)
    report = await library.open().sync()

    assert report.added == 1
    assert "wiki/new.md" in await ids(library)


async def test_changes_for_another_index_version_are_asked_for_again(
    library: Library, wiki: MemoryFeed
) -> None:
    """A rollback between asking and publishing leaves no gap."""
    await library.open().sync()
    wiki.put("1.md", "# Page 1\n\nairship")
    await library.open().sync()
    wiki.put("new.md", "# New\n\nzeppelin")

    def roll_back(call: str) -> None:
        if call == "read" and wiki.calls.count("read") == 12:
            versions = IndexVersions(library.index)
            with versions.lock():
                versions.rollback()

    wiki.before = roll_back
    await library.open().sync()

    assert await ids(library, "airship") & {"wiki/1.md"}
    assert "wiki/new.md" in await ids(library)
    assert wiki.calls.count("changes") == 3


async def test_an_id_that_ends_in_a_slash_removes_all_below(
    library: Library, wiki: MemoryFeed
) -> None:
    """Of its own source alone."""

    class Folders(MemoryFeed):
        def changes(self, cursor: str) -> SourceChanges:
            return SourceChanges((), ("wiki/old/", "other/"), "next")

    feed, other = Folders("wiki"), MemorySource("other")
    for source, name in (
        (feed, "old/a.md"),
        (feed, "old/b.md"),
        (feed, "older.md"),
        (other, "a.md"),
    ):
        source.put(name, f"# {name}\n\nzeppelin")
    library.add(feed, other)
    await library.open().sync()

    report = await library.open().sync()

    assert report.removed == 2
    assert await ids(library) == {"wiki/older.md", "other/a.md"}


@pytest.mark.parametrize("reason", ["expired", "settings", "week", "force", "rebuilt"])
async def test_where_changes_do_not_suffice_all_is_listed(
    library: Library, wiki: MemoryFeed, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the cursor taken first, and nothing read that is known."""
    await library.open().sync()
    wiki.remove("3.md")
    wiki.calls.clear()
    match reason:
        case "expired":
            wiki.expired = 99
        case "settings":
            library.configure(remote_table("wiki", audience="anyone"))
        case "week":
            monkeypatch.setattr(listed_files, "COMPLETE_SECONDS", 0.0)
        case "rebuilt":
            library.configure(remote_table("wiki"), "[chunking]\ntokens = 1000")

    report = await library.open().sync(force=reason == "force")

    listed = [call for call in wiki.calls if call in {"changes", "cursor", "files"}]
    assert listed == [*(["changes"] if reason == "expired" else []), "cursor", "files"]
    assert wiki.calls.count("read") == (9 if reason == "rebuilt" else 0)
    assert report.documents_total == 9


@pytest.mark.parametrize(
    ("call", "error", "kind"),
    [
        ("changes", SourceError("the token was refused", "refused"), "refused"),
        ("changes", SourceError("wait", "throttled", 60.0), "throttled"),
        ("item", SourceError("gone"), "unreachable"),
        ("changes", KnowledgeConfigError("token: set it"), "settings"),
        ("item", KeyError("title"), "broken"),
    ],
)
async def test_a_source_that_cannot_be_listed_stays_alone(
    library: Library, wiki: MemoryFeed, error: Exception, kind: str, call: str
) -> None:
    """Its documents stay, the other sources are published, and the report says what to do."""
    other = MemorySource("other")
    library.add(other)
    await library.open().sync()
    other.put("a.md", "# A\n\nzeppelin")
    wiki.remove("0.md")
    wiki.expired = 99 if call == "item" else 0
    wiki.before = raising(error, lambda asked: asked == call and wiki.calls.count("item") != 14)

    report = await library.open().sync()

    (failure,) = report.failures
    assert (failure.source, failure.kind) == ("wiki", kind)
    assert len(await ids(library)) == 11
    wiki.before = lambda _: None
    report = await library.open().sync(force=kind == "throttled")  # else it waits, as asked
    assert (report.failures, report.removed) == ((), 1)


async def test_a_source_that_asks_for_years_is_asked_again_the_next_day(
    library: Library, wiki: MemoryFeed
) -> None:
    """It may have meant milliseconds. Until then it is left alone, and the report says so."""
    await library.open().sync()
    asked = SourceError("wait", "throttled", 999_999_999.0)
    wiki.before = raising(asked, lambda call: call == "changes")
    await library.open().sync()
    wiki.before = lambda _: None

    (failure,) = (await library.open().sync()).failures

    assert failure.kind == "throttled"
    with closing(HealthStore(library.index / JOURNAL)) as store:
        assert 86_000 < store.of("wiki").retry_at - time.time() <= 86_400


async def test_a_clock_that_was_wrong_keeps_no_source_waiting(
    library: Library, wiki: MemoryFeed
) -> None:
    """The time to wait was noted by a clock that ran a year ahead."""
    await library.open().sync()
    wiki.before = raising(SourceError("wait", "throttled", 60.0), lambda call: call == "changes")
    await library.open().sync()
    wiki.before = lambda _: None
    with closing(sqlite3.connect(library.index / JOURNAL)) as journal, journal:
        journal.execute(
            "UPDATE source_health SET tried_at = tried_at + 3e7, retry_at = retry_at + 3e7"
        )

    assert (await library.open().sync()).failures == ()


async def test_a_source_that_fails_in_between_is_continued(
    library: Library, wiki: MemoryFeed
) -> None:
    """What was read is published, the cursor stays, and the rest comes next time."""
    error = SourceError("the line is down")
    wiki.before = raising(error, lambda _: wiki.calls.count("read") > 4)

    first = await library.open().sync()
    wiki.before = lambda _: None
    wiki.calls.clear()
    second = await library.open().sync()

    assert [failure.reason for failure in first.failures] == ["the line is down"]
    assert (first.added, second.added, second.documents_total) == (4, 6, 10)
    assert wiki.calls.count("read") == 6
    assert wiki.calls[:2] == ["cursor", "files"]


async def test_a_lost_right_is_lost_although_the_file_cannot_be_read(
    library: Library, wiki: MemoryFeed
) -> None:
    """The old text stays for nobody."""
    await library.open().sync()
    wiki.put("1.md", "# Page 1\n\nairship", NOBODY)
    wiki.before = raising(SourceError("down"), lambda call: call == "read")

    report = await library.open().sync()

    assert [failure.kind for failure in report.failures] == ["unreachable"]
    assert "wiki/1.md" not in await ids(library)
    wiki.before = lambda _: None
    assert (await library.open().sync()).changed == 1


async def test_a_file_that_changes_again_stays_as_it_was(
    library: Library, wiki: MemoryFeed
) -> None:
    """What is known of it is not taken away; a new one is named until the next sync."""
    await library.open().sync()
    wiki.put("1.md", "# Page 1\n\nzeppelin one", NOBODY)
    wiki.put("2.md", "# Page 2\n\nzeppelin two")
    wiki.put("new.md", "# New\n\nzeppelin new")
    wiki.before = raising(ChangedFileError(), lambda call: call == "read")

    report = await library.open().sync()

    assert (report.failures, report.removed) == ((), 0)
    assert [problem.document_id for problem in report.problems] == ["wiki/new.md"]
    assert await ids(library) == {f"wiki/{n}.md" for n in range(10)} - {"wiki/1.md"}
    wiki.before = lambda _: None
    wiki.put("2.md", "# Page 2\n\nzeppelin twice")
    wiki.put("new.md", "# New\n\nzeppelin newer")
    last = await library.open().sync()
    assert (last.changed, last.added, last.problems) == (1, 1, ())


async def test_one_file_that_cannot_be_read_is_named(library: Library, wiki: MemoryFeed) -> None:
    """Its name is for its readers alone; it stays named until it can be read."""
    wiki.put("secret.md", "# S", NOBODY)

    def before(call: str) -> None:
        if call == "read" and wiki.calls.count("read") == 11:
            raise ParseError("cannot be read: no longer there")

    wiki.before = before
    base = library.open()
    first = await base.sync()
    second = await base.sync()

    problem = Problem("wiki/secret.md", "cannot be read: no longer there", NOBODY)
    assert len(first.problems) == 1
    assert first.problems == second.problems
    assert not base.may_name(problem, MEMBER)
    assert (await base.sync(force=True)).problems == ()


async def test_a_long_first_sync_is_published_in_parts(
    library: Library, wiki: MemoryFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People find what is there already, and the cursor comes with the last part."""
    monkeypatch.setattr(spool, "FILES", 4)
    seen = list[int]()
    cursors = list[bool]()

    def before(call: str) -> None:
        versions = IndexVersions(library.index)
        if call == "read" and versions.mark():
            contents = read_manifest(versions.current()).contents
            seen.append(contents.documents)
            cursors.append("wiki" in contents.feeds)

    wiki.before = before
    report = await library.open().sync()

    assert sorted(set(seen)) == [4, 8]
    assert not any(cursors)
    assert (report.added, report.unchanged, report.documents_total) == (10, 0, 10)
    wiki.calls.clear()
    await library.open().sync()
    assert wiki.calls == ["changes"]


async def test_a_slow_source_holds_up_nobody(library: Library, wiki: MemoryFeed) -> None:
    """While it is asked, others are synced; the same one is not synced twice at once."""
    library.write("a.md", "# A\n\nairship")
    library.configure(remote_table("wiki"), source_table("docs", "docs"))
    reading, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait(call: str) -> None:
        if call == "read":
            loop.call_soon_threadsafe(reading.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()

    wiki.before = wait
    slow = asyncio.create_task(library.open().sync(["wiki"]))
    await reading.wait()

    report = await library.open().sync(["docs"])
    both = await library.open().sync()

    assert (report.added, report.failures) == (1, ())
    assert [(one.source, one.kind) for one in both.failures] == [("wiki", "running")]
    go_on.set()
    assert (await slow).added == 10
    assert await ids(library, "airship") & {"docs/a.md"}


async def test_a_rebuild_keeps_what_cannot_be_asked(library: Library, wiki: MemoryFeed) -> None:
    """Another size of chunks is no reason to forget a source that is down; it is read later."""
    library.write("a.md", "# A\n\nairship")
    library.configure(remote_table("wiki"), source_table("docs", "docs"))
    await library.open().sync()
    chunking = "[chunking]\ntokens = 1000"
    library.configure(remote_table("wiki"), source_table("docs", "docs"), chunking)
    wiki.before = raising(SourceError("down"), lambda _: True)

    report = await library.open().sync()

    assert report.rebuilt == "the chunk tokens changed"
    assert (report.documents_total, len(report.failures)) == (11, 1)
    assert len(await ids(library)) == 10
    wiki.before = lambda _: None
    report = await library.open().sync()
    assert (report.changed, report.documents_total, report.rebuilt) == (10, 11, "")


async def test_a_feed_that_loses_everything_at_once_is_refused(
    library: Library, wiki: MemoryFeed
) -> None:
    """In a listing; what a feed says is gone, is gone."""
    await library.open().sync()
    for number in range(5):
        wiki.remove(f"{number}.md")
    assert (await library.open().sync()).removed == 5

    for number in range(5, 10):
        wiki.remove(f"{number}.md")
    wiki.expired = 99
    (failure,) = (await library.open().sync()).failures

    assert failure.kind == "loss"
    assert "lists no documents, but had 5 before" in failure.reason
    assert (await library.open().sync(["wiki"], force=True)).documents_total == 0


async def test_a_source_with_another_name_is_not_embedded_again(library: Library) -> None:
    """A folder and a feed: their documents are there once, under the new name and audience."""
    library.write_many(12)
    feed = MemoryFeed("wiki")
    for number in range(12):
        feed.put(f"{number}.md", f"# Item {number}\n\nzeppelin {number}")
    library.sources = {"wiki": feed}
    library.configure(source_table("docs", "docs"), remote_table("wiki"))
    first = await library.open().sync()
    library.embedder.texts.clear()

    feed.name = "handbook"
    library.sources = {"handbook": feed}
    renamed = remote_table("handbook", audience=["#board"])
    library.configure(source_table("papers", "docs"), renamed)
    report = await library.open().sync()

    assert (report.failures, report.documents_total) == ((), first.documents_total)
    assert library.embedder.texts == []
    found = {one.document_id.partition("/")[0] async for one in library.open().passages(MEMBER)}
    assert found == {"papers"}


async def test_one_file_in_two_sources_keeps_two_audiences(library: Library) -> None:
    """Whatever is the same in them, nobody reads it by the other one's rights."""
    for folder in ("open", "closed"):
        (library.folder / folder).mkdir()
        (library.folder / folder / "pay.md").write_text("# Pay\n\nzeppelin pay")
    tables = (source_table("open", "open"), source_table("closed", "closed", audience=["#board"]))
    library.configure(*tables)
    await library.open().sync()
    assert await ids(library) == {"open/pay.md"}

    (library.folder / "open" / "pay.md").unlink()
    await library.open().sync(["open"], accept_loss=True)

    assert await ids(library) == set()


async def test_a_source_names_its_own_documents_only(library: Library) -> None:
    """It cannot replace those of another."""

    class Thief(MemorySource):
        def file(self, name: str) -> SourceFile:
            return SourceFile(f"wiki/{name}", name, "", "1")

    thief = Thief("thief")
    thief.put("a.md", "# A")
    library.add(thief)

    (failure,) = (await library.open().sync()).failures
    assert "lists 'wiki/a.md'" in failure.reason


async def test_what_a_first_sync_could_not_ask_is_no_empty_index(
    library: Library, wiki: MemoryFeed
) -> None:
    """Nobody is told that there are no documents."""
    wiki.before = raising(SourceError("down"), lambda _: True)

    report = await library.open().sync(["wiki"])

    assert (report.index_version, len(report.failures)) == ("", 1)
    assert library.open().status().index_version == ""


@pytest.mark.parametrize(("stage", "done"), [("fetch", 3), ("parse", 3), ("index", 1)])
async def test_a_killed_sync_of_a_feed_is_continued(
    library: Library, stage: str, done: int
) -> None:
    """Nothing is lost, nothing is half published, and nothing that was fetched stays behind."""
    command = [sys.executable, "-m", "tests.support.killed_feed", str(library.folder)]
    killed = subprocess.run([*command, stage, str(done)], check=False)  # noqa: ASYNC221
    assert killed.returncode == -signal.SIGKILL
    feed = MemoryFeed("wiki")
    for number in range(10):
        feed.put(f"{number}.md", f"# Page {number}\n\nzeppelin {number}")
    library.add(feed)

    report = await library.open().sync()

    assert (report.added, report.documents_total) == (10, 10)
    assert all(name.startswith("version-") for name in library.index_versions())


async def test_two_syncs_wait_for_each_other_if_told_to(library: Library) -> None:
    """A scheduled sync waits; a person is told."""
    library.write_many(3)
    base = library.open()
    with IndexVersions(library.index).lock():
        with pytest.raises(SyncRunningError):
            await base.sync()
        waiting = asyncio.create_task(base.sync(patience=60))
        await asyncio.sleep(0)
    assert (await waiting).added == 3


def test_feed_states_of_another_program_version_are_forgotten(library: Library) -> None:
    """The changes are told again."""
    library.index.mkdir()
    with closing(HealthStore(library.index / JOURNAL)) as health:
        state = FeedState(cursor="1", settings="s", listed_at=0.0)
        health.note_feed("a", "version-1", state)
        health._connection.execute("INSERT INTO feeds VALUES ('b', 'version-1', '{}')")

        assert health.feeds("version-1") == {"a": state}
        assert health.feeds("version-2") == {}
