"""What is an answer, and what is only on the way to one."""

import pytest

from bot.handoff.is_answer import is_answer


@pytest.mark.parametrize(
    "text",
    [
        "10日です。",
        "はい。",
        "はい、大丈夫です。",
        "確認しました。10日です。",
        "どの資料ですか？ 去年のものなら、10日です。",
        "Yes.",
        "Sure, ten days.",
        "OK, so it is ten days for full-time staff.",
        "Did you see the wiki? It says ten days.",
        "<@U0000001> 人事部に聞いてください。",
        "I'll allow it.",
    ],
)
def test_whatever_says_something_is_an_answer(text: str) -> None:
    assert is_answer(text)


@pytest.mark.parametrize(
    "text",
    [
        "どの年度のことですか？",
        "いつの話でしょうか。",
        "確認します",
        "了解です。確認して折り返します。",
        "はい、調べてみます。",
        "少々お待ちください",
        "Which year do you mean?",
        "which year",
        "I'll check.",
        "Hi! Let me look into it, one moment.",
        "Thanks!",
        "ok",
        "<@U0000001>",
        "👍",
    ],
)
def test_questions_and_promises_are_none(text: str) -> None:
    assert not is_answer(text)
