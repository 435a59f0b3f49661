"""Finds the title of a slide that has no place for one: its topmost line."""

from collections.abc import Sequence

from knowledge.parsing.reading_order import Box

_TOP = 0.15
"""Share of the height in which a title begins."""

_LONGEST = 60
_SENTENCE_ENDS = "。．、，.,;；:："


def topmost_title(shapes: Sequence[tuple[Box, str]]) -> int | None:
    """Return the number of the shape that a reader takes for the title, None without one.

    Args:
        shapes: The edges and the text of each shape, "" for what is no text.
    """
    if len(shapes) < 2:  # noqa: PLR2004 - a single shape is no title
        return None
    height = max(bottom for (_, _, _, bottom), _ in shapes)
    number = min(range(len(shapes)), key=lambda one: shapes[one][0][1])
    (_, top, _, bottom), text = shapes[number]
    is_short = 0 < len(text) <= _LONGEST and "\n" not in text and text[-1] not in _SENTENCE_ENDS
    is_alone = all(other >= bottom for n, ((_, other, _, _), _) in enumerate(shapes) if n != number)
    words = any(map(str.isalpha, text))
    return number if is_short and is_alone and words and top <= _TOP * height else None
