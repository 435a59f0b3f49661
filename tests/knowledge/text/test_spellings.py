"""A word that nobody has written is looked for in the spelling that somebody has."""

import pytest

from knowledge.text.spellings import neighbours, respelt

TEXTS = {
    "gateway": 3,
    "carrying": 2,
    "visitors": 9,
    "leave": 12,
    "per diem": 4,
    "contract": 5,
    "contact": 5,
    "ごみ": 60,
    "ゴミ": 2,
    "パン": 3,
    "申込": 40,
    "引っ越": 8,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the gatway", "the gateway"),
        ("Gateawy?", "gateway?"),
        ("carying over", "carrying over"),
        ("visiters", "visitors"),
        ("the perdiem", "the per diem"),
        ("粗大ゴミの料金", "粗大ごみの料金"),
        ("ごみの申し込み", "ごみの申込み"),
        ("引越しの日", "引っ越しの日"),
    ],
)
def test_a_slip_is_read_as_the_word_that_is_written(text: str, expected: str) -> None:
    assert respelt(text, lambda word: TEXTS.get(word, 0)) == expected


@pytest.mark.parametrize(
    "text", ["the lease", "contact", "ERR-4012", "gate", "パンの耳", "市の申請"]
)
def test_another_word_stays(text: str) -> None:
    """Short words have too many neighbours, and a word that is written is no slip."""
    assert respelt(text, lambda word: TEXTS.get(word, 0)) == text


def test_one_slip_is_one_letter() -> None:
    found = set(neighbours("badge"))

    assert {"badges", "bade", "bagde", "ba dge"} <= found
    assert "fudge" not in found
    assert "budge" not in found


def test_a_long_text_asks_for_few_words() -> None:
    """Each word that is not known costs some hundred look-ups."""
    asked = list[str]()

    def known(word: str) -> int:
        asked.append(word)
        return 0

    respelt("abcdefg " * 2000 + "語彙" * 2000, known)

    assert len(asked) < 60_000
