"""`kotae entries` as real processes."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app.container import open_knowledge, open_saved, open_store
from bot.entries.entry import Entry
from bot.settings.settings import Settings
from tests.entries.test_entry import ENTRY
from tests.support.command import kotae


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A team's folder in which somebody has saved something, and corrected it."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# Rooms\n\nThe meeting room seats 12 people.\n")
    (tmp_path / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
    settings = Settings(
        _env_file=None,
        knowledge_config=tmp_path / "knowledge.toml",
        data_dir=tmp_path / "data",
    )

    async def fill() -> None:
        async with open_store(settings) as store:
            base = open_knowledge(settings, store)
            await base.sync()
            saved = open_saved(settings, base, store)
            first = (await saved.save(ENTRY)).entry
            await saved.save(replace(first, answer="5023 です。"), by="U3")
            await saved.save(Entry("Who orders paper?", "Keiko.", "U1", "U1", "", ("#office",)))
            await base.aclose()

    asyncio.run(fill())
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    """Run a command on the knowledge of *folder*; return its output."""
    done = kotae(folder, *arguments, KNOWLEDGE_CONFIG=str(folder / "knowledge.toml"))
    return done.stdout + done.stderr


def test_saved_answers_are_listed_shown_withdrawn_and_restored(folder: Path) -> None:
    """One fact a line; a withdrawn answer is not used any more; nothing is lost."""
    rows = json.loads(run(folder, "entries", "list", "--json"))
    listed = run(folder, "entries", "list")
    ids = {row["question"]: row["id"] for row in rows}
    entry_id = ids["駐車場の暗証番号は？"]
    shown = run(folder, "entries", "show", entry_id[:6])
    run(folder, "entries", "withdraw", entry_id, "--reason", "the lock was changed")
    unanswered = run(folder, "ask", "駐車場の暗証番号は？")
    everything = run(folder, "entries", "list", "--all")
    restored = run(folder, "entries", "restore", entry_id, "--version", "1")

    assert [(row["version"], row["state"]) for row in rows] == [(1, "active"), (2, "active")]
    assert "#office" in listed
    assert "-4012 です。" in shown
    assert "+5023 です。" in shown
    assert "withdrawn" in everything
    assert "5023" not in unanswered
    assert "version 4" in restored
    assert "4012" in run(folder, "ask", "駐車場の暗証番号は？")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "zzz"), "there is no entry zzz"),
        (("withdraw", "zzz"), "there is no entry zzz"),
        (("restore", "zzz"), "there is no entry zzz"),
        (("show", ""), "write more of the ID"),
    ],
)
def test_an_unknown_id_is_one_line(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    said = run(folder, "entries", *arguments)

    assert words in said
    assert len(said.splitlines()) == 1
