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
        ("VPNとは（英語で）", "en"),
        ("VPNとは？英語で答えてください", "en"),
        ("英語で、有給の日数を教えてください。", "en"),
        ("有給の日数を英語で教えてもらえますか？", "en"),
        ("回答は英語でお願いします。VPNとは？", "en"),
        ("VPNとは？ In English, please.", "en"),
        ("What is the VPN? 日本語でお願いします", "ja"),
        ("What is the VPN? Answer in Japanese.", "ja"),
        ("Please answer in Japanese: what is the VPN?", "ja"),
        ("Can you explain the VPN in Japanese?", "ja"),
        ("In Japanese, how is overtime paid?", "ja"),
        ("How is overtime paid (in Japanese)?", "ja"),
        ("I'd like the answer in Japanese. What is the VPN?", "ja"),
        ("What is the VPN?", "en"),
    ],
)
def test_a_wish_for_a_language_wins(question: str, language: Language) -> None:
    assert wanted_language(question) == language


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("In Japanese companies, how is overtime paid?", "en"),
        ("Can I write the report in Japanese?", "en"),
        ("Do I have to answer customers in Japanese?", "en"),
        ("Please tell me whether I can reply in Japanese.", "en"),
        ("What is “日本語で” in the form?", "en"),
        ('What does "Please answer in Japanese" mean on the form?', "en"),
        ("英語で書かれた就業規則はどこ？", "ja"),
        ("英語で提出する書類を教えてください。", "ja"),
        ("お客様に英語で答えてもいいですか？", "ja"),
        ("お客様への返信は英語でお願いしてもいいですか？", "ja"),
        ("「英語で答えてください」という欄は何ですか？", "ja"),
    ],
)
def test_the_mention_of_a_language_is_no_wish(question: str, language: Language) -> None:
    assert wanted_language(question) == language


def test_a_question_that_is_all_quotation_has_the_language_of_the_quotation() -> None:
    assert wanted_language("「休日は？」") == "ja"
    assert wanted_language("“Holidays?”") == "en"
