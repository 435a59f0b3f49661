"""The layout of a PDF page: fragments to paragraphs, tables and columns in reading order."""

import math
import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from knowledge.parsing.pdf.columns import unwoven
from knowledge.parsing.pdf.fragments import Fragment, PageText, Rules, is_right_to_left
from knowledge.parsing.tables import markdown_table

SENTENCE_END = ("。", "．", ".", "!", "?", "！", "？", ":", "：", "。」", "。）", '."', ".)")
_SIGNS = "[-–*•◦▪‣・●○■□◆◇※☐☒→]"
_NUMBER = (
    r"(?:[(（]\w{1,3}[)）]"
    r"|(?:\d{1,3}|[A-Za-z]|[ivxIVX]{2,4}|[一二三四五六七八九十]{1,3}|[ア-ン甲乙丙])[)）.．、])"
)
"""The number of an item, and not the last letters of a sentence: `it.`, `これは、`."""

ITEM = re.compile(rf"\s*(?:{_SIGNS}|{_NUMBER}(?=\s|[^\W\d])|第\s*\w+\s*[章節条]|[①-⑳])")
_MARKER = re.compile(rf"{_SIGNS}|{_NUMBER}|\d+(?:\.\d+)+\.?|第\s*\w+\s*[章節条項]|[①-⑳]")
_LABEL = re.compile(
    r"(?:Table|Figure|Fig\.?|Chart|表|図|図表|写真)\s?\d{1,3}(?:[.-]\d{1,3})?[.:．：]?"
)
"""What stands before a caption, often with a wide gap."""

_SHORT = re.compile(r"[^\W\d]{1,6}[.．]\s?(?=\d)")
"""A shortened word before a number."""

_SENTENCE = re.compile(r"[。！？][」』）]?|[.!?][)\"'”’]?(?=\s|$)")
_LINES_OF_SENTENCE = 12
"""Lines at the beginning of a page in which we look for the end of a sentence."""

_SAME_EDGE = 3.0
"""Points by which the columns of one table differ from page to page."""

_SIMILAR_LEFT = 30.0
"""Points by which the lines of one column begin apart, for an indent."""

_VALUE = re.compile(r"[-+−△▲¥$€£]{0,2}\d[\d,.]{0,20}\s?(?:[%x円]|EUR|USD|JPY)?")
_PROSE, _MARGIN = 20, 0.5
"""Width of a column of text at least, in units of the font size, and of a margin at most, in units
of that column."""

_MOST_ROWS = 150
_MOST_CELLS = 60
"""Cells of a row; what has more is a drawing."""


class TextCell:
    """Lines below each other in one column of a row; knows its left and right, in points."""

    __slots__ = ("left", "lines", "right")

    def __init__(self, lines: Sequence[Fragment]) -> None:
        self.lines = list(lines)
        self.left = min(line.left for line in lines)
        self.right = max(line.right for line in lines)

    def add(self, line: Fragment) -> None:
        """Add a line at the bottom."""
        self.lines.append(line)
        self.left, self.right = min(self.left, line.left), max(self.right, line.right)

    @property
    def text(self) -> str:
        """Its lines as one."""
        return join(self.lines)


@dataclass(slots=True)
class Row:
    """Cells beside each other."""

    cells: list[TextCell]

    @property
    def top(self) -> float:
        return max(cell.lines[0].top for cell in self.cells)

    @property
    def bottom(self) -> float:
        return min(cell.lines[-1].bottom for cell in self.cells)


@dataclass(slots=True)
class TextBlock:
    """A paragraph, or a table.

    Attributes:
        lines: The lines of a paragraph.
        table: The rows of a table, each with the same number of cells.
        edges: The left edges of a table's columns, in points.
    """

    lines: list[Fragment] = field(default_factory=list)
    table: list[list[str]] = field(default_factory=list)
    edges: tuple[float, ...] = ()


def blocks(page: PageText) -> list[TextBlock]:
    """Return the paragraphs and tables of a page in reading order."""
    found = list[TextBlock]()
    upright = [part for part in page.fragments if not part.turned]
    rows = _in_order(_rows(unwoven(upright, page.rules)))
    position = 0
    while position < len(rows):
        run = _run(rows, position)
        parts, used = _table(run, page.rules) if len(run) > 1 else _by_columns(run[0])
        found += parts
        position += used
    return found + [TextBlock([part]) for part in page.fragments if part.turned]


