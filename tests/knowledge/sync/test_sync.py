"""A sync handles only changes, survives broken files, and publishes completely or not at all."""

import asyncio
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from urllib.parse import quote

import pytest

from knowledge.model.errors import (
    EmbeddingError,
    IndexMissingError,
    KnowledgeConfigError,
    KnowledgeError,
    SyncRunningError,
)
from knowledge.model.types import Principal, Progress
from knowledge.storage import store
from knowledge.storage.index_versions import RECENT, STORE, IndexVersions
from knowledge.storage.store import Store
from knowledge.sync.vectors import JOURNAL
from tests.support.documents import pdf
from tests.support.library import MEMBER, CountingEmbedder, Library, source_table


async def titles(library: Library, query: str) -> list[str]:
    return [passage.title for passage in await library.open().search(query, MEMBER)]


async def test_the_first_sync_makes_documents_searchable(library: Library) -> None:
    """Search finds Japanese and English, with headings and highlights."""
    library.write("休暇.md", "# 休暇規程\n\n## 年次有給休暇\n\n有給休暇は10日付与されます。\n")
    library.write("office.md", "# Office\n\nThe office opens at nine.\n")

    report = await library.open().sync()
    (leave, *_) = await library.open().search("有給休暇は何日？", MEMBER)
    (office, *_) = await library.open().search("When does the office open?", MEMBER)

    assert (report.added, report.documents_total, report.chunks_total) == (2, 2, 2)
    assert leave.id == "docs/休暇.md#0"
    assert leave.highlight == "有給休暇は10日付与されます。"
    assert leave.headings == ("休暇規程", "年次有給休暇")
    assert leave.url.startswith("file://")
    assert office.title == "Office"


async def test_a_sync_without_changes_costs_nothing(library: Library) -> None:
    """No embedding, no new index version."""
    library.write_many(5)
    first = await library.open().sync()
    embedded = len(library.embedder.texts)

    second = await library.open().sync()

    assert second.index_version == first.index_version
    assert (second.unchanged, second.added, second.embedded_chunks) == (5, 0, 0)
    assert len(library.embedder.texts) == embedded


