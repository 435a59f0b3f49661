"""`kotae knowledge check` for people and for the CI of a repository of documents."""

import json
from pathlib import Path
from typing import get_args

import pytest

from bot.cli.texts import FINDINGS, PASSED_OVER
from knowledge.model.findings import LEVELS
from knowledge.model.types import PassedOverReason
from tests.support.command import kotae
from tests.support.library import Library


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the samples are indexed."""
    folder = tmp_path_factory.mktemp("checked")
    assert kotae(folder, "knowledge", "sync").returncode == 0
    return folder


def test_the_contradictions_of_the_samples_are_found(synced: Path) -> None:
    """Old versions that stand beside new ones on purpose, in both languages."""
    done = kotae(synced, "knowledge", "check", "--json")

    report = json.loads(done.stdout)
    pairs = {tuple(one["documents"]) for one in report["findings"] if one["kind"] == "conflict"}
    assert done.returncode == 0
    assert pairs >= {
        ("handbook/people/annual-leave-2023.md", "handbook/people/annual-leave.md"),
        ("waste/seido/shitei-bukuro-r5.md", "waste/seido/shitei-bukuro.md"),
    }
    assert all(one["message"] and one["remedy"] for one in report["findings"])
    assert report["counts"]["warning"] >= len(pairs)


@pytest.mark.parametrize(("language", "words"), [("en", "contradictions"), ("ja", "食い違って")])
def test_people_read_what_to_do_in_their_language(synced: Path, language: str, words: str) -> None:
    """The worst five of each kind, and how to see the rest."""
    done = kotae(synced, "knowledge", "check", "--language", language)

    assert words in done.stdout
    assert "annual-leave-2023.md" in done.stdout
    assert "--all" in done.stdout
    assert len(done.stdout.splitlines()) < 60


def test_the_exit_code_follows_the_asked_level(synced: Path) -> None:
    """The samples have warnings, and no errors."""
    codes = [
        kotae(synced, "knowledge", "check", "--fail-on", level).returncode
        for level in ("error", "warning", "never")
    ]

    assert codes == [0, 3, 0]


def test_a_hidden_document_fails_the_check(tmp_path: Path) -> None:
    """Nobody would notice it otherwise."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text(
        "---\naudience: hr\n---\n# Pay\n\nBands of this year.\n"
    )
    config = tmp_path / "knowledge.toml"
    config.write_text('[[sources]]\nname = "docs"\npath = "docs"\nowner = "@keiko"\n')
    kotae(tmp_path, "knowledge", "sync", KNOWLEDGE_CONFIG=str(config))

    done = kotae(tmp_path, "knowledge", "check", KNOWLEDGE_CONFIG=str(config))

    assert done.returncode == 3
    assert "docs/a.md: audience must be" in done.stdout


def test_without_an_index_the_check_says_what_to_do(tmp_path: Path) -> None:
    """One line, and not the exit code of findings."""
    done = kotae(tmp_path, "knowledge", "check")

    assert done.returncode == 1
    assert "kotae sync" in done.stderr


def test_every_kind_of_finding_has_words() -> None:
    """A new kind needs a text that says what to do."""
    assert FINDINGS.keys() == LEVELS.keys()


def test_audiences_by_name_are_a_warning(tmp_path: Path) -> None:
    """In both languages: others cannot take over an id."""
    library = Library(tmp_path)
    library.write(
        "a.md", '---\naudience: ["#人事", "C0123456"]\n---\n# Pay 給与\n\nPaid. 支払い。\n'
    )
    settings = {"KNOWLEDGE_CONFIG": str(library.config)}
    kotae(tmp_path, "knowledge", "sync", **settings)
    found = {
        language: kotae(tmp_path, "knowledge", "check", "--language", language, **settings).stdout
        for language in ("en", "ja")
    }

    assert "#人事: docs/a.md" in found["en"]
    assert "#人事: docs/a.md" in found["ja"]
    assert "Audiences by name" in found["en"]
    assert "C0123456" not in found["en"]


def test_every_reason_to_pass_over_a_file_has_words() -> None:
    """A report that names one without words would break off."""
    told = get_args(PassedOverReason)

    assert [reason for reason in told if reason != "format" and reason not in PASSED_OVER] == []
