"""Tokens: the terms by which search finds a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text.analysis import (
    LetterKind,
    analyse,
    letter_kinds,
    normalise,
    query_terms,
    token_set,
)

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
def test_codes_and_names_match_as_a_whole_and_in_part(written: str, asked: str) -> None:
    """Width, case, hyphens and endings do not change the meaning."""
    wanted = {term.token for term in query_terms(asked) if term.field == "terms"}
    assert wanted & set(analyse(written).terms)
    assert token_set(asked) & token_set(written)


def test_different_numbers_stay_different() -> None:
    """A decimal point is not a hyphen: 2.5 is not 25."""
    assert "25" not in token_set("2.5")
    assert "2.5" in token_set("2.5")


def test_japanese_gives_bigrams_runs_and_kanji() -> None:
    """Without a dictionary, character pairs carry the meaning, and longer runs refine it."""
    tokens = analyse("東京タワーへ行く")
    assert tokens.terms[:7] == ["東京", "京タ", "タワ", "ワー", "ーへ", "へ行", "行く"]
    assert tokens.terms[7:] == ["東", "京", "行"]
    assert tokens.runs == ["東京", "タワー", "行"]
    assert tokens.grams == []


def test_english_gives_stems_words_and_grams_over_spaces() -> None:
    """5-grams extend across words, so that order and compounds count a little."""
    tokens = analyse("Leave policies")
    assert tokens.terms == ["leav", "polici"]
    assert tokens.runs == ["leave", "policies"]
    assert tokens.grams[0] == "_leav"
    assert "ave_p" in tokens.grams


def test_scripts_are_distinguished_within_a_text() -> None:
    """A sentence in two languages gives the tokens of both."""
    found = token_set("Slackの通知settingsを変更")
    assert {"slack", "set", "通知", "変更"} <= found


def test_stop_words_are_searched_only_if_there_are_no_other_words() -> None:
    """`What is IT?` has only stop words, and still has a meaning."""
    assert {term.token for term in query_terms("where is the printer") if term.field == "runs"} == {
        "printer"
    }
    assert "it" in {term.token for term in query_terms("What is IT?")}


def test_hiragana_has_less_weight_than_kanji() -> None:
    """Endings and particles are frequent and must not outweigh the nouns."""
    weights = {term.token: term.weight for term in query_terms("休暇です") if term.field == "terms"}
    assert weights["です"] < weights["休暇"]


def test_the_weight_of_a_word_grows_with_its_count() -> None:
    """A question that names something twice is about it."""
    once, twice = query_terms("printer"), query_terms("printer printer")
    assert [term.weight * 2 for term in once if term.field == "terms"] == [
        term.weight for term in twice if term.field == "terms"
    ]


@given(MIXED)
def test_tokens_have_no_white_space_and_are_short(text: str) -> None:
    """Spaces separate tokens in the index, which silently drops long ones."""
    for token in token_set(text):
        assert token.split() == [token]
        assert len(token) <= 64


@given(MIXED)
def test_normalising_is_idempotent_on_tokens(text: str) -> None:
    """A question equal to a text has the same tokens and finds it."""
    assert {term.token for term in query_terms(text)} <= token_set(text)
    assert normalise(text) == normalise(text)


@given(MIXED)
def test_letters_and_digits_always_give_tokens(text: str) -> None:
    """Search finds every text that contains an ASCII word by that word."""
    assert token_set(f"{text} q7z ") >= {"q7z"}


def test_each_letter_has_a_kind() -> None:
    """Also what stands for all rare kanji, the last one."""
    kinds = letter_kinds()
    found = [
        LetterKind(kinds[min(ord(letter), 0xFFFF)]).name for letter in "aéж3_。　あサー漢々한𠮷"
    ]
    assert found == [
        *("WORD", "WORD", "WORD", "DIGIT", "NONE", "NONE", "NONE"),
        *("UNSPACED", "UNSPACED", "UNSPACED", "KANJI", "KANJI", "UNSPACED", "KANJI"),
    ]
