"""`kotae init`: a folder of documents becomes one that answers, and nothing is lost."""

import json
import shlex
import shutil
from pathlib import Path

import pytest

from bot.cli.context import SAMPLES
from knowledge.model.settings import load_settings
from tests.support.command import kotae

OWN = {"KNOWLEDGE_CONFIG": ""}
"""The command's own default, in place of the samples that the other tests name."""


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A folder with documents below it, in a folder whose name is a glob pattern."""
    shutil.copytree(SAMPLES.parent / "handbook" / "people", tmp_path / "docs [1]")
    (tmp_path / "docs [1]" / "photo.png").write_bytes(b"\x89PNG")
    return tmp_path


def test_one_command_leads_to_the_first_answer(team: Path) -> None:
    """The question that it names at the end is answered."""
    done = kotae(team, "init", "docs [1]", "-y", **OWN)

    assert done.returncode == 0, done.stderr
    assert "22 documents found: Markdown 22" in done.stdout
    assert ".png 1" in done.stdout
    assert (team / ".env").stat().st_mode & 0o777 == 0o600
    line = next(line for line in done.stdout.splitlines() if "kotae ask" in line)
    asked = kotae(team, *shlex.split(line)[1:], "--json", **OWN)
    assert json.loads(asked.stdout)["status"] in {"answered", "found"}


def test_what_exists_is_kept(team: Path) -> None:
    """A second run says so; -y replaces knowledge.toml alone, and keeps the old one."""
    (team / "knowledge.toml").write_text('[[sources]]\nname = "own"\npath = "docs [[]1]/**"\n')
    (team / ".env").write_text("SLACK_COMMAND=/own\n")
    kept = kotae(team, "init", "docs [1]", **OWN)
    replaced = kotae(team, "init", "docs [1]", "-y", "--language", "ja", **OWN)

    assert "Kept knowledge.toml" in kept.stdout
    assert "knowledge.toml.old として残しました" in replaced.stdout
    assert 'name = "own"' in (team / "knowledge.toml.old").read_text()
    assert load_settings(team / "knowledge.toml").sources[0].name == "docs-1"
    assert (team / ".env").read_text() == "SLACK_COMMAND=/own\n"


def test_a_folder_without_documents_gets_no_files(tmp_path: Path) -> None:
    """A `knowledge.toml` that names nothing would only be in the way."""
    done = kotae(tmp_path, "init", "-y", **OWN)

    assert done.returncode == 1
    assert "No documents found" in done.stderr
    assert list(tmp_path.iterdir()) == []
