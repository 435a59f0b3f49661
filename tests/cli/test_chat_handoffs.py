"""A question that `kotae chat` hands over: told, joined, listed, and ended by an answer."""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.support.command import environment, kotae

KNOWLEDGE = '[[sources]]\nname = "docs"\npath = "docs"\nowner = "@keiko"\n'
OFFICE = "# Office\n\nThe office in Lisbon opens at 9. リスボンのオフィスは9時に開きます。\n"


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """A team with one document and one expert."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/page.md").write_text(OFFICE, "utf-8")
    (tmp_path / "knowledge.toml").write_text(KNOWLEDGE, "utf-8")
    settings = {"KNOWLEDGE_CONFIG": str(tmp_path / "knowledge.toml"), "LOGNAME": "bob"}
    assert kotae(tmp_path, "knowledge", "sync", **settings).returncode == 0
    return settings


def chat(folder: Path, settings: dict[str, str], *lines: str) -> str:
    """Type *lines* in a new conversation; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "chat"],
        cwd=folder,
        env=environment(folder) | settings,
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize(
    ("first", "second", "answer", "told", "joined", "reference", "states", "locale", "spoken"),
    [
        (
            "Can I bring my parrot to the office in Lisbon?",
            "Can I bring a parrot to the Lisbon office?",
            "Yes, in a cage.",
            "Slack is not set up",
            "already asked this",
            r"Reference: (\w+)",
            ("open", "saved"),
            "en_GB.UTF-8",
            ("Ask anything.", "Write a reference and the answer", "No question has that reference"),
        ),
        (
            "リスボンのオフィスにオウムを連れて行ってもいいですか？",
            "オウムをリスボンのオフィスに連れてきてもいい？",
            "かごに入れれば大丈夫です。",
            "担当者への通知はありません",
            "すでに引き継がれています",
            r"受付番号: (\w+)",
            ("回答待ち", "保存済み"),
            "ja_JP.UTF-8",
            ("質問を入力してください", "受付番号と回答を書いて", "その受付番号の質問はありません"),
        ),
    ],
)
def test_a_question_is_handed_over_joined_and_answered(
    tmp_path: Path,
    settings: dict[str, str],
    *,
    first: str,
    second: str,
    answer: str,
    told: str,
    joined: str,
    reference: str,
    states: tuple[str, str],
    locale: str,
    spoken: tuple[str, ...],
) -> None:
    """Its reference leads to the answer; afterwards the bot answers the question itself."""
    asked = chat(tmp_path, settings, first, "/ask", "/ask")
    assert any(words in asked for words in ("no question to pass on", "引き継ぐ質問がありません"))
    assert "@keiko" in asked
    assert told in asked
    again = chat(tmp_path, settings, second, "/ask", "/waiting")
    assert joined in again
    named = re.findall(reference, asked) + re.findall(reference, again)
    assert len(named) == 2
    assert len(set(named)) == 1
    assert f"{named[0]}  {states[0]}  {first}" in again

    (gap,) = json.loads(kotae(tmp_path, "gaps", "--json", **settings).stdout)
    assert (gap["state"], gap["owner"], gap["times"]) == ("open", "@keiko", 2)

    late = chat(
        tmp_path,
        settings | {"LC_ALL": locale},  # before there is a question, the terminal's counts
        "/answer",
        "/answer zzzz No.",
        f"/answer {named[0]} {answer}",
        "/waiting",
        second,
    )
    assert all(one in late for one in spoken)
    assert f"{states[1]}  {first}" in late
    assert late.count(answer) >= 2
    assert json.loads(kotae(tmp_path, "gaps", "--json", **settings).stdout) == []
    (entry,) = json.loads(kotae(tmp_path, "entries", "list", "--json", **settings).stdout)
    assert (date.fromisoformat(entry["expires"]) - date.fromisoformat(entry["on"])).days == 365


def test_who_is_named_is_not_told_to_ask_themselves(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    """The name in the system is the name in the settings."""
    asked = chat(
        tmp_path,
        settings | {"LOGNAME": "keiko"},
        "Can I bring my parrot to the office in Lisbon?",
        "/ask",
    )
    assert "so I have not asked anyone else" in asked


@pytest.mark.parametrize(
    ("question", "steps", "talk"),
    [
        (
            "When does the office in Lisbon open?",
            ("Searching the documents: ", "found"),
            ("A new conversation", "Thank you for", "no such command", "/quit  "),
        ),
        (
            "リスボンのオフィスは何時に開きますか？",
            ("社内資料を検索: ", "件"),
            ("新しい会話", "評価をありがとう", "そのコマンドはありません", "終了"),
        ),
    ],
)
def test_a_conversation_follows_the_language_of_its_questions(
    tmp_path: Path,
    settings: dict[str, str],
    *,
    question: str,
    steps: tuple[str, ...],
    talk: tuple[str, ...],
) -> None:
    """The steps, and all that is said around answers."""
    said = chat(tmp_path, settings, question, "/good", "/dance", "/new", "/help").split("›", 1)[1]

    for words in (*steps, *talk):
        assert words in said
