"""`kotae knowledge tune` as a person runs it on the questions of the samples."""

import json
from pathlib import Path

import pytest

from tests.support.command import ROOT, kotae

QUESTIONS = ROOT / "knowledge" / "samples" / "cases.jsonl"


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the samples are indexed, with a few of their questions."""
    folder = tmp_path_factory.mktemp("tuned")
    assert kotae(folder, "knowledge", "sync").returncode == 0
    lines = QUESTIONS.read_text("utf-8").splitlines()
    (folder / "few.jsonl").write_text("\n".join(lines[:6] + lines[-6:]), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("held-out half", "in use")), ("ja", ("検証用の半分", "現在"))]
)
def test_a_table_and_an_advice_are_printed(few: Path, language: str, words: tuple[str]) -> None:
    """What each weight gives, and what to do, in the person's language."""
    done = kotae(few, "knowledge", "tune", "few.jsonl", "--language", language)

    assert done.returncode == 0, done.stderr
    assert all(word in done.stdout for word in words)
    assert "█" in done.stdout
    assert "0.05" in done.stdout


def test_programs_get_every_figure(few: Path) -> None:
    """Without a proven gain nothing is written, not even with --write."""
    done = kotae(few, "knowledge", "tune", "few.jsonl", "--json", "--write")

    report = json.loads(done.stdout)
    assert report["embedder"] == "hashing-2:512"
    assert report["current"] == 0.01
    assert {trial["weight"] for trial in report["trials"]} >= {0.0, 0.05, 0.5}
    assert (report["is_gain"], report["written"]) == (False, False)


def test_a_bad_file_is_one_line(few: Path) -> None:
    """It names the file and the line."""
    (few / "bad.jsonl").write_text('{"question": 1}\n', "utf-8")

    done = kotae(few, "knowledge", "tune", "bad.jsonl")

    assert done.returncode == 1
    assert done.stderr == 'kotae: bad.jsonl:1: a case needs a "question"\n'