def _rows(fragments: Sequence[Fragment]) -> list[Row]:
    """Return what stands beside each other as rows, in the order of drawing."""
    rows = list[Row]()
    pitch = _pitch(fragments)
    for new in fragments:
        row = rows[-1] if rows else None
        if row and _is_between(row, new):
            row.cells.append(TextCell([new]))
            row.cells.sort(key=lambda cell: cell.left)
        elif row and _is_beside(row, new):
            if len(row.cells) == 1:
                rows += _split_off(row, new)
            rows[-1].cells.append(TextCell([new]))
        elif row and (_is_below(row, new, pitch) or _is_caption(row, new, pitch)):
            row.cells[-1].add(new)
        else:
            rows.append(Row([TextCell([new])]))
    return [_with_markers(row) for row in rows]


def _pitch(fragments: Sequence[Fragment]) -> float:
    """Return the usual distance of two lines, in units of the font size."""
    steps = [
        (one.top - other.top) / one.size
        for one, other in pairwise(fragments)
        if 0.8 < (one.top - other.top) / one.size < 2.6
        and abs(one.size - other.size) < 0.1 * one.size
        and abs(one.left - other.left) < 3 * one.size
    ]
    return max(1.25, median(steps)) if steps else 1.25


def _is_beside(row: Row, new: Fragment) -> bool:
    last = row.cells[-1]
    height = new.top - new.bottom
    return (
        new.left >= last.right - 0.3 * new.size
        and new.middle > row.bottom
        and new.bottom < row.top + 4 * height
        and len(row.cells) < _MOST_CELLS
    )


def _is_between(row: Row, new: Fragment) -> bool:
    """Tell whether *new* stands on the one line of a row, left of what was drawn before it.

    Not so for writing from the right to the left, which is read as it is drawn.
    """
    return (
        new.right <= row.cells[-1].left + 0.3 * new.size
        and len(row.cells) < _MOST_CELLS
        and all(
            len(cell.lines) == 1
            and abs(cell.lines[0].middle - new.middle) < 0.3 * new.size
            and (cell.left >= new.right - 0.3 * new.size or cell.right <= new.left + 0.3 * new.size)
            for cell in row.cells
        )
        and not any(is_right_to_left(part) for part in (new.text, *(c.text for c in row.cells)))
    )


def _is_caption(row: Row, new: Fragment, pitch: float) -> bool:
    """Tell whether *new* is the second line of a caption; if so, join its label and first line."""
    if len(row.cells) != 2 or not _LABEL.fullmatch(row.cells[0].text):
        return False
    label, first = (cell.lines for cell in row.cells)
    whole = Row([TextCell([_merged(label[0], first[0])])])
    if len(first) > 1 or abs(new.left - label[0].left) > new.size:
        return False
    if not _is_below(whole, new, pitch):
        return False
    row.cells = whole.cells
    return True


def _is_below(row: Row, new: Fragment, pitch: float) -> bool:
    """Tell whether *new* is the next line of a row's last cell."""
    last = row.cells[-1].lines[-1]
    step = (last.top - new.top) / last.size
    return (
        0.5 < step < 1.3 * (pitch if len(row.cells) == 1 else min(pitch, 1.6))
        and abs(last.size - new.size) < 0.12 * last.size
        and min(last.right, new.right) > max(last.left, new.left)
        and (len(row.cells) == 1 or new.left > row.cells[-2].right)
        and not (last.field or new.field)
    )


def _split_off(row: Row, new: Fragment) -> Iterator[Row]:
    """Cut off the lines above the last one of a single cell, if *new* stands beside that one."""
    lines = row.cells[0].lines
    last = lines[-1]
    overlap = min(last.top, new.top) - max(last.bottom, new.bottom)
    if len(lines) > 1 and overlap > 0.6 * (new.top - new.bottom):
        row.cells[0] = TextCell(lines[:-1])
        yield Row([TextCell([last])])


def _with_markers(row: Row) -> Row:
    """Join what belongs together: the mark of an item and the item, a label and a field's value."""
    cells = list[TextCell]()
    for number, cell in enumerate(row.cells):
        first = cell.lines[0]
        last = cells[-1].lines if cells else None
        following = row.cells[number + 1].lines[0] if number + 1 < len(row.cells) else None
        if last and len(last) == 1 and not first.turned:
            text = last[0].text
            is_value = (
                first.field
                and first.text not in "☐☒"
                and not last[0].field
                and not (following and following.field)
            )
            if (
                (
                    _MARKER.fullmatch(text)
                    and (len(cells) == 1 or text in "☐☒")
                    and not (text[-1:].isdecimal() and _VALUE.fullmatch(first.text))
                )
                or text.endswith("…")
                or (first.text.startswith("…") and len(cell.lines) == 1)
                or is_value
            ):
                if is_value and not text.endswith((":", "：")):
                    last[0].text += ":"
                cells[-1] = TextCell([_merged(last[0], first), *cell.lines[1:]])
                continue
        cells.append(cell)
    return Row(cells)


