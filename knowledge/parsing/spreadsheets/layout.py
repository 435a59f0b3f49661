"""Finds the tables on a sheet: their titles, their headers, what stands side by side.

A sheet is a list of lines: the texts of a row's cells, joined by tabs. So a sheet with millions of
cells needs little memory. "" is a blank row. What merged cells repeat is marked; see `merges`.
"""

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from knowledge.parsing.spreadsheets.merges import REPEATED

TAB = "\t"
_HEAD = 60
"""Rows from which we learn what a table looks like."""

_DEEPEST = 8
"""Levels at which tables side by side are separated."""

_MOST_HEADER_ROWS = 4
_FEW_ROWS = 3
_PROSE = 60
"""Characters above which a text is no label."""

_SEEN = 2000
_MOST_GAPS = 64
"""Empty columns from which a sheet is a form or a drawing, and no row of tables."""

_MOST = 0.7
"""Share that counts as nearly all."""

_NOTE_MARKS = ("※", "*", "＊", "注", "出典", "備考", "note", "source", "(")
_AROUND_NUMBERS = str.maketrans("", "", " +-−–▲△()（）¥￥$€£%％円年月日時分秒,.:/'")
_DATE_MARKS = frozenset("年月日/:-")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


@dataclass(slots=True)
class Table:
    """A table: the lines above it, the names of its columns, and its rows as lines.

    Attributes:
        column: Number of its first column on the sheet.
        seen: Texts of its first rows, with their columns.
        numbers: Columns in which these rows have numbers.
        words: Columns in which they have words.
    """

    titles: tuple[str, ...]
    header: list[str]
    rows: list[str]
    column: int = 0
    seen: set[tuple[int, str]] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)
    words: set[int] = field(default_factory=set)

    def learn(self, line: str) -> None:
        """Note what a row looks like; later rows add nothing."""
        if len(self.seen) < _SEEN:
            cells = [(n, cell) for n, cell in enumerate(_cells(line)) if cell]
            self.seen.update(cells)
            self.numbers.update(n for n, cell in cells if is_number(cell))
            self.words.update(n for n, cell in cells if not is_number(cell))

    def is_like(self, row: Sequence[str]) -> bool:
        """Tell whether *row* has numbers and words in the same columns as this table."""
        kinds = [
            n in (self.numbers if is_number(cell) else self.words)
            for n, cell in enumerate(row)
            if cell
        ]
        return not self.seen or sum(kinds) > _MOST * len(kinds)


SheetItem = Table | str
"""What stands on a sheet: a table, or text outside of tables."""


def row_line(cells: Sequence[str]) -> str:
    """Return a row as a line of a sheet."""
    return TAB.join(" ".join(cell.split()) for cell in cells).rstrip(TAB)


def is_number(text: str) -> bool:
    """Tell whether a text is a number, an amount, a date or a time, as cells display them."""
    rest = text.translate(_AROUND_NUMBERS)
    if rest[:1].isdigit() and ("E" in rest or "e" in rest):
        rest = rest.replace("E", "", 1).replace("e", "", 1)
    elif rest[-2:] in ("AM", "PM"):
        rest = rest[:-2]
    return bool(rest) and len(rest) <= _PROSE and rest.isdigit()


def blocks(lines: list[str]) -> list[SheetItem]:
    """Return what stands on a sheet, in reading order."""
    return list(_blocks(lines, 0, (), 0))


def _blocks(
    lines: list[str], column: int, titles: tuple[str, ...], level: int
) -> Iterator[SheetItem]:
    """Yield the blocks of a part of a sheet that begins at *column*, below *titles*."""
    parts = _parts(lines) if level < _DEEPEST else []
    if parts:
        for first, last in parts:
            yield from _blocks(_slice(lines, first, last), column + first, titles, level + 1)
        return
    reader = _Reader(column, titles)
    for band in _bands(lines):
        if level < _DEEPEST and _parts(band):
            yield from reader.blocks
            above = tuple(reader.pending)
            reader = _Reader(column, ())
            yield from _blocks(band, column, above, level + 1)
        else:
            reader.read(band)
    yield from reader.finish()


