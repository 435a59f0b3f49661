"""Citation marks: one form out of the many that models write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import citation_markers

KNOWN = frozenset(range(1, 13))
PIECES = st.sampled_from(
    [
        "[1]",
        "[2,3]",
        "［４］",
        "【5】",
        "[99]",
        "[1-3]",
        "[1†a]",
        "`[7]`",
        "```",
        "[",
        "]",
        "`",
        "(",
        ")",
        "1",
        "12",
        ",",
        "、",
        "有給",
        "leave",
        "。",
        "[[99]1]",
    ]
) | st.sampled_from([" ", "\n", "](https://x.example)"])
TEXTS = st.lists(PIECES, max_size=20).map("".join) | st.text(max_size=40)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("10 days [1].", "10 days [1]."),
        ("10 days [1, 2].", "10 days [1][2]."),
        ("10日［１］。", "10日[1]。"),
        ("10日【1】。", "10日[1]。"),
        ("10日【1、２】。", "10日[1][2]。"),
        ("10 days【3†source】.", "10 days[3]."),
        ("10 days [1][1] [2].", "10 days [1] [2]."),
        ("10 days [2-4].", "10 days [2][3][4]."),
        ("10 days [1 and 2].", "10 days [1][2]."),
        ("10 days [1](https://evil.example).", "10 days [1]."),
        ("10 days [1, 99].", "10 days [1]."),
        ("10 days [99].", "10 days."),
        ("since [2024], `a[1]` holds", "since [2024], `a[1]` holds"),
        ("```\nrow[99]\n```", "```\nrow[99]\n```"),
    ],
)
def test_marks_are_written_in_one_way(written: str, normal: str) -> None:
    """Unknown numbers disappear; years and code are not marks."""
    assert citation_markers.normalised(written, KNOWN) == normal


@given(TEXTS)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = citation_markers.normalised(text, KNOWN)

    assert citation_markers.normalised(once, KNOWN) == once


@given(TEXTS)
def test_a_normal_text_has_only_known_numbers(text: str) -> None:
    assert set(citation_markers.numbers_in(citation_markers.normalised(text, KNOWN))) <= KNOWN


@given(TEXTS)
def test_renumbering_counts_from_one_by_first_use(text: str) -> None:
    normal = citation_markers.normalised(text, KNOWN)
    order = citation_markers.numbers_in(normal)

    assert citation_markers.numbers_in(citation_markers.renumbered(normal, order)) == list(
        range(1, len(order) + 1)
    )


@given(TEXTS)
def test_an_unknown_number_is_counted_and_gone(text: str) -> None:
    normal = citation_markers.normalised(text, KNOWN)

    assert citation_markers.unknown_in(normal, KNOWN) == 0


def test_unknown_numbers_are_counted() -> None:
    assert citation_markers.unknown_in("a [1, 50] b [99] `[98]`", KNOWN) == 2


def test_a_text_can_be_told_without_its_marks() -> None:
    assert citation_markers.stripped("10日です[1][2]。 10 days [1].") == "10日です。 10 days."
