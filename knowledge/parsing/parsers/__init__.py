"""Implementations of the Parser protocol, one file per format."""

import sys
from dataclasses import replace
from pathlib import PurePosixPath

from knowledge.model.errors import ParseError
from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.access_rules import refuse_unread_lines
from knowledge.parsing.doubts import doubts
from knowledge.parsing.office_properties import refuse_unread_properties
from knowledge.parsing.parser import Parser
from knowledge.parsing.parsers.csv import CsvParser
from knowledge.parsing.parsers.docx import DocxParser
from knowledge.parsing.parsers.html import HtmlParser
from knowledge.parsing.parsers.markdown import MarkdownParser
from knowledge.parsing.parsers.pdf import PdfParser
from knowledge.parsing.parsers.pptx import PptxParser
from knowledge.parsing.parsers.text import TextParser
from knowledge.parsing.parsers.xlsx import XlsxParser
from knowledge.text.plain_text import plain_text


def _by_suffix(longest: int = sys.maxsize) -> dict[str, Parser]:
    """Return the parsers; those that can stop early do so after *longest* characters."""
    parsers: tuple[Parser, ...] = (
        CsvParser(longest),
        DocxParser(),
        HtmlParser(),
        MarkdownParser(),
        PdfParser(longest),
        PptxParser(),
        TextParser(),
        XlsxParser(longest),
    )
    return {suffix: parser for parser in parsers for suffix in parser.suffixes}


PARSERS = _by_suffix()
"""The parser for each file name ending."""

STATES_AUDIENCE = MarkdownParser.suffixes | TextParser.suffixes
"""File name endings of formats whose front matter may say who reads the document."""

OUTDATED = {".doc": ".docx", ".ppt": ".pptx", ".xls": ".xlsx"}
"""Old formats that we do not parse, and the formats to save them in."""

VERSION = 7
"""Increase when a parser's output changes for the same bytes; it makes syncs parse everything."""


_LONGEST_TITLE = 200
_ZIPPED = frozenset({".docx", ".pptx", ".xlsx", ".xlsm"})
_PAGES = frozenset({".docx", ".pptx", ".pdf"})
"""Formats of written pages, which hold no metadata in their text."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The first bytes of old Office files, and of new ones with a password."""


def suffix_of(name: str) -> str:
    """Return the ending of a file name in lower case, with its dot."""
    return PurePosixPath(name).suffix.lower()


def parse(data: bytes, name: str, longest: int = sys.maxsize) -> ParsedFile:
    """Parse *data*, the content of the file *name*, with the parser for its ending.

    Args:
        data: The content of the file.
        name: Its name; the ending determines the format.
        longest: Number of characters after which the parsers of tables and PDF stop. The result
            may be longer.

    Raises:
        ParseError: when the file cannot be read, contains no text, or begins with what looks
            like an access rule and was not understood.
    """
    suffix = suffix_of(name)
    if suffix in OUTDATED:
        raise ParseError(f"{suffix} files cannot be read: save it as {OUTDATED[suffix]}")
    if not data:
        raise ParseError("contains no text")
    if suffix in _ZIPPED and data.startswith(_OLE):
        raise ParseError("protected by a password, or an old Office file with a new ending")
    parsed = _by_suffix(longest)[suffix].parse(data, name)
    if suffix in _ZIPPED:
        refuse_unread_properties(data)
    if suffix in _PAGES:
        beginning = "\n".join(section.text for section in parsed.sections[:3])
        refuse_unread_lines(beginning, metadata=False)
    if not any(section.text.strip() for section in parsed.sections):
        raise ParseError("contains no text")
    if suspicious := doubts(data, suffix, parsed):
        parsed = replace(parsed, metadata={**parsed.metadata, "doubts": suspicious})
    title = " ".join(plain_text(parsed.title).split())[:_LONGEST_TITLE]
    return replace(parsed, title=title, sections=tuple(map(_plain, parsed.sections)))


def _plain(section: Section) -> Section:
    headings = tuple(map(plain_text, section.headings))
    return replace(section, text=plain_text(section.text), headings=headings)