def _bands(lines: list[str]) -> Iterator[list[str]]:
    """Yield what blank rows separate."""
    for filled, band in groupby(lines, bool):
        if filled:
            yield list(band)


def _cells(line: str) -> list[str]:
    return line.split(TAB)


def _slice(lines: list[str], first: int, last: int | None = None) -> list[str]:
    return [TAB.join(line.split(TAB)[first:last]).rstrip(TAB) for line in lines]


def _filled(row: Sequence[str]) -> int:
    return sum(map(bool, row))


def _distinct(row: Sequence[str]) -> int:
    return len({cell for cell in row if cell})


def _texts(row: Sequence[str]) -> int:
    """Return the number of texts in a row, where a merged cell has one."""
    return sum(not cell.endswith(REPEATED) for cell in row if cell) or any(row)


def _bare(text: str) -> str:
    return text.replace(REPEATED, "")


# Tables side by side


def _parts(lines: list[str]) -> list[tuple[int, int]]:
    """Return the columns (first, after the last) of tables side by side; [] for a single one.

    An empty column alone may be there for the eye only. Two tables have two headers, and the right
    one has labels of its own.
    """
    used = set[int]()
    for line in lines:
        if line:
            used.update(index for index, cell in enumerate(line.split(TAB)) if cell)
    runs = _runs(sorted(used))
    if not 1 < len(runs) <= _MOST_GAPS:
        return []
    head = [_cells(line) for line in [line for line in lines if line][:_HEAD]]
    starts = [runs[0][0]]
    for number, (first, last) in enumerate(runs[1:], 1):
        left = [row[starts[-1] : runs[number - 1][1]] for row in head]
        if _are_independent(left, [row[first:last] for row in head]):
            starts.append(first)
    return list(pairwise([*starts, runs[-1][1]])) if len(starts) > 1 else []


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return the runs of consecutive *numbers*, as (first, after the last)."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number:
            runs[-1] = runs[-1][0], number + 1
        else:
            runs.append((number, number + 1))
    return runs


def _are_independent(left: list[list[str]], right: list[list[str]]) -> bool:
    """Tell whether two groups of columns are tables of their own."""
    tables = [[row for row in side if _filled(row) > 1] for side in (left, right)]
    if not all(tables):
        return _is_remark(left) or _is_remark(right)
    if not all(map(_is_header, (tables[0][0], tables[1][0]))):
        return False
    if tables[0][0] == tables[1][0]:
        return True
    places = [[n for n, row in enumerate(side) if _filled(row) > 1] for side in (left, right)]
    dense = all(len(rows) > _MOST * (rows[-1] - rows[0] + 1) for rows in places)
    differ = places[0][0] != places[1][0] or places[0][-1] != places[1][-1]
    labels = [row[0] for row in tables[1][1:] if row[0]]
    labelled = len(labels) >= len(tables[1][1:]) * _MOST and not any(map(is_number, labels))
    return dense and len(tables[1]) > 1 and (labelled or differ)


def _is_header(row: Sequence[str]) -> bool:
    return not any(map(is_number, row)) and _filled(row) >= len(row) / 2


def _is_remark(side: list[list[str]]) -> bool:
    """Tell whether a single column beside a table holds a few lines of prose, no values."""
    texts = [cell for row in side for cell in row if cell]
    return (
        len(texts) <= _FEW_ROWS < len(side)
        and max(map(_filled, side)) == 1
        and not any(map(is_number, texts))
        and any(len(text) > _PROSE / 3 for text in texts)
    )


# Titles and headers


