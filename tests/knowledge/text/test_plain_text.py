"""Texts lose only the characters that cannot be stored."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text.plain_text import MOST_LEVELS, plain_json

ANY = st.text(st.characters(), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY,
    lambda inner: st.lists(inner) | st.dictionaries(ANY, inner),
)


@given(JSON)
def test_every_text_and_name_can_be_stored(value: object) -> None:
    """At any depth; and plain text stays unchanged."""
    plain = plain_json(value)
    written = json.dumps(plain, ensure_ascii=False)

    assert "\\u0000" not in written
    assert written.encode().decode() == written
    assert plain_json(plain) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("有給\ud800は？", "有給\ufffdは？"),
        ("leave\udfff?", "leave\ufffd?"),
        ("a\x00b\x1b[31m\x7f", "a b [31m "),
        ("一行目\n\t二行目\r\n", "一行目\n\t二行目\r\n"),
        ("😀𠮷👨‍👩‍👧 café", "😀𠮷👨‍👩‍👧 café"),
    ],
)
def test_only_unstorable_characters_are_replaced(text: str, plain: str) -> None:
    """Emoji, rare characters and line ends stay."""
    assert plain_json(json.loads(json.dumps({"a": [text]}))) == {"a": [plain]}


def test_deep_nesting_ends() -> None:
    """Values deeper than anything in Slack's messages are dropped."""
    deep: object = "x"
    for _ in range(900):
        deep = [deep]

    assert json.dumps(plain_json(deep)) == "[" * MOST_LEVELS + "null" + "]" * MOST_LEVELS


def test_a_megabyte_of_unusual_text_takes_little_time() -> None:
    """Measured in processor time."""
    spent = time.process_time()
    plain_json({"text": "\ud800\x00" * 500_000})

    assert time.process_time() - spent < 2
