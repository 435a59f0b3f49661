"""`kotae init` asks where the documents are, and writes what was answered, or nothing."""

import json
import os
import pty
import select
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from knowledge.model.settings import load_settings
from tests.support.command import environment, kotae
from tests.support.generated_site import GeneratedSite, serving_pages
from tests.support.git_server import Repository

OWN = {"KNOWLEDGE_CONFIG": ""}
"""The command's own default, in place of the samples that the other tests name."""

PAGES = {
    "/docs/": "<title>Hours</title><h1>Hours</h1><p>We open at nine.</p><a href='lunch'>l</a>",
    "/docs/lunch": "<title>Lunch</title><h1>Lunch</h1><p>Lunch is served at noon.</p>",
}
STOP = ("\x03", "\x04")
"""Ctrl-C, and the end of the input."""

QUESTIONS = {"en": "Read the documents now?", "ja": "いま資料を読み込みますか？"}


@pytest.fixture
def site() -> Iterator[GeneratedSite]:
    with serving_pages(PAGES.get) as site:
        yield site


@pytest.fixture
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    repository = Repository(tmp_path_factory.mktemp("git"))
    repository.write("parking.md", "# Parking\n\nVisitors park behind the house.\n")
    repository.commit()
    return repository


def typed(folder: Path, keys: Sequence[str], *arguments: str) -> tuple[int, str]:
    """Run a command at a terminal, where *keys* are typed; return its exit code and its output."""
    own = environment(folder) | OWN | {"TERM": "dumb"}
    process, terminal = pty.fork()  # a session of its own, so that Ctrl-C reaches the program
    if process == 0:
        os.chdir(folder)
        os.execve(sys.executable, [sys.executable, "-m", "bot", *arguments], own)
    told, waiting, last = b"", list(keys), ""
    with suppress(OSError):  # the terminal is gone with the program
        while True:
            if not select.select([terminal], [], [], 1.0)[0]:
                if last in STOP:  # Python drops a Ctrl-C that comes while it shows a prompt
                    os.write(terminal, last.encode())
                continue
            if not (piece := os.read(terminal, 65_536)):
                break
            told += piece
            if waiting and told.endswith(b": "):
                last = waiting.pop(0)
                os.write(terminal, last.encode())
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), told.decode()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_sources_of_each_kind_are_asked_for_and_answer(
    tmp_path: Path, repository: Repository, site: GeneratedSite, language: str
) -> None:
    """Mistakes are said at once and asked again; in full width and with quotes it works as well."""
    (tmp_path / "資料").mkdir()
    (tmp_path / "資料" / "a.md").write_text("# 休暇\n\n有給休暇は20日です。\n", "utf-8")
    keys = [
        *("9\n", "-\n", "１\n", "nothing\n", "「資料」\n"),
        *("git\n", "wiki\n", f"'{repository.bare}'\n", "\n"),
        *("3\n", "-\n", "3\n", f"{site.address}/docs/\n", "\n"),
        *("4\n", "@keiko\n", "＃General https://team.slack.com/archives/C0123456\n"),
        *("0\n", "はい\n"),
    ]

    code, told = typed(tmp_path, keys, "init", "--language", language)

    assert code == 0, told
    assert QUESTIONS[language] in told
    [folder, git, web, slack] = load_settings(tmp_path / "knowledge.toml").sources
    assert folder.place == str(tmp_path / "資料")
    assert (git.name, git.place) == ("wiki", str(repository.bare))
    assert web.place == f"{site.address}/docs"
    assert slack.place == "#general, C0123456"
    asked = kotae(tmp_path, "ask", "When is lunch served?", "--json", **OWN)
    assert json.loads(asked.stdout)["citations"][0]["url"] == f"{site.address}/docs/lunch"
    synced = kotae(tmp_path, "knowledge", "sync", "wiki", "--json", **OWN)
    assert json.loads(synced.stdout)["documents_total"] == 4


