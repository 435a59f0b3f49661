"""Columns of running text that a program draws line by line across the page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from knowledge.parsing.pdf.fragments import Fragment, Rules

_WIDTH = 10
"""Width of a line of running text at least, in units of the font size."""

_LINES = 6
"""Lines of running text that make a column."""

_FULL = 0.5
"""Share of a column's lines at least that fill its width."""


@dataclass(slots=True)
class _Column:
    left: float
    right: float
    lines: list[Fragment] = field(default_factory=list)


def unwoven(fragments: Sequence[Fragment], rules: Rules) -> Sequence[Fragment]:
    """Return *fragments* column by column, if they are woven columns; else as they are.

    What crosses two columns divides the page into bands.
    """
    columns = _columns(fragments)
    if len(columns) < 2 or any(
        rules.divide(one.right - 1, other.left + 1, line.middle)
        for one, other in pairwise(columns)
        for line in one.lines[:1]
    ):
        return fragments
    places = [_place(fragment, columns) for fragment in fragments]
    switches = sum(one != other for one, other in pairwise(places) if one >= 0 and other >= 0)
    if switches * 4 < sum(place >= 0 for place in places):
        return fragments
    order = sorted(range(len(fragments)), key=lambda number: -fragments[number].top)
    found = list[Fragment]()
    band = list[list[Fragment]]([[] for _ in columns])
    for number in order:
        if places[number] >= 0:
            band[places[number]].append(fragments[number])
            continue
        found += [part for column in band for part in column]
        found.append(fragments[number])
        band = [[] for _ in columns]
    return found + [part for column in band for part in column]


def _columns(fragments: Sequence[Fragment]) -> list[_Column]:
    """Return the columns of running text from left to right, [] if they overlap."""
    lines = [part for part in fragments if part.right - part.left > _WIDTH * part.size]
    columns = list[_Column]()
    for line in sorted(lines, key=lambda line: line.left):
        if columns and line.left - columns[-1].left < 3 * line.size:
            columns[-1].lines.append(line)
            columns[-1].right = max(columns[-1].right, line.right)
        else:
            columns.append(_Column(line.left, line.right, [line]))
    found = list[_Column]()
    for column in columns:
        if len(column.lines) < _LINES:
            continue
        rights = sorted(line.right for line in column.lines)
        column.right = rights[int(0.85 * (len(rights) - 1))]
        width = column.right - column.left
        full = sum(column.right - line.right < 0.15 * width for line in column.lines)
        if full < _FULL * len(column.lines):
            return []
        found.append(column)
    is_apart = all(one.right < other.left for one, other in pairwise(found))
    return found if is_apart else []


def _place(fragment: Fragment, columns: Sequence[_Column]) -> int:
    """Return the number of the column in which a fragment stands, -1 for one across several."""
    for number, column in enumerate(columns):
        following = columns[number + 1].left if number + 1 < len(columns) else float("inf")
        begin = -float("inf") if number == 0 else column.left - fragment.size
        if begin <= fragment.left and fragment.right < following:
            return number
    return -1