class _Reader:
    """Reads the bands of one column of tables, from the top.

    Args:
        column: Number of the first column on the sheet.
        titles: Lines above that belong to the first table.
    """

    def __init__(self, column: int, titles: tuple[str, ...]) -> None:
        self.blocks: list[SheetItem] = []
        self.pending = list(titles)
        self._inherited = titles
        self._column = column
        self._header: Table | None = None
        """Rows that look like a header and wait for their values."""
        self._alone: Table | None = None
        """The same rows as they are when no values follow."""

    def finish(self) -> Iterator[SheetItem]:
        """Yield all blocks; what is left over is text."""
        self._emit_header()
        if tuple(self.pending) != self._inherited or not self.blocks:
            self.blocks.extend(self.pending)
        yield from self.blocks

    def read(self, band: list[str]) -> None:
        """Read what stands between two blank rows."""
        head = [_cells(line) for line in band[:_HEAD]]
        first = min(next(n for n, cell in enumerate(row) if cell) for row in head)
        head = [row[first:] for row in head]
        if _is_text(band, head):
            self.pending += [_only(_cells(line)) for line in band]
            return
        count = _count_titles(head)
        head = [list(map(_bare, row)) for row in head]
        self.pending += [" ".join(dict.fromkeys(filter(None, row))) for row in head[:count]]
        rows = _slice(band[count:], first) if first else band[count:]
        head = head[count:]
        column = self._column + first
        previous = self._previous(head, column)
        if previous is not None:
            self._continue(previous, rows, column)
        else:
            self._begin(rows, head, column)

    def _begin(self, rows: list[str], head: list[list[str]], column: int) -> None:
        self._emit_header()
        depth = _header_rows(head)
        table = Table((), _combined(head[:depth]), rows[depth:], column)
        depth = len(head) if _may_be_header(rows, head) else depth
        if depth == len(rows) and _distinct(table.header) > 1:
            self._header = Table((), _combined(head[:depth]), [], column)
            self._alone = table
            return
        self._add(table)

    def _continue(self, previous: Table, rows: list[str], column: int) -> None:
        """Add rows that have no header of their own to the table above, or begin one like it."""
        shift = column - previous.column
        rows = [TAB * shift + row for row in rows] if shift else rows
        if self._header is None and not self.pending:
            self._extend(previous, rows)
            return
        self._header = self._alone = None
        self._add(Table((), previous.header, rows, previous.column))

    def _add(self, table: Table) -> None:
        titles, self.pending = tuple(self.pending), []
        self._inherited = ()
        added = Table(titles, table.header, [], table.column)
        self.blocks.append(added)
        self._extend(added, table.rows)

    def _extend(self, table: Table, rows: list[str]) -> None:
        notes = _notes_below(rows)
        table.rows += [_written(line, table.header) for line in rows[: len(rows) - notes]]
        self.pending += [_only(_cells(line)) for line in rows[len(rows) - notes :]]
        for line in rows[:_HEAD]:
            table.learn(_bare(line))

    def _previous(self, head: list[list[str]], column: int) -> Table | None:
        """Return the table above, if its header holds for these rows, too."""
        last = self.blocks[-1] if self.blocks else None
        table = self._header or (last if isinstance(last, Table) else None)
        if table is None or not any(table.header):
            return None
        width = max(map(len, head)) + column - table.column
        if column < table.column or width > len(table.header):
            return None
        first = [""] * (column - table.column) + head[0]
        if _has_values(head):
            return table if table.is_like(first) else None
        if self._header is not None:
            same = column == table.column and width == len(table.header)
            one = self._alone is not None and not self._alone.rows
            return table if same and one and not _is_above_values(head) else None
        seen = any((n, cell) in table.seen for n, cell in enumerate(first))
        return table if seen and first != table.header and not self.pending else None

    def _emit_header(self) -> None:
        if self._alone is not None:
            alone, self._header, self._alone = self._alone, None, None
            self._add(alone)


def _only(row: Sequence[str]) -> str:
    return _bare(next(filter(None, row), ""))


