"""Markdown is split at its headings, and citations can link to them."""

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
def test_anchors_are_those_of_github(title: str, anchor: str) -> None:
    """Letters of any script stay, punctuation is removed, and spaces become hyphens."""
    assert slug(title) == anchor


def test_equal_headings_get_numbered_anchors() -> None:
    """The second `plan` is `plan-1`, and a real `plan-1` after it gets another number."""
    sections = split_sections("# Plan\na\n# Plan\nb\n# Plan 1\nc\n# Plan\nd")

    assert [section.anchor for section in sections] == ["plan", "plan-1", "plan-1-1", "plan-2"]


def test_an_anchor_by_the_author_is_used() -> None:
    """`{#id}` after a heading sets its anchor and is not part of its text."""
    (section,) = split_sections("## 休暇 {#leave}\n10日")

    assert (section.headings, section.anchor) == (("休暇",), "leave")


def test_headings_nest_by_level() -> None:
    """The path lists the headings above, outermost first; a sibling replaces the previous one."""
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
def test_text_that_only_looks_like_a_heading_is_text(text: str) -> None:
    """Code, quotes, lists, tables and comments contain no headings."""
    (section,) = split_sections(text)

    assert (section.headings, section.text) == ((), text)


def test_a_heading_with_nothing_below_is_found_by_its_words() -> None:
    """Some documents consist of headings."""
    sections = split_sections("# 連絡先\n## 内線 1234\n## 内線 5678\n本文")

    assert [section.text for section in sections] == ["内線 1234", "本文"]


def test_markup_in_headings_is_removed() -> None:
    """Emphasis, code, links and images keep only their text."""
    (section,) = split_sections("# **強調** `code` [link](http://x) ![](i.png)\nx")

    assert section.headings == ("強調 code link",)


@given(st.lists(st.sampled_from(["# A", "## B", "text", "語", "```", "---", "- x", "", "> q"])))
def test_no_line_of_text_is_lost(lines: list[str]) -> None:
    """Every word is in the text or heading of a section."""
    sections = split_sections("\n".join(lines))

    kept = "\n".join(" ".join([*section.headings, section.text]) for section in sections)
    assert {"text", "語", "A", "B"} & set("\n".join(lines).split()) <= set(kept.split())
