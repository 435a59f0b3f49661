"""Questions to begin with come from what their reader may read, and are answered there."""

from pathlib import Path

import pytest

from bot.analytics.starter_questions import StarterQuestions
from bot.app.container import open_knowledge
from bot.core.language import language_of
from bot.settings.settings import Settings
from knowledge.model.types import Principal

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
        "What about Parental leave abroad?",
        "住宅手当の申請方法はどうなっていますか？",
    ]
    assert [language_of(one) for one in japanese] == ["ja", "en"]
    assert any("Salary bands" in one for one in closed)


async def test_without_an_index_there_are_none(settings: Settings) -> None:
    """The Home tab is drawn all the same."""
    base = open_knowledge(settings)

    assert list(await StarterQuestions(base).of(MEMBER, "en")) == []
    await base.aclose()
