"""A listing by numbers is whole, though the list moves while it is read."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.model.errors import SourceError
from knowledge.sync.sources.atlassian import NumberedPage, numbered_items


@given(
    st.integers(0, 40),
    st.integers(2, 7),
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 39)), max_size=3),
)
def test_what_is_there_all_the_time_is_listed_once(
    count: int, size: int, deletions: list[tuple[int, int]]
) -> None:
    """Items may be deleted after any call."""
    items = list(range(count))
    calls = 0

    def fetch(start: int) -> NumberedPage[int]:
        nonlocal calls
        calls += 1
        page = items[start : start + size]
        more = start + size < len(items)
        for call, item in deletions:
            if call == calls and item in items:
                items.remove(item)
        return page, more

    found = list(numbered_items("wiki", fetch, lambda item: item))

    assert len(found) == len(set(found))
    assert set(items) <= set(found) <= set(range(count))


def test_a_list_that_never_rests_is_an_error() -> None:
    """Rather than one with holes."""
    numbers = random.Random(1)

    def fetch(start: int) -> NumberedPage[int]:
        return [numbers.randrange(10**9) for _ in range(5)], True

    with pytest.raises(SourceError, match="kept changing"):
        list(numbered_items("wiki", fetch, lambda item: item))


@pytest.mark.parametrize("page", [[1], [1, 2, 3]])
def test_a_site_that_ignores_the_number_is_an_error(page: Sequence[int]) -> None:
    """Rather than a listing without end."""
    with pytest.raises(SourceError, match="kept changing"):
        list(numbered_items("wiki", lambda _: (page, True), lambda item: item))
