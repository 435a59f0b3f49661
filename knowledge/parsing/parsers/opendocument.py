"""Spreadsheets and presentations of LibreOffice and others (OpenDocument)."""

import sys
from collections.abc import Iterator

from knowledge.model.errors import parse_errors
from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.dates import iso_date
from knowledge.parsing.ooxml import (
    Element,
    OfficePackage,
    author_of,
    child,
    children,
    descendants,
    local,
)
from knowledge.parsing.reading_limit import ReadingLimit
from knowledge.parsing.reading_order import in_reading_order
from knowledge.parsing.slide_titles import topmost_title
from knowledge.parsing.spreadsheets.layout import row_line
from knowledge.parsing.spreadsheets.merges import Merge, Merges
from knowledge.parsing.spreadsheets.sections import sheet_sections
from knowledge.parsing.stated_properties import properties_in
from knowledge.parsing.tables import markdown_table
from knowledge.text.headings import first_heading
from knowledge.text.titles import title_of_file, title_of_property

_MOST_COLUMNS = 16_384
_MOST_ROWS = 1_048_576
_HIDDEN = ("collapse", "filter")
_NO_NUMBER = "NaN"
"""What LibreOffice stores in a chart for a cell without a value."""

_CENTIMETRES = {"cm": 1.0, "mm": 0.1, "in": 2.54, "pt": 2.54 / 72, "pc": 2.54 / 6}
_SHAPES = ("frame", "custom-shape", "rect", "ellipse", "line", "connector", "g", "caption")


class _Content:
    """What the parts of a file hold.

    Args:
        data: The content of the file.
        include_hidden: Whether to read what is hidden, too.
    """

    def __init__(self, data: bytes, *, include_hidden: bool) -> None:
        self.package = OfficePackage(data)
        self.root = self.package.xml("content.xml")
        self.include_hidden = include_hidden
        self._hidden = {
            _attribute(style, "name")
            for style in descendants(self.root, "style")
            for properties in style
            if _attribute(properties, "display") == "false"
            or _attribute(properties, "visibility") == "hidden"
        }

    def body(self, kind: str) -> Element | None:
        """Return the element with the sheets or slides."""
        return child(self.root, "body", kind)

    def is_shown(self, element: Element) -> bool:
        """Tell whether a sheet or a slide is read."""
        return self.include_hidden or _attribute(element, "style-name") not in self._hidden

    def stated(self) -> dict[str, str]:
        """Return the title, author and date that the file states.

        Raises:
            ParseError: when a property looks like an access rule.
        """
        found = properties_in(self.package.xml("meta.xml"))
        stated = {
            "title": title_of_property(found.get("title")),
            "author": author_of(found.get("creator") or found.get("initial-creator", "")),
            "date": iso_date(found.get("date", "")),
        }
        return {key: value for key, value in stated.items() if value}

    def shapes(self, shapes: list[Element]) -> Iterator[str]:
        """Yield what shapes show, in reading order: texts, tables and charts."""
        for shape in in_reading_order(shapes, _box):
            if local(shape) == "g":
                yield from self.shapes(list(children(shape, *_SHAPES)))
            elif (table := child(shape, "table")) is not None:
                yield markdown_table(_rows_of(table))
            elif (chart := child(shape, "object")) is not None:
                yield self._chart(_attribute(chart, "href").removeprefix("./"))
            else:
                yield _text(shape)

    def _chart(self, folder: str) -> str:
        chart = child(self.package.xml(f"{folder}/content.xml"), "body", "chart", "chart")
        titles = [_text(one) for one in children(chart, "title", "subtitle")]
        tables = [markdown_table(_points_of(one)) for one in children(chart, "table")]
        return "\n\n".join(filter(None, (*titles, *tables)))


