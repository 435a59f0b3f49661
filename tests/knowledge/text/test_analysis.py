"""Tokens: what a text can be found by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text.analysis import analyse, normalise, query_terms, token_set

MIXED = st.text(
    st.one_of(
        st.sampled_from("あいうカタナー漢字東京々ABCxyz0189 .-_/'、。「」３Ａｶﾞé\n한국"),
        st.characters(),
    ),
    max_size=200,
)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("ERR-4012", "err4012"),
        ("エラーERR-4012が出た", "4012"),
        ("v2.1.3", "V2.1.3"),
        ("株式会社ABCの件", "ABC"),
        ("株式会社ABCの件", "株式会社"),
        ("A4用紙", "Ａ４"),
        ("３月の予定", "3月"),
        ("ｻｰﾊﾞｰの設定", "サーバ"),
        ("サーバの設定", "サーバー"),
        ("1,000円", "1000"),
        ("C++とC#", "c#"),
        ("e-mail", "email"),
        ("mail@example.com", "example"),
        ("Beyoncé’s café", "Beyonce cafe"),
        ("the policies", "policy"),
        ("snake_case_name", "case"),
        ("한국어 문서", "한국"),
    ],
)
def test_codes_and_names_are_found_whole_and_by_part(written: str, asked: str) -> None:
    """Width, case, hyphens and endings are ways of writing, not differences of meaning."""
    wanted = {term.token for term in query_terms(asked) if term.field == "terms"}
    assert wanted & set(analyse(written).terms)
    assert token_set(asked) & token_set(written)


def test_different_numbers_stay_different() -> None:
    """A decimal point is not a hyphen: 2.5 is not 25."""
    assert "25" not in token_set("2.5")
    assert "2.5" in token_set("2.5")


def test_japanese_gives_bigrams_runs_and_kanji() -> None:
    """Without a dictionary, pairs of characters carry the meaning and stretches sharpen it."""
    tokens = analyse("東京タワーへ行く")
    assert tokens.terms[:7] == ["東京", "京タ", "タワ", "ワー", "ーへ", "へ行", "行く"]
    assert tokens.terms[7:] == ["東", "京", "行"]
    assert tokens.runs == ["東京", "タワー", "行"]
    assert tokens.grams == []


def test_english_gives_stems_words_and_grams_over_spaces() -> None:
    """5-grams run from word to word, so that order and compounds count a little."""
    tokens = analyse("Leave policies")
    assert tokens.terms == ["leav", "polici"]
    assert tokens.runs == ["leave", "policies"]
    assert tokens.grams[0] == "_leav"
    assert "ave_p" in tokens.grams


def test_scripts_are_told_apart_within_a_text() -> None:
    """One sentence in two languages gives the tokens of both."""
    found = token_set("Slackの通知settingsを変更")
    assert {"slack", "set", "通知", "変更"} <= found


def test_stop_words_are_searched_only_when_nothing_else_is_there() -> None:
    """`What is IT?` has nothing but stop words, and still means something."""
    assert {term.token for term in query_terms("where is the printer") if term.field == "runs"} == {
        "printer"
    }
    assert "it" in {term.token for term in query_terms("What is IT?")}


def test_hiragana_weighs_less_than_kanji() -> None:
    """Endings and particles are everywhere; they must not outvote the nouns."""
    weights = {term.token: term.weight for term in query_terms("休暇です") if term.field == "terms"}
    assert weights["です"] < weights["休暇"]


def test_repeated_words_weigh_as_often_as_they_are_said() -> None:
    """A question that names a thing twice is about that thing."""
    once, twice = query_terms("printer"), query_terms("printer printer")
    assert [term.weight * 2 for term in once if term.field == "terms"] == [
        term.weight for term in twice if term.field == "terms"
    ]


@given(MIXED)
def test_tokens_hold_no_white_space_and_are_short(text: str) -> None:
    """Tokens are handed on separated by spaces, and long ones would be dropped silently."""
    for token in token_set(text):
        assert token.split() == [token]
        assert len(token) <= 64


@given(MIXED)
def test_normalising_is_idempotent_on_tokens(text: str) -> None:
    """A question that is the text itself finds the text: both sides see the same tokens."""
    assert {term.token for term in query_terms(text)} <= token_set(text)
    assert normalise(text) == normalise(text)


@given(MIXED)
def test_letters_and_digits_always_leave_a_trace(text: str) -> None:
    """Whatever holds a word of ASCII can be found by it."""
    assert token_set(f"{text} q7z ") >= {"q7z"}