async def test_so_much_is_new_that_the_base_is_written_anew(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sync goes on after that, to its end; vectors that nothing uses are forgotten."""
    monkeypatch.setattr(store, "_MOST_RECENT", (0, 1_000))
    for edition in range(4):
        for number in range(5):
            library.write(f"{number}.md", f"# Page {number}\n\nEdition {edition}.{number}.")
        report = await library.open().sync()
        version = IndexVersions(library.index).current()
        assert not (version / RECENT).exists()

    with closing(sqlite3.connect(library.index / JOURNAL)) as journal:
        (vectors,) = journal.execute("SELECT COUNT(*) FROM embeddings").fetchone()
    assert report.chunks_total == 5
    assert vectors < 15


async def test_a_touched_file_is_not_a_change(library: Library) -> None:
    """The content decides, not the modification time."""
    library.write_many(3)
    path = library.write("a.md", "---\ndate: 2024-04-01\n---\n# A\n\ntext\n")
    first = await library.open().sync()

    os.utime(path, (1, 1))
    second = await library.open().sync()

    assert (second.unchanged, second.index_version) == (4, first.index_version)


async def test_one_changed_section_costs_one_embedding(library: Library) -> None:
    """The other chunks of the document keep their vectors."""
    sections = [f"## 節 {number}\n\n内容は{number}です。\n" for number in range(10)]
    library.write("a.md", "# 文書\n\n" + "\n".join(sections))
    await library.open().sync()
    library.embedder.texts.clear()

    sections[4] = "## 節 4\n\n内容は新しくなりました。\n"
    library.write("a.md", "# 文書\n\n" + "\n".join(sections))
    report = await library.open().sync()

    assert (report.changed, report.embedded_chunks) == (1, 1)
    assert library.embedder.texts == ["文書 > 節 4\n内容は新しくなりました。"]
    (found, *_) = await library.open().search("新しくなりました", MEMBER)
    assert found.id == "docs/a.md#4"


def chunk_keys(library: Library, document_id: str) -> list[int]:
    with closing(Store(IndexVersions(library.index).current() / STORE)) as store:
        return [chunk.key for chunk in store.read(document_id, MEMBER, 0, 100)]


async def test_a_renamed_file_keeps_its_chunks(library: Library) -> None:
    """Search finds it only under its new name; nothing is parsed, embedded or indexed again."""
    library.write_many(5)
    path = library.write("old.md", "---\ndate: 2024-04-01\n---\n# 経費精算\n\n領収書が必要です。\n")
    await library.open().sync()
    before = chunk_keys(library, "docs/old.md")

    path.rename(library.docs / "新しい名前.md")
    report = await library.open().sync()

    assert (report.moved, report.added, report.removed, report.embedded_chunks) == (1, 0, 0, 0)
    assert chunk_keys(library, "docs/新しい名前.md") == before
    found = await library.open().search("領収書", MEMBER)
    (moved,) = [p for p in found if p.title == "経費精算"]
    assert moved.document_id == "docs/新しい名前.md"
    assert f"/{quote('新しい名前.md')}#" in moved.url
    assert str(moved.date) == "2024-04-01"


async def test_a_file_moved_to_another_source_gets_its_audience(library: Library) -> None:
    """It costs no embedding, and people outside the new audience no longer find it."""
    library.write_many(5, "open")
    library.write_many(5, "hr")
    path = library.write("open/plan.md", "# Plan\n\nThe zeppelin leaves at noon.\n")
    everyone = source_table("open", "docs/open", audience="anyone")
    library.configure(everyone, source_table("hr", "docs/hr", audience=["#hr"]))
    await library.open().sync()
    assert (await titles(library, "zeppelin"))[0] == "Plan"

    path.rename(library.docs / "hr/plan.md")
    report = await library.open().sync()

    assert (report.moved, report.embedded_chunks) == (1, 0)
    assert "Plan" not in await titles(library, "zeppelin")
    (found, *_) = await library.open().search("zeppelin", Principal("G", groups=frozenset({"#hr"})))
    assert found.document_id == "hr/plan.md"


async def test_a_title_from_the_file_name_changes_with_it(library: Library) -> None:
    """The name is part of the indexed text, so search finds the new one and not the old one."""
    library.write_many(5)
    path = library.write("zeppelin.txt", "It leaves at noon.\n")
    await library.open().sync()

    path.rename(library.docs / "airship.txt")
    report = await library.open().sync()

    assert (report.moved, report.embedded_chunks) == (1, 1)
    assert (await titles(library, "airship"))[0] == "airship"
    assert "zeppelin" not in await titles(library, "zeppelin")


async def test_one_of_several_equal_files_can_be_deleted(library: Library) -> None:
    """A remaining copy is not mistaken for the deleted file, and each file is moved once."""
    library.write_many(9)
    for name in ("a.md", "b.md", "c.md"):
        library.write(name, "# Plan\n\nThe zeppelin leaves at noon.\n")
    await library.open().sync()

    (library.docs / "a.md").unlink()
    (library.docs / "b.md").rename(library.docs / "d.md")
    report = await library.open().sync()

    assert (report.moved, report.removed, report.embedded_chunks) == (1, 1, 0)
    found = await library.open().search("zeppelin", MEMBER)
    ids = {p.document_id for p in found if p.title == "Plan"}
    assert ids == {"docs/c.md", "docs/d.md"}


async def test_a_deleted_file_disappears(library: Library) -> None:
    """Search no longer finds it."""
    library.write_many(6)
    path = library.write("gone.md", "# Secret plan\n\nThe zeppelin leaves at noon.\n")
    await library.open().sync()

    path.unlink()
    report = await library.open().sync()

    assert (report.removed, report.documents_total) == (1, 6)
    assert "Secret plan" not in await titles(library, "zeppelin")


async def test_a_broken_file_is_reported_and_the_rest_is_synced(library: Library) -> None:
    """The sync skips it, and does not try it again until it changes."""
    library.write_many(5)
    library.write("broken.pdf", b"%PDF-1.7 and then nothing")
    library.write("scan.pdf", pdf([[]]))
    library.write("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    library.write("empty.md", "")

    first = await library.open().sync()
    second = await library.open().sync()

    reasons = {problem.document_id: problem.reason for problem in first.problems}
    assert first.documents_total == 5
    assert "not a readable PDF" in reasons["docs/broken.pdf"]
    assert "no text layer" in reasons["docs/scan.pdf"]
    assert "save it again" in reasons["docs/old.doc"]
    assert reasons["docs/empty.md"] == "contains no text"
    assert second.problems == first.problems == library.open().status().problems
    assert second.index_version == first.index_version


async def test_a_file_that_breaks_is_removed_until_it_is_repaired(library: Library) -> None:
    """The bot does not quote a text that nobody can verify any more."""
    library.write_many(6)
    library.write("plan.pdf", pdf([["The zeppelin leaves at noon."]], title="Plan"))
    await library.open().sync()

    library.write("plan.pdf", b"%PDF broken")
    broken = await library.open().sync()
    assert [problem.document_id for problem in broken.problems] == ["docs/plan.pdf"]
    assert "Plan" not in await titles(library, "zeppelin")

    library.write("plan.pdf", pdf([["The zeppelin leaves at one."]], title="Plan"))
    repaired = await library.open().sync()
    assert repaired.problems == ()
    assert (await titles(library, "zeppelin"))[0] == "Plan"


async def test_a_large_loss_is_refused_unless_forced(library: Library) -> None:
    """Files that are missing by accident do not empty the index."""
    library.write_many(10)
    await library.open().sync()
    for number in range(3):
        (library.docs / f"pages/{number}.md").unlink()

    (failure,) = (await library.open().sync()).failures
    assert failure.kind == "loss"
    assert "3 of 10 chunks of source 'docs' would be lost" in failure.reason
    assert "kotae sync docs --force" in failure.reason
    assert library.open().status().documents == 10

    report = await library.open().sync(force=True)
    assert report.documents_total == 7


async def test_a_source_that_lost_everything_is_refused(library: Library) -> None:
    """Even a small source: its disk may not be mounted."""
    library.write_many(20, "big")
    library.write("small/a.md", "# A\n\ntext")
    library.configure(source_table("big", "docs/big"), source_table("small", "docs/small"))
    await library.open().sync()

    (library.docs / "small/a.md").unlink()
    library.write("big/new.md", "# New\n\nzeppelin")

    report = await library.open().sync()
    (failure,) = report.failures
    assert "'small' lists no documents, but had 1 before" in failure.reason
    assert (report.added, report.removed, report.documents_total) == (1, 0, 22)


async def test_only_the_named_sources_are_synced(library: Library) -> None:
    """The others stay unchanged, whatever happened to their files."""
    library.configure(source_table("a", "docs/a"), source_table("b", "docs/b"))
    library.write_many(5, "a")
    library.write_many(5, "b")
    await library.open().sync()

    library.write("a/new.md", "# Zeppelin A\n\nzeppelin")
    library.write("b/new.md", "# Zeppelin B\n\nzeppelin")
    report = await library.open().sync(["a"])

    assert (report.added, report.documents_total) == (1, 11)
    assert "Zeppelin B" not in await titles(library, "zeppelin")
    with pytest.raises(KnowledgeConfigError, match="no source 'c'"):
        await library.open().sync(["c"])


async def test_a_new_embedder_rebuilds_everything_and_says_so(library: Library) -> None:
    """The index never mixes the vectors of two embedders."""
    library.write_many(5)
    await library.open().sync()

    other = CountingEmbedder("other")
    report = await library.open(other).sync()

    assert report.rebuilt == "the embedder changed"
    assert (report.added, len(other.texts)) == (5, 5)
    assert library.open().status().embedder == "other"


async def test_another_chunk_size_rebuilds_everything(library: Library) -> None:
    """The index never mixes two sizes, and fewer chunks are no loss of documents."""
    library.write("a.md", "# A\n\n" + "これは長い文章です。" * 60)
    first = await library.open().sync()

    library.configure(source_table("docs", "docs"), "[chunking]\ntokens = 1000")
    second = await library.open().sync()

    assert second.rebuilt == "the chunk tokens changed"
    assert second.chunks_total == 1 < first.chunks_total


@pytest.mark.parametrize("hidden", ["a draft", "秘密の下書き"])
async def test_what_documents_hide_is_read_when_the_source_says_so(
    library: Library, hidden: str
) -> None:
    """A changed setting reads the files of its source again, and only these."""
    library.write("a.html", f"<h1>A</h1><p>shown 公開</p><p hidden>{hidden}</p>")
    await library.open().sync()
    (passage, *_) = await library.open().search("公開", MEMBER)
    seen, changes = [passage.text], list[int]()
    for wanted in (True, True, False):
        library.configure(source_table("docs", "docs", include_hidden=wanted))
        changes.append((await library.open().sync()).changed)
        (passage, *_) = await library.open().search("公開", MEMBER)
        seen.append(passage.text)

    assert [hidden in text for text in seen] == [False, True, True, False]
    assert changes == [1, 0, 1]


async def test_a_damaged_index_is_rebuilt(library: Library) -> None:
    """A sync repairs it and needs no new embedding."""
    library.write_many(5)
    await library.open().sync()
    (IndexVersions(library.index).current() / "dense" / "main" / "keys.npy").write_bytes(b"")
    with pytest.raises(KnowledgeError, match="damaged"):
        await library.open().search("Page 3", MEMBER)

    report = await library.open(CountingEmbedder()).sync()

    assert (report.rebuilt, report.embedded_chunks) == ("the index was damaged", 0)
    assert (await titles(library, "Page 3"))[0] == "Page 3"


async def test_an_index_of_another_program_version_is_rebuilt(library: Library) -> None:
    """Searching it names the command to run, which needs no new embedding."""
    library.write_many(5)
    await library.open().sync()
    manifest = IndexVersions(library.index).current() / "manifest.json"
    manifest.write_text(re.sub(r'"analysis": \d+', '"analysis": 0', manifest.read_text()))
    with pytest.raises(IndexMissingError, match=r"another version.*kotae sync"):
        await library.open().search("Page 3", MEMBER)

    report = await library.open(CountingEmbedder()).sync()

    assert (report.rebuilt, report.embedded_chunks) == ("the analysis changed", 0)
    assert (await titles(library, "Page 3"))[0] == "Page 3"


async def test_a_failing_embedder_publishes_nothing(library: Library) -> None:
    """Search continues with the last index version."""
    library.write_many(5)
    await library.open().sync()
    library.write("new.md", "# Zeppelin\n\nzeppelin")

    library.embedder.down = True
    with pytest.raises(EmbeddingError):
        await library.open().sync()

    assert "Zeppelin" not in await titles(library, "zeppelin")
    assert len(library.index_versions()) == 1


async def test_two_syncs_at_once_are_refused(library: Library) -> None:
    """The second one does not wait, but reports that another is running."""
    library.write_many(3)
    outcomes = await asyncio.gather(
        library.open().sync(), library.open().sync(), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes].count(SyncRunningError) == 1
    assert library.open().status().documents == 3


async def test_a_cancelled_sync_leaves_nothing_behind(library: Library) -> None:
    """Stopping the bot during a sync frees the lock and the disk."""
    library.write_many(20)
    parsing = asyncio.Event()

    def watch(progress: Progress) -> None:
        if progress.stage == "parse":
            parsing.set()

    task = asyncio.create_task(library.open().sync(progress=watch))
    await parsing.wait()
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert library.index_versions() == []
    assert (await library.open().sync()).documents_total == 20


async def test_progress_is_reported_in_order(library: Library) -> None:
    """List, parse, embed, index, publish."""
    library.write_many(3)
    seen: list[Progress] = []

    await library.open().sync(progress=seen.append)

    stages = list(dict.fromkeys(progress.stage for progress in seen))
    assert stages == ["list", "parse", "embed", "index", "publish"]
    assert all(progress.done <= progress.total for progress in seen)


@pytest.mark.parametrize(("stage", "done"), [("parse", 3), ("embed", 480), ("index", 1)])
async def test_a_killed_sync_leaves_the_last_index_version_searchable(
    library: Library, stage: str, done: int
) -> None:
    """The next sync reuses the embeddings that were paid for."""
    library.write_many(5)
    await library.open().sync()
    library.write_many(5, "more")
    library.write(
        "long.md", "# Zeppelin\n\n" + "".join(f"## 節{n}\n\n飛行船{n}\n\n" for n in range(600))
    )

    command = [sys.executable, "-m", "tests.support.killed_sync"]
    killed = subprocess.run([*command, library.folder, stage, str(done)], check=False)  # noqa: ASYNC221
    paid = {"parse": 0, "embed": 480, "index": 605}[stage]

    assert killed.returncode == -signal.SIGKILL
    assert (await titles(library, "Page 3"))[0] == "Page 3"
    assert (await library.open().sync()).embedded_chunks == 605 - paid
    assert (await titles(library, "飛行船"))[0] == "Zeppelin"
    assert all(name.startswith("version-") for name in library.index_versions())


async def test_an_empty_folder_can_be_synced_and_filled_later(library: Library) -> None:
    """A new team starts without documents, which is not an error."""
    first = await library.open().sync()
    assert await library.open().search("休暇", MEMBER) == []
    assert (await library.open().sync()).index_version == first.index_version

    library.write("a.md", "# 休暇\n\n10日")
    await library.open().sync()
    assert await titles(library, "休暇") == ["休暇"]


async def test_a_search_before_the_first_sync_names_the_command(library: Library) -> None:
    """The message tells an operator what to do."""
    with pytest.raises(IndexMissingError, match="kotae sync"):
        await library.open().search("x", MEMBER)