def _merged(one: Fragment, other: Fragment) -> Fragment:
    return Fragment(
        f"{one.text} {other.text}",
        one.left,
        min(one.bottom, other.bottom),
        other.right,
        max(one.top, other.top),
        other.size,
        hyphenated=other.hyphenated,
        field=other.field,
        index=one.index,
    )


def _in_order(rows: list[Row]) -> list[Row]:
    """Return *rows* from top to bottom, column by column, where they are drawn in another order."""
    jumps = sum(
        following.top > row.top + row.cells[0].lines[0].size and _beside_share(row, following) > 0
        for row, following in pairwise(rows)
    )
    if not jumps:
        return rows
    ordered, band = list[Row](), list[Row]()
    left, right = -math.inf, math.inf  # what a row overlaps that overlaps the whole band
    for row in sorted(rows, key=lambda row: -row.top):
        if band and row.cells[0].left < right and row.cells[-1].right > left:
            ordered += _columns(band)
            band, left, right = [], -math.inf, math.inf
        band.append(row)
        left, right = max(left, row.cells[0].left), min(right, row.cells[-1].right)
    return ordered + _columns(band)


def _columns(band: Sequence[Row]) -> list[Row]:
    """Return the rows between two rows of full width, the left column first."""
    columns = list[list[Row]]()
    end = -math.inf
    for row in sorted(band, key=lambda row: row.cells[0].left):
        if row.cells[0].left >= end:
            columns.append([])
        columns[-1].append(row)
        end = max(end, row.cells[-1].right)
    return [row for rows in columns for row in sorted(rows, key=lambda row: -row.top)]


def _beside_share(one: Row, other: Row) -> float:
    """Return by how many points two rows overlap from left to right."""
    left = max(one.cells[0].left, other.cells[0].left)
    return min(one.cells[-1].right, other.cells[-1].right) - left


def _run(rows: Sequence[Row], start: int) -> Sequence[Row]:
    """Return the rows from *start* that may be one table."""
    if len(rows[start].cells) < 2:
        return rows[start : start + 1]
    end = start + 1
    while end < min(len(rows), start + _MOST_ROWS):
        row, before = rows[end], rows[end - 1]
        size = row.cells[0].lines[0].size
        if row.top > before.top or before.bottom - row.top > 3.5 * size:
            break
        if len(row.cells) < 2 and not _is_part(rows, start, end):
            break
        end += 1
    return rows[start:end]


def _is_part(rows: Sequence[Row], start: int, number: int) -> bool:
    """Tell whether a row with one cell belongs to a table: it is narrow, and more rows follow."""
    row = rows[number]
    widest = max(rows[start:number], key=lambda row: len(row.cells))
    inside = sum(
        cell.left < row.cells[0].right and cell.right > row.cells[0].left for cell in widest.cells
    )
    follows = number + 1 < len(rows) and len(rows[number + 1].cells) > 1
    return inside == 1 and (follows or row.cells[0].left > widest.cells[0].right)


_Grid = list[list[TextCell | None]]
"""The cells of a table by row and column; None for an empty one."""


def _table(run: Sequence[Row], rules: Rules) -> tuple[list[TextBlock], int]:
    """Return the table that *run* begins with, or columns of text, and the number of rows."""
    columns = _intervals(run)
    grid: _Grid = []
    for row in run if 1 < len(columns) <= _MOST_CELLS else ():
        placed = _placed(row, columns)
        if placed is None:
            break
        grid.append(placed)
    while grid and sum(cell is not None for cell in grid[-1]) < 2 and len(grid) > 1:
        grid.pop()
    if sum(sum(cell is not None for cell in row) > 1 for row in grid) < 2 or _is_form(grid):
        return [TextBlock(part) for part in _loose(run[0])], 1
    if text := _text_columns(grid, columns):
        return text, len(grid)
    if notes := _margin_notes(grid, columns, rules):
        return notes, len(grid)
    table = [[cell.text if cell else "" for cell in row] for row in _whole_rows(grid, rules)]
    return [TextBlock(table=table, edges=tuple(left for left, _ in columns))], len(grid)


