"""What a model writes can be read, but never acts."""

import re
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.core.markdown import open_fence
from bot.slack.client.escape import label, markdown, mrkdwn

PING = re.compile(r"<(?:@[UW]|![a-z])")
PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")

KNOWN = ["https://a.example/?x=1&y=2"]
PIECES = st.sampled_from(
    [
        "<!channel>",
        "<!here>",
        "<!everyone|all>",
        "<@U123ABC>",
        "<#C123ABC|general>",
        "<!subteam^S1|@hr>",
        "<https://evil.example|https://good.example>",
        "<mailto:a@b.example|click>",
        "`",
        "``",
        "```",
        "```\n",
        "\n```\n",
        "\n",
        "\\",
        "&",
        "&lt;",
        ">",
        "<",
        " ",
        "答え",
        "word",
        "~~~",
        "    ",
        "- ",
        "> ",
        "| a | b |",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_text_pings_anybody_not_even_in_code(text: str) -> None:
    """Wherever code begins or ends, no token that notifies people is left."""
    assert not PING.search(markdown(text))


@given(st.lists(PIECES, max_size=30).map("".join))
def test_outside_code_no_token_is_left(text: str) -> None:
    """An independent Markdown parser must agree with us on what is code."""
    escaped = markdown(text).replace("&lt;", "(")

    assert not any("<" in text for text in _texts(PARSER.parse(escaped)))


def _texts(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in {"text", "html_inline", "html_block"}:
            yield token.content
        yield from _texts(token.children or ())


@given(st.lists(PIECES, max_size=30).map("".join))
def test_escaping_twice_changes_nothing(text: str) -> None:
    """Parts of an escaped text are escaped again after splitting; readers must not see that."""
    assert markdown(markdown(text)) == markdown(text)


@given(st.text(alphabet="<>&!@#|`\\ \nU1channel答え", max_size=200))
def test_without_backticks_every_less_than_sign_is_escaped(text: str) -> None:
    """Only code may keep the sign."""
    assert "<" not in markdown(text.replace("`", ""))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a < b && c > d", "a &lt; b && c > d"),
        ("> 引用です", "> 引用です"),
        ("`if a < b`", "`if a < b`"),
        ("```html\n<p>段落</p>\n```", "```html\n<p>段落</p>\n```"),
        ("[規程](https://a.example/?x=1&y=2)", "[規程](https://a.example/?x=1&y=2)"),
        ("\\`<!channel>\\`", "\\`&lt;!channel>\\`"),
        ("` <!channel>", "` &lt;!channel>"),
        ("全員へ <!channel> です", "全員へ &lt;!channel> です"),
    ],
)
def test_what_is_harmless_stays_readable(written: str, shown: str) -> None:
    """Comparison, quotation, code and links look as they were meant."""
    assert markdown(written, KNOWN) == shown


def test_an_open_code_block_is_known_by_its_first_line() -> None:
    """A shorter run of backticks inside does not close it."""
    assert open_fence("text\n````python\n```\nx = 1") == "````python"
    assert open_fence("```\nx\n```\nafter") == ""


def test_plain_text_is_escaped_for_slacks_own_markup() -> None:
    """Titles and messages of others go through this."""
    assert mrkdwn("<!here> & <b>") == "&lt;!here&gt; &amp; &lt;b&gt;"
    assert mrkdwn("see https://evil.example/x") == "see hxxps://evil[.]example/x"
    assert label("README.md | <x>") == "README.md | &lt;x&gt;"
