"""An index version is published completely or not at all, and the last good one stays in use."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from knowledge.model.errors import (
    DamagedIndexError,
    IndexMissingError,
    KnowledgeError,
    SyncRunningError,
)
from knowledge.storage.index_versions import IndexVersions, PublishStep, read_manifest, verify
from tests.support.killed_publication import CONTENTS, publish


def text_of(folder: Path) -> str:
    return (IndexVersions(folder).current() / "text").read_text(encoding="utf-8")


def test_nothing_published_says_what_to_run(tmp_path: Path) -> None:
    """A new operator's first error message names the command."""
    with pytest.raises(IndexMissingError, match="kotae sync"):
        IndexVersions(tmp_path).current()
    assert IndexVersions(tmp_path).mark() is None


def test_a_publication_changes_the_mark(tmp_path: Path) -> None:
    """One cheap call detects a new version."""
    index_versions = IndexVersions(tmp_path)
    publish(tmp_path, "one")
    before = index_versions.mark()

    publish(tmp_path, "two")

    assert index_versions.mark() != before
    assert text_of(tmp_path) == "two"


def test_two_index_versions_are_kept(tmp_path: Path) -> None:
    """The current one, and the previous one for a rollback."""
    for text in ("one", "two", "three"):
        publish(tmp_path, text)

    assert len(list(tmp_path.glob("version-*"))) == 2


def test_rollback_goes_back_one_version_and_no_further(tmp_path: Path) -> None:
    """A second rollback must not return to the version that the first one left."""
    publish(tmp_path, "one")
    publish(tmp_path, "two")
    index_versions = IndexVersions(tmp_path)

    index_versions.rollback()

    assert text_of(tmp_path) == "one"
    with pytest.raises(KnowledgeError, match="no index version before"):
        index_versions.rollback()


def test_a_damaged_file_is_found(tmp_path: Path) -> None:
    """Same size, other bytes: the checksum differs."""
    publish(tmp_path, "one")
    current = IndexVersions(tmp_path).current()
    verify(current)

    (current / "text").write_text("0ne", encoding="utf-8")

    with pytest.raises(DamagedIndexError, match="text is damaged"):
        verify(current)


def test_a_shared_file_keeps_its_checksum(tmp_path: Path) -> None:
    """It is not hashed again, so that later damage does not pass for its content."""
    publish(tmp_path, "one")
    index_versions = IndexVersions(tmp_path)
    first = index_versions.current()

    (first / "text").write_text("0ne", encoding="utf-8")
    with index_versions.lock(), index_versions.draft(None) as draft:
        (draft / "text").hardlink_to(first / "text")
        (draft / "more").write_text("more", encoding="utf-8")
        manifest = index_versions.publish(draft, CONTENTS)

    assert manifest.files["text"] == read_manifest(first).files["text"]
    with pytest.raises(DamagedIndexError, match="text is damaged"):
        verify(index_versions.current())


def test_only_one_process_may_publish(tmp_path: Path) -> None:
    """The second one fails at once, and the lock is free again afterwards."""
    index_versions = IndexVersions(tmp_path)
    with index_versions.lock(), pytest.raises(SyncRunningError), IndexVersions(tmp_path).lock():
        pytest.fail("two held the lock")
    with index_versions.lock():
        assert (tmp_path / "LOCK").exists()


