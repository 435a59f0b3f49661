"""Answers against reference answers, in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.answer_match import exact, f1, holds


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("１，２００円です。[1]", "1,200円"),
        ("料金は 1 200 円 ではなく1,800円", "1800"),
        ("You get 25 working days [1].", "25 Working Days"),
        ("It is closed on Mondays.", "Monday"),
        ("受付は「有害・危険ごみ」の日", "有害・危険ごみ"),
        ("The fee is €45.", "€45"),
    ],
)
def test_an_answer_says_it(said: str, wanted: str) -> None:
    assert holds(said, wanted)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("11,200円です。", "1,200円"),
        ("The fee is 2.5 euros", "5"),
        ("The fee is 100.5 euros", "100"),
        ("Nobody knows.", "no"),
        ("[12] says so", "12"),
        ("", "x"),
        ("anything", ""),
    ],
)
def test_an_answer_does_not_say_it(said: str, wanted: str) -> None:
    """Numbers and words match whole ones only; citation markers are no numbers."""
    assert not holds(said, wanted)


def test_japanese_is_compared_by_characters_and_english_by_words() -> None:
    assert exact("１０日。", ["10日"], "ja")
    assert exact("The 10 days!", ["10 days"], "en")
    assert f1("10日間", ["10日"], "ja") == pytest.approx(2 * 3 / (4 + 3))
    assert f1("it is ten days", ["ten days"], "en") == pytest.approx(2 * 2 / (4 + 2))
    assert f1("nothing", ["ten", "nothing"], "en") == 1


@given(st.text(max_size=40), st.text(min_size=1, max_size=40))
def test_overlap_is_a_share(said: str, wanted: str) -> None:
    for language in ("ja", "en"):
        assert 0 <= f1(said, [wanted], language) <= 1
