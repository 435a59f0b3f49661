"""What people write to stop a question, and what only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.intake.cancel import WORDS, asks_to_stop


@pytest.mark.parametrize(
    "text",
    [
        *(
            "stop",
            "Stop!",
            "STOP.",
            " stop it ",
            "please stop",
            "Cancel that.",
            "never mind",
            "🛑 stop",
        ),
        *(
            "停止",
            "停止して",
            "ストップ！",
            "やめて",
            "やめてください。",
            "中止",
            "キャンセル",
            "止めて！！",
        ),
        *("ＳＴＯＰ", "ｓｔｏｐ！", "ｽﾄｯﾌﾟ", "ｷｬﾝｾﾙしてください", "もういいです。"),
    ],
)
def test_the_bare_word_stops(text: str) -> None:
    """In either language and width, however it is marked."""
    assert asks_to_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "!", "How do I stop the newsletter?", "stop the VPN", "Can I cancel my leave?"),
        *("What is the stop rule", "cancel my booking please", "Where is the bus stop?"),
        *(
            "キャンセル料はいくら？",
            "停止の手続きは？",
            "VPNを停止して",
            "やめてもいいですか",
            "中止の連絡先",
        ),
        *("ストップウォッチはどこ", "タバコをやめて健康になる", "stopping", "停止中"),
    ],
)
def test_a_sentence_is_a_question(text: str) -> None:
    """Whatever words are in it."""
    assert not asks_to_stop(text)


@given(st.sampled_from(sorted(WORDS)), st.text("!?。、…！? \n*_", max_size=6))
def test_marks_around_the_word_mean_nothing(word: str, marks: str) -> None:
    """People stress what they want stopped."""
    assert asks_to_stop(f"{marks}{word}{marks}")