def _intervals(run: Sequence[Row]) -> list[tuple[float, float]]:
    """Return left and right of each column, without regard to cells that span several."""
    most = max(len(row.cells) for row in run)
    full = [row for row in run if len(row.cells) == most]
    columns = list[tuple[float, float]]()
    for left, right in sorted(
        (cell.left, cell.right) for row in (full if most > 2 else run) for cell in row.cells
    ):
        if columns and left < columns[-1][1] - 1:
            columns[-1] = columns[-1][0], max(right, columns[-1][1])
        else:
            columns.append((left, right))
    return columns


def _placed(row: Row, columns: Sequence[tuple[float, float]]) -> list[TextCell | None] | None:
    """Return the cells of a row by column; None if two would stand in one column."""
    placed: list[TextCell | None] = [None] * len(columns)
    for cell in row.cells:
        shares = [min(cell.right, right) - max(cell.left, left) for left, right in columns]
        best = max(range(len(columns)), key=shares.__getitem__)
        # What spans several columns is the heading of the first of them.
        over = [n for n, share in enumerate(shares) if share > 0]
        place = over[0] if len(over) > 1 else best
        if placed[place] is not None:
            return None
        placed[place] = cell
    return placed


def _is_form(grid: _Grid) -> bool:
    """Tell whether rows are labels with their values, which are read line by line."""
    cells = [cell for row in grid for cell in row if cell]
    if sum(
        ":" in cell.text or "：" in cell.text for cell in cells if cell.lines[0].field
    ) * 2 > len(cells):
        return True
    labels = [row[0].text for row in grid if row[0]]
    return len(grid[0]) == 2 and sum(text.endswith((":", "：")) for text in labels) * 2 > len(grid)


def _text_columns(grid: _Grid, columns: Sequence[tuple[float, float]]) -> list[TextBlock]:
    """Return columns of running text that were drawn line by line across, [] for a real table."""
    if len(grid) < 4:
        return []
    found = list[TextBlock]()
    for number, (left, right) in enumerate(columns):
        lines = [line for row in grid if (cell := row[number]) for line in cell.lines]
        if not lines:
            return []
        full = sum(line.right - line.left > 0.85 * (right - left) for line in lines)
        size = lines[0].size
        starts = sum(line.left - left < 2.5 * size for line in lines)
        if right - left < 13 * size or full < 0.6 * len(lines) or starts < 0.9 * len(lines):
            return []
        found.append(TextBlock(lines))
    return found


def _margin_notes(
    grid: _Grid, columns: Sequence[tuple[float, float]], rules: Rules
) -> list[TextBlock]:
    """Return paragraphs below the notes that stand in the margin beside them, [] for a real table.

    A table has a first row of short names, or a drawn line between its columns.
    """
    if len(columns) != 2:
        return []
    widths = [right - left for left, right in columns]
    side, main = (0, 1) if widths[0] < widths[1] else (1, 0)
    first = grid[0][main]
    if first is None or len(first.lines) < 2 or not all(row[main] for row in grid):
        return []
    line = first.lines[0]
    is_prose = widths[main] > _PROSE * line.size and widths[side] < _MARGIN * widths[main]
    if not is_prose or rules.divide(columns[0][1] - 1, columns[1][0] + 1, line.middle):
        return []
    found = list[TextBlock]()
    for row in grid:
        note, text = row[side], row[main]
        if text:
            said = text_of(TextBlock(text.lines), columns[main][1])
            whole = f"{note.text}\n{said}" if note else said
            found.append(TextBlock([replace(text.lines[-1], text=whole)]))
    return found


def _whole_rows(grid: _Grid, rules: Rules) -> _Grid:
    """Join lines to the rows that they are part of: by drawn lines between rows, or by space."""
    ruled = [_is_ruled(above, below, rules) for above, below in pairwise(grid)]
    by_rules = sum(ruled) * 3 > len(ruled)
    steps = [_top(above) - _top(below) for above, below in pairwise(grid)]
    rows: _Grid = [list(grid[0])]
    for row, has_rule, step in zip(grid[1:], ruled, steps, strict=True):
        continues = (
            not has_rule
            if by_rules
            else row[0] is None
            and rows[-1][0] is not None
            and step < 0.8 * max(steps)
            and sum(_is_value(cell) for cell in row) < 2
        )
        if not continues:
            rows.append(list(row))
        elif by_rules and _are_values(rows[-1], row):
            # A row of its own, beside a cell that is merged downwards.
            rows.append([cell or above for cell, above in zip(row, rows[-1], strict=True)])
        else:
            rows[-1] = [_stacked(above, cell) for above, cell in zip(rows[-1], row, strict=True)]
    return rows


