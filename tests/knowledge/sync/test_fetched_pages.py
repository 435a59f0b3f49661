"""Pages that came with a listing."""

import gc
import threading
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from knowledge.sync.fetched_pages import FetchedPages


@given(st.lists(st.tuples(st.sampled_from("abc"), st.binary(max_size=50)), max_size=20))
def test_a_page_is_taken_once_as_it_was_put(steps: list[tuple[str, bytes]]) -> None:
    """The last one of a name; an empty page is a page."""
    pages, kept = FetchedPages(), dict[str, bytes]()
    for number, (name, page) in enumerate(steps):
        pages.put(name, page)
        kept[name] = page
        if number % 3 == 2:
            assert pages.take(name) == kept.pop(name)
            assert pages.take(name) is None

    for name, page in kept.items():
        assert pages.take(name) == page


def test_pages_can_be_forgotten() -> None:
    """A new listing begins without them."""
    pages = FetchedPages()
    pages.put("a", b"1")
    pages.clear()
    pages.put("b", b"2")

    assert (pages.take("a"), pages.take("b")) == (None, b"2")


def test_several_threads_may_take_pages() -> None:
    """Each gets its own."""
    pages, wrong = FetchedPages(), list[str]()
    for number in range(400):
        pages.put(str(number), str(number).encode() * 50)

    def take(first: int) -> None:
        for number in range(first, 400, 4):
            if pages.take(str(number)) != str(number).encode() * 50:
                wrong.append(str(number))

    threads = [threading.Thread(target=take, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_the_file_goes_with_the_object(tmp_path: Path) -> None:
    """It has no name, and is closed without a warning."""
    pages = FetchedPages()
    pages.put("a", b"1")
    file = pages._file

    del pages
    gc.collect()

    assert file.closed
