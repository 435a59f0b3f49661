"""Pages in vertical writing: Japanese from top to bottom, the right line first."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from knowledge.parsing.pdf.fragments import Fragment, PageText, Rules

_SPACE = 0.7
"""Gap in a line that is a space, in units of the font size."""


def as_horizontal(page: PageText) -> PageText:
    """Return a page in vertical writing with its lines laid down, other pages as they are.

    The right line becomes the top one, and what stands above becomes what stands on the left, so
    that the layout of horizontal pages applies.
    """
    upright = [fragment for fragment in page.fragments if not fragment.turned]
    if not _is_vertical(upright):
        return page
    turned = [fragment for fragment in page.fragments if fragment.turned]
    lines = [_laid_down(line, page.height) for line in _lines(upright)]
    rules = Rules(
        tuple(sorted((page.height - y, begin, end) for y, begin, end in page.rules.horizontal)),
        tuple(
            sorted(
                (x, page.height - end, page.height - begin) for x, begin, end in page.rules.vertical
            )
        ),
    )
    return replace(
        page, fragments=lines + turned, width=page.height, height=page.width, rules=rules
    )


def _is_vertical(fragments: Sequence[Fragment]) -> bool:
    """Tell whether most characters stand below each other."""
    total = sum(len(fragment.text) for fragment in fragments)
    tall = sum(len(fragment.text) for fragment in fragments if _is_tall(fragment))
    below = sum(
        len(following.text)
        for one, following in pairwise(fragments)
        if len(one.text) <= 3 and len(following.text) <= 3 and _follows(one, following)
    )
    return tall + below > 0.5 * total > 2 and any(not f.text.isascii() for f in fragments)


def _is_tall(fragment: Fragment) -> bool:
    height, width = fragment.top - fragment.bottom, fragment.right - fragment.left
    return len(fragment.text) > 2 and height > 2 * width


def _follows(one: Fragment, following: Fragment) -> bool:
    """Tell whether *following* continues the vertical line of *one*."""
    gap = one.bottom - following.top
    return (
        abs(one.left + one.right - following.left - following.right) < 0.8 * one.size
        and -0.8 * one.size < gap < 1.0 * one.size
        and following.bottom < one.bottom
        and not (one.field or following.field)
    )


def _lines(fragments: Sequence[Fragment]) -> Iterator[Fragment]:
    line: Fragment | None = None
    for fragment in fragments:
        if line and _follows(line, fragment):
            # A wide space, as behind the number of an article, is no character of the page.
            is_apart = line.bottom - fragment.top > _SPACE * line.size
            line.text += " " * is_apart + fragment.text
            line.bottom = fragment.bottom
            line.left, line.right = min(line.left, fragment.left), max(line.right, fragment.right)
            continue
        if line:
            yield line
        line = replace(fragment)
    if line:
        yield line


def _laid_down(line: Fragment, height: float) -> Fragment:
    middle, half = (line.left + line.right) / 2, line.size / 2
    return replace(
        line,
        left=height - line.top,
        right=height - line.bottom,
        bottom=middle - half,
        top=middle + half,
    )