class OdsParser:
    """Parses spreadsheets; the files hold each value as it is displayed.

    Args:
        longest: Number of characters after which it stops.
        include_hidden: Whether to read hidden sheets, rows and columns, and comments, too.
    """

    suffixes = frozenset({".ods", ".ots"})

    def __init__(self, longest: int = sys.maxsize, *, include_hidden: bool = False) -> None:
        self._longest = longest
        self._include_hidden = include_hidden

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with parse_errors("spreadsheet"):
            limit = ReadingLimit(len(data), self._longest)
            content = _Content(data, include_hidden=self._include_hidden)
            sections = tuple(self._sections(content, limit))
            stated = content.stated()
        title = stated.pop("title", "") or title_of_file(name)
        return ParsedFile(title, sections, stated, limit.notes())

    def _sections(self, content: _Content, limit: ReadingLimit) -> Iterator[Section]:
        for number, table in enumerate(children(content.body("spreadsheet"), "table"), 1):
            if content.is_shown(table):
                if limit.is_reached:
                    limit.stop(f"sheet {_attribute(table, 'name')!r} and what follows")
                    break
                lines = list(self._lines(table, limit))
                more = [text for text in content.shapes(_outer_shapes(table)) if text.strip()]
                yield from sheet_sections(_attribute(table, "name"), lines, more, number)

    def _lines(self, table: Element, limit: ReadingLimit) -> Iterator[str]:
        hidden, column = set[int](), 0
        for element in descendants(table, "table-column"):
            count = _count(element, "number-columns-repeated", _MOST_COLUMNS)
            if _attribute(element, "visibility") in _HIDDEN and not self._include_hidden:
                hidden |= set(range(column, min(column + count, _MOST_COLUMNS)))
            column += count
        merges, number = Merges(()), 0
        for row in descendants(table, "table-row"):
            repeats = _count(row, "number-rows-repeated", _MOST_ROWS)
            own = _cells(row, number, merges, comments=self._include_hidden)
            for place in range(number, number + (repeats if own else 1)):
                if limit.is_reached:
                    name = _attribute(table, "name")
                    limit.stop(f"sheet {name!r} from row {place + 1} on, and what follows")
                    return
                filled = merges.fill(place, dict(own))
                if _attribute(row, "visibility") in _HIDDEN and not self._include_hidden:
                    break
                width = max(filled, default=-1) + 1
                yield row_line([filled.get(n, "") for n in range(width) if n not in hidden])
                limit.spend(sum(map(len, filled.values())) + 1)
            number += repeats


class OdpParser:
    """Parses presentations: one section per slide, its title as heading, its notes at the end.

    Args:
        include_hidden: Whether to read hidden slides, too.
    """

    suffixes = frozenset({".odp", ".otp"})

    def __init__(self, *, include_hidden: bool = False) -> None:
        self._include_hidden = include_hidden

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with parse_errors("presentation"):
            content = _Content(data, include_hidden=self._include_hidden)
            sections = tuple(
                _slide(content, page, number)
                for number, page in enumerate(children(content.body("presentation"), "page"), 1)
                if content.is_shown(page)
            )
            stated = content.stated()
        title = stated.pop("title", "")
        return ParsedFile(first_heading(sections) or title or title_of_file(name), sections, stated)


def _slide(content: _Content, page: Element, number: int) -> Section:
    shapes = list(children(page, *_SHAPES))
    title = next((one for one in shapes if _attribute(one, "class") == "title"), None)
    if title is None:
        place = topmost_title([(_box(one), _words(one)) for one in shapes])
        title = None if place is None else shapes[place]
    heading = " ".join(_text(title).split()) if title is not None else ""
    blocks = list(content.shapes([one for one in shapes if one is not title]))
    notes = child(page, "notes")
    blocks += (
        _text(one)
        for one in children(notes, "frame")
        if _attribute(one, "class") in ("notes", "outline")
    )
    text = "\n\n".join(block for block in blocks if block.strip())
    return Section(text or heading, (heading,) if heading else (), page=number)


def _words(shape: Element) -> str:
    """Return the text of a text box, "" of anything else."""
    is_text = child(shape, "text-box") is not None or local(shape) == "custom-shape"
    return _text(shape).strip() if is_text else ""


