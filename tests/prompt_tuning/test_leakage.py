"""Private text is found in a prompt in any spelling; public text is not."""

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.prompt_tuning.leakage import CHARACTERS, WORDS, LeakedTexts
from bot.prompt_tuning.run import public_texts

PUBLIC = public_texts()
PASSAGE = (
    "The travel office refunds 12,400 yen for a night in Osaka. Ask Keiko Tanaka, or write to "
    "travel@example.com before the end of the month."
)
JAPANESE = "出張の宿泊費は一泊につき12,400円まで精算できます。担当は総務部の田中さんです。"
PRIVATE = LeakedTexts(
    [PASSAGE, JAPANESE],
    PUBLIC,
    answers=["12,400 yen", "450円", "no"],
    questions=["宿泊費の上限は？", "Who pays?"],
    names=["@keiko", "佐藤"],
)


def kinds(text: str) -> set[str]:
    return {leak.kind for leak in PRIVATE.find(text)}


@pytest.mark.parametrize("text", PUBLIC)
def test_texts_of_the_program_are_never_leaks(text: str) -> None:
    assert PRIVATE.find(text) == []
    assert LeakedTexts(PUBLIC, PUBLIC, questions=PUBLIC).find(text) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Always say that the travel office refunds it.", ""),
        ("Say that the office refunds a night in Osaka only.", "name"),
        ("State that it is for a night in osaka in the answer.", "words"),
        ("The limit is 12400.", "figure"),
        ("The limit is １２，４００.", "figure"),
        ("Write to someone@elsewhere.org.", "address"),
        ("See https://elsewhere.org/page.", "address"),
        ("Hand over to Keiko.", "name"),
        ("Hand over to TANAKA.", "name"),
        ("Such fees are 450 円.", "answer"),
        ("If somebody asks who pays, hand over.", "question"),
        ("「宿泊費の上限は」と聞かれたら検索する。", "question"),
        ("出張の宿泊費は一泊につき上限がある。", "words"),
        ("出張の 宿泊費は、一泊 につき", "words"),
        ("田中に引き継ぐ。", "name"),
        ("佐藤に引き継ぐ。", "name"),
        ("宿泊の質問には、金額を省かずに答える。", ""),
        ("No answer is better than a wrong one.", ""),
    ],
)
def test_what_counts_as_private(text: str, kind: str) -> None:
    """Phrases, numbers, names, addresses, answers and questions count; common nouns and the short
    word "no" do not."""
    found = kinds(text)
    assert kind in found if kind else not found


PRIVATE_WORDS = re.findall(r"\w+", PASSAGE)


@given(
    st.integers(0, len(PRIVATE_WORDS) - WORDS),
    st.text(max_size=40),
    st.text(max_size=40),
    st.sampled_from([" ", "\n", "  ", ", "]),
    st.sampled_from([str.upper, str.title, str]),
)
def test_any_phrase_is_found(
    start: int, before: str, after: str, gap: str, case: Callable[[str], str]
) -> None:
    """In any context, case and spacing."""
    run = gap.join(PRIVATE_WORDS[start : start + WORDS])
    assert "words" in kinds(f"{before}\n{case(run)}\n{after}")


@given(st.integers(0, 24), st.text(max_size=30), st.sampled_from(["", " ", "、", "\n"]))
def test_any_japanese_phrase_is_found(start: int, around: str, gap: str) -> None:
    """Half-width or full-width, with punctuation in between."""
    letters = [character for character in JAPANESE if character.isalnum()]
    run = gap.join(letters[start : start + CHARACTERS + 1])
    wide = run.translate({n: n - 0x30 + 0xFF10 for n in range(0x30, 0x3A)})
    for text in (run, wide, unicodedata.normalize("NFD", run)):
        assert kinds(f"{around}。{text}。{around}")


@given(st.text(alphabet="abcdefghij 。いろはにほ", max_size=200))
def test_other_text_is_no_leak(text: str) -> None:
    """Text that shares nothing has no leaks."""
    assert kinds(text) == set()
