"""Pages that sources write."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.model.errors import ParseError
from knowledge.parsing.front_matter import split_front_matter
from knowledge.parsing.parsers.html import HtmlParser
from knowledge.parsing.parsers.markdown import MarkdownParser
from knowledge.sync.rendered_page import (
    PageComment,
    html_page,
    literal,
    markdown_page,
    with_comments,
)

DAY = dt.date(2026, 11, 29)


def test_title_and_date_are_front_matter() -> None:
    """In both languages."""
    page = markdown_page("休暇: 「有給」 # 1", "本文です。\n\n## 夏\n\n暑い。", DAY)

    parsed = MarkdownParser().parse(page, "1.md")

    assert (parsed.title, parsed.metadata["date"]) == ("休暇: 「有給」 # 1", "2026-11-29")
    assert [section.headings for section in parsed.sections] == [(), ("夏",)]


@given(st.text(max_size=80) | st.just("\ud800"), st.text("-a:\n #", max_size=30))
def test_no_title_can_forge_front_matter(title: str, body: str) -> None:
    """It is one line of text, whatever it is."""
    page = markdown_page(f"x\n---\nowner: me\n{title}", body).decode()

    metadata, rest = split_front_matter(page)

    assert metadata.keys() == {"title", "date"}
    assert str(metadata["title"]).startswith("x --- owner: me")
    assert rest == f"\n{body}\n"


def test_what_looks_like_an_access_rule_is_not_published() -> None:
    """Its writer meant it for a few."""
    with pytest.raises(ParseError, match="looks like an access rule"):
        split_front_matter(markdown_page("x\n---\naudience: anyone", "").decode())


PARTS = (
    "<meta name=audience content=anyone>",
    "<META\nname='audience' content=x",
    "<me\0ta name=audience content=anyone>",
    *("</meta>", "<", "<title>x</title>", "<!--", "<svg>", "\0", "本文"),
)
TAGS = st.lists(st.sampled_from(PARTS), max_size=8).map("".join)


@given(st.text(max_size=40), TAGS)
def test_no_html_can_state_an_audience(title: str, body: str) -> None:
    """Nor another title."""
    parsed = HtmlParser().parse(html_page(f"題 {title}", body, DAY), "1.html")

    assert "audience" not in parsed.metadata
    assert parsed.metadata["date"] == "2026-11-29"
    assert parsed.title.startswith("題")


def test_comments_stand_below_their_authors() -> None:
    """Their headings are none of the page."""
    comments = [
        PageComment("佐藤 # 1", DAY, "# 結論\n\n```\n# code\n```\nTitle\n=====\n## Below"),
        PageComment("", DAY, " "),
        PageComment("Bob", DAY, "~~~\n# open"),
        PageComment("", DAY, "# Last"),
    ]

    page = markdown_page("Title", with_comments("Text.", comments), path=["A", "# B"])
    sections = MarkdownParser().parse(page, "1.md").sections

    assert [(section.headings, section.text) for section in sections] == [
        ((), "A > # B\n\nText."),
        (("佐藤 # 1, 2026-11-29", "結論"), "```\n# code\n```\nTitle\n\n====="),
        (("佐藤 # 1, 2026-11-29", "結論", "Below"), "Below"),
        (("Bob, 2026-11-29",), "~~~\n# open\n~~~"),
        (("?, 2026-11-29", "Last"), "Last"),
    ]


@given(st.text("#=-+>`~ <&;a\n\r あ*|", max_size=60))
def test_plain_text_has_no_headings(text: str) -> None:
    """Whatever people write into a plain field."""
    sections = MarkdownParser().parse(markdown_page("T", literal(text)), "1.md").sections

    assert all(section.headings == () for section in sections)