def _stacked(above: TextCell | None, below: TextCell | None) -> TextCell | None:
    return TextCell([*above.lines, *below.lines]) if above and below else above or below


def _are_values(above: Sequence[TextCell | None], below: Sequence[TextCell | None]) -> bool:
    """Tell whether a row has numbers below numbers, which no wrapped line has."""
    pairs = [(one, other) for one, other in zip(above, below, strict=True) if other]
    numbers = sum(_is_value(one) and _is_value(other) for one, other in pairs)
    return numbers > 1 and numbers * 2 >= len(pairs)


def _is_value(cell: TextCell | None) -> bool:
    """Tell whether a cell holds one number and nothing else."""
    return cell is not None and bool(_VALUE.fullmatch(cell.text))


def _top(row: Sequence[TextCell | None]) -> float:
    return max(cell.lines[0].top for cell in row if cell)


def _is_ruled(
    above: Sequence[TextCell | None], below: Sequence[TextCell | None], rules: Rules
) -> bool:
    """Tell whether a drawn line stands between two rows."""
    lower = max(cell.lines[0].middle for cell in below if cell)
    upper = min(cell.lines[-1].middle for cell in above if cell)
    left = min(cell.left for cell in below if cell)
    right = max(cell.right for cell in below if cell)
    for y, begin, end in rules.horizontal[bisect_left(rules.horizontal, (lower,)) :]:
        if y > upper:
            return False
        if min(end, right) - max(begin, left) > 0.1 * (right - left):
            return True
    return False


def _by_columns(row: Row) -> tuple[list[TextBlock], int]:
    """Return what a row alone is: a table that was drawn column by column, or paragraphs."""
    counts = {len(cell.lines) for cell in row.cells}
    if len(row.cells) > 1 and len(counts) == 1 and counts != {1}:
        lines = list(zip(*(cell.lines for cell in row.cells), strict=True))
        is_level = all(
            abs(line.middle - parts[0].middle) < 0.3 * line.size
            for parts in lines
            for line in parts
        )
        grid: _Grid = [[TextCell([line]) for line in parts] for parts in lines]
        columns = [(cell.left, cell.right) for cell in row.cells]
        if is_level and not _text_columns(grid, columns) and not _is_form(grid):
            table = [[line.text for line in parts] for parts in lines]
            return [TextBlock(table=table, edges=tuple(left for left, _ in columns))], 1
    return [TextBlock(part) for part in _loose(row)], 1


def _loose(row: Row) -> list[list[Fragment]]:
    """Return the lines of a row that is no part of a table: as one line if it is one."""
    if all(len(cell.lines) == 1 for cell in row.cells):
        line = row.cells[0].lines[0]
        for cell in row.cells[1:]:
            line = _merged(line, cell.lines[0])
        return [[line]]
    return [cell.lines for cell in row.cells]


def text_of(block: TextBlock, edge: float) -> str:
    """Return a block in Markdown.

    Args:
        block: The block.
        edge: The x at which lines of running text end, in points.
    """
    if block.table:
        return markdown_table(block.table)
    text = block.lines[0].text
    for line, following in pairwise(block.lines):
        if _is_break(line, following, edge):
            text += "\n" + following.text
        else:
            text = joined(text, following.text, hyphenated=line.hyphenated)
    return text


def edges(page: Sequence[TextBlock], width: float) -> list[float]:
    """Return for each block of a page where its lines end that the page's width has wrapped.

    That is where several lines end, else the right margin, if it were as wide as the left one.
    """
    rights = defaultdict[int, list[float]](list)
    for block in page:
        for line in block.lines:
            rights[round(line.left / _SIMILAR_LEFT)].append(line.right)
    ends = dict[int, float]()
    found = list[float]()
    for block in page:
        if not block.lines:
            found.append(width)
            continue
        left, size = block.lines[0].left, block.lines[0].size
        own = max(line.right for line in block.lines)
        full = sum(own - line.right < 2 * size for line in block.lines)
        if full > 2 and full > 0.6 * len(block.lines) and own - left > 15 * size:
            found.append(own)
            continue
        place = round(left / _SIMILAR_LEFT)
        if place not in ends:
            near = (rights.get(place + step, []) for step in (-1, 0, 1))
            ends[place] = _end(sorted(right for some in near for right in some), size)
        right = max(own, ends[place])
        is_edge = ends[place] > own - 2 * size
        found.append(right if is_edge else max(right, width - left))
    return found