def _is_text(band: list[str], head: list[list[str]]) -> bool:
    """Tell whether a band is text: a few lines, or a column of prose."""
    if any(_texts(row) != 1 for row in head):
        return False
    texts = [_only(row) for row in head]
    if len(band) <= _FEW_ROWS:
        return not any(map(is_number, texts[1:]))
    return statistics.mean(map(len, texts)) > _PROSE and len(band) <= _HEAD


def _count_titles(head: list[list[str]]) -> int:
    """Return the number of rows above the header: they have far fewer cells than the table."""
    usual = statistics.median(map(_filled, head[-(-len(head) // 3) :] or head))
    count = 0
    while count < len(head) - 1:
        row, below = head[count], head[count + 1]
        alone = _texts(row) == 1 and (usual > 1 or _texts(below) > 1)
        few = bool(row[0]) and _filled(row) <= usual / 2 and _texts(row) < _FEW_ROWS <= usual
        if not (alone or (few and not _completes(row, below))):
            break
        if _repeats(row) and _filled(row) < _filled(below) and not row[0]:
            break  # a name over several columns
        count += 1
    return count


def _completes(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Tell whether each column has its name in one of two rows."""
    width = max(len(upper), len(lower))
    rows = [[*row, *[""] * (width - len(row))] for row in (upper, lower)]
    missing = any(not top and bottom for top, bottom in zip(*rows, strict=True))
    return missing and not lower[0] and all(map(any, zip(*rows, strict=True)))


def _repeats(row: Sequence[str]) -> bool:
    """Tell whether a name stands over several columns, as merged cells do."""
    return any(one and one == other for one, other in pairwise(map(_bare, row)))


def _header_rows(head: list[list[str]]) -> int:
    """Return the number of rows that name the columns; 0 if the first has values already."""
    if _has_values(head) or _explains(head):
        return 0
    depth = 1
    while depth < min(len(head), _MOST_HEADER_ROWS) and _goes_on(head, depth):
        depth += 1
    return depth


def _explains(head: list[list[str]]) -> bool:
    """Tell whether rows are labels with their explanations: names of columns are short."""
    return len(head[0]) > 1 and bool(head[0][0]) and any(len(cell) > _PROSE for cell in head[0][1:])


def _may_be_header(rows: list[str], head: list[list[str]]) -> bool:
    """Tell whether a band is a header of several rows, if values follow below it."""
    few = len(rows) <= _FEW_ROWS and not all(head[0])
    return few and all(_are_names(row, ()) for row in head)


def _goes_on(head: list[list[str]], depth: int) -> bool:
    """Tell whether the row at *depth* names columns, too, under those of the row above."""
    above, row = head[depth - 1], head[depth]
    if _has_values(head[depth:]) or (any(map(is_number, row)) and not _are_names(row, above)):
        return False
    down = any(one and one == other for one, other in zip(above, row, strict=False))
    spans = [n for n, (one, other) in enumerate(pairwise(above)) if one and one == other]
    under = any(row[n : n + 1] != row[n + 1 : n + 2] and row[n : n + 1] for n in spans)
    if (down and _distinct(row) > 1 and _spanned(above, row)) or under:
        return True
    below = head[depth + 1] if depth + 1 < len(head) else []
    sparse = not all(above[1:]) or len(above) < len(row)
    valued = any(map(is_number, below)) and not any(map(is_number, row))
    return sparse and valued and _fits_under(above, row)


def _spanned(above: Sequence[str], row: Sequence[str]) -> bool:
    """Tell whether cells repeat downwards in labels only, and others differ."""
    pairs = [(one, other) for one, other in zip(above, row, strict=False) if one and other]
    return any(one != other for one, other in pairs) and _repeats(above)


def _fits_under(above: Sequence[str], row: Sequence[str]) -> bool:
    width = max(len(above), len(row))
    padded = [[*one, *[""] * (width - len(one))] for one in (above, row)]
    covered = all(top or bottom for top, bottom in zip(*padded, strict=True))
    return covered and _filled(row) > 1 and _filled(above) < width


def _are_names(row: Sequence[str], above: Sequence[str]) -> bool:
    """Tell whether the numbers of a row name columns: years, or 1, 2, 3."""
    numbers = [cell for cell in row if is_number(cell)]
    if not numbers:
        return True
    plain = [cell.rstrip("年") for cell in numbers]
    if all(cell.isdecimal() and _FIRST_YEAR <= int(cell) <= _LAST_YEAR for cell in plain if cell):
        return True
    if not all(cell.isdecimal() and len(cell) < len("2026") for cell in plain):
        return False
    counted = [int(cell) for cell in plain]
    return counted == list(range(1, len(counted) + 1)) and len(counted) > 1 and above is not row


def _has_values(head: list[list[str]]) -> bool:
    """Tell whether the first row holds values already: numbers over numbers that name no columns.

    Dates over amounts, years, and 1, 2, 3 name columns.
    """
    first, below = head[0], head[1:]
    numbers = [n for n, cell in enumerate(first) if is_number(cell)]
    if not numbers or _are_names(first, ()):
        return False
    if not below:
        return True
    for n in numbers:
        column = [row[n] for row in below if n < len(row) and row[n]]
        values = [cell for cell in column if is_number(cell)]
        if len(values) * 2 > len(column) or not column:
            dated = sum(_is_date(cell) for cell in values) * 2 > len(values)
            if _is_date(first[n]) <= dated:
                return True
    return False


def _is_date(text: str) -> bool:
    return text[:1].isdigit() and not _DATE_MARKS.isdisjoint(text[1:]) and len(text) >= len("9:00")


def _is_above_values(head: list[list[str]]) -> bool:
    """Tell whether a row without numbers stands over a column of numbers: a header."""
    return len(head) > 1 and not any(map(is_number, head[0])) and any(map(is_number, head[1]))


def _combined(rows: list[list[str]]) -> list[str]:
    """Return one name for each column, of all rows of a header."""
    if not rows:
        return []
    width = max(map(len, rows))
    rows = [[*row, *[""] * (width - len(row))] for row in rows]
    for upper, lower in pairwise(rows):
        _spread(upper, lower)
    return [" ".join(_unrepeated(names)) for names in zip(*rows, strict=True)]


def _spread(upper: list[str], lower: list[str]) -> None:
    """Let a name hold for the columns to its right, where those below would have the same name."""
    times = Counter(lower)
    for n in range(1, len(upper)):
        if not upper[n] and min(times[lower[n]], times[lower[n - 1]]) > 1 and lower[n]:
            upper[n] = upper[n - 1] if lower[n - 1] else ""


def _unrepeated(names: Sequence[str]) -> Iterator[str]:
    return (name for name, _ in groupby(filter(None, names)))


def _notes_below(rows: list[str]) -> int:
    """Return the number of rows at the end that are remarks, not values."""
    count = 0
    while count < min(len(rows) - 1, _MOST_HEADER_ROWS):
        row = _cells(rows[-1 - count])
        text = _only(row)
        wide = len(_cells(rows[0])) > 1
        remark = len(text) > _PROSE or text.lower().startswith(_NOTE_MARKS)
        if not (wide and _texts(row) == 1 and remark and not is_number(text)):
            break
        count += 1
    return count


def _written(line: str, header: Sequence[str]) -> str:
    """Return a row in which a merged text stands once for each name of its columns.

    The only text of a row is a label of the rows below: it stands once.
    """
    if REPEATED not in line:
        return line
    row = _cells(line)
    is_label = _texts(row) == 1 and not is_number(_only(row))
    for n, cell in enumerate(row):
        named = n < len(header) and header[n] and header[n] != header[n - 1]
        if cell.endswith(REPEATED) and (is_label or not named):
            row[n] = ""
    return _bare(TAB.join(row)).rstrip(TAB)
