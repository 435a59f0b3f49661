"""Tables of an answer as Slack's own, which can be sorted, filtered and turned over.

The limits are those of https://docs.slack.dev/reference/block-kit/blocks/data-table-block. A table
beyond them stays Markdown.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bot.core.language import Language
from bot.core.markdown import closes, open_fence
from bot.slack.answers import texts
from bot.slack.client.escape import plain
from bot.text.excerpts import cells_of

MOST_ROWS = 100
MOST_COLUMNS = 20
MOST_CHARACTERS = 10_000
"""Of all cells of all tables of a message together."""

FEWEST_ROWS = 2
"""Nothing can be sorted in fewer."""

LONGEST_CAPTION = 150
PAGE_ROWS = 10
"""Rows that are seen at once; Slack itself shows five."""

_RULE = re.compile(r"\s*\|(?:\s*:?-+:?\s*\|)+\s*")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_MARKS = re.compile(r"\*\*|__|`")
_NUMBER = re.compile(
    r"(?P<before>[¥$€£]?)(?P<number>-?(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,14})(?:\.\d{1,9})?)"
    r"(?P<unit>\s?(?:[%％]|[^\W\d_]{0,5}))(?:\s?\[\d{1,3}\]){0,5}"
)
"""A number with its unit, and with marks of sources; what begins with a zero is a code."""

_TITLE = re.compile(r" {0,3}(?:#{1,6} +(?P<heading>.+)|\*\*(?P<bold>[^*]+)\*\*[:：]?)\s*")

_BEHIND = re.compile(r"\s?\|\s?(?P<marks>(?:\[\d{1,3}\]){1,5})\s*$")
"""Marks of sources behind a row, where our own check of its statement puts them."""

_BREAK = re.compile(r"<br ?/?>|&lt;br ?/?>", re.IGNORECASE)


def with_tables(text: str, language: Language) -> list[dict[str, Any]]:
    """Return *text*, Markdown for a block, as blocks, with its tables as blocks of their own.

    [] where it has none that Slack would take.
    """
    blocks, left = list[dict[str, Any]](), MOST_CHARACTERS
    lines, before = text.split("\n"), list[str]()
    position, tables, fence = 0, 0, ""
    while position < len(lines):
        table = () if fence else _table_at(lines, position)
        rows = [_cells(line) for number, line in enumerate(table) if number != 1]
        size = sum(len(cell) for row in rows for cell in row)
        if table and size <= left and _fits(rows):
            left -= size
            title, before = _titled(before)
            caption = title or texts.TABLE.to(language)
            blocks += [*_markdown(before), _block(rows, caption)]
            tables += 1
            before = []
        else:
            before += table or lines[position : position + 1]
            fence = _fence_after(fence, lines[position])
        position += len(table) or 1
    return [*blocks, *_markdown(before)] if tables else []


def _fence_after(fence: str, line: str) -> str:
    """Return the line that opened the code block that goes on after *line*, or ""."""
    if fence:
        return "" if closes(fence, line) else fence
    return open_fence(line)


def _table_at(lines: Sequence[str], position: int) -> Sequence[str]:
    """Return the lines of the table that begins at *position*, () for none."""
    if position + 1 == len(lines) or not _is_row(lines[position]):
        return ()
    if not _RULE.fullmatch(lines[position + 1]):
        return ()
    end = position + 2
    while end < len(lines) and _is_row(lines[end]):
        end += 1
    return lines[position:end]


def _is_row(line: str) -> bool:
    row = _whole(line)
    return len(row) > 1 and row.startswith("|") and row.endswith("|")


def _whole(line: str) -> str:
    """Return a row with the marks that stand behind it in its last cell."""
    return _BEHIND.sub(r" \g<marks> |", line.strip())


def _fits(rows: Sequence[Sequence[str]]) -> bool:
    columns = {len(row) for row in rows}
    few = FEWEST_ROWS <= len(rows) - 1 <= MOST_ROWS
    return few and len(columns) == 1 and 1 < max(columns) <= MOST_COLUMNS


def _cells(line: str) -> list[str]:
    """Return what people read in a row; a table cell has no Markdown, and none is empty."""
    return [_said(cell) for cell in cells_of(_whole(line))]


def _said(cell: str) -> str:
    shown = _MARKS.sub("", _LINK.sub(r"\1", _BREAK.sub(" ", cell)))
    return plain(shown.replace("&lt;", "<")).strip() or "–"


def _block(rows: Sequence[Sequence[str]], caption: str) -> dict[str, Any]:
    header, *others = rows
    numeric = [_are_numbers([row[column] for row in others]) for column in range(len(header))]
    return {
        "type": "data_table",
        "caption": caption,
        "page_size": PAGE_ROWS,
        "rows": [
            [_text(cell) for cell in header],
            *(
                [
                    _number(cell) if sure else _text(cell)
                    for cell, sure in zip(row, numeric, strict=True)
                ]
                for row in others
            ),
        ],
    }


def _are_numbers(cells: Sequence[str]) -> bool:
    """Tell whether *cells* can be sorted by their numbers: all have one, and the same unit."""
    found = [_NUMBER.fullmatch(cell) for cell in cells]
    return all(found) and len({(one["before"], one["unit"]) for one in found if one}) == 1


def _text(cell: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": cell}


def _number(cell: str) -> dict[str, Any]:
    """Return a cell that is sorted as a number; Slack does so where all of a column are some."""
    found = _NUMBER.fullmatch(cell)
    assert found
    value = float(found["number"].replace(",", ""))
    return {
        "type": "raw_number",
        "value": int(value) if value.is_integer() else value,
        "text": cell,
    }


def _titled(before: Sequence[str]) -> tuple[str, list[str]]:
    """Take the title out of the lines above a table, where the last of them is one: its caption."""
    lines = list(before)
    while lines and not lines[-1].strip():
        lines.pop()
    found = _TITLE.fullmatch(lines[-1]) if lines else None
    title = _said(found["heading"] or found["bold"]) if found else ""
    if not title or len(title) > LONGEST_CAPTION:
        return "", list(before)
    return title, lines[:-1]


def _markdown(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    text = "\n".join(lines).strip("\n")
    if text.strip():
        yield {"type": "markdown", "text": text}