def _end(rights: Sequence[float], size: float) -> float:
    """Return the last place where three lines end, or two at the very same; 0 for none."""
    for number in range(len(rights) - 1, 0, -1):
        right = rights[number]
        if right - rights[number - 1] < 0.6 * size and right > 15 * size:
            return right
        if number > 1 and right - rights[number - 2] < 2 * size:
            return right
    return 0.0


def continue_over_pages(pages: Sequence[list[TextBlock]], widths: Sequence[float]) -> None:
    """Give a sentence that crosses a page to the page where it begins, and a table its header."""
    for (before, after), width in zip(pairwise(pages), widths, strict=False):
        if not before or not after:
            continue
        last, first = before[-1], after[0]
        if last.table and first.table:
            if _have_same_columns(last, first) and first.table[0] != last.table[0]:
                first.table.insert(0, last.table[0])
        elif last.lines and first.lines and _crosses(last, first, edges(before, width)[-1]):
            first.lines = _moved(last, first)
            if not first.lines:
                del after[0]


def _have_same_columns(one: TextBlock, other: TextBlock) -> bool:
    return len(one.edges) == len(other.edges) and all(
        abs(x - y) < _SAME_EDGE for x, y in zip(one.edges, other.edges, strict=True)
    )


def _crosses(last: TextBlock, first: TextBlock, edge: float) -> bool:
    line, following = last.lines[-1], first.lines[0]
    begin = following.text[:1]
    return (
        abs(line.size - following.size) < 0.05 * line.size
        and not line.text.endswith(SENTENCE_END)
        and (line.hyphenated or begin.islower() or (_is_wide(begin) and _is_wide(line.text[-1:])))
        and not _is_break(line, following, edge)
        and not (line.turned or following.turned)
    )


def _moved(last: TextBlock, first: TextBlock) -> list[Fragment]:
    """Move the lines of *first* up to the end of its first sentence to *last*; return the rest."""
    for number, line in enumerate(first.lines[:_LINES_OF_SENTENCE]):
        end = _SENTENCE.search(line.text)
        if end:
            last.lines += [
                *first.lines[:number],
                replace(line, text=line.text[: end.end()].strip()),
            ]
            rest = line.text[end.end() :].strip()
            return [replace(line, text=rest)] * bool(rest) + first.lines[number + 1 :]
    return first.lines


def _is_break(line: Fragment, following: Fragment, edge: float) -> bool:
    """Tell whether the author broke a line: what follows had fitted into it, or begins anew."""
    if line.hyphenated:
        return False
    if " … " in line.text[-12:] or " … " in following.text[-12:]:
        return True  # a table of contents
    if line.text.endswith(SENTENCE_END) or ITEM.match(following.text):
        return True
    label = _SHORT.match(following.text)
    if label and line.text.startswith(label[0]):
        return True  # a list such as of publications: `Pub. 529 …`, `Pub. 552 …`
    if following.field or line.field:
        return True
    each = (following.right - following.left) / max(1, len(following.text))
    first = following.text.split(" ", 1)[0]
    needed = 1.0 if _is_wide(first[0]) else len(first) + 1
    return line.right + each * needed < edge - 0.5 * line.size


def join(lines: Sequence[Fragment]) -> str:
    """Return *lines* as one."""
    text = lines[0].text
    for line, following in pairwise(lines):
        text = joined(text, following.text, hyphenated=line.hyphenated)
    return text


def joined(text: str, following: str, *, hyphenated: bool = False) -> str:
    """Return two lines as one: a Japanese one without a space, a divided word whole again."""
    if hyphenated:
        # A word with another hyphen, or one before a capital or a digit, is a compound.
        is_compound = not following[:1].islower() or "-" in following.split(" ", 1)[0]
        return f"{text}-{following}" if is_compound else text + following
    if _is_wide(text[-1:]) or _is_wide(following[:1]):
        return text + following
    return f"{text} {following}"


def _is_wide(character: str) -> bool:
    return bool(character) and unicodedata.east_asian_width(character) in "WF"
