"""Reads the tables of HTML: merged cells, rows of headers, tables that only arrange a page."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

Element: TypeAlias = Any
"""An element of lxml, whose stubs are not installed."""

_WIDEST = 1000
_TALLEST = 65534
"""Columns and rows that a cell may span, as in the HTML standard."""

_MOST_REPEATED = 1_000_000
"""Characters that merged cells of one document may add by being repeated."""

_MOST_HEADER_ROWS = 3
_PAGE = 500
"""Characters above which a table with one large cell arranges a page."""

_CELLS = frozenset({"cell", "gridcell", "columnheader", "rowheader"})
_HEADS = frozenset({"columnheader", "rowheader"})
_GROUPS = frozenset({"thead", "tbody", "tfoot"})


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of a cell on one line, with the numbers of columns and rows that it spans."""

    text: str
    across: int = 1
    down: int = 1
    is_head: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table in which every row has its values in the right columns.

    Attributes:
        titles: Rows of one cell above the header, which are no rows of the table.
        header: The names of the columns; all "" when only the rows have names.
        rows: The values below the header.
        is_stated: Whether the table itself says which cells are names.
    """

    titles: list[str]
    header: list[str]
    rows: list[list[str]]
    is_stated: bool


class Spans:
    """Repeats merged cells in every row and column that they span.

    A cell of a few bytes may claim 65,000 rows, so what the tables of a document repeat is limited
    together; beyond the limit a cell stands once.
    """

    def __init__(self) -> None:
        self._room = _MOST_REPEATED

    def grid(self, rows: Sequence[Sequence[Cell]], groups: Sequence[object], head: int) -> Grid:
        """Return the table of *rows*; a cell ends with the group of its row at the latest.

        Args:
            rows: The cells as written.
            groups: For each row, its `thead`, `tbody` or `tfoot`.
            head: The number of rows in `thead`.
        """
        texts = self._placed(rows, groups)
        width = max(map(len, texts), default=0)
        first = 0
        while first + 1 < len(rows) and _is_title(rows[first], rows[first + 1], width):
            first += 1
        below = rows[first:]
        if first < head < len(rows):
            depth = min(head - first, _MOST_HEADER_ROWS)
        else:  # a head that is the whole table says nothing
            depth = _merged_depth(below) if head > first else _depth(below)
        titles = [row[0] for row in texts[:first]]
        names = texts[first : first + depth]
        values = list(map(_label_once, rows[first + depth :], texts[first + depth :]))
        header = [_joined([row[column : column + 1] for row in names]) for column in range(width)]
        stated = head > 0 or any(cell.is_head for row in rows for cell in row)
        return Grid(titles, header, values, stated)

    def _placed(self, rows: Sequence[Sequence[Cell]], groups: Sequence[object]) -> list[list[str]]:
        """Return the texts of each row in their columns."""
        placed = []
        hanging: list[tuple[str, int]] = []  # by column: what hangs into the next row, how far
        group: object = None
        for cells, of in zip(rows, groups, strict=True):
            above = hanging if of is group else []
            hanging, group = [], of
            row: list[str] = []
            for cell in cells:
                while len(row) < len(above) and above[len(row)][1]:
                    self._hang(*above[len(row)], row, hanging)
                for number in range(min(cell.across, _WIDEST)):
                    if number and not self._affords(cell.text):
                        break
                    row.append(cell.text)
                    hanging.append((cell.text, cell.down - 1))
            for text, left in above[len(row) :]:
                self._hang(text if left else "", left, row, hanging)
            while hanging and not hanging[-1][1]:
                hanging.pop()
            placed.append(row)
        return placed

    def _hang(self, text: str, left: int, row: list[str], hanging: list[tuple[str, int]]) -> None:
        affords = self._affords(text)
        row.append(text if affords else "")
        hanging.append((text, left - 1 if affords and left else 0))

    def _affords(self, text: str) -> bool:
        self._room -= len(text) + 3
        return self._room >= 0


class TableElement:
    """The rows of a `<table>` or of elements with its roles, without those of inner tables.

    Attributes:
        captions: Its `caption` elements.
        rows: The cells of each row, as a reader sees them: the foot is last.
        groups: For each row, the `thead`, `tbody` or `tfoot` that holds it.
        head: The number of rows in `thead`.
    """

    def __init__(self, element: Element, is_seen: Callable[[Element], bool]) -> None:
        self.captions: list[Element] = []
        self._element = element
        found: list[tuple[int, Element, list[Element]]] = []
        order = {"thead": 0, "tfoot": 2}
        for group, row in _rows(element):
            if not is_seen(row) or (group is not element and not is_seen(group)):
                continue
            if row.tag == "caption":
                self.captions.append(row)
                continue
            cells = [cell for cell in row if _is_cell(cell) and is_seen(cell)]
            if cells:
                found.append((order.get(group.tag, 1), group, cells))
        found.sort(key=lambda row: row[0])
        self.rows = [cells for _, _, cells in found]
        self.groups = [group for _, group, _ in found]
        self.head = sum(place == 0 for place, _, _ in found)

    def cells(self) -> Iterator[Element]:
        """Yield the cells, row by row."""
        for row in self.rows:
            yield from row

    def is_layout(self, *, titled: bool) -> bool:
        """Tell whether the table only arranges paragraphs; *titled* when it holds headings."""
        role = self._element.get("role")
        if role in ("presentation", "none"):
            return True
        if role or self.captions or self.head or any(map(_is_head, self.cells())):
            return False
        if max(map(len, self.rows), default=0) <= 1:
            return True
        bordered = self._element.get("border", "0") not in ("0", "")
        nested = any(inner is not self._element for inner in self._element.iter("table"))
        if bordered or not (nested or titled):
            return False
        sizes = [[len("".join(cell.itertext()).strip()) for cell in row] for row in self.rows]
        grid = sum(sum(map(bool, row)) > 1 for row in sizes)
        largest, total = max(map(max, sizes)), sum(map(sum, sizes))
        is_page = total > _PAGE and 10 * largest > 7 * total
        return grid == 1 or 2 * grid < len(sizes) or is_page


def read_cell(element: Element, text: str) -> Cell:
    """Return the cell that *element* with its *text* is."""
    down = _span(element, "rowspan", _TALLEST)
    across = max(_span(element, "colspan", _WIDEST), 1)
    return Cell(text, across, down or _TALLEST, _is_head(element))


def as_lines(grid: Grid) -> str:
    """Return a table in GitHub's Markdown, without empty rows; "" when nothing is in it.

    A single row that names no columns is no table to a reader, but a line, such as a list item.
    """
    rows = [row for row in grid.rows if any(row)]
    if not rows and not grid.is_stated:
        return " ".join(text for text, _ in groupby(filter(None, grid.header)))
    if not rows and not any(grid.header):
        return ""
    return "\n".join([_line(grid.header), _line(["---"] * len(grid.header)), *map(_line, rows)])


def as_one_line(grid: Grid) -> str:
    """Return a table as one line, for a cell of another: `Kit: A2, Place: hall; Kit: B7, …`.

    Without stated names of columns it is `A2, hall; B7, …`.
    """
    rows = grid.rows if grid.is_stated else [grid.header, *grid.rows]
    named = grid.is_stated and any(grid.header)
    lines = list(grid.titles)
    for row in rows:
        names = grid.header if named else [""] * len(row)
        cells = zip(names, row, strict=False)
        parts = [f"{name}: {cell}" if name else cell for name, cell in cells if cell]
        if grid.is_stated and not named and len(parts) > 1:
            parts[:2] = [f"{parts[0]}: {parts[1]}"]
        lines.append(", ".join(parts))
    return "; ".join(filter(None, lines))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _span(element: Element, name: str, most: int) -> int:
    stated = element.get(name, "1").strip()
    return min(int(stated), most) if stated.isdecimal() and len(stated) < 10 else 1  # noqa: PLR2004


def _is_cell(element: Element) -> bool:
    return element.tag in ("td", "th") or element.get("role") in _CELLS


def _is_head(element: Element) -> bool:
    return element.tag == "th" or element.get("role") in _HEADS


def _rows(table: Element) -> Iterator[tuple[Element, Element]]:
    """Yield the rows and captions of *table*, each after the group that holds it."""
    waiting = [(table, child) for child in reversed(table)]
    while waiting:
        group, element = waiting.pop()
        if element.tag in ("tr", "caption") or element.get("role") == "row":
            yield group, element
        elif element.tag != "table" and isinstance(element.tag, str):
            inside = element if element.tag in _GROUPS else group
            waiting += [(inside, child) for child in reversed(element)]


def _is_title(row: Sequence[Cell], below: Sequence[Cell], width: int) -> bool:
    """Tell whether *row* is one cell across the whole table: its title, with the header below."""
    across = len(row) == 1 and width > 1 and row[0].across >= width and bool(row[0].text)
    return across and (not row[0].is_head or all(cell.is_head for cell in below))


def _label_once(cells: Sequence[Cell], row: list[str]) -> list[str]:
    """Return a row whose only text spans columns with that text once: it labels the rows below."""
    spanned = [cell for cell in cells if cell.text]
    if len(spanned) != 1 or spanned[0].across == 1 or len(set(filter(None, row))) != 1:
        return row
    place = row.index(spanned[0].text)
    return [text if column == place else "" for column, text in enumerate(row)]


def _depth(rows: Sequence[Sequence[Cell]]) -> int:
    """Return the number of rows with names of columns, in a table without `thead`."""
    depth = 0
    for row in rows[:_MOST_HEADER_ROWS]:
        if not all(cell.is_head or not cell.text for cell in row):
            break
        if depth and len(row) > 1 and sum(bool(cell.text) for cell in row) == 1:
            break  # the name of a row whose values are still missing
        depth += any(cell.is_head for cell in row)
    if depth or not rows:
        return min(depth, max(len(rows) - 1, 1))
    if rows[0][0].is_head:  # only the rows have names
        return 0
    return _merged_depth(rows)


def _merged_depth(rows: Sequence[Sequence[Cell]]) -> int:
    """Return the number of rows with names of columns that merged cells show: 1 or 2."""
    merged = any(cell.across > 1 for cell in rows[0])
    second = merged and (any(cell.down > 1 for cell in rows[0]) or not rows[0][0].text)
    return 2 if second and len(rows) > 2 else 1  # noqa: PLR2004


def _joined(names: Sequence[Sequence[str]]) -> str:
    """Return the names of a column in several rows as one: `2026 / May`."""
    return " / ".join(dict.fromkeys(name for part in names for name in part if name))
