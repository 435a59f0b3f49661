"""What mail servers write, in any order and of any kind."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.sync.sources.imap_connection import TooMuchError, _facts, _quoted, _uids


def test_facts_are_read_in_any_order() -> None:
    """The literal may stand before the rest, and a keyword may be called UID."""
    day = b'INTERNALDATE " 4-May-2026 23:59:59 -0700" '
    head = b"BODY[HEADER.FIELDS (MESSAGE-ID)] {21}"
    replies = [
        (
            b"1 (FLAGS (UID 9 \\Seen) UID 7 RFC822.SIZE 5 " + day + head,
            b"Message-ID: <a@b>\r\n\r\n",
        ),
        b")",
        (b"2 (" + head, b"Message-ID: \r\n <c@d>\r\n\r\n"),
        b' UID 8 RFC822.SIZE 6 FLAGS (\\DELETED) INTERNALDATE "31-Feb-2026 00:00:00 +0000")',
        b"3 (FLAGS (\\Seen))",
        None,
    ]
    first, second = _facts(replies)

    assert (first.uid, first.size, first.deleted, first.message_id) == (7, 5, False, "a@b")
    assert first.day == dt.date(2026, 5, 4)
    assert (second.uid, second.size, second.deleted, second.message_id) == (8, 6, True, "c@d")
    assert second.day is None


def test_uids_that_are_gone_may_be_ranges() -> None:
    """A range that never ends is refused."""
    assert _uids([b"(EARLIER) 41,43:45,9:8", None, b"50"]) == [41, 43, 44, 45, 8, 9, 50]
    with pytest.raises(TooMuchError):
        _uids([b"(EARLIER) 1:4294967295"])


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_folder_names_are_quoted(name: str) -> None:
    """Modified UTF-7 is UTF-7 with other signs; a quotation mark ends no name."""
    quoted = _quoted(name)
    assert quoted.isascii()
    inner = quoted[1:-1].replace('\\"', "\0").replace("\\\\", "\1")
    assert '"' not in inner
    assert "\\" not in inner
    shifted = inner.replace("&-", "\2").split("&")
    back = shifted[0] + "".join(
        f"+{part.partition('-')[0].replace(',', '/')}-".encode().decode("utf-7")
        + part.partition("-")[2]
        for part in shifted[1:]
    )
    assert back.replace("\0", '"').replace("\1", "\\").replace("\2", "&") == name


@given(
    st.lists(
        st.binary(max_size=80)
        | st.tuples(st.binary(max_size=80), st.binary(max_size=80))
        | st.none()
    )
)
def test_any_reply_is_survived(replies: list[object]) -> None:
    """Whatever a server writes."""
    assert all(one.uid >= 0 for one in _facts(replies))
