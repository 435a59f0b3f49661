"""Comma- and tab-separated values."""

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from knowledge.model.errors import parse_errors
from knowledge.model.types import ParsedFile
from knowledge.parsing.decoder import decode
from knowledge.parsing.reading_limit import ReadingLimit
from knowledge.parsing.spreadsheets.layout import row_line
from knowledge.parsing.spreadsheets.merges import REPEATED
from knowledge.parsing.spreadsheets.sections import sheet_sections
from knowledge.text.titles import title_of_file

_DELIMITERS = ",\t;|"
_SAMPLE = 50
"""Records from which the delimiter is learnt."""

_BEGINNING = 100_000
_STATED = "sep="


class CsvParser:
    """Parses separated values, with any of the usual delimiters and lines above the header.

    Args:
        longest: Number of characters after which it stops.
    """

    suffixes = frozenset({".csv", ".tsv"})

    def __init__(self, longest: int = sys.maxsize) -> None:
        self._longest = longest

    def parse(self, data: bytes, name: str) -> ParsedFile:
        text = decode(data).replace(REPEATED, "").lstrip("\n")
        first, _, rest = text.partition("\n")
        if first.lower().startswith(_STATED) and len(first.strip()) == len(_STATED) + 1:
            delimiter, text = first.strip()[-1], rest  # Excel writes and reads it
        else:
            delimiter = _delimiter(text)
        with parse_errors("table of separated values"):
            limit = ReadingLimit(len(data), self._longest)
            try:
                lines = _lines(text, delimiter, csv.QUOTE_MINIMAL, limit)
            except csv.Error:  # a quotation mark that is never closed is a character
                limit = ReadingLimit(len(data), self._longest)
                lines = _lines(text, delimiter, csv.QUOTE_NONE, limit)
        sections = tuple(sheet_sections("", lines))
        return ParsedFile(title_of_file(name), sections, notes=limit.notes())


def _lines(text: str, delimiter: str, quoting: int, limit: ReadingLimit) -> list[str]:
    lines = list[str]()
    for row in _records(text, delimiter, quoting):
        if limit.is_reached:
            limit.stop(f"from row {len(lines) + 1} on")
            break
        lines.append(row_line(row))
        limit.spend(len(lines[-1]) + 1)
    return lines


def _records(text: str, delimiter: str, quoting: int) -> Iterator[list[str]]:
    return csv.reader(_lines_of(text), delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type] # the stub knows literal numbers only


def _lines_of(text: str) -> Iterator[str]:
    """Yield the lines one by one; `StringIO` would hold four bytes for each character."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _delimiter(text: str) -> str:
    """Return the delimiter by which most records have the same number of cells."""
    beginning = text[:_BEGINNING]
    return max(_DELIMITERS, key=lambda delimiter: _agreement(beginning, delimiter))


def _agreement(text: str, delimiter: str) -> tuple[float, int]:
    """Return the share of records with the most frequent number of cells, and that number."""
    try:
        records = list(islice(_records(text, delimiter, csv.QUOTE_MINIMAL), _SAMPLE))
    except csv.Error:
        records = list(islice(_records(text, delimiter, csv.QUOTE_NONE), _SAMPLE))
    widths = Counter(len(record) for record in records if any(record))
    several = {width: count for width, count in widths.items() if width > 1}
    if not several:
        return 0.0, 0
    width = max(several, key=lambda width: (several[width], width))
    return several[width] / widths.total(), width
