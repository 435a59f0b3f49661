"""Implementations of the Parser protocol, one file per format."""

import sys
from dataclasses import replace
from pathlib import PurePosixPath

from knowledge.model.errors import ParseError
from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.access_rules import refuse_unread_lines
from knowledge.parsing.beginnings import refuse_unread_beginning, refuse_unread_sheet
from knowledge.parsing.doubts import doubts
from knowledge.parsing.libreoffice import convert
from knowledge.parsing.ocr import Ocr
from knowledge.parsing.office_properties import refuse_unread_properties
from knowledge.parsing.ole_properties import ole_properties
from knowledge.parsing.options import AS_SHOWN, ReadingOptions
from knowledge.parsing.parser import Parser
from knowledge.parsing.parsers.code import CodeParser
from knowledge.parsing.parsers.csv import CsvParser
from knowledge.parsing.parsers.docx import DocxParser
from knowledge.parsing.parsers.ebook import EbookParser
from knowledge.parsing.parsers.html import HtmlParser
from knowledge.parsing.parsers.image import ImageParser
from knowledge.parsing.parsers.mail import MailParser
from knowledge.parsing.parsers.markdown import MarkdownParser
from knowledge.parsing.parsers.markup import MarkupParser
from knowledge.parsing.parsers.mht import MhtParser
from knowledge.parsing.parsers.notebook import NotebookParser
from knowledge.parsing.parsers.opendocument import OdpParser, OdsParser
from knowledge.parsing.parsers.pdf import PdfParser
from knowledge.parsing.parsers.pptx import PptxParser
from knowledge.parsing.parsers.subtitles import SubtitlesParser
from knowledge.parsing.parsers.text import TextParser
from knowledge.parsing.parsers.word_processor import WordProcessorParser
from knowledge.parsing.parsers.xls import XlsbParser, XlsParser
from knowledge.parsing.parsers.xlsx import XlsxParser
from knowledge.text.plain_text import plain_text


def _by_suffix(longest: int = sys.maxsize, options: ReadingOptions = AS_SHOWN) -> dict[str, Parser]:
    """Return the parsers.

    Args:
        longest: Characters after which those that can stop early do so.
        options: What they read beyond the shown text.
    """
    include_hidden = options.include_hidden
    parsers: tuple[Parser, ...] = (
        CodeParser(),
        CsvParser(longest),
        DocxParser(include_hidden=include_hidden),
        EbookParser(),
        HtmlParser(include_hidden=include_hidden, rendered=options.rendered),
        MailParser(),
        MarkdownParser(include_hidden=include_hidden, rendered=options.rendered),
        MarkupParser(),
        MhtParser(include_hidden=include_hidden),
        NotebookParser(),
        OdpParser(include_hidden=include_hidden),
        OdsParser(longest, include_hidden=include_hidden),
        PdfParser(longest, Ocr() if options.ocr else None),
        PptxParser(include_hidden=include_hidden),
        SubtitlesParser(),
        TextParser(),
        WordProcessorParser(),
        XlsbParser(longest, include_hidden=include_hidden),
        XlsParser(longest, include_hidden=include_hidden),
        XlsxParser(longest, include_hidden=include_hidden),
        *((ImageParser(),) if options.ocr else ()),
    )
    return {suffix: parser for parser in parsers for suffix in parser.suffixes}


PARSERS = _by_suffix()
"""The parser for each file name ending."""

PICTURES = ImageParser.suffixes
"""File name endings of what only OCR reads."""

STATES_AUDIENCE = frozenset[str]().union(
    CodeParser.suffixes,
    MailParser.suffixes,
    MarkdownParser.suffixes,
    MarkupParser.suffixes,
    NotebookParser.suffixes,
    SubtitlesParser.suffixes,
    TextParser.suffixes,
)
"""File name endings of formats whose beginning may say who reads the document."""

_CONVERTED = {".doc": ".docx", ".dot": ".docx", ".ppt": ".pptx", ".pps": ".pptx", ".pot": ".pptx"}
"""Old formats that only LibreOffice reads, and the formats that we parse."""

OUTDATED = {**_CONVERTED, ".msg": ".eml"}
"""Old formats that we do not parse, and the formats to save them in."""

ARCHIVES = frozenset({".zip"})
"""Formats that a source reads as folders."""

VERSION = 15
"""Increase when a parser's output changes for the same bytes; it makes syncs parse everything."""