def test_an_unfinished_draft_leaves_nothing(tmp_path: Path) -> None:
    """A failed sync cleans up."""
    index_versions = IndexVersions(tmp_path)
    with pytest.raises(ZeroDivisionError), index_versions.draft(None) as draft:
        (draft / "text").write_text(str(1 // 0), encoding="utf-8")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("step", "answers"),
    [
        ("WRITTEN", "old"),
        ("RENAMED", "old"),
        ("SHARED", "old"),
        ("CURRENT", "new"),
        ("COLLECTED", "new"),
    ],
)
def test_a_kill_at_any_step_leaves_a_complete_index_version(
    tmp_path: Path, step: str, answers: str
) -> None:
    """Before `CURRENT` is replaced it is the old one, then the new one; and syncs still work."""
    publish(tmp_path, "older")
    publish(tmp_path, "old")

    command = [sys.executable, "-m", "tests.support.killed_publication", str(tmp_path), step]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL

    assert text_of(tmp_path) == answers
    verify(IndexVersions(tmp_path).current())
    publish(tmp_path, "next")
    assert text_of(tmp_path) == "next"
    assert len(list(tmp_path.glob("version-*"))) == 2
    assert not list(tmp_path.glob("tmp-*"))


def published_by(folder: Path, analysis_version: int, text: str) -> IndexVersions:
    """Publish *text* as a program of that version does."""
    index_versions = IndexVersions(folder, analysis_version)
    with index_versions.lock(), index_versions.draft(None) as draft:
        (draft / "text").write_text(text, encoding="utf-8")
        index_versions.publish(draft, CONTENTS)
    return index_versions


def test_programs_of_two_versions_have_an_index_each_in_one_folder(tmp_path: Path) -> None:
    """Neither takes away what the other reads, however often it publishes."""
    old = published_by(tmp_path, 1, "old")
    new = IndexVersions(tmp_path, 2)
    assert (new.current(), new.mark()) == (old.current(), old.mark())  # to build on

    for text in ("new", "newer", "newest"):
        published_by(tmp_path, 2, text)

    assert (old.current() / "text").read_text() == "old"
    assert (new.current() / "text").read_text() == "newest"
    assert len(list(tmp_path.glob("version-*"))) == 3
    published_by(tmp_path, 1, "old again")
    assert (new.current() / "text").read_text() == "newest"


def test_a_version_to_go_back_to_is_none_of_another_program(tmp_path: Path) -> None:
    """It could not be read."""
    published_by(tmp_path, 1, "old")
    new = published_by(tmp_path, 2, "new")
    with pytest.raises(KnowledgeError, match="no index version before"):
        new.rollback()


def test_the_index_of_a_program_that_is_gone_is_removed_after_a_week(tmp_path: Path) -> None:
    """Until then an update can be undone without building anything."""
    old = published_by(tmp_path, 1, "old")
    published_by(tmp_path, 2, "new")
    os.utime(old.pointer, (0, 0))
    for text in ("newer", "newest"):
        new = published_by(tmp_path, 2, text)

    assert not old.pointer.exists()
    assert (old.current() / "text").read_text() == "newest"
    assert len(list(tmp_path.glob("version-*"))) == 2
    assert new.pointer.exists()


def test_who_follows_leaves_what_is_being_published(tmp_path: Path) -> None:
    """A version that is newer is on its way to the other machines, from the same data folder."""
    for text in ("one", "two"):
        publish(tmp_path, text)
    index_versions = IndexVersions(tmp_path)
    second = index_versions.current()
    with index_versions.lock(), index_versions.draft(second) as draft:
        (draft / "more").write_text("more", encoding="utf-8")

        def follow(step: PublishStep) -> None:
            if step is PublishStep.RENAMED:
                IndexVersions(tmp_path).adopt(second)
            if step is PublishStep.CURRENT:
                IndexVersions(tmp_path).adopt(index_versions.current())

        manifest = index_versions.publish(draft, CONTENTS, follow)

    verify(index_versions.current())
    assert index_versions.current().name == manifest.index_version


def test_two_who_remove_the_same_versions_do_not_disturb_each_other(tmp_path: Path) -> None:
    """One that publishes and one that follows, in the same data folder."""
    publish(tmp_path, "one")
    last = IndexVersions(tmp_path).current()
    for number in range(1, 40):
        old = tmp_path / f"version-{10**18 + number}"
        old.mkdir()
        for name in range(40):
            (old / str(name)).touch()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: IndexVersions(tmp_path).adopt(last), range(4)))
    IndexVersions(tmp_path).adopt(last)
    assert list(tmp_path.glob("version-*")) == [last]
