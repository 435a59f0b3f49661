"""Markdown is cut at its headings, and citations can point to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text.headings import slug, split_sections


@pytest.mark.parametrize(
    ("title", "anchor"),
    [
        ("Annual Leave", "annual-leave"),
        ("年次有給休暇", "年次有給休暇"),
        ("申請方法（第3条）", "申請方法第3条"),
        ("サーバー・設定", "サーバー設定"),
        ("C++ & C#: FAQ?", "c--c-faq"),
        ("snake_case-name", "snake_case-name"),
        ("Ünïcode Ⅳ", "ünïcode-ⅳ"),
        ("全角　空白", "全角空白"),
    ],
)
def test_anchors_are_those_that_github_makes(title: str, anchor: str) -> None:
    """Letters of any script stay, punctuation goes, spaces become hyphens."""
    assert slug(title) == anchor


def test_equal_headings_get_numbered_anchors() -> None:
    """The second `plan` is `plan-1`, and a real `plan-1` after it moves on."""
    sections = split_sections("# Plan\na\n# Plan\nb\n# Plan 1\nc\n# Plan\nd")

    assert [section.anchor for section in sections] == ["plan", "plan-1", "plan-1-1", "plan-2"]


def test_an_anchor_that_the_author_chose_is_used() -> None:
    """`{#id}` after a heading names its anchor and is no part of the heading."""
    (section,) = split_sections("## 休暇 {#leave}\n10日")

    assert (section.headings, section.anchor) == (("休暇",), "leave")


def test_headings_nest_by_level() -> None:
    """The path is the headings above, outermost first; siblings replace each other."""
    sections = split_sections("intro\n# A\na\n### B\nb\n## C\nc\n\nD\n===\nd")

    assert [section.headings for section in sections] == [
        (),
        ("A",),
        ("A", "B"),
        ("A", "C"),
        ("D",),
    ]
    assert [section.text for section in sections] == ["intro", "a", "b", "c", "d"]


@pytest.mark.parametrize(
    "text",
    [
        "```\n# no\n```",
        "~~~~\n# no\n~~~\n# no\n~~~~",
        "    # no",
        "> # no",
        "- # no",
        "#no",
        "| a |\n| --- |",
        "<!--\n# no\n-->",
    ],
)
def test_what_only_looks_like_a_heading_is_text(text: str) -> None:
    """Code, quotes, lists, tables and comments have no headings of the document."""
    (section,) = split_sections(text)

    assert (section.headings, section.text) == ((), text)


def test_a_heading_with_nothing_below_is_found_by_its_own_words() -> None:
    """Some documents say everything in their headings."""
    sections = split_sections("# 連絡先\n## 内線 1234\n## 内線 5678\n本文")

    assert [section.text for section in sections] == ["内線 1234", "本文"]


def test_marks_in_headings_are_no_part_of_them() -> None:
    """Emphasis, code, links and images leave their text."""
    (section,) = split_sections("# **強調** `code` [link](http://x) ![](i.png)\nx")

    assert section.headings == ("強調 code link",)


@given(st.lists(st.sampled_from(["# A", "## B", "text", "語", "```", "---", "- x", "", "> q"])))
def test_no_line_of_text_is_lost(lines: list[str]) -> None:
    """Every word is in some section's text or heading."""
    sections = split_sections("\n".join(lines))

    kept = "\n".join(" ".join([*section.headings, section.text]) for section in sections)
    assert {"text", "語", "A", "B"} & set("\n".join(lines).split()) <= set(kept.split())
