"""Foreign text is shown in a terminal, and does nothing there."""

import io
import json
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.printable import PrintableStream, printable, printable_json

ACTING = st.text(st.sampled_from("\x1b\x9b\x9d\x90\x07\\[]P;0m\u202e\u2066\r\n\t 答x\x00\x08\x7f"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07答え", "答え"),
        ("\x1b]8;;https://evil.example/\x1b\\here\x1b]8;;\x1b\\", "here"),
        ("\x9b31m赤い\x9b0m", "赤い"),
        ("\x1bP$q\x1b\\\x1b_x\x1b\\a", "a"),
        ("a\x1b\x1b[0m]52;c;xx\x07b", "a]52;c;xxb"),
        ("open \x1b]0;never ended\nnext", "open 0;never ended\nnext"),
        ("1\u202e2\u202c\u20663\u2069", "123"),
        ("完了\r\n\t次", "完了\n\t次"),
        ("ﾊﾝｶｸ 全角　👨‍👩‍👧", "ﾊﾝｶｸ 全角　👨‍👩‍👧"),
    ],
)
def test_what_acts_goes_and_what_is_said_stays(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text() | ACTING)
def test_nothing_that_is_left_acts(text: str) -> None:
    left = printable(text)
    assert {c for c in left if unicodedata.category(c) == "Cc"} <= {"\n", "\t"}
    assert not set(left) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert printable(left) == left


@given(st.recursive(st.text() | ACTING, lambda inner: st.dictionaries(ACTING, inner)))
def test_json_loses_nothing(data: object) -> None:
    """Programs read it: there, what acts is written as its number."""
    written = printable_json(data)
    assert json.loads(written) == data
    assert printable(written) == written


@pytest.mark.parametrize(
    "piece", ["\x1b]", "\x9d", "\x9da", "\x1b[", "\x1b[1", "\x1b ", "\x1bP\x1b"]
)
def test_a_long_text_takes_linear_time(piece: str) -> None:
    spent = time.process_time()
    printable(piece * 200_000 + "a" * 200_000)
    assert time.process_time() - spent < 2


def test_a_stream_tells_the_length_that_it_was_given() -> None:
    """And the rest of it is the stream's below."""
    below = io.StringIO()
    stream = PrintableStream(below)
    assert stream.write("\x1b[1m答え\n") == 7
    stream.writelines(["\x07a", "b\x08"])
    assert below.getvalue() == "答え\nab"
    assert not stream.isatty()
