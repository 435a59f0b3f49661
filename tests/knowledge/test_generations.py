"""A generation is published whole or not at all, and the last good one is always there."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.errors import (
    DamagedIndexError,
    IndexMissingError,
    KnowledgeError,
    SyncRunningError,
)
from knowledge.generations import Generations, read_manifest, verify
from tests.support.killed_publication import CONTENTS, publish


def text_of(folder: Path) -> str:
    return (Generations(folder).current() / "text").read_text(encoding="utf-8")


def test_nothing_published_says_what_to_run(tmp_path: Path) -> None:
    """The first thing that an operator sees names the command."""
    with pytest.raises(IndexMissingError, match="kotae knowledge sync"):
        Generations(tmp_path).current()
    assert Generations(tmp_path).mark() is None


def test_a_publication_is_seen_by_its_mark(tmp_path: Path) -> None:
    """One cheap call tells a reader that there is something new."""
    generations = Generations(tmp_path)
    publish(tmp_path, "one")
    before = generations.mark()

    publish(tmp_path, "two")

    assert generations.mark() != before
    assert text_of(tmp_path) == "two"


def test_two_generations_are_kept(tmp_path: Path) -> None:
    """The one in use and the one before it, to go back to."""
    for text in ("one", "two", "three"):
        publish(tmp_path, text)

    assert len(list(tmp_path.glob("gen-*"))) == 2


def test_rollback_goes_one_back_and_no_further(tmp_path: Path) -> None:
    """A second rollback must not return to the generation that was left."""
    publish(tmp_path, "one")
    publish(tmp_path, "two")
    generations = Generations(tmp_path)

    generations.rollback()

    assert text_of(tmp_path) == "one"
    with pytest.raises(KnowledgeError, match="no generation before"):
        generations.rollback()


def test_a_damaged_file_is_found(tmp_path: Path) -> None:
    """Same size, other bytes: the checksum tells."""
    publish(tmp_path, "one")
    current = Generations(tmp_path).current()
    verify(current)

    (current / "text").write_text("0ne", encoding="utf-8")

    with pytest.raises(DamagedIndexError, match="text is damaged"):
        verify(current)


def test_a_file_that_is_shared_keeps_its_checksum(tmp_path: Path) -> None:
    """It is not read again, and damage since then is not taken for its content."""
    publish(tmp_path, "one")
    generations = Generations(tmp_path)
    first = generations.current()

    (first / "text").write_text("0ne", encoding="utf-8")
    with generations.lock(), generations.draft(None) as draft:
        (draft / "text").hardlink_to(first / "text")
        (draft / "more").write_text("more", encoding="utf-8")
        manifest = generations.publish(draft, CONTENTS)

    assert manifest.files["text"] == read_manifest(first).files["text"]
    with pytest.raises(DamagedIndexError, match="text is damaged"):
        verify(generations.current())


def test_only_one_may_publish(tmp_path: Path) -> None:
    """The second one is told at once, and the lock is free again afterwards."""
    generations = Generations(tmp_path)
    with generations.lock(), pytest.raises(SyncRunningError), Generations(tmp_path).lock():
        pytest.fail("two held the lock")
    with generations.lock():
        assert (tmp_path / "LOCK").exists()


def test_an_unfinished_draft_leaves_nothing(tmp_path: Path) -> None:
    """A failing sync cleans up."""
    generations = Generations(tmp_path)
    with pytest.raises(ZeroDivisionError), generations.draft(None) as draft:
        (draft / "text").write_text(str(1 // 0), encoding="utf-8")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("step", "answers"),
    [("WRITTEN", "old"), ("RENAMED", "old"), ("CURRENT", "new"), ("COLLECTED", "new")],
)
def test_a_kill_at_any_step_leaves_a_whole_generation(
    tmp_path: Path, step: str, answers: str
) -> None:
    """Before `CURRENT` is replaced it is the old one, after it the new one; then all goes on."""
    publish(tmp_path, "older")
    publish(tmp_path, "old")

    command = [sys.executable, "-m", "tests.support.killed_publication", str(tmp_path), step]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL

    assert text_of(tmp_path) == answers
    verify(Generations(tmp_path).current())
    publish(tmp_path, "next")
    assert text_of(tmp_path) == "next"
    assert len(list(tmp_path.glob("gen-*"))) == 2
    assert not list(tmp_path.glob("tmp-*"))
