"""The language of a text is that of its script."""

import pytest

from bot.language import language_of


@pytest.mark.parametrize(
    "text",
    [
        "休日は？",
        "VPNの設定は？",
        "SharePoint Online の使い方",
        "ｶﾀｶﾅ",
        "ひ",
        "Slackで「#general」を開くには",
    ],
)
def test_kana_and_kanji_make_a_text_japanese(text: str) -> None:
    assert language_of(text) == "ja"


@pytest.mark.parametrize(
    "text", ["And on holidays?", "", "123?", "What does 休暇 mean in the handbook?", "Où est-ce ?"]
)
def test_other_texts_are_english(text: str) -> None:
    assert language_of(text) == "en"
