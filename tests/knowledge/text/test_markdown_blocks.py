"""Headings and code blocks are found on the lines where GitHub shows them."""

from hypothesis import given
from hypothesis import strategies as st

from knowledge.text.markdown_blocks import MarkdownBlock, markdown_blocks

_SIGNS = st.sampled_from(
    ["#", "```", "~~~", "    ", "\n", "> ", "- ", "|", "見", "a", "[^1]:", "---"]
)


def test_headings_have_their_words_and_lines() -> None:
    """Markup, pictures and tags are no words; what is escaped or an entity is."""
    text = "# 1\\. 有給 *休暇* `x` ![図](a.png) <b>と</b> &amp;\n\n年次有給休暇\nの規定\n---\n"

    assert list(markdown_blocks(text)) == [
        MarkdownBlock(1, 0, 1, "1. 有給 休暇 x  と &"),
        MarkdownBlock(2, 2, 5, "年次有給休暇 の規定"),
    ]


def test_headings_in_lists_and_quotes_are_not_those_of_the_page() -> None:
    """Nor are they in a note."""
    text = "- # item\n\n> # quote\n\n[^1]:\n    # note\n\n# page"

    assert [block.title for block in markdown_blocks(text)] == ["page"]


def test_code_has_the_lines_between_its_fences_and_the_fences() -> None:
    """Also in a list, indented, or without an end."""
    text = "- a\n\n      # listed\n\nb\n\n    # indented\n    x\n\n~~~sh\n# 見出し\n~~~\n```\nx"

    found = [(block.level, block.start, block.end) for block in markdown_blocks(text)]

    assert found == [(0, 2, 3), (0, 6, 8), (0, 9, 12), (0, 12, 14)]


def test_the_second_paragraph_of_a_note_is_no_code() -> None:
    """It is indented because it belongs to the note."""
    assert not list(markdown_blocks("a[^1]\n\n[^1]:\n    依存\n    する\n\n    two\n"))


@given(st.lists(_SIGNS).map("".join))
def test_blocks_lie_within_the_text_in_order(text: str) -> None:
    """Whatever the text is."""
    found = list(markdown_blocks(text))

    assert all(0 <= one.start < one.end <= text.count("\n") + 1 for one in found)
    assert [one.start for one in found] == sorted(one.start for one in found)


def test_half_a_character_is_no_reason_to_fail() -> None:
    """Such a text comes from a damaged file."""
    assert [block.title for block in markdown_blocks("# a\ud800\n\n# b")] == ["a?", "b"]
