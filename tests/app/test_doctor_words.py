"""What is wrong is said in the language of the terminal."""

from pathlib import Path

import pytest

from bot.app.doctor import CHECKS, DEPLOYMENT_CHECKS, diagnose
from bot.app.texts import WRONG
from bot.core.language import Language
from bot.settings.settings import Settings


def test_each_check_has_its_words() -> None:
    """A check without them would end in a KeyError just when something is wrong."""
    assert {name for name, _ in (*CHECKS, *DEPLOYMENT_CHECKS)} == set(WRONG)


@pytest.mark.parametrize(
    ("language", "begins"),
    [("en", "nothing is indexed yet"), ("ja", "索引に問題があります（nothing")],
)
async def test_what_is_wrong_is_said_in_both_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: Language, begins: str
) -> None:
    monkeypatch.setattr("bot.app.doctor.CHECKS", [one for one in CHECKS if one[0] == "Index"])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "knowledge.toml").write_text('[[sources]]\nname = "a"\npath = "."\n', "utf-8")
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        knowledge_config=tmp_path / "knowledge.toml",
        openai_embedding_model="hashing",
    )
    (found,) = [one async for one in diagnose(settings, language)]

    assert found.verdict == "bad"
    assert found.text.startswith(begins)
