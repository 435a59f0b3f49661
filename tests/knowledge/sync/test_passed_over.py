"""Nothing is passed over without a word."""

import os
import subprocess
from pathlib import Path

import pytest

from knowledge.sync.sources.git_history import last_commits
from tests.support.library import MEMBER, Library, source_table

FILES = {
    "docs/guide.md": "# Guide\n\nThe text of the guide is here.\n",
    "docs/写真.png": "x",
    "docs/photo.PNG": "x",
    "docs/data.parquet": "x",
    "docs/LICENSE": "text",
    "docs/.hidden.md": "# Hidden",
    "docs/.git2/config": "x",
    "docs/~$plan.docx": "x",
    "docs/draft/下書き.md": "# 下書き",
    "docs/old.md": "# Old",
}


@pytest.fixture
def full(library: Library) -> Library:
    """A library with a file of every kind that is not read."""
    library.configure(source_table("docs", "docs", exclude=["draft", "old.md"]))
    for name, text in FILES.items():
        path = library.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    docs = library.folder / "docs"
    (docs / "dangling.md").symlink_to("nowhere.md")
    (docs / "linked").symlink_to(docs / "draft", target_is_directory=True)
    os.mkfifo(docs / "pipe.md")
    return library


WANTED = {
    "docs/写真.png": "picture",
    "docs/photo.PNG": "picture",
    "docs/data.parquet": "format",
    "docs/.hidden.md": "hidden",
    "docs/.git2/": "hidden",
    "docs/~$plan.docx": "lock",
    "docs/draft/": "excluded",
    "docs/old.md": "excluded",
    "docs/dangling.md": "dangling-link",
    "docs/linked/": "linked-folder",
    "docs/pipe.md": "special",
}


async def test_sync_status_and_check_name_every_file_that_is_not_read(full: Library) -> None:
    """Each with a reason; a folder that is not entered stands for what is in it."""
    base = full.open()
    report = await base.sync()
    checked = (await base.check()).findings
    found = [one for one in checked if one.kind == "passed-over"]

    assert {one.document_id: one.reason for one in report.passed_over} == WANTED
    assert {one.document_id: one.reason for one in base.status().passed_over} == WANTED
    assert {id_ for one in found for id_ in one.documents} == set(WANTED)
    assert report.documents_total == 2


async def test_many_pictures_are_one_finding(library: Library) -> None:
    """A thousand files of one format for one reason are counted, not listed one by one."""
    library.write("a.md", "# A\n\nSome words of the text.\n")
    for number in range(200):
        library.write(f"図{number}.png", "x")
    base = library.open()
    await base.sync()
    found = [one for one in (await base.check()).findings if one.kind == "passed-over"]

    assert [(one.details["count"], one.details["why"]) for one in found] == [(200, "picture")]


async def test_a_source_that_is_synced_alone_keeps_what_is_known_of_the_others(
    library: Library,
) -> None:
    """Like the files that could not be read."""
    library.configure(source_table("one", "one"), source_table("二", "二"))
    for name in ("one/a.md", "one/a.png", "二/b.md", "二/b.png"):
        path = library.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("# T\n\nSome words of the text.\n", "utf-8")
    base = library.open()
    await base.sync()
    await base.sync(["one"])

    assert [one.document_id for one in base.status().passed_over] == ["one/a.png", "二/b.png"]