def _cells(row: Element, number: int, merges: Merges, *, comments: bool) -> dict[int, str]:
    """Return the texts of a row by column, and note the merged cells that begin in it."""
    found, column = dict[int, str](), 0
    for cell in children(row, "table-cell", "covered-table-cell"):
        repeats = _count(cell, "number-columns-repeated", _MOST_COLUMNS)
        parts = list(map(_inline, _paragraphs(cell)))
        if comments:
            parts += map(_text, children(cell, "annotation"))
        text = " ".join(filter(None, parts))
        if text and local(cell) == "table-cell":
            found.update(dict.fromkeys(range(column, min(column + repeats, _MOST_COLUMNS)), text))
        down = _count(cell, "number-rows-spanned", _MOST_ROWS)
        across = _count(cell, "number-columns-spanned", _MOST_COLUMNS)
        if down > 1 or across > 1:
            merges.add(Merge(number, column, number + down - 1, column + across - 1))
        column += repeats
    return found


def _paragraphs(cell: Element) -> Iterator[Element]:
    """Yield the paragraphs of a cell, those in lists too, and none of comments and shapes."""
    for one in cell:
        if local(one) in ("p", "h"):
            yield one
        elif local(one) in ("list", "list-item", "list-header", "section"):
            yield from _paragraphs(one)


def _rows_of(table: Element) -> Iterator[list[str]]:
    """Yield the rows of a table on a slide or of a chart, merged cells repeated."""
    merges = Merges(())
    for number, row in enumerate(descendants(table, "table-row")):
        filled = merges.fill(number, _cells(row, number, merges, comments=False))
        yield [filled.get(column, "") for column in range(max(filled, default=-1) + 1)]


def _points_of(table: Element) -> Iterator[list[str]]:
    """Yield the rows of a chart's data that have a value; lists in it repeat its names."""
    for again in list(descendants(table, "list")):
        again.getparent().remove(again)
    for row in _rows_of(table):
        if not {"", _NO_NUMBER}.issuperset(row):
            yield ["" if cell == _NO_NUMBER else cell for cell in row]


def _outer_shapes(table: Element) -> list[Element]:
    """Return the shapes on a sheet that are in no other one."""
    return [
        shape
        for shape in descendants(table, *_SHAPES)
        if local(shape.getparent()) in ("shapes", "table-cell", "covered-table-cell")
    ]


def _text(element: Element) -> str:
    """Return the paragraphs in a shape, without comments and notes."""
    lines = (
        _inline(one)
        for one in descendants(element, "p", "h")
        if local(one.getparent()) not in ("annotation", "notes") or one.getparent() is element
    )
    return "\n".join(filter(str.strip, lines))


def _inline(paragraph: Element) -> str:
    """Return the text of a paragraph; spaces, tabs and line ends have elements of their own."""
    return "".join(_walk(paragraph))


def _walk(element: Element) -> Iterator[str]:
    yield element.text or ""
    for one in element:
        match local(one):
            case "s":
                yield " " * _count(one, "c", _MOST_COLUMNS)
            case "tab":
                yield "\t"
            case "line-break":
                yield "\n"
            case "annotation":
                pass
            case _:
                yield from _walk(one)
        yield one.tail or ""


def _attribute(element: Element, name: str) -> str:
    """Return an attribute in any namespace, or ""."""
    found = (value for key, value in element.attrib.items() if key.rpartition("}")[2] == name)
    return str(next(found, ""))


def _count(element: Element, name: str, most: int) -> int:
    text = _attribute(element, name)
    return min(int(text), most) if text.isdecimal() else 1


def _box(shape: Element) -> tuple[float, float, float, float]:
    """Return the left, top, right and bottom edge of a shape in centimetres."""
    left, top, width, height = (
        _length(_attribute(shape, one)) for one in ("x", "y", "width", "height")
    )
    return left, top, left + width, top + height


def _length(text: str) -> float:
    try:
        return float(text[:-2]) * _CENTIMETRES.get(text[-2:], 1.0)
    except ValueError:
        return 0.0
