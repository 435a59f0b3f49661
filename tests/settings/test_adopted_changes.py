"""What was adopted holds in place of what it replaced, and of nothing else."""

from pathlib import Path

import pytest

from bot.core.errors import SettingsError
from bot.settings.adopted_changes import (
    AdoptedChange,
    AdoptedChanges,
    RevertedChange,
    SettingReplacement,
    change_live,
    read_live,
    told,
)
from bot.settings.settings import load_settings, names

MODEL = {"OPENAI_MODEL": SettingReplacement(before="gpt-6-luna", after="gpt-6-sol")}


def adopted(name: str = "sol", index: str = "", **settings: tuple[str, str]) -> AdoptedChange:
    changed = {
        key: SettingReplacement(before=old, after=new) for key, (old, new) in settings.items()
    }
    return AdoptedChange(
        name=name, settings=changed or MODEL, by="恵子", at=0, outcome="better", index=index
    )


def go_live(folder: Path, *changes: AdoptedChange) -> None:
    change_live(folder / ".kotae", lambda _: AdoptedChanges(changes=changes))


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_adopted_value_holds(folder: Path) -> None:
    """Whatever the setting's type, and on top of an earlier change."""
    go_live(
        folder,
        adopted(OPENAI_MODEL=("gpt-6-luna", "gpt-6-sol"), ANSWER_THRESHOLD=("", "0.4")),
        adopted("terra", OPENAI_MODEL=("gpt-6-sol", "gpt-6-terra"), VERIFIER=("off", "model")),
    )
    settings = load_settings()

    assert (settings.openai_model, settings.answer_threshold) == ("gpt-6-terra", 0.4)
    assert settings.verifier == "model"
    assert [item.superseded_by for item in settings.adopted] == [(), ()]


def test_what_somebody_sets_later_wins_and_the_change_is_superseded_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of a change was never proven."""
    go_live(folder, adopted(OPENAI_MODEL=("gpt-6-luna", "gpt-6-sol"), VERIFIER=("off", "model")))
    monkeypatch.setenv("OPENAI_MODEL", "my-own")
    settings = load_settings()

    assert (settings.openai_model, settings.verifier) == ("my-own", "off")
    assert settings.adopted[0].superseded_by == ("OPENAI_MODEL=my-own",)
    live = read_live(folder / ".kotae")
    assert "is superseded: OPENAI_MODEL=my-own" in told(settings.adopted, live, "en")[0]
    assert "無効です" in told(settings.adopted, live, "ja")[0]


def test_what_is_tried_wins_over_what_is_adopted(folder: Path) -> None:
    """The other values of the adopted change stay: they are what is live."""
    go_live(folder, adopted(OPENAI_MODEL=("gpt-6-luna", "gpt-6-sol"), VERIFIER=("off", "model")))
    settings = load_settings(openai_model="gpt-6-terra")

    assert (settings.openai_model, settings.verifier) == ("gpt-6-terra", "model")


def test_knowledge_toml_counts_as_what_is_set(folder: Path) -> None:
    """A weight that somebody writes into it later wins, too."""
    config = folder / "knowledge.toml"
    source = '[[sources]]\nname = "docs"\npath = "docs"\n'
    config.write_text(f"{source}[search]\ndense_weight = 0.1\n", "utf-8")
    go_live(folder, adopted(KNOWLEDGE_DENSE_WEIGHT=("0.1", "0.4")))
    assert load_settings().knowledge_dense_weight == 0.4

    config.write_text(f"{source}[search]\ndense_weight = 0.2\n", "utf-8")
    settings = load_settings()
    assert settings.knowledge_dense_weight == 0.2
    assert settings.adopted[0].superseded_by == ("KNOWLEDGE_DENSE_WEIGHT=0.2",)


def test_a_change_with_an_index_is_searched_in_it_while_it_holds(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Superseded, the index before it is searched: its vectors fit what is set."""
    change = adopted(index="changes/x/index", OPENAI_EMBEDDING_MODEL=("hashing", "local:m"))
    monkeypatch.setenv("OPENAI_EMBEDDING_MODEL", "hashing")
    go_live(folder, change)
    assert load_settings().index_folder == Path(".kotae/changes/x/index")
    monkeypatch.setenv("OPENAI_EMBEDDING_MODEL", "local:other")
    assert load_settings().index_folder == Path(".kotae/index")


@pytest.mark.parametrize("text", ["{", '{"changes": 1}', ""])
def test_a_damaged_file_is_one_line_that_says_what_to_do(folder: Path, text: str) -> None:
    go_live(folder, adopted())
    (folder / ".kotae" / "live.json").write_text(text, "utf-8")

    with pytest.raises(SettingsError, match=r"live\.json is damaged.*remove it") as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def test_it_cannot_set_what_no_proof_is_about(folder: Path) -> None:
    """A file that somebody else has written changes no token and no address of Slack."""
    go_live(folder, adopted(SLACK_API_URL=("https://slack.com/api/", "https://evil.example/")))
    with pytest.raises(SettingsError, match="SLACK_API_URL, which it may not"):
        load_settings()


def test_a_write_that_was_cut_off_leaves_what_was_there(folder: Path) -> None:
    """What a kill leaves is a file beside it, that nobody reads."""
    go_live(folder, adopted())
    (folder / ".kotae" / ".live.json.123.tmp").write_text('{"chan', "utf-8")

    assert load_settings().openai_model == "gpt-6-sol"
    with pytest.raises(IndexError):
        change_live(folder / ".kotae", lambda live: AdoptedChanges(changes=(live.changes[9],)))
    assert load_settings().openai_model == "gpt-6-sol"


def test_a_process_that_started_before_is_told_to_start_again(folder: Path) -> None:
    """In both languages; what was taken back, too."""
    settings = load_settings()
    go_live(folder, adopted())
    live = read_live(folder / ".kotae")
    assert "start it again" in told(settings.adopted, live, "en")[-1]
    assert "再起動" in told(settings.adopted, live, "ja")[-1]

    now = load_settings()
    [line] = told(now.adopted, live, "ja")
    assert "OPENAI_MODEL=gpt-6-sol ← gpt-6-luna" in line
    gone = AdoptedChanges(taken_back=(RevertedChange(change=adopted(), by="Tom", at=1),))
    assert "start it again" in told(now.adopted, gone, "en")[-1]