def _git(folder: Path, *arguments: str, day: str = "2024-03-05") -> None:
    environment = {
        **os.environ,
        "GIT_AUTHOR_DATE": f"{day}T12:00:00Z",
        "GIT_COMMITTER_DATE": f"{day}T12:00:00Z",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    command = ["git", *identity, *arguments]
    subprocess.run(command, cwd=folder, check=True, env=environment, capture_output=True)


def _commit(folder: Path, name: str, text: str, day: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-m", "x", day=day)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with three commits."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    _git(folder, "init", "-q", "-b", "main")
    _commit(folder, "docs/休暇.md", "a", "2023-01-02")
    _commit(folder, "docs/travel.md", "a", "2024-03-05")
    _commit(folder, "docs/休暇.md", "b", "2025-06-07")
    (folder / "docs" / "new.md").write_text("not committed")
    return folder


NAMES = ("休暇.md", "travel.md", "new.md")


def _days(folder: Path) -> dict[str, str]:
    return {name: str(one.day) for name, one in last_commits(folder / "docs", NAMES).items()}


def test_a_file_has_the_day_of_its_last_commit(checkout: Path) -> None:
    """One that git does not know has none, whatever its own time is."""
    assert _days(checkout) == {"休暇.md": "2025-06-07", "travel.md": "2024-03-05"}


def test_packed_references_and_worktrees_are_followed(checkout: Path) -> None:
    """`.git` may be a file, and a branch a line of a list."""
    _git(checkout, "pack-refs", "--all")
    _git(checkout, "gc", "-q")
    _git(checkout, "worktree", "add", "-q", "../other", "-b", "side")

    assert _days(checkout)["travel.md"] == "2024-03-05"
    assert _days(checkout.parent / "other")["休暇.md"] == "2025-06-07"


def test_the_boundary_of_a_shallow_clone_states_no_date(checkout: Path) -> None:
    """It seems to add all files, whenever they were changed."""
    _git(checkout.parent, "clone", "-q", "--depth", "2", checkout.as_uri(), "shallow")

    assert _days(checkout.parent / "shallow") == {"休暇.md": "2025-06-07"}


def test_a_hostile_repository_runs_nothing(checkout: Path) -> None:
    """Its settings, hooks and attributes are never read."""
    ran = checkout.parent / "ran"
    program = checkout.parent / "evil"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    with (checkout / ".git" / "config").open("a") as config:
        config.write(
            f"[core]\n fsmonitor = {program}\n pager = {program}\n sshCommand = {program}\n"
            f" hooksPath = {checkout.parent}\n alternateRefsCommand = {program}\n"
            f"[log]\n showSignature = true\n[gpg]\n program = {program}\n"
            f"[diff]\n external = {program}\n[extensions]\n partialClone = evil\n"
            f'[remote "evil"]\n url = ext::{program}\n promisor = true\n'
        )
    (checkout / ".gitattributes").write_text("* diff=evil filter=evil\n")

    assert _days(checkout) == {"休暇.md": "2025-06-07", "travel.md": "2024-03-05"}
    assert not ran.exists()


@pytest.mark.parametrize("content", ["", "gitdir: /nonexistent", "ref: ../../etc/passwd"])
def test_a_broken_repository_states_no_dates(tmp_path: Path, content: str) -> None:
    """It is no reason for a sync to fail."""
    (tmp_path / "docs").mkdir()
    (tmp_path / ".git").write_text(content)

    assert last_commits(tmp_path / "docs", NAMES) == {}


async def test_a_document_has_the_date_it_states_else_that_of_its_commit(
    library: Library,
) -> None:
    """Else it has none: the time of a file is that of the last copy."""
    docs = library.folder / "docs"
    docs.mkdir(exist_ok=True)
    _git(docs, "init", "-q", "-b", "main")
    _commit(docs, "a.md", "# A\n\nSome words.\n", "2024-03-05")
    _commit(docs, "規程.md", "---\n更新日: 2025年4月1日\n---\n# 規程\n\n本文です。\n", "2026-01-01")
    library.write("b.md", "# B\n\nOther words.\n")
    base = library.open()
    await base.sync()
    found = {one.document_id: one async for one in base.passages(MEMBER)}

    assert {id_: (str(one.date or ""), one.author) for id_, one in found.items()} == {
        "docs/a.md": ("2024-03-05", "a"),
        "docs/規程.md": ("2025-04-01", ""),  # who made the last commit did so on another day
        "docs/b.md": ("", ""),
    }
