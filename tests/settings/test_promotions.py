"""A promotion replaces the value that it was proven against, and no other."""

from pathlib import Path

import pytest

from bot.core.errors import SettingsError
from bot.settings.promotions import (
    Promotion,
    Promotions,
    RevertedPromotion,
    SettingReplacement,
    change_promotions,
    promotion_lines,
    read_promotions,
)
from bot.settings.settings import load_settings, names

MODEL = {"OPENAI_MODEL": SettingReplacement(before="gpt-6-luna", after="gpt-6-sol")}


def promotion(name: str = "sol", index: str = "", **settings: tuple[str, str]) -> Promotion:
    changed = {
        key: SettingReplacement(before=old, after=new) for key, (old, new) in settings.items()
    }
    return Promotion(
        name=name, settings=changed or MODEL, by="恵子", at=0, outcome="better", index=index
    )


def promote(folder: Path, *promotions: Promotion) -> None:
    change_promotions(folder / ".kotae", lambda _: Promotions(standing=promotions))


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in (*names(), "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_promoted_value_holds(folder: Path) -> None:
    """Whatever the setting's type, and on top of an earlier change."""
    promote(
        folder,
        promotion(OPENAI_MODEL=("gpt-6-luna", "gpt-6-sol"), ANSWER_THRESHOLD=("", "0.4")),
        promotion("terra", OPENAI_MODEL=("gpt-6-sol", "gpt-6-terra"), VERIFIER=("off", "model")),
    )
    settings = load_settings()

    assert (settings.openai_model, settings.answer_threshold) == ("gpt-6-terra", 0.4)
    assert settings.verifier == "model"
    assert [item.superseded_by for item in settings.promotions] == [(), ()]


def test_a_value_set_later_wins_and_supersedes_the_whole_promotion(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of a change was never proven."""
    promote(folder, promotion(OPENAI_MODEL=("gpt-6-luna", "gpt-6-sol"), VERIFIER=("off", "model")))
    monkeypatch.setenv("OPENAI_MODEL", "my-own")
    settings = load_settings()

    assert (settings.openai_model, settings.verifier) == ("my-own", "off")
    assert settings.promotions[0].superseded_by == ("OPENAI_MODEL=my-own",)
    known = read_promotions(folder / ".kotae")
    assert (
        "is superseded: OPENAI_MODEL=my-own" in promotion_lines(settings.promotions, known, "en")[0]
    )
    assert "無効です" in promotion_lines(settings.promotions, known, "ja")[0]


def test_a_value_on_trial_wins_over_a_promotion(folder: Path) -> None:
    """The other values of the promotion stay in force."""
    promote(folder, promotion(OPENAI_MODEL=("gpt-6-luna", "gpt-6-sol"), VERIFIER=("off", "model")))
    settings = load_settings(openai_model="gpt-6-terra")

    assert (settings.openai_model, settings.verifier) == ("gpt-6-terra", "model")


def test_a_value_in_knowledge_toml_supersedes_too(folder: Path) -> None:
    """A weight that somebody writes into it later wins, too."""
    config = folder / "knowledge.toml"
    source = '[[sources]]\nname = "docs"\npath = "docs"\n'
    config.write_text(f"{source}[search]\ndense_weight = 0.1\n", "utf-8")
    promote(folder, promotion(KNOWLEDGE_DENSE_WEIGHT=("0.1", "0.4")))
    assert load_settings().knowledge_dense_weight == 0.4

    config.write_text(f"{source}[search]\ndense_weight = 0.2\n", "utf-8")
    settings = load_settings()
    assert settings.knowledge_dense_weight == 0.2
    assert settings.promotions[0].superseded_by == ("KNOWLEDGE_DENSE_WEIGHT=0.2",)


def test_the_index_of_a_promotion_is_searched_while_it_holds(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Superseded, the index before it is searched: its vectors fit what is set."""
    change = promotion(index="rollouts/x/index", OPENAI_EMBEDDING_MODEL=("hashing", "local:m"))
    monkeypatch.setenv("OPENAI_EMBEDDING_MODEL", "hashing")
    promote(folder, change)
    assert load_settings().index_folder == Path(".kotae/rollouts/x/index")
    monkeypatch.setenv("OPENAI_EMBEDDING_MODEL", "local:other")
    assert load_settings().index_folder == Path(".kotae/index")


@pytest.mark.parametrize("text", ["{", '{"standing": 1}', ""])
def test_a_damaged_file_is_one_line_that_says_what_to_do(folder: Path, text: str) -> None:
    promote(folder, promotion())
    (folder / ".kotae" / "promotions.json").write_text(text, "utf-8")

    with pytest.raises(
        SettingsError, match=r"promotions\.json is damaged.*remove the file"
    ) as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def test_a_promotion_cannot_set_what_does_not_change_answers(folder: Path) -> None:
    """A forged file cannot change a token or the address of Slack."""
    promote(folder, promotion(SLACK_API_URL=("https://slack.com/api/", "https://evil.example/")))
    with pytest.raises(SettingsError, match="SLACK_API_URL, which no promotion may change"):
        load_settings()


def test_an_interrupted_write_leaves_the_file_as_it_was(folder: Path) -> None:
    """A kill leaves a temporary file that nobody reads."""
    promote(folder, promotion())
    (folder / ".kotae" / ".promotions.json.123.tmp").write_text('{"chan', "utf-8")

    assert load_settings().openai_model == "gpt-6-sol"
    with pytest.raises(IndexError):
        change_promotions(folder / ".kotae", lambda now: Promotions(standing=(now.standing[9],)))
    assert load_settings().openai_model == "gpt-6-sol"


def test_a_process_that_started_earlier_says_that_it_needs_a_restart(folder: Path) -> None:
    """In both languages, after a promotion and after a revert."""
    settings = load_settings()
    promote(folder, promotion())
    known = read_promotions(folder / ".kotae")
    assert "about to switch" in promotion_lines(settings.promotions, known, "en")[-1]
    assert "まもなく" in promotion_lines(settings.promotions, known, "ja")[-1]

    now = load_settings()
    [line] = promotion_lines(now.promotions, known, "ja")
    assert "OPENAI_MODEL=gpt-6-sol ← gpt-6-luna" in line
    gone = Promotions(reverted=(RevertedPromotion(promotion=promotion(), by="Tom", at=1),))
    assert "about to switch" in promotion_lines(now.promotions, gone, "en")[-1]
