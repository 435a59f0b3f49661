"""Formatted text as HTML: what people wrote stays text."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workspace.page.blocks import render
from bot.workspace.page.markup import MentionNames, markdown, mrkdwn

NAMES = MentionNames({"U1": "hanako", "S1": "people-team"}, {"C1": "ごみ相談"})
ALLOWED = {
    *("a", "b", "i", "s", "em", "strong", "code", "pre", "blockquote", "br", "hr", "p", "span"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "div"),
    *("h1", "h2", "h3", "h4", "h5", "h6"),
}
NASTY = st.text(
    alphabet=st.sampled_from(list("<>&\"'`*_~|[]()!:/@#U1 \n\\-abjavscriptonerr=あ0\ue000\ue001"))
)


class Reader(HTMLParser):
    """Notes every element, and every address and handler in it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _it_ ~no~ `a *b*`", "<b>bold</b> <i>it</i> <s>no</s> <code>a *b*</code>"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("&lt;script&gt; &amp;amp;", "&lt;script&gt; &amp;amp;"),
        ("<@U1> <#C1> <!subteam^S1>", None),
        ("&gt; 引用\n続き", "<blockquote>引用</blockquote>続き"),
        ("<javascript:alert(1)|ここ>", "ここ"),
        (":+1: :unknown_one:", "👍 :unknown_one:"),
    ],
)
def test_slack_markup(text: str, html: str | None) -> None:
    """Bold, code, quotations, mentions and links look as in Slack; the rest is text."""
    shown = mrkdwn(text, NAMES)

    if html is None:
        assert [word in shown for word in ("@hanako", "#ごみ相談", "@people-team")] == [True] * 3
    else:
        assert shown == html


def test_markdown_has_tables_and_no_html() -> None:
    """A table is a table, a tag is text, a picture is its description."""
    html = markdown(
        "|分別|曜日|\n|-|-|\n|缶|月|\n\n<img src=x> ![秘密](https://a.example/x)", NAMES
    )

    assert "<td>缶</td>" in html
    assert read(html).tags.isdisjoint({"img", "script"})
    assert "秘密" in html


def test_links_open_outside_and_leave_no_trace() -> None:
    """A link leads to the web, in a tab that knows nothing of this page."""
    html = markdown("[手引き](https://docs.example/a?b=1&c=2)", NAMES)

    assert 'href="https://docs.example/a?b=1&amp;c=2"' in html
    assert 'rel="noopener noreferrer"' in html
    assert "href" not in markdown("[x](data:text/html,1)", NAMES)


@given(NASTY)
def test_no_text_becomes_an_element_of_its_own(text: str) -> None:
    """Whatever is written, there are only our elements, web addresses, and no handlers."""
    for html in (
        mrkdwn(text, NAMES),
        markdown(text, NAMES),
        render([{"type": "header", "text": {"type": "plain_text", "text": text}}], NAMES),
    ):
        found = read(html)
        assert found.tags <= ALLOWED
        for name, value in found.attributes:
            assert not name.startswith("on")
            if name == "href":
                assert (value or "").startswith(("http://", "https://", "mailto:"))


@given(NASTY)
def test_values_cannot_leave_their_attributes(text: str) -> None:
    """A button carries what the app put into it, whatever that is."""
    button = {
        "type": "button",
        "action_id": text,
        "value": text,
        "text": {"type": "plain_text", "text": text or "x"},
    }
    found = read(render([{"type": "actions", "elements": [button]}], NAMES))

    assert ("data-action", text) in found.attributes or "\n" in text
    assert found.tags <= ALLOWED | {"button"}


@pytest.mark.parametrize(
    "text",
    [
        "```<@U1>\ncode\n```",
        "~~~ <https://docs.example/|a> x\n日本\n~~~",
        '```a" onclick="x <!here>\ncode\n```',
        "[a](https://docs.example/<@U1>)",
        "[a](<https://docs.example/`x`> '<@U1>')",
        "<https://docs.example/`<b>`|`code`>",
    ],
)
def test_a_held_piece_gets_into_no_attribute(text: str) -> None:
    """A mention in the language of a code block, or in an address, would end the attribute."""
    for html in (markdown(text, NAMES), mrkdwn(text, NAMES)):
        reader = Reader()
        reader.feed(html)
        assert reader.tags <= ALLOWED
        known = {"href", "target", "rel", "class"}
        assert {name for name, _ in reader.attributes} <= known, html
        assert not any("<" in (value or "") for _, value in reader.attributes), html


@pytest.mark.parametrize(
    "text",
    [
        "<@\ue0000\ue001>",
        "<!x|\ue0000\ue001>",
        "`\ue0000\ue001` <@U1|\ue0001\ue001>",
        "\ue0000\ue001",
    ],
)
def test_private_characters_do_not_stand_for_pieces(text: str) -> None:
    """A piece that held itself would be put in for ever."""
    names = MentionNames({"U1": "花子\ue0000\ue001", "0": "\ue0000\ue001"}, {})
    for html in (markdown(text, names), mrkdwn(text, names)):
        assert "\ue000" not in html
