"""Sentences of Markdown, and the choice of the one that answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text.analysis import query_terms, token_set
from knowledge.text.highlight import highlight, sentences

MARKDOWN = st.text(
    st.sampled_from("ab Z1.。！？!?「」（）()|#->*`\n\r\t 休暇、のは3．\"'”…:+_"), max_size=300
)


def said(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


def asked(question: str) -> dict[str, float]:
    return {term.token: term.weight for term in query_terms(question)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("有給は20日。申請は前日まで！よいか？", ["有給は20日。", "申請は前日まで！", "よいか？"]),
        ("彼は「行く。」と言った。次へ。", ["彼は「行く。」と言った。", "次へ。"]),
        ("「はい。」彼は答えた。", ["「はい。」", "彼は答えた。"]),
        ("規程（第3条。別表を含む。）による。", ["規程（第3条。別表を含む。）による。"]),
        ("単価は3．5円。", ["単価は3．5円。"]),
        ("一行目\n二行目", ["一行目", "二行目"]),
        ("閉じない「かぎ。次の文。", ["閉じない「かぎ。", "次の文。"]),
        ("本当?はい。", ["本当?はい。"]),
    ],
)
def test_japanese_sentences(text: str, expected: list[str]) -> None:
    """Full stops end sentences, except inside brackets, quotations and numbers."""
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is 3.5 MB. Why? Go!", ["It is 3.5 MB.", "Why?", "Go!"]),
        ("Dr. Smith of Acme Inc. left. He ran.", ["Dr. Smith of Acme Inc. left.", "He ran."]),
        ("The U.S. office is open. Call.", ["The U.S. office is open.", "Call."]),
        ("Use it, e.g. this way. Done.", ["Use it, e.g. this way.", "Done."]),
        ('He said "go." Then he left.', ['He said "go."', "Then he left."]),
        ("See https://a.example/b?c=1.2 now. End", ["See https://a.example/b?c=1.2 now.", "End"]),
        ("Version 2.1.3 is out. Install it.", ["Version 2.1.3 is out.", "Install it."]),
        ("(Not closed. Still split.", ["(Not closed.", "Still split."]),
        (
            "This paragraph is wrapped by its author after a while\nand goes on here. End.",
            ["This paragraph is wrapped by its author after a while\nand goes on here.", "End."],
        ),
    ],
)
def test_english_sentences(text: str, expected: list[str]) -> None:
    """Abbreviations, decimals, addresses and wrapped lines do not end a sentence."""
    assert said(text) == expected


def test_markdown_blocks_are_sentences_without_markup() -> None:
    """Headings, items and rows are separate; rules and code fences have no content."""
    text = (
        "# 休暇\n\n- 年次\n* [x] done\n1. first\n> 引用。次。\n\n---\n\n"
        "| 種類 | 日数 |\n|------|:----:|\n| 年次。有給 | 20. 5 |\n```sh\nkotae try\n```\n"
    )
    assert said(text) == [
        "休暇",
        "年次",
        "done",
        "first",
        "引用。",
        "次。",
        "| 種類 | 日数 |",
        "| 年次。有給 | 20. 5 |",
        "kotae try",
    ]


@given(MARKDOWN)
def test_sentences_are_ordered_and_trimmed_and_lose_no_letters(text: str) -> None:
    """Spans never overlap, and each letter is in one, except on the line of a code fence."""
    spans = sentences(text)
    end = 0
    for span in spans:
        assert end <= span.start < span.end <= len(text)
        assert text[span.start : span.end].strip() == text[span.start : span.end]
        end = span.end
    covered = {place for span in spans for place in range(span.start, span.end)}
    for place, character in enumerate(text):
        if character in "休暇のZ" and "```" not in text:
            assert place in covered


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        (
            "制度の説明です。年次有給休暇は入社半年後に10日与えます。問い合わせは人事まで。",
            "有給休暇は何日もらえる？",
            "年次有給休暇は入社半年後に10日与えます。",
        ),
        (
            "Welcome to the office. The printer on floor 3 needs a badge. Lunch is at noon.",
            "Which floor is the printer on?",
            "The printer on floor 3 needs a badge.",
        ),
        (
            "| 区分 | 期限 |\n|--|--|\n| 旅費 | 月末 |\n| 備品 | 翌月 |",
            "旅費はいつ？",
            "| 旅費 | 月末 |",
        ),
    ],
)
def test_the_sentence_that_answers_is_shown(text: str, question: str, expected: str) -> None:
    """The sentence that covers most of the question is quoted verbatim."""
    sentence, coverage = highlight(text, asked(question))
    assert sentence == expected
    assert 0.0 < coverage <= 1.0


def test_two_adjacent_sentences_are_shown_if_each_has_half() -> None:
    """A question that two sentences answer together gets both, verbatim."""
    text = "Hello. The VPN needs a token. Tokens come from reception. Bye."
    sentence, coverage = highlight(text, {"vpn": 1.0, "reception": 1.0})
    assert sentence == "The VPN needs a token. Tokens come from reception."
    assert coverage == pytest.approx(1.0)


def test_rare_words_decide() -> None:
    """A sentence with one important word beats a sentence with several unimportant ones."""
    text = "The team and the office of the team. Call Tanaka."
    assert highlight(text, {"team": 0.2, "offic": 0.2, "tanaka": 3.0})[0] == "Call Tanaka."


def test_nothing_in_common_gives_the_first_sentence_and_no_coverage() -> None:
    """A reader always gets a sentence; the coverage says that it is no answer."""
    assert highlight("最初の文。次の文。", asked("printer")) == ("最初の文。", 0.0)
    assert highlight("", asked("printer")) == ("", 0.0)
    assert highlight("Some text.", {}) == ("Some text.", 0.0)


@given(MARKDOWN, st.text("abZ休暇の 13", max_size=20))
def test_a_highlight_is_verbatim_and_its_coverage_a_share(text: str, question: str) -> None:
    """A quotation is always exact."""
    weights = asked(question)
    sentence, coverage = highlight(text, weights)
    assert sentence in text
    assert 0.0 <= coverage <= 1.0


@pytest.mark.parametrize(
    ("text", "token", "quoted"),
    [
        (
            "Run this on the host:\n\n```sh\n./deploy -x\n```\n\nThen rest.",
            "host",
            "./deploy -x\n```",
        ),
        ("次を実行してください：\n\n~~~\nkotae sync\n~~~\n\n完了です。", "実行", "kotae sync\n~~~"),
        ("| Town | Price |\n|---|---|\n| Lyon | 24 EUR |", "price", "| Lyon | 24 EUR |"),
        ("| 町 | 価格 |\n|:--|--:|\n| 京都 | 24円 |", "価格", "| 京都 | 24円 |"),
    ],
)
def test_what_answers_is_in_the_quotation(text: str, token: str, quoted: str) -> None:
    """A command comes with the sentence that announces it; a table's header is no answer."""
    found, _ = highlight(text, {token: 1.0})

    assert found.endswith(quoted)


@pytest.mark.parametrize(
    ("label", "answer"),
    [
        ("Allergy kitchen", "Ask at counter 5 before ten."),
        ("食物アレルギー", "10時までに5番窓口で相談します。"),
    ],
)
def test_a_name_in_bold_is_no_answer_but_a_value_is(label: str, answer: str) -> None:
    """What folds out has its name above it."""
    weights = dict.fromkeys(token_set(label), 1.0)

    assert highlight(f"**{label}**\n\n{answer}", weights)[0] == answer
    assert highlight(f"**{label}: 5**\n\n{answer}", weights)[0] == f"**{label}: 5**"
    assert highlight(f"{answer}\n\n**{label}**", weights)[0] == f"**{label}**"
