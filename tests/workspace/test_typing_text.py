"""What people type, and how it travels."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workspace.plain_text import readable, unescape
from bot.workspace.typed_text import escape, rich_text, typed, with_tokens

any_text = st.text(st.sampled_from("ab<>&;@#!|`/ \nltgampU1有給:hs"), max_size=60)


@given(any_text)
def test_escaping_can_be_undone(text: str) -> None:
    """`unescape` undoes `escape`, whatever entities the text contains itself."""
    assert unescape(escape(text)) == text


@given(any_text)
def test_only_tokens_keep_their_angle_brackets(text: str) -> None:
    """Outside of Slack's tokens there is no raw `<` in what travels."""
    rest = re.sub(r"<(?:@[UW][A-Z0-9]+|https?://[^<>]+|!here)(?:\|[^<>]*)?>", "", typed(text))
    assert "<" not in rest


@given(st.text(st.sampled_from("ab<>& \n有給"), max_size=40))
def test_text_without_tokens_reads_as_it_was_typed(text: str) -> None:
    """Both the text and the rich text block show what the person typed."""
    stored = typed(text)
    assert readable([], stored) == text
    assert readable([rich_text(stored, "b")], "") == text


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a < b && c", "a &lt; b &amp;&amp; c"),
        ("<@U0AB> 有給は?", "<@U0AB> 有給は?"),
        ("<!channel> hi", "<!channel> hi"),
        ("<!nobody> hi", "&lt;!nobody&gt; hi"),
        ("see https://x.example/a?b=1&c=2.", "see <https://x.example/a?b=1&amp;c=2>."),
        ("規程はhttps://x.example/規程。", "規程は<https://x.example/規程>。"),
    ],
)
def test_typed_text_is_escaped_and_links_are_bracketed(text: str, stored: str) -> None:
    """Mentions and broadcasts stay tokens; unknown ones and stray brackets do not."""
    assert typed(text) == stored


def test_rich_text_names_users_channels_and_links() -> None:
    """The block of a message says in structure what the text says in tokens."""
    block = rich_text(typed("<@U1A> in <#C2B> read https://x.example/a"), "b1")
    assert block["elements"] == [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "user", "user_id": "U1A"},
                {"type": "text", "text": " in "},
                {"type": "channel", "channel_id": "C2B"},
                {"type": "text", "text": " read "},
                {"type": "link", "url": "https://x.example/a"},
            ],
        }
    ]


def test_commands_turn_known_names_into_tokens() -> None:
    """With `should_escape` a known `@name` becomes a token, an unknown one stays."""
    assert with_tokens("ask @bob or @eve", {"@bob": "<@U2|bob>"}) == "ask <@U2|bob> or @eve"
