"""Excel workbooks."""

import io
import sys
from contextlib import closing

from knowledge.model.errors import parse_errors
from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.front_matter import iso_date
from knowledge.parsing.tables import markdown_table
from knowledge.text.titles import title_of_file, title_of_property


class XlsxParser:
    """Parses workbooks: one section per sheet, blocks of rows as tables, formulas as values.

    Args:
        longest: Number of characters after which it stops.
    """

    suffixes = frozenset({".xlsx", ".xlsm"})

    def __init__(self, longest: int = sys.maxsize) -> None:
        self._longest = longest

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with parse_errors("workbook"):
            from openpyxl import load_workbook

            with closing(load_workbook(io.BytesIO(data), read_only=True, data_only=True)) as book:
                sections, room = [], self._longest
                for number, sheet in enumerate(book.worksheets, 1):
                    if room <= 0:
                        break
                    sheet.reset_dimensions()  # Some programs write wrong ones, which hide cells.
                    table = markdown_table(sheet.iter_rows(values_only=True), room)
                    room -= len(table)
                    sections.append(Section(table, (sheet.title,), page=number))
                title = title_of_property(book.properties.title)
                date = iso_date(book.properties.modified)
        return ParsedFile(title or title_of_file(name), tuple(sections), {"date": date})
