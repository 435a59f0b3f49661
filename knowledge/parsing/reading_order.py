"""Puts the shapes of a slide into the order in which people read them."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

Box = tuple[float, float, float, float]
"""The left, top, right and bottom edge of a shape."""

_SAME_LINE = 0.5
"""Share of the smaller of two shapes: so much overlaps in height, and no more in width."""


def in_reading_order(shapes: Iterable[T], box: Callable[[T], Box]) -> list[T]:
    """Return *shapes* from the top to the bottom, and on one line from the left to the right.

    Args:
        shapes: The shapes, of which some may have no place.
        box: Gives the edges of a shape.
    """
    lines: list[list[tuple[Box, T]]] = []
    placed = sorted(
        ((box(shape), shape) for shape in shapes), key=lambda one: (one[0][1], one[0][0])
    )
    for edges, shape in placed:
        if lines and _is_on_line(edges, lines[-1]):
            lines[-1].append((edges, shape))
        else:
            lines.append([(edges, shape)])
    return [shape for line in lines for _, shape in sorted(line, key=lambda one: one[0][0])]


def _is_on_line(edges: Box, line: Sequence[tuple[Box, object]]) -> bool:
    """Tell whether a shape stands beside the first one of a line, neither below nor inside it."""
    left, top, right, bottom = line[0][0]
    height = min(bottom - top, edges[3] - edges[1])
    width = min(right - left, edges[2] - edges[0])
    beside = min(right, edges[2]) - max(left, edges[0]) <= _SAME_LINE * width
    return beside and (min(bottom, edges[3]) - edges[1] > _SAME_LINE * height or edges[1] == top)
