"""Comma- and tab-separated values."""

import csv
import io
import sys

from knowledge.model.errors import parse_errors
from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.decoder import decode
from knowledge.parsing.tables import markdown_table
from knowledge.text.titles import title_of_file

_DELIMITERS = ",\t;"


class CsvParser:
    """Parses separated values as one table; the delimiter is the most common in the first line.

    Args:
        longest: Number of characters after which it stops.
    """

    suffixes = frozenset({".csv", ".tsv"})

    def __init__(self, longest: int = sys.maxsize) -> None:
        self._longest = longest

    def parse(self, data: bytes, name: str) -> ParsedFile:
        text = decode(data)
        first_line = text.lstrip("\n").partition("\n")[0]
        delimiter = max(_DELIMITERS, key=first_line.count)
        with parse_errors("table of separated values"):
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            table = markdown_table(rows, self._longest)
        return ParsedFile(title_of_file(name), (Section(table),))
