"""Excel workbooks of the present format."""

import datetime as dt
import re
import sys
from collections.abc import Iterator

from lxml import etree

from knowledge.model.errors import parse_errors
from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.drawings import text_by_anchor
from knowledge.parsing.ooxml import (
    Element,
    OfficePackage,
    child,
    children,
    descendants,
    is_on,
    local,
    relation_id,
)
from knowledge.parsing.reading_limit import ReadingLimit
from knowledge.parsing.spreadsheets.display import built_in_format, display
from knowledge.parsing.spreadsheets.merges import REPEATED, Merge, Merges
from knowledge.parsing.spreadsheets.sections import sheet_sections
from knowledge.text.titles import title_of_file

_MERGE = re.compile(
    rb"<(?:\w{1,20}:)?mergeCell\s[^<>]{0,200}?ref=[\"']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})[\"']"
)
_MOST_OF_STRINGS = 60_000_000
_EACH_STRING = 40
"""Characters of shared strings that are kept in memory, and what each of them counts besides."""

_BLOCK = 1 << 20
_OVERLAP = 300
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MOST_COLUMNS = 16_384


class XlsxParser:
    """Parses workbooks: tables with their headers, values as they are displayed, charts.

    What nobody sees is left out: hidden sheets, rows and columns, and comments.

    Args:
        longest: Number of characters after which it stops.
        include_hidden: Whether to read what is hidden, too.
    """

    suffixes = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm"})

    def __init__(self, longest: int = sys.maxsize, *, include_hidden: bool = False) -> None:
        self._longest = longest
        self._include_hidden = include_hidden

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with parse_errors("workbook"):
            limit = ReadingLimit(len(data), self._longest)
            package = OfficePackage(data)
            properties = package.properties()
            sections = tuple(self._sections(package, limit))
        title = properties.pop("title", "") or title_of_file(name)
        return ParsedFile(title, sections, {"date": "", **properties}, limit.notes())

    def _sections(self, package: OfficePackage, limit: ReadingLimit) -> Iterator[Section]:
        main = package.main_part()
        workbook, relations = package.xml(main), package.relations(main)
        since_1904 = is_on(child(workbook, "workbookPr"), "date1904")
        cells = _Cells(package, main, limit, since_1904=since_1904)
        sheets = children(child(workbook, "sheets"), "sheet")
        for number, sheet in enumerate(sheets, 1):
            relation = relations.get(relation_id(sheet))
            hidden = (sheet.get("state") or "visible") != "visible"
            if relation is None or (hidden and not self._include_hidden):
                continue
            name = sheet.get("name") or ""
            if limit.is_reached:
                limit.stop(f"sheet {name!r} and what follows")
                break
            reader = _Sheet(package, relation.target, cells, include_hidden=self._include_hidden)
            lines = reader.lines(name, limit)
            more = [block for block in reader.more() if block.strip()]
            yield from sheet_sections(name, lines, more, number)


class _TooManyStringsError(Exception):
    """A cell refers to a shared string that was not read, since there are too many of them."""


class _Cells:
    """Gives the text of cells: the shared strings and the number formats of a workbook."""

    def __init__(
        self, package: OfficePackage, main: str, limit: ReadingLimit, *, since_1904: bool
    ) -> None:
        self._since_1904 = since_1904
        self._strings = list[str]()
        self._has_all_strings = True
        room = _MOST_OF_STRINGS
        for part in package.related(main, "sharedStrings"):
            for text in _strings(package, part):
                room -= len(text) + _EACH_STRING
                if room < 0 or limit.is_reached:
                    self._has_all_strings = False
                    break
                self._strings.append(text)
        styles = package.xml(next(package.related(main, "styles"), ""))
        own = {
            one.get("numFmtId"): one.get("formatCode") or "General"
            for one in children(child(styles, "numFmts"), "numFmt")
        }
        self._formats = [
            own.get(one.get("numFmtId")) or built_in_format(int(one.get("numFmtId") or 0))
            for one in children(child(styles, "cellXfs"), "xf")
        ]

    def text(self, cell: Element) -> str:
        """Return what a cell displays; a formula without a stored value is shown itself.

        Raises:
            _TooManyStringsError: when its text was not read.
        """
        kind, value, formula = cell.get("t") or "n", None, None
        for part in cell:
            name = part.tag
            if name.endswith("}v") or name == "v":
                value = part.text
            elif name.endswith("}f") or name == "f":
                formula = part
            elif kind == "inlineStr":
                value = _string(part)
        if not value:
            return "" if formula is None or kind == "str" else f"={formula.text or '…'}"
        match kind:
            case "s":
                number = int(value)
                if number >= len(self._strings) and not self._has_all_strings:
                    raise _TooManyStringsError
                return self._strings[number]
            case "n" | "d":
                return self._number(value, cell.get("s"), dated=kind == "d")
            case "b":
                return "TRUE" if value == "1" else "FALSE"
            case _:
                return _unescaped(value)

    def _number(self, value: str, style: str | None, *, dated: bool) -> str:
        number = self._serial(value) if dated else float(value)
        place = int(style or 0)
        code = self._formats[place] if place < len(self._formats) else "General"
        if dated and code == "General":
            return value
        return display(number, code, since_1904=self._since_1904)

    def _serial(self, value: str) -> float:
        """Return the days of an ISO date or time since the epoch."""
        epoch = dt.datetime(1904, 1, 1) if self._since_1904 else dt.datetime(1899, 12, 30)  # noqa: DTZ001 - cells have no zone
        moment = dt.datetime.fromisoformat(value).replace(tzinfo=None)
        return (moment - epoch) / dt.timedelta(days=1)