_LONGEST_TITLE = 200
_ZIPPED = DocxParser.suffixes | PptxParser.suffixes | XlsxParser.suffixes | XlsbParser.suffixes
_SHEETS = frozenset[str]().union(
    CsvParser.suffixes,
    OdsParser.suffixes,
    XlsbParser.suffixes,
    XlsParser.suffixes,
    XlsxParser.suffixes,
)
"""Formats of nothing but tables, in which "Audience" and "Members" may be names of columns."""

_PAGES = _SHEETS.union(
    DocxParser.suffixes,
    EbookParser.suffixes,
    HtmlParser.suffixes,
    MhtParser.suffixes,
    OdpParser.suffixes,
    PdfParser.suffixes,
    PptxParser.suffixes,
    WordProcessorParser.suffixes,
)
"""Formats of written pages and sheets, which hold no metadata in their text."""

_BEGINNING = 1000
_REALLY = {
    b"{\\rtf": ".rtf",
    b"<!doctype html": ".html",
    b"<html": ".html",
    b"date:": ".mht",
    b"mime-version:": ".mht",
}
"""First letters of what has the ending of an old Office file and is none."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The first bytes of old Office files, and of new ones with a password."""


def suffix_of(name: str) -> str:
    """Return the ending of a file name in lower case, with its dot."""
    return PurePosixPath(name).suffix.lower()


def parse(
    data: bytes,
    name: str,
    longest: int = sys.maxsize,
    options: ReadingOptions = AS_SHOWN,
) -> ParsedFile:
    """Parse *data*, the content of the file *name*, with the parser for its ending.

    Args:
        data: The content of the file.
        name: Its name; the ending determines the format.
        longest: Number of characters after which the parsers of tables and PDF stop. The result
            may be longer.
        options: What to read beyond the shown text.

    Raises:
        ParseError: when the file cannot be read, contains no text, or begins with what looks
            like an access rule and was not understood.
    """
    suffix = suffix_of(name)
    if not data:
        raise ParseError("contains no text")
    if new := _CONVERTED.get(suffix):
        data, suffix = _in_new_format(data, suffix, new)
        name = str(PurePosixPath(name).with_suffix(suffix))
    elif suffix in OUTDATED:
        raise ParseError(f"{suffix} files cannot be read: save it as {OUTDATED[suffix]}")
    if suffix in _ZIPPED and data.startswith(_OLE):
        raise ParseError("protected by a password, or an old Office file with a new ending")
    parsers = _by_suffix(longest, options)
    parsed = parsers[suffix].parse(data, name)
    if suffix in _ZIPPED:
        refuse_unread_properties(data)
    if suffix in _PAGES and not options.rendered:
        _refuse_unread(parsed, is_sheet=suffix in _SHEETS)
    if suffix in _SHEETS:
        refuse_unread_sheet(parsed.sections)
    if not any(section.text.strip() for section in parsed.sections):
        raise ParseError("contains no text")
    is_whole = longest == sys.maxsize
    if is_whole and (suspicious := doubts(data, suffix, parsed)):
        parsed = replace(parsed, metadata={**parsed.metadata, "doubts": suspicious})
    title = " ".join(plain_text(parsed.title).split())[:_LONGEST_TITLE]
    return replace(parsed, title=title, sections=tuple(map(_plain, parsed.sections)))


def _in_new_format(data: bytes, suffix: str, new: str) -> tuple[bytes, str]:
    """Return a file with an old ending in a format that we parse, and its ending.

    Programs write web pages, mail archives and RTF under these names, too, as Confluence does.

    Raises:
        ParseError: when LibreOffice cannot convert it, or its properties look like access rules.
    """
    beginning = data[:_BEGINNING].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for mark, real in _REALLY.items():
        if beginning.startswith(mark):
            return data, real
    if not data.startswith(_OLE):
        return data, ".txt"
    ole_properties(data)
    return convert(data, suffix, new), new


def _refuse_unread(parsed: ParsedFile, *, is_sheet: bool) -> None:
    """Raise `ParseError` when a page begins with a rule, unless it states one for a few itself."""
    audience = parsed.metadata.get("audience")
    if isinstance(audience, list):
        return
    known = str(audience or "")
    beginning = "\n".join(section.text for section in parsed.sections[:3])
    refuse_unread_lines(beginning, metadata=False, known=known, levels=not is_sheet)
    if not is_sheet:
        refuse_unread_beginning(parsed.sections, known)


def _plain(section: Section) -> Section:
    headings = tuple(map(plain_text, section.headings))
    return replace(section, text=plain_text(section.text), headings=headings)
