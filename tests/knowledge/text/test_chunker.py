"""Chunks are small, lose no text, and follow the structure where possible."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text.chunker import estimate_tokens, search_text, split

BLOCKS = st.sampled_from(
    [
        "有給休暇は入社日から6か月後に10日付与されます。",
        "The office opens at nine. Bring your badge!",
        "| 品目 | 曜日 |\n| --- | --- |\n| びん | 月 |\n| 缶 | 火 |",
        "| a | b |\n|---|---|\n" + "| long row of words | 値 |\n" * 40,
        "```\n# not a heading\nx = 1\n```",
        "- one\n- two\n  - 三",
        "https://example.com/" + "a" * 300,
        "語" * 400,
    ]
)
MARKDOWN = st.lists(BLOCKS | st.text(max_size=60), max_size=6).map("\n\n".join)


def is_subsequence(needle: str, hay: str) -> bool:
    rest = iter(hay)
    return all(character in rest for character in needle)


def squeezed(text: str) -> str:
    return "".join(text.split())


@given(MARKDOWN, st.integers(32, 300))
def test_every_character_is_in_some_chunk_and_in_order(text: str, tokens: int) -> None:
    """No text is lost; only a table's header may be repeated."""
    joined = squeezed("".join(split(text, tokens)))

    assert is_subsequence(squeezed(text), joined)


@given(MARKDOWN, st.integers(32, 300))
def test_no_chunk_is_larger_than_asked(text: str, tokens: int) -> None:
    """The requested size is a strict limit."""
    assert all(estimate_tokens(chunk) <= tokens for chunk in split(text, tokens))


def test_a_long_table_is_split_between_rows_and_repeats_its_header() -> None:
    """Each part of a table can be read by itself."""
    header = "| 品目 | 区分 |\n| --- | --- |\n"
    rows = [f"| 品目{number} | 燃えるごみ |" for number in range(60)]

    chunks = list(split(header + "\n".join(rows), 100))

    assert len(chunks) > 3
    assert all(chunk.startswith(header) for chunk in chunks)
    assert [line for chunk in chunks for line in chunk.split("\n")[2:]] == rows


def test_a_table_that_fits_stays_whole() -> None:
    """A small table is one chunk, with the text around it."""
    table = "| a | b |\n| --- | --- |\n| 1 | 2 |"

    assert list(split(f"前\n\n{table}\n\n後", 256)) == [f"前\n\n{table}\n\n後"]


def test_a_row_larger_than_a_chunk_is_split_too() -> None:
    """One huge cell does not make a huge chunk."""
    table = "| a | b |\n| --- | --- |\n| 短い | x |\n| " + "長い文。" * 200 + " | y |\n"

    chunks = list(split(table, 100))

    assert all(chunk.startswith("| a | b |") for chunk in chunks)
    assert max(map(estimate_tokens, chunks)) <= 100


def test_tokens_are_estimated_for_both_languages() -> None:
    """A CJK character counts as one token, and so do four Latin letters."""
    assert estimate_tokens("有給休暇を申請する") == 9
    assert estimate_tokens("holiday request form") == 5


def test_the_indexed_text_contains_the_title_once() -> None:
    """A first heading equal to the title is not repeated in the heading path."""
    assert search_text("規程", ("規程", "休暇"), "10日") == "規程 > 休暇\n10日"
    assert search_text("規程", ("休暇",), "10日") == "規程 > 休暇\n10日"


@pytest.mark.parametrize(
    "unit",
    [
        "|", "| ", "|-", "- ", "-|-\n", "|a|b|\n", "a|b\n-|-\n", "a|\n" + "- " * 40 + "\n",
        ":-", "|:-:", "\t|", "　｜", "｜", "#", "> ", "[", "`", "*", " ", "\n", "語", "文。", "ｶﾞ",
        "👩‍", "e\u0301", "word ", "w",
    ],
)  # fmt: skip
def test_time_grows_with_length_whatever_is_repeated(unit: str) -> None:
    """Four times the text takes about four times as long; quadratic time would be sixteen."""
    seconds = []
    for length in (20_000, 80_000):
        text = unit * (length // len(unit))
        before = time.process_time()
        assert list(split(text, 256)) is not None
        seconds.append(time.process_time() - before)

    assert seconds[1] < 9 * seconds[0] + 0.2
