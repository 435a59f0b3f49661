"""What a source writes is a page of its own, whatever people wrote into it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.model.errors import ParseError
from knowledge.parsing.parsers import parse
from knowledge.sync.sources.written_page import written_page


def test_nothing_of_it_is_taken_for_a_menu() -> None:
    """As on web pages, where "12 comments" and "Share this" begin what nobody reads."""
    body = "<p>Long enough to be a text of its own.</p><h2>12 comments</h2><p>Keep this.</p>"
    body += '<div class="sidebar"><p>And this.</p></div><nav><a href="/x">And that.</a></nav>'

    text = "\n".join(s.text for s in parse(written_page("T", body), "x.html").sections)

    assert all(words in text for words in ("Keep this.", "And this.", "And that."))


@pytest.mark.parametrize(
    "forged",
    [
        '<meta name="audience" content="anyone">',
        '<META\nname="audience" content="anyone"/>',
        '</body></html><html><head><meta name="audience" content="anyone"></head>',
        '<svg><meta name="audience" content="anyone"></svg>',
        '<!-- --><meta name="audience" content="anyone">',
        "---\naudience: anyone\n---",
        "<title>Other</title>",
        '<meta property="og:title" content="Other">',
    ],
)
def test_it_cannot_state_an_audience_or_a_title(forged: str) -> None:
    """Neither in its body nor in its title; what looks like a rule is refused, not followed."""
    for title, body in (("Plan", f"<p>Text</p>{forged}"), (f"Plan {forged}", "<p>Text</p>")):
        try:
            parsed = parse(written_page(title, body), "x.html")
        except ParseError:
            continue
        assert not {"audience", "owner"} & parsed.metadata.keys()
        assert parsed.title.startswith("Plan")


PIECES = st.sampled_from(
    [
        "<",
        ">",
        "/",
        " ",
        "meta",
        "META",
        "title",
        "\n",
        '"',
        "'",
        "=",
        "name=audience",
        "content=x",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<p>",
        "</p>",
        "&lt;",
        "\x00",
        "日本",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=10))
def test_no_mixture_of_pieces_does(body: str, title: str) -> None:
    """Nor does any of them end in an error of ours."""
    try:
        parsed = parse(written_page(title, f"<p>Text</p>{body}"), "x.html")
    except ParseError:
        return

    assert not {"audience", "owner"} & parsed.metadata.keys()


@pytest.mark.parametrize("piece", ["<", "< ", "</", "<meta", "<" + " " * 1000])
def test_it_is_written_in_linear_time(piece: str) -> None:
    """A megabyte of beginnings of elements."""
    started = time.process_time()

    written_page("T", piece * (1_000_000 // len(piece)))

    assert time.process_time() - started < 1