def _strings(package: OfficePackage, part: str) -> Iterator[str]:
    with package.open(part) as file:
        for _, element in _events(file, "si"):
            yield _string(element)
            _forget(element)


def _string(element: Element) -> str:
    """Return a text of one or several runs, without the reading aids of Japanese."""
    runs = (one.text or "" for one in descendants(element, "t") if local(one.getparent()) != "rPh")
    return _unescaped("".join(runs))


def _unescaped(text: str) -> str:
    return (
        _ESCAPE.sub(lambda code: chr(int(code[1], 16)).strip(REPEATED), text)
        if "_x" in text
        else text
    )


def _events(file: object, *names: str) -> Iterator[tuple[str, Element]]:
    tags = [f"{{*}}{name}" for name in names]
    yield from etree.iterparse(
        file,
        tag=tags,
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )


def _forget(element: Element) -> None:
    """Free an element that was read, and those before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


class _Sheet:
    """Reads one sheet row by row.

    Args:
        package: The file.
        part: Name of the sheet's part.
        cells: What gives the text of cells.
        include_hidden: Whether to read hidden rows, columns, shapes and comments.
    """

    def __init__(
        self, package: OfficePackage, part: str, cells: _Cells, *, include_hidden: bool
    ) -> None:
        self._package = package
        self._part = part
        self._cells = cells
        self._include_hidden = include_hidden

    def lines(self, name: str, limit: ReadingLimit) -> list[str]:
        """Return the visible rows of the sheet *name*, up to the *limit*; see `layout`."""
        lines = list[str]()
        merges = Merges(self._merges())
        hidden = set[int]()
        last = 0
        with self._package.open(self._part) as file:
            if not file.read(1):
                return lines
            file.seek(0)
            for _, element in _events(file, "row", "col"):
                if local(element) == "col":
                    hidden |= self._hidden_columns(element)
                    continue
                number = int(element.get("r") or last + 1)
                if limit.is_reached:
                    limit.stop(f"sheet {name!r} from row {number} on, and what follows")
                    break
                if last and number > last + 1:
                    lines.append("")
                last = number
                try:
                    own = self._row(element)
                except _TooManyStringsError:
                    limit.stop(f"sheet {name!r} from row {number} on, and what follows")
                    limit.spend(sys.maxsize)
                    break
                row = merges.fill(number, own)
                if not self._is_hidden(element, "ht"):
                    line = _line(row, hidden)
                    lines.append(line)
                    limit.spend(len(line) + 1)
                _forget(element)
        return lines

    def more(self) -> Iterator[str]:
        """Yield what stands outside of cells: text boxes and charts; comments if asked for."""
        relations = self._package.relations(self._part)
        for relation in relations.values():
            if relation.kind == "drawing":
                yield from text_by_anchor(
                    self._package, relation.target, include_hidden=self._include_hidden
                )
            elif self._include_hidden and relation.kind in ("comments", "threadedComment"):
                root = self._package.xml(relation.target)
                yield from map(_string, descendants(root, "comment", "threadedComment"))

    def _row(self, element: Element) -> dict[int, str]:
        row, column = dict[int, str](), 0
        for cell in element:
            reference = cell.get("r")
            column = _column(reference) if reference else column + 1
            text = self._cells.text(cell)
            if text and column <= _MOST_COLUMNS:
                row[column] = text
        return row

    def _is_hidden(self, element: Element, size: str) -> bool:
        if self._include_hidden:
            return False
        return is_on(element, "hidden") or element.get(size) in ("0", "0.0")

    def _hidden_columns(self, element: Element) -> set[int]:
        if not self._is_hidden(element, "width"):
            return set()
        first, last = int(element.get("min") or 1), int(element.get("max") or 1)
        return set(range(first, min(last, _MOST_COLUMNS) + 1))

    def _merges(self) -> Iterator[Merge]:
        """Yield the merged cells, which stand behind all rows."""
        end = b""
        with self._package.open(self._part) as file:
            while block := file.read(_BLOCK):
                data = end + block
                for found in _MERGE.finditer(data) if b"mergeCell" in data else ():
                    first, last = found[1].decode().split(":")
                    yield Merge(
                        _row_number(first), _column(first), _row_number(last), _column(last)
                    )
                end = data[-_OVERLAP:]


def _line(row: dict[int, str], hidden: set[int]) -> str:
    shown = {column: text for column, text in row.items() if column not in hidden}
    if not shown:
        return ""
    texts = (shown.get(column, "") for column in range(1, max(shown) + 1) if column not in hidden)
    return "\t".join(" ".join(text.split()) for text in texts)


def _column(reference: str) -> int:
    """Return the number of a column: 1 for `A7`, 28 for `AB7`."""
    number = 0
    for letter in reference:
        if not letter.isalpha():
            break
        number = number * 26 + ord(letter.upper()) - 64
    return number


def _row_number(reference: str) -> int:
    return int(reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
