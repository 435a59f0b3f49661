"""Running heads and feet: lines at the edge of pages that are not part of the text."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.parsing.pdf.fragments import Fragment, PageText

_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"[-–—\[(【<]?\s?(?:page|p\.|pg\.?|seite|ページ|頁|第)?\s?\d{1,6}\s?(?:頁|ページ|page)?"
    r"(?:\s?(?:/|of|／|中|von)\s?全?\s?\d{1,6}\s?(?:頁|ページ|pages)?)?\s?[-–—\])】>]?",
    re.IGNORECASE,
)
_SAYS_PAGE = re.compile(
    r"(?:\bpage|\bp\.|ページ|頁)\s?\d|(?<!\d)\d{1,6}\s?(?:/|of|／)\s?\d|\d\s?(?:ページ|頁)",
    re.IGNORECASE,
)
_COUNTED = "\0"
"""What stands for the number in a line that counts the pages."""

_COUNT = re.compile(
    rf"(?:\bpage|\bpg?\.|\bseite|ページ|頁|第)?\s?{_COUNTED}"
    r"(?:\s?(?:/|of|／|中|von)\s?全?\s?\d{1,6})?\s?(?:pages?\b|頁|ページ)?",
    re.IGNORECASE,
)
_AROUND = " \t-–—|｜/／・:：,、.()[]"
_LONGEST = 200
_ROWS = 4
"""Rows at an edge of a page that may be running ones."""

_ZONE, _SHORT_ZONE = 0.15, 0.11
"""Share of a page's height at its top and bottom; of a document with less than six pages."""

_SHARE = 0.6
"""Share of the pages between the first and the last occurrence that have a running line."""

_NEAR = 3.0
"""Points by which the place of a running line differs from page to page."""


@dataclass(slots=True)
class _Occurrence:
    page: int
    fragment: Fragment
    numbers: tuple[int, ...]


def remove_running_lines(pages: Sequence[PageText]) -> list[tuple[int, str]]:
    """Remove running heads, feet and page numbers from *pages*.

    Such a line stands at the same place of most pages, or of most left or right ones, and is equal
    there but for a number that counts the pages. In a short document only what three pages have in
    common counts, and page numbers.

    Returns:
        Each line once, without numbers of pages: the first page (from 1) that has it, and its text.
    """
    removed = defaultdict[str, list[tuple[int, str]]](list)
    if len(pages) < 2:
        return []
    zone = _ZONE if len(pages) > 5 else _SHORT_ZONE
    for is_top in (True, False):
        rows = [_edge_rows(page, zone, is_top=is_top) for page in pages]
        running = _running(rows, pages)
        for number, (page, page_rows) in enumerate(zip(pages, rows, strict=True), 1):
            gone = _peeled(page_rows, running)
            if 0 < len(gone) < len(page.fragments):
                for part in page.fragments:
                    if id(part) in gone:
                        removed[_NUMBER.sub("#", part.text)].append((number, part.text))
                page.fragments = [part for part in page.fragments if id(part) not in gone]
    return sorted(line for lines in removed.values() for line in _stated(lines))


