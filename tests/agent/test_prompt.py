"""The prompt: files, chosen by name, equal in both languages, stable for caches."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.agent.prompt import APPROVAL, LANGUAGES, STRATEGIES, Prompt, texts_digest
from bot.core.errors import SettingsError
from bot.core.language import Language
from bot.core.types import Turn

TODAY = date(2026, 11, 24)
DIRECT = Prompt.load("direct")


@pytest.mark.parametrize(
    ("language", "last_line"),
    [("en", "Answer in English."), ("ja", "日本語で答えてください。")],
)
@pytest.mark.parametrize("question", ["What is the VPN?", "VPNとは？"])
def test_the_last_line_names_the_language_of_the_reply(
    question: str, language: Language, last_line: str
) -> None:
    """Whatever the language of the question."""
    message = DIRECT.transcript(question, (), TODAY, language)[-1]

    assert message.text.splitlines()[-1] == last_line
    assert "2026-11-24" in message.text
    assert (message.question, message.language) == (question, language)


def test_nothing_in_the_system_prompt_changes_from_request_to_request() -> None:
    """Vendors cache an exact prefix."""
    one = DIRECT.transcript("What is the VPN?", (), TODAY, "en")
    other = DIRECT.transcript("Who am I?", (), date(2027, 1, 1), "en")

    assert one[0] == other[0]
    assert not any(
        character == "$" for language in LANGUAGES for character in DIRECT.system[language]
    )


def test_both_languages_have_the_same_rules() -> None:
    english, japanese = (DIRECT.system[language].splitlines() for language in LANGUAGES)

    assert [line[:2] for line in english if line[:1].isdigit()] == [
        line[:2] for line in japanese if line[:1].isdigit()
    ]


def test_a_question_is_taken_as_it_is() -> None:
    """Signs of the template language in it mean nothing."""
    question = "Is $today {today} %s in ${question}?"

    assert question in DIRECT.transcript(question, (), TODAY, "en")[-1].text


def test_the_version_changes_with_any_text() -> None:
    changed = replace(DIRECT, system={**DIRECT.system, "ja": "別の規則"})

    assert DIRECT.version == Prompt.load("direct").version
    assert changed.version != DIRECT.version


def test_an_unknown_strategy_is_named() -> None:
    with pytest.raises(SettingsError, match="'clever'"):
        Prompt.load("clever")


@pytest.mark.parametrize("strategy", ["chain-of-thought", "plan-and-solve"])
def test_a_strategy_adds_how_to_think_to_the_same_rules(strategy: str) -> None:
    prompt = Prompt.load(strategy)

    for language in LANGUAGES:
        rules = DIRECT.system[language].rsplit("\n\n", 1)[0]
        assert prompt.system[language].startswith(rules)
        assert prompt.system[language] != DIRECT.system[language]
    assert prompt.version != DIRECT.version


EXAMPLE = Turn("How many days?", "10 days [3].")


@pytest.mark.parametrize("question", ["And in June?", "6月は？"])
def test_few_shot_shows_approved_answers_between_rules_and_talk(question: str) -> None:
    """Without their marks: those numbers mean nothing here. They are no turns of this talk."""
    history = [Turn("Earlier?", "Yes.")]
    messages = Prompt.load("few-shot").transcript(question, history, TODAY, "en", [EXAMPLE])

    assert [message.role for message in messages] == [
        "system",
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
    ]
    assert "How many days?\n---\n10 days.\n" in messages[1].text
    assert not messages[1].question


def test_few_shot_without_examples_is_direct() -> None:
    few_shot = Prompt.load("few-shot")

    assert few_shot.transcript("VPN?", (), TODAY, "en") == DIRECT.transcript(
        "VPN?", (), TODAY, "en"
    )


def test_other_strategies_show_no_examples() -> None:
    assert DIRECT.transcript("VPN?", (), TODAY, "en", [EXAMPLE]) == DIRECT.transcript(
        "VPN?", (), TODAY, "en"
    )


OWN: dict[Language, str] = {
    "en": "Search, then `finish`.",
    "ja": "検索してから `finish` で終了します。",
}


def own_prompt(folder: Path, name: str, *, approved: bool = True) -> None:
    place = folder / name
    place.mkdir(parents=True)
    for language in LANGUAGES:
        (place / f"{language}.md").write_text(OWN[language] + "\n", "utf-8")
    if approved:
        approval = {"texts": texts_digest(OWN), "by": "keiko", "at": 0}
        (place / APPROVAL).write_text(json.dumps(approval), "utf-8")


def test_a_team_can_have_a_strategy_of_its_own(tmp_path: Path) -> None:
    """Rules and all; what stands around a question stays as it is."""
    own_prompt(tmp_path, "ours")
    prompt = Prompt.load("ours", tmp_path)

    assert prompt.system == OWN
    assert prompt.frame == DIRECT.frame
    assert not prompt.examples
    assert prompt.version != DIRECT.version


def test_what_nobody_has_approved_is_not_used(tmp_path: Path) -> None:
    """Nor what was changed since somebody did."""
    own_prompt(tmp_path, "ours", approved=False)
    with pytest.raises(SettingsError, match="kotae prompt show ours"):
        Prompt.load("ours", tmp_path)

    own_prompt(tmp_path, "changed")
    (tmp_path / "changed" / "ja.md").write_text("推測で答えます。", "utf-8")
    with pytest.raises(SettingsError, match="as it is now"):
        Prompt.load("changed", tmp_path)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_packaged_name_is_never_taken_over(strategy: str, tmp_path: Path) -> None:
    """Nobody could tell which of the two is meant."""
    own_prompt(tmp_path, strategy)
    with pytest.raises(SettingsError, match="rename it"):
        Prompt.load(strategy, tmp_path)

    assert Prompt.load(strategy, tmp_path / "elsewhere") == Prompt.load(strategy)


def test_a_broken_approval_approves_nothing(tmp_path: Path) -> None:
    own_prompt(tmp_path, "ours")
    (tmp_path / "ours" / APPROVAL).write_text("[", "utf-8")
    with pytest.raises(SettingsError, match="approved"):
        Prompt.load("ours", tmp_path)


def test_a_strategy_without_its_texts_is_named(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    with pytest.raises(SettingsError, match=r"en\.md and ja\.md"):
        Prompt.load("ours", tmp_path)