@pytest.mark.parametrize(
    ("answers", "key"),
    [
        *(((), key) for key in STOP),
        (("1\n", "docs\n"), STOP[0]),
        (("2\n", "git@host:a/b\n"), STOP[1]),
    ],
)
def test_who_stops_leaves_nothing(tmp_path: Path, answers: tuple[str, ...], key: str) -> None:
    """By Ctrl-C or by the end of the input, at any question."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n")

    code, told = typed(tmp_path, [*answers, key], "init")

    assert (code, told.splitlines()[-1]) == (130, "Stopped.")
    assert [path.name for path in tmp_path.iterdir()] == ["docs"]


def test_whoever_has_no_source_yet_gets_no_files(tmp_path: Path) -> None:
    code, told = typed(tmp_path, ["0\n"], "init")

    assert code == 0
    assert "nothing was written" in told
    assert list(tmp_path.iterdir()) == []


def test_sources_are_named_on_the_command_line(
    tmp_path: Path, repository: Repository, site: GeneratedSite
) -> None:
    """Nothing is asked, also where nobody could answer; a second time adds what is new alone."""
    first = kotae(tmp_path, "init", "--git", str(repository.bare), **OWN)
    file = tmp_path / "knowledge.toml"
    before = file.read_text("utf-8")
    again = ("init", "--git", str(repository.bare), "--web", f"{site.address}/docs/")
    second = kotae(tmp_path, *again, "--slack-channel", "C0123456", **OWN)
    third = kotae(tmp_path, *again, **OWN)

    assert first.returncode == 0, first.stderr
    assert f"✓ wiki can be read: {repository.bare}" in first.stdout
    assert "Added to knowledge.toml: 127-0-0-1, slack" in second.stdout
    assert "127-0-0-1: 2 documents" in second.stdout
    assert "kotae serve" in second.stdout
    assert file.read_text("utf-8").startswith(before)
    assert [one.name for one in load_settings(file).sources] == ["wiki", "127-0-0-1", "slack"]
    assert "Kept knowledge.toml" in third.stdout


def test_an_existing_file_is_added_to_or_replaced_when_the_person_says_so(
    tmp_path: Path, repository: Repository
) -> None:
    """Whoever says no twice, or Enter, keeps it as it is, with its mode."""
    file = tmp_path / "knowledge.toml"
    written = f'# ours\n[[sources]]\nname = "wiki"\ntype = "git"\nrepository = "{repository.bare}"'
    file.write_text(written)
    file.chmod(0o640)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n\nSome words.\n")
    docs = ["1\n", "docs\n", "0\n", "y\n"]

    typed(tmp_path, ["\n", "ｎ\n", "y\n"], "init")
    kept = file.read_text()
    _, added = typed(tmp_path, ["Y\n", *docs], "init")
    both = file.read_text()
    typed(tmp_path, ["n\n", "y\n", *docs], "init")
    file.write_text("\ufeff" + file.read_text(), "utf-8")  # as Notepad writes it
    typed(tmp_path, ["n\n", "y\n", *docs], "init")

    assert kept == written
    assert "Added to knowledge.toml: docs" in added
    assert both.startswith(f"{written}\n\n[[sources]]\n")
    assert file.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in load_settings(file).sources] == ["docs"]
    assert (tmp_path / "knowledge.toml.old").read_text() == both
    assert (tmp_path / "knowledge.toml.old.2").read_text().startswith("\ufeff")


def test_what_cannot_be_read_is_named_with_the_next_step(
    tmp_path: Path, site: GeneratedSite
) -> None:
    """The file is whole all the same, and holds no secret; what can be read is indexed."""
    token = "https://ghp_abcdefghijklmnopqrstuvwxyz0123456789@github.com/a/b"
    refused = kotae(tmp_path, "init", "--git", token, **OWN)
    untouched = list(tmp_path.iterdir())
    named = ("--web", f"{site.address}/gone/", "--web", f"{site.address}/docs/")
    done = kotae(tmp_path, "init", *named, "--language", "ja", **OWN)

    assert refused.returncode == 2
    assert "--git: That is not the address of a repository." in refused.stderr
    assert "ghp_" not in refused.stderr + refused.stdout
    assert untouched == []
    assert done.returncode == 1
    assert (
        "✗ 読み取りを断られました。アドレスと権限を確認してください（source '127-0-0-1'"
        in done.stdout
    )
    assert "kotae knowledge sync" in done.stdout
    assert len(load_settings(tmp_path / "knowledge.toml").sources) == 2
    found = kotae(tmp_path, "search", "lunch", "--json", **OWN)
    assert json.loads(found.stdout)[0]["source"] == "127-0-0-1-2"
