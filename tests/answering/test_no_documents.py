"""Where there are no documents yet, people read so, and an operator what to do."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.answering.no_documents import NoDocuments
from bot.core.types import Answer
from knowledge.base import KnowledgeBase
from knowledge.factory import open_knowledge
from knowledge.model.settings import EmbeddingSettings

COMMAND = "kotae --workspace T0ALPHA sync"
NONE = Answer("handed_over", "Nothing.\nTry asking @keiko.")


@pytest.fixture
def base(tmp_path: Path) -> KnowledgeBase:
    """A knowledge base with an empty folder."""
    (tmp_path / "docs").mkdir()
    settings = tmp_path / "knowledge.toml"
    settings.write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
    return open_knowledge(settings, tmp_path / "index", EmbeddingSettings("hashing", None, None))


async def test_the_first_line_says_that_there_are_none(base: KnowledgeBase) -> None:
    """In both languages; the expert stays. With an index or without."""
    noted = NoDocuments(base, COMMAND)

    english = await noted.noted(NONE, "en")
    await base.sync()
    japanese = await noted.noted(NONE, "ja")

    for answer, words in ((english, "no documents yet"), (japanese, "まだ登録されていない")):
        first, last = answer.text.split("\n")
        assert words in first
        assert f"`{COMMAND}`" in first
        assert last == "Try asking @keiko."


async def test_other_answers_are_as_they_were(base: KnowledgeBase, tmp_path: Path) -> None:
    """An answer, a draft, and any where there is a document."""
    noted = NoDocuments(base, COMMAND)
    for one in (Answer("answered", "At nine."), replace(NONE, draft="At nine.")):
        assert await noted.noted(one, "en") == one
    (tmp_path / "docs" / "hours.md").write_text("# Hours\n\nFrom nine.\n")
    await base.sync()

    assert await noted.noted(NONE, "en") == NONE
