"""Repeats the text of merged cells in every row and column that they span.

Two cells with equal texts are no merged cell: a repetition to the right bears a mark.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

REPEATED = "\0"
"""What ends a text that a merged cell repeats to its right; no text of a sheet holds it."""

_MOST_COLUMNS = 256


class Merge(NamedTuple):
    """A merged cell: the numbers of its first row and column, and of its last ones."""

    row: int
    column: int
    last_row: int
    last_column: int


class Merges:
    """Fills rows, which must come from the top.

    Args:
        merges: The merged cells of a sheet. What spans very many columns is repeated in some.
    """

    def __init__(self, merges: Iterable[Merge]) -> None:
        self._starting = defaultdict[int, list[Merge]](list)
        for merge in merges:
            self.add(merge)
        self._open: dict[int, tuple[int, str]] = {}

    def add(self, merge: Merge) -> None:
        """Add a merged cell; its first row must not be filled yet."""
        self._starting[merge.row].append(merge)

    def fill(self, number: int, row: dict[int, str]) -> dict[int, str]:
        """Return the texts of a row by column, with those of the merged cells that span it.

        A row that has nothing of its own stays blank. Repetitions to the right end in `REPEATED`.
        """
        own = bool(row)
        for merge in self._starting.pop(number, ()):
            text = row.get(merge.column, "")
            if text.strip():
                last = min(merge.last_column, merge.column + _MOST_COLUMNS)
                self._open[merge.column] = merge.last_row, text
                for column in range(merge.column + 1, last + 1):
                    self._open[column] = merge.last_row, text + REPEATED
        if not self._open:
            return row
        for column, (last, text) in list(self._open.items()):
            if last < number:
                del self._open[column]
            elif own:
                row.setdefault(column, text)
        return row
