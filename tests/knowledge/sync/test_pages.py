"""Lists of a vendor that come in pages."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.model.errors import SourceError
from knowledge.sync.pages import linked_pages, pages_by_offset


@given(st.integers(0, 30), st.integers(2, 7))
def test_all_items_of_a_list_are_yielded_once(count: int, size: int) -> None:
    """However many fit on a page."""
    listed = list(range(count))

    def fetch(offset: int, most: int) -> Sequence[int]:
        return listed[offset : offset + most]

    assert list(pages_by_offset("docs", fetch, int, size)) == listed


@given(st.integers(0, 29), st.integers(0, 9))
def test_a_deletion_leaves_nothing_out(gone: int, when: int) -> None:
    """What was there all the time is listed, or the listing breaks off."""
    listed = list(range(30))
    calls = 0

    def fetch(offset: int, most: int) -> Sequence[int]:
        nonlocal calls
        if calls == when and gone in listed:
            listed.remove(gone)
        calls += 1
        return listed[offset : offset + most]

    try:
        found = list(pages_by_offset("docs", fetch, int, 5))
    except SourceError:
        return

    assert set(found) >= set(range(30)) - {gone}


def test_pages_follow_their_links() -> None:
    """To the one that names no other."""
    pages: dict[str, tuple[list[int], str | None]] = {"a": ([1], "b"), "b": ([2], None)}

    assert list(linked_pages("docs", "a", pages.__getitem__, iter)) == [[1], [2]]


def test_a_list_without_an_end_is_an_error() -> None:
    """A vendor that tells the same page again and again keeps no sync running for ever."""
    pages: dict[str, tuple[list[int], str | None]] = {"a": ([1], "b"), "b": ([1], "a")}

    with pytest.raises(SourceError, match="does not end"):
        list(linked_pages("docs", "a", pages.__getitem__, iter))
