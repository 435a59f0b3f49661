"""The language of a text is that of its script."""

import pytest

from bot.core.language import Language, is_written_in, language_of, wanted_language


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


@pytest.mark.parametrize(
    ("text", "language", "fits"),
    [
        ("You get 10 days of paid leave.", "en", True),
        ("You get 10 days of paid leave.", "ja", False),
        ("有給休暇は10日です。", "ja", True),
        ("有給休暇は10日付与されます。", "en", False),
        ("The page says 「年次有給休暇は10日付与されます」.", "en", True),
        ("“Leave” says:\n\n> 正社員の年次有給休暇は10日です。", "en", True),
        ("ERR-4012", "ja", True),
        ("10日", "en", True),
    ],
)
def test_an_answer_is_in_a_language_whatever_it_quotes(
    text: str,
    language: Language,
    fits: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    assert is_written_in(text, language) == fits


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("VPNとは？", "ja"),
        ("VPNとは？英語で", "en"),
        ("What is the VPN? Answer in Japanese.", "ja"),
        ("What is the VPN?", "en"),
    ],
)
def test_a_wish_for_a_language_wins(question: str, language: Language) -> None:
    assert wanted_language(question) == language
