"""Long answers are cut where a reader would cut them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.markdown import open_fence
from bot.slack.client.split import LIMIT, split

LINES = st.sampled_from(
    [
        "有給休暇は入社から半年後に十日付与されます。繰り越しは翌年度までです。",
        "Annual leave is granted after six months. It carries over once! Really?",
        "- item",
        "",
        "```python",
        "```",
        "````",
        "    x = 1",
        "| 列 | column |",
        "あ" * 300,
        "w" * 500,
        "```" + "long-language-name-" * 2,
    ]
)
DOCUMENTS = st.lists(LINES, max_size=60).map("\n".join)


@given(DOCUMENTS, st.integers(min_value=250, max_value=2_000))
def test_no_part_is_longer_than_the_limit_or_empty(markdown: str, limit: int) -> None:
    """Slack counts bytes, and Japanese has three a character."""
    for part in split(markdown, limit):
        assert len(part.encode()) <= limit
        assert part.strip()


@given(DOCUMENTS, st.integers(min_value=250, max_value=2_000))
def test_every_part_closes_its_code_blocks(markdown: str, limit: int) -> None:
    """A message that ends inside a code block would show everything below it as code."""
    assert all(open_fence(part) == "" for part in split(markdown, limit))


@given(DOCUMENTS, st.integers(min_value=250, max_value=2_000))
def test_no_word_is_lost_or_repeated(markdown: str, limit: int) -> None:
    """All parts together say what the text says; only spaces and fences may differ."""
    assert _words("\n".join(split(markdown, limit))) == _words(markdown)


def _words(markdown: str) -> str:
    lines = (line for line in markdown.split("\n") if not line.lstrip().startswith("```"))
    return re.sub(r"\s", "", "".join(lines))


@pytest.mark.parametrize(
    "sentence", ["これは長い説明の一文です。", "This is a sentence of a long explanation. "]
)
def test_a_long_paragraph_is_cut_between_sentences(sentence: str) -> None:
    """Where there is no paragraph or line to cut at, a sentence ends the part."""
    parts = split(sentence * 1_500)

    assert len(parts) > 1
    assert all(part.strip().endswith(("。", ".")) for part in parts)
    assert all(len(part.encode()) <= LIMIT for part in parts)


def test_paragraphs_stay_whole() -> None:
    """A border between paragraphs is preferred to all others."""
    paragraph = "一文目です。二文目です。\n同じ段落の行です。"
    parts = split("\n\n".join([paragraph] * 20), 600)

    assert len(parts) > 1
    assert all(part.startswith("一文目") and part.endswith("行です。") for part in parts)


def test_code_goes_on_as_code_in_the_next_part() -> None:
    """The second part opens the block again, in the same language."""
    code = "```python\n" + "\n".join(f"value_{n} = {n}" for n in range(100)) + "\n```"
    parts = split(code, 700)

    assert len(parts) > 1
    assert all(part.startswith("```python\n") and part.endswith("\n```") for part in parts)


def test_a_short_text_is_one_part() -> None:
    """Nothing is added or removed."""
    assert split("はい。") == ["はい。"]
