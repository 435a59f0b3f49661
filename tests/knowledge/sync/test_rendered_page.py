"""Pages that sources write."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.model.errors import ParseError
from knowledge.parsing.front_matter import split_front_matter
from knowledge.parsing.parsers.markdown import MarkdownParser
from knowledge.sync.rendered_page import markdown_page

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
