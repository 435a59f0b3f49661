"""Pages that sources render: of what people wrote into them, nothing says who reads them."""

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.model.errors import ParseError
from knowledge.model.types import ParsedFile
from knowledge.parsing.front_matter import rendered_front_matter
from knowledge.parsing.options import ReadingOptions
from knowledge.parsing.parsers import parse
from knowledge.parsing.parsers.markdown import MarkdownParser
from knowledge.sync.rendered_page import (
    PageComment,
    html_page,
    literal,
    markdown_page,
    with_comments,
)
from knowledge.sync.sources.threads import Thread, ThreadComment, markdown
from tests.safety.front_matter_forms import HEADS

DAY = dt.date(2026, 11, 29)
RULES = st.sampled_from(list(HEADS.values())) | st.sampled_from(
    ["audience: x", "---\naudience: anyone\n---", "公開範囲: 人事部のみ", "対象: 人事部のみ"]
)


def read(page: bytes, name: str) -> ParsedFile:
    """Parse a page as a sync does that knows who rendered it."""
    return parse(page, name, options=ReadingOptions(rendered=True))


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

    metadata, rest = rendered_front_matter(page)

    assert metadata.keys() == {"title"}
    assert str(metadata["title"]).startswith("x --- owner: me")
    assert rest == f"\n{body}\n"


@given(RULES)
def test_a_comment_neither_hides_a_page_nor_says_who_reads_it(rule: str) -> None:
    """Whoever may comment on an issue would keep it out of the index; and no page loses a word."""
    said = with_comments("The cause is the pump.", [PageComment("Eve", DAY, f"{rule}\n\nEND")])
    quoted = [ThreadComment("eve", "2026-11-29", f"{rule}\n\nEND")]
    pages = {
        "1.md": (markdown_page("Issue", said, DAY), markdown(Thread("Issue", [], quoted))),
        "1.html": (html_page("Issue", f"<p>{rule}</p><p>END</p>", DAY),),
    }
    for name, written in pages.items():
        for page in written:
            parsed = read(page, name)
            assert not {"audience", "owner"} & parsed.metadata.keys()
            assert parsed.title == "Issue"
            assert "END" in parsed.sections[-1].text


@pytest.mark.parametrize(
    "rule", ["audience: ['#hr']", "公開範囲: 人事部のみ", "---\naudience: x\n---"]
)
def test_a_file_with_the_same_bytes_stays_hidden(rule: str) -> None:
    """Only a source says that it has rendered a page; nothing in a file can."""
    pages = (markdown_page("Issue", rule, DAY), markdown(Thread("Issue", [rule], [])))
    for page in pages:
        with pytest.raises(ParseError, match="looks like an access rule"):
            parse(page, "1.md")
    with pytest.raises(ParseError, match="looks like an access rule"):
        parse(html_page("Issue", "<p>audience: #hr</p>"), "1.html")


@pytest.mark.parametrize(
    "forged",
    [
        '<meta name="audience" content="anyone">',
        '<META\nname="audience" content="anyone"/>',
        '</body></html><html><head><meta name="audience" content="anyone"></head>',
        '<svg><meta name="audience" content="anyone"></svg>',
        '<!-- --><meta name="audience" content="anyone">',
        '<me\0ta name="last-modified" content="2020-01-01">',
        '<script>{"dateModified": "2020-01-01"}</script>',
        "---\naudience: anyone\n---",
        "<title>Other</title>",
        '<meta property="og:title" content="Other">',
    ],
)
def test_no_html_states_anything_of_the_page(forged: str) -> None:
    """Neither in its body nor in its title."""
    for title, body in (("Plan", f"<p>Text</p>{forged}"), (f"Plan {forged}", "<p>Text</p>")):
        for day in (DAY, None):
            parsed = read(html_page(title, body, day), "x.html")
            assert parsed.metadata == {"date": day.isoformat() if day else ""}
            assert parsed.title.startswith("Plan")
            assert "Text" in parsed.sections[0].text


PIECES = st.sampled_from(
    [
        *("<", ">", "/", " ", "meta", "META", "title", "script", "\n", '"', "'", "="),
        *("name=audience", "name=last-modified", "content=x", "content=2020-01-01", "<!--", "-->"),
        *("<![CDATA[", "]]>", "<p>", "</p>", "<h1>", "&lt;", "\x00", "日本"),
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=10))
def test_no_mixture_of_pieces_does(body: str, title: str) -> None:
    """Nor does any of them end in an error of ours."""
    try:
        parsed = read(html_page(f"題 {title}", f"<p>Text</p>{body}", DAY), "x.html")
    except ParseError:
        return

    assert parsed.metadata == {"date": "2026-11-29"}
    assert parsed.title.startswith("題")


def test_nothing_of_a_page_is_taken_for_a_menu() -> None:
    """As on web pages, where "12 comments" and "Share this" begin what nobody reads."""
    body = "<p>Long enough to be a text of its own.</p><h2>12 comments</h2><p>Keep this.</p>"
    body += '<div class="sidebar"><p>And this.</p></div><nav><a href="/x">And that.</a></nav>'

    text = "\n".join(section.text for section in read(html_page("T", body), "x.html").sections)

    assert all(words in text for words in ("Keep this.", "And this.", "And that."))


@pytest.mark.parametrize("piece", ["<", "< ", "</", "<meta", "<" + " " * 1000])
def test_a_page_is_written_in_linear_time(piece: str) -> None:
    """A megabyte of beginnings of elements."""
    started = time.process_time()

    html_page("T", piece * (1_000_000 // len(piece)))

    assert time.process_time() - started < 1


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
