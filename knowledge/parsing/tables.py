"""Formats rows of cells as Markdown tables."""

import sys
from collections.abc import Iterable, Sequence


def markdown_table(
    rows: Iterable[Sequence[object]], longest: int = sys.maxsize, *, has_names: bool = False
) -> str:
    """Return *rows* as one GitHub-flavoured table; the first row is the header.

    Blank rows and empty columns on the right are left out. Returns "" when all cells are empty.
    Stops after about *longest* characters.

    Args:
        rows: The cells.
        longest: Characters after which the table ends.
        has_names: Whether the first row holds the names of the columns, even if all are "".
    """
    table: list[list[str]] = []
    for row in rows:
        cells = ["" if value is None else table_cell(str(value)) for value in row]
        if any(cells) or (has_names and not table):
            table.append(cells)
            longest -= sum(map(len, cells)) + len(cells)
            if longest <= 0:
                break
    if not any(map(any, table[has_names:])):
        return ""
    width = max(index for row in table for index, cell in enumerate(row, 1) if cell)
    lines = [table_line((row + [""] * width)[:width]) for row in table]
    return "\n".join([lines[0], table_line(["---"] * width), *lines[1:]])


def table_line(cells: Sequence[str]) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(cells)} |"


def table_cell(text: str) -> str:
    """Return a text in the form that a table can hold: one line, pipes escaped."""
    return " ".join(text.split()).replace("|", r"\|")
