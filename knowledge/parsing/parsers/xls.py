"""Excel workbooks of older and binary formats."""

import datetime as dt
import io
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from knowledge.model.errors import ParseError, parse_errors
from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.ole_properties import ole_properties
from knowledge.parsing.reading_limit import ReadingLimit
from knowledge.parsing.spreadsheets.display import display
from knowledge.parsing.spreadsheets.layout import row_line
from knowledge.parsing.spreadsheets.merges import REPEATED, Merge, Merges
from knowledge.parsing.spreadsheets.sections import sheet_sections
from knowledge.text.titles import title_of_file, title_of_property

if TYPE_CHECKING:
    from xlrd.book import Book
    from xlrd.sheet import Sheet


class XlsParser:
    """Parses workbooks of Excel 97 to 2003, with formats, merged cells and what is hidden.

    Args:
        longest: Number of characters after which it stops.
        include_hidden: Whether to read hidden sheets, rows and columns, too.
    """

    suffixes = frozenset({".xls", ".xlt"})

    def __init__(self, longest: int = sys.maxsize, *, include_hidden: bool = False) -> None:
        self._longest = longest
        self._include_hidden = include_hidden

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with parse_errors("workbook"):
            import xlrd

            limit = ReadingLimit(len(data), self._longest)
            with io.StringIO() as log:
                try:
                    book = xlrd.open_workbook(
                        file_contents=data, formatting_info=True, on_demand=True, logfile=log
                    )
                except xlrd.XLRDError as error:
                    if "encrypted" in str(error):
                        raise ParseError("protected by a password") from error
                    raise
                sections = tuple(self._sections(book, limit))
                book.release_resources()
            stated = ole_properties(data)
        title = title_of_property(stated.get("title")) or title_of_file(name)
        return ParsedFile(title, sections, {"date": stated.get("modified", "")}, limit.notes())

    def _sections(self, book: "Book", limit: ReadingLimit) -> Iterator[Section]:
        for number in range(book.nsheets):
            sheet = book.sheet_by_index(number)
            if not sheet.visibility or self._include_hidden:
                if limit.is_reached:
                    limit.stop(f"sheet {sheet.name!r} and what follows")
                    break
                lines = list(self._lines(book, sheet, limit))
                yield from sheet_sections(sheet.name, lines, page=number + 1)
            book.unload_sheet(number)

    def _lines(self, book: "Book", sheet: "Sheet", limit: ReadingLimit) -> Iterator[str]:
        merges = Merges(
            Merge(top, left, bottom - 1, right - 1)
            for top, bottom, left, right in sheet.merged_cells
        )
        hidden = self._hidden(sheet.colinfo_map)
        hidden_rows = self._hidden(sheet.rowinfo_map)
        for number in range(sheet.nrows):
            if limit.is_reached:
                limit.stop(f"sheet {sheet.name!r} from row {number + 1} on, and what follows")
                break
            own = {
                column: text
                for column, cell in enumerate(sheet.row(number))
                if (text := _text(book, cell))
            }
            row = merges.fill(number, own)
            if number in hidden_rows:
                continue
            width = max(row, default=-1) + 1
            line = row_line([row.get(n, "") for n in range(width) if n not in hidden])
            yield line
            limit.spend(len(line) + 1)

    def _hidden(self, places: Mapping[int, Any]) -> set[int]:
        if self._include_hidden:
            return set()
        return {number for number, place in places.items() if place.hidden}


def _text(book: "Book", cell: Any) -> str:
    import xlrd

    match cell.ctype:
        case xlrd.XL_CELL_NUMBER | xlrd.XL_CELL_DATE:
            code = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
            return display(cell.value, code or "General", since_1904=bool(book.datemode))
        case xlrd.XL_CELL_BOOLEAN:
            return "TRUE" if cell.value else "FALSE"
        case xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(cell.value, "#ERROR"))
        case _:
            return str(cell.value).replace(REPEATED, "")


class XlsbParser:
    """Parses binary workbooks. The library gives no formats: a rate of 7.5 % reads 0.075.

    Args:
        longest: Number of characters after which it stops.
        include_hidden: Whether to read hidden sheets, too.
    """

    suffixes = frozenset({".xlsb"})

    def __init__(self, longest: int = sys.maxsize, *, include_hidden: bool = False) -> None:
        self._longest = longest
        self._include_hidden = include_hidden

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with parse_errors("workbook"):
            try:
                limit = ReadingLimit(len(data), self._longest)
                sections = tuple(self._sections(data, limit))
            except BaseException as error:
                if type(error).__name__ != "PanicException":  # of Rust, no `Exception`
                    raise
                raise ParseError("not a readable workbook: the library gave up") from error
        return ParsedFile(title_of_file(name), sections, notes=limit.notes())

    def _sections(self, data: bytes, limit: ReadingLimit) -> Iterator[Section]:
        from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            for number, sheet in enumerate(book.sheets_metadata, 1):
                shown = sheet.visible == SheetVisibleEnum.Visible or self._include_hidden
                if not shown or sheet.typ != SheetTypeEnum.WorkSheet:
                    continue
                if limit.is_reached:
                    limit.stop(f"sheet {sheet.name!r} and what follows")
                    break
                lines = list[str]()
                for row in book.get_sheet_by_name(sheet.name).iter_rows():
                    if limit.is_reached:
                        place = f"sheet {sheet.name!r} from row {len(lines) + 1} on"
                        limit.stop(f"{place}, and what follows")
                        break
                    lines.append(row_line([_shown(value) for value in row]))
                    limit.spend(len(lines[-1]) + 1)
                yield from sheet_sections(sheet.name, lines, page=number)


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).upper()
        case int() | float():
            return display(value, "General")
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat()
        case _:
            return str(value)
