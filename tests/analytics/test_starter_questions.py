"""Questions to begin with come from what their reader may read, and are answered there."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.analytics.starter_questions import StarterQuestions
from bot.app.container import open_knowledge
from bot.core.language import language_of
from bot.llm.extractive import shown_first
from bot.settings.settings import Settings
from knowledge.model.readers import group
from knowledge.model.types import Principal
from tests.support.memory_sources import MemorySource

MEMBER = Principal("U1", member=True)
DOCUMENTS = {
    "leave.md": "# Leave\n\n## Parental leave abroad\n\nSixteen weeks.\n",
    "rent.md": "# 家賃\n\n## 住宅手当の申請方法\n\n総務に出します。\n\n## 月末まで\n\n月末。\n",
    "pay.md": "---\naudience: ['#hr']\n---\n# Pay\n\n## Salary bands of managers\n\nSecret.\n",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Three documents, one of them closed."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    config = tmp_path / "knowledge.toml"
    config.write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
    return Settings(
        _env_file=None,
        knowledge_config=config,
        data_dir=tmp_path / "data",
        openai_embedding_model="hashing",
    )


async def test_they_are_made_of_headings_that_the_reader_may_see(settings: Settings) -> None:
    """A heading of a closed document is a secret; one in the reader's language comes first."""
    base = open_knowledge(settings)
    await base.sync()
    starters = StarterQuestions(base)
    english, japanese = await starters.of(MEMBER, "en"), await starters.of(MEMBER, "ja")
    insider = Principal("U2", member=True, groups=frozenset({"#hr"}))
    closed = await starters.of(insider, "en")
    await base.aclose()

    assert list(english) == [
        "What does “Parental leave abroad” say?",
        "「住宅手当の申請方法」には何が書いてありますか？",
    ]
    assert [language_of(one) for one in japanese] == ["ja", "en"]
    assert any("Salary bands" in one for one in closed)


async def test_whoever_has_other_names_gets_other_questions(
    settings: Settings, tmp_path: Path
) -> None:
    """They are remembered for a reader, not for all members who are in the same channels."""
    wiki, hr = MemorySource("docs"), group("google", "hr")
    wiki.put("leave.md", DOCUMENTS["leave.md"])
    wiki.put(
        "pay.md", "# Pay\n\n## Salary bands of managers\n\n4012.\n", frozenset({frozenset({hr})})
    )
    base = open_knowledge(settings)
    base._parts = replace(base._parts, source=lambda one: wiki)
    await base.sync(["docs"])
    starters = StarterQuestions(base)
    insider = Principal("U2", member=True, names=frozenset({hr}))
    shown = [await starters.of(one, "en") for one in (insider, MEMBER, insider)]
    await base.aclose()

    assert ["Salary" in "".join(one) for one in shown] == [True, False, True]


async def test_a_question_that_a_document_answers_is_asked_as_it_stands(settings: Settings) -> None:
    """A page of questions is asked by them, and not by its title."""
    folder = settings.knowledge_config.parent / "docs"
    for file in folder.iterdir():
        file.unlink()
    (folder / "faq.md").write_text(
        "# Office FAQ\n\n**Can I bring a dog?**\n\nOn Fridays.\n", "utf-8"
    )
    (folder / "質問.md").write_text(
        "# よくある質問\n\n**犬は入れますか？**\n\n金曜だけです。\n", "utf-8"
    )
    base = open_knowledge(settings)
    await base.sync()
    found = [list(await StarterQuestions(base).of(MEMBER, one)) for one in ("en", "ja")]
    await base.aclose()

    assert found == [
        ["Can I bring a dog?", "犬は入れますか？"],
        ["犬は入れますか？", "Can I bring a dog?"],
    ]


async def test_only_what_its_own_document_answers_is_suggested(settings: Settings) -> None:
    """Not where another document answers, nor where the words under a heading say nothing of it."""
    folder = settings.knowledge_config.parent / "docs"
    for file in folder.iterdir():
        file.unlink()
    (folder / "parking.md").write_text("# Parking spaces\n\nSee the porter.\n", "utf-8")
    told = "Parking spaces are on floor 2. Parking spaces cost 10 EUR."
    (folder / "guide.md").write_text(f"# Guide\n\n## Parking spaces\n\n{told}\n", "utf-8")
    (folder / "notes.txt").write_text("駐車場は地下2階です。\n", "utf-8")
    base = open_knowledge(settings)
    await base.sync()
    found = await StarterQuestions(base).of(MEMBER, "en")
    sources = [
        shown_first(one, await base.search(one, MEMBER, 8)).rpartition("/")[2] for one in found
    ]
    await base.aclose()

    assert len(found) == len(set(sources))
    assert all(sources)
    assert "notes.txt" not in sources


async def test_without_an_index_there_are_none(settings: Settings) -> None:
    """The Home tab is drawn all the same."""
    base = open_knowledge(settings)

    assert list(await StarterQuestions(base).of(MEMBER, "en")) == []
    await base.aclose()


async def test_what_a_document_asks_comes_before_what_a_heading_names(settings: Settings) -> None:
    """As an FAQ marks it; a heading is named, in quotation marks, so that any noun fits."""
    folder = settings.knowledge_config.parent / "docs"
    for file in folder.iterdir():
        file.unlink()
    about = {
        "about.md": "# About us\n\nAbout us: the company was founded in 1987.\n",
        "faq.md": "# IT FAQ\n\n## Q1. How do I reset my password?\n\nReset it in the portal.\n",
        "会社.md": "# 会社概要\n\n会社概要です。設立は1987年です。\n",
        "経費.md": "# 経費の質問\n\n## Q. 接待の上限はいくらですか？\n\nA. 8,000円です。\n",
    }
    for name, text in about.items():
        (folder / name).write_text(text, encoding="utf-8")
    base = open_knowledge(settings)
    await base.sync()
    found = [list(await StarterQuestions(base).of(MEMBER, one, 4))[:2] for one in ("en", "ja")]
    await base.aclose()

    assert found == [
        ["How do I reset my password?", "What does “About us” say?"],
        ["接待の上限はいくらですか？", "「会社概要」には何が書いてありますか？"],
    ]