def _stated(lines: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield what lines say that are equal but for numbers, each with its first page.

    Those whose text no other page has count the pages: they are one line, without that number.
    """
    pages = defaultdict[str, list[int]](list)
    for page, text in lines:
        pages[text].append(page)
    counting = list[str]()
    for text, having in pages.items():
        if _PAGE_NUMBER.fullmatch(text):
            continue
        if len(having) > 1:
            yield having[0], text
        else:
            counting.append(text)
    if counting:
        text = counting[0]
        numbers = zip(*map(_NUMBER.finditer, (counting[0], counting[-1])), strict=True)
        for one, last in reversed(list(numbers)):
            if one[0] != last[0]:
                text = text[: one.start()] + _COUNTED + text[one.end() :]
        yield pages[counting[0]][0], _COUNT.sub(" ", text).strip(_AROUND)


_Rows = list[list[Fragment]]


def _edge_rows(page: PageText, zone: float, *, is_top: bool) -> _Rows:
    """Return the rows at one edge of a page, from the outside in, and the first one after them."""
    parts = [part for part in page.fragments if not part.field and not part.turned]
    parts.sort(key=lambda part: -part.top if is_top else part.bottom)
    rows: _Rows = []
    for part in parts:
        if rows and abs(rows[-1][0].middle - part.middle) < 0.6 * part.size:
            rows[-1].append(part)
            continue
        distance = page.height - part.top if is_top else part.bottom
        if len(rows) > _ROWS or (rows and distance > zone * page.height + 4 * part.size):
            break
        rows.append([part])
    inside = [
        row
        for row in rows[:_ROWS]
        if (page.height - row[0].bottom if is_top else row[0].top) <= zone * page.height
    ]
    return rows[: len(inside) + 1]


def _running(rows: Sequence[_Rows], pages: Sequence[PageText]) -> set[int]:
    """Return the ids of the fragments that are running lines."""
    places = defaultdict[tuple[str, int], list[_Occurrence]](list)
    for number, page_rows in enumerate(rows):
        for part in (part for row in page_rows[:_ROWS] for part in row):
            if len(part.text) <= _LONGEST and (len(part.text) > 1 or part.text.isdecimal()):
                numbers = tuple(
                    int(found) for found in _NUMBER.findall(part.text)[:9] if len(found) < 9
                )
                key = _NUMBER.sub("#", part.text)
                places[key, round(part.middle / _NEAR / 2)].append(
                    _Occurrence(number, part, numbers)
                )
    running = set[int]()
    for (key, place), here in places.items():
        near = here + places.get((key, place + 1), []) + places.get((key, place - 1), [])
        for group in _groups(near, len(pages)):
            running |= {id(occurrence.fragment) for occurrence in group}
    return running


def _groups(found: Sequence[_Occurrence], pages: int) -> Iterator[list[_Occurrence]]:
    """Yield the occurrences that are one running line: of all pages, of left or of right ones."""
    for step in (1, 2):
        for rest in range(step):
            kinds = defaultdict[tuple[object, ...], list[_Occurrence]](list)
            for occurrence in found:
                if occurrence.page % step == rest:
                    for kind in _kinds(occurrence):
                        kinds[kind].append(occurrence)
            for group in kinds.values():
                if len(group) > 1 and _is_running(
                    {occurrence.page for occurrence in group}, group[0], pages, step
                ):
                    yield group


def _kinds(occurrence: _Occurrence) -> Iterator[tuple[object, ...]]:
    """Yield what equal lines have in common: an edge, and numbers, of which one counts pages."""
    part, numbers = occurrence.fragment, occurrence.numbers
    sides = (part.left, part.right, (part.left + part.right) / 2)
    for side, x in enumerate(sides):
        place = side, round(x / _NEAR)
        yield (*place, "same", *numbers)
        for position, number in enumerate(numbers):
            others = numbers[:position] + numbers[position + 1 :]
            yield (*place, "counts", position, number - occurrence.page, *others)


def _is_running(on: set[int], one: _Occurrence, pages: int, step: int) -> bool:
    span = (max(on) - min(on)) // step + 1
    if len(on) < _SHARE * span:
        return False
    is_number = bool(_PAGE_NUMBER.fullmatch(one.fragment.text))
    if is_number or _SAYS_PAGE.search(one.fragment.text):
        return len(on) >= min(2, pages)
    return len(on) >= 3


def _peeled(rows: _Rows, running: set[int]) -> set[int]:
    """Return the ids of what is removed of a page: running rows from the outside in.

    A row that stands over the columns of the next one is the header of a table.
    """
    gone = set[int]()
    for number, row in enumerate(rows[:_ROWS]):
        marked = {id(part) for part in row} & running
        following = rows[number + 1] if number + 1 < len(rows) else []
        if not marked or _is_header(row, following):
            return gone
        gone |= marked
        if len(marked) < len(row) and not all(len(part.text) < 120 for part in row):
            return gone
    return gone


def _is_header(row: Sequence[Fragment], following: Sequence[Fragment]) -> bool:
    aligned = sum(
        any(
            min(abs(part.left - other.left), abs(part.right - other.right)) < 2
            and abs(part.size - other.size) < 1
            for other in following
        )
        for part in row
    )
    return len(row) > 1 and len(following) > 1 and aligned == len(row)
