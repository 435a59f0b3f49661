"""Formats rows of cells as Markdown tables."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, time


def markdown_table(rows: Iterable[Sequence[object]], longest: int = sys.maxsize) -> str:
    """Return *rows* as GitHub-flavoured tables; the first row is the header.

    A blank row ends a table, and the next row is the header of another. Empty columns on the right
    are dropped. Returns "" when all cells are empty. Stops after about *longest* characters.
    """
    tables: list[list[list[str]]] = [[]]
    for row in rows:
        cells = [_cell(value) for value in row]
        if any(cells):
            tables[-1].append(cells)
            longest -= sum(map(len, cells)) + len(cells)
            if longest <= 0:
                break
        elif tables[-1]:
            tables.append([])
    return "\n\n".join(_table(table) for table in tables if table)


def _table(rows: list[list[str]]) -> str:
    width = max(max(index for index, cell in enumerate(row, 1) if cell) for row in rows)
    lines = [_line((row + [""] * width)[:width]) for row in rows]
    return "\n".join([lines[0], _line(["---"] * width), *lines[1:]])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case float() if value.is_integer():
            text = str(int(value))
        case datetime() if value.time() == time():
            text = value.date().isoformat()
        case _:
            text = str(value)
    return " ".join(text.split()).replace("|", r"\|")
