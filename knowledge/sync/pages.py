"""Lists of a vendor that come in pages."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from knowledge.model.errors import SourceError

Item = TypeVar("Item")
Page = TypeVar("Page")
Link = TypeVar("Link")


def linked_pages(
    source: str,
    first: Link,
    fetch: Callable[[Link], tuple[Page, Link | None]],
    keys: Callable[[Page], Iterable[Hashable]],
) -> Iterator[Page]:
    """Yield the pages of a list, each of which tells where the next one is.

    Args:
        source: The source's name, for the message.
        first: Where the first page is.
        fetch: Returns a page and where the next one is, or None after the last one.
        keys: Returns what tells the items of a page from others.

    Raises:
        SourceError: when the pages never end: one brings nothing new, and promises more.
    """
    seen, link = set[Hashable](), first
    while True:
        page, following = fetch(link)
        before = len(seen)
        seen.update(keys(page))
        yield page
        if following is None:
            return
        if len(seen) == before:
            raise SourceError(f"source {source!r}: its list does not end: try again later")
        link = following


def pages_by_offset(
    source: str,
    fetch: Callable[[int, int], Sequence[Item]],
    key: Callable[[Item], Hashable],
    size: int,
) -> Iterator[Item]:
    """Yield all items of a list that is ordered by age, oldest first.

    When an item is deleted meanwhile, those behind it move up, and one would be left out. So each
    page begins with the last item of the page before, which must still be there.

    Args:
        source: The source's name, for the message.
        fetch: Returns up to so many items (second argument) from a place (first argument).
        key: What tells an item from the others.
        size: The vendor's largest page.

    Raises:
        SourceError: when the list changed meanwhile.
    """
    page = fetch(0, size)
    yield from page
    place = len(page) - 1
    while len(page) == size:
        last = key(page[-1])
        page = fetch(place, size)
        if not page or key(page[0]) != last:
            raise SourceError(
                f"source {source!r}: something was deleted while it was listed: the next sync "
                "lists it again"
            )
        yield from page[1:]
        place += len(page) - 1
