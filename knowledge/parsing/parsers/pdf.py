"""PDF files with a text layer."""

import re
import sys
import unicodedata
from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING

from knowledge.model.errors import ParseError, parse_errors
from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.front_matter import iso_date
from knowledge.text.titles import title_of_file, title_of_property

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_HYPHEN = re.compile("[\u00ad\ufffe\x02]\n?")
_SENTENCE_END = ("。", "．", ".", "!", "?", "！", "？", ":", "：")
_ITEM = re.compile(r"\s*(?:[-*•・●○■□◆※]|[(（]?\w{1,3}[)）.．、]|第\s*\w+\s*[章節条])")
_FULL = 0.8
"""Share of a page's widest line from which we treat a line end as automatic wrapping."""


class PdfParser:
    """Parses PDF: one section per page, with the `page=N` anchor that browsers support.

    Args:
        longest: Number of characters after which it stops.
    """

    suffixes = frozenset({".pdf"})

    def __init__(self, longest: int = sys.maxsize) -> None:
        self._longest = longest

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with parse_errors("PDF"):
            title, date, pages = _read(data, self._longest)
        if not any(page.strip() for page in pages):
            raise ParseError("no text layer: the pages are images, so run OCR on the file first")
        sections = tuple(
            Section(join_lines(page), page=number, anchor=f"page={number}")
            for number, page in enumerate(pages, 1)
            if page.strip()
        )
        return ParsedFile(title or title_of_file(name), sections, {"date": date})


def join_lines(page: str) -> str:
    """Return the text of a *page* without the line breaks that only its width caused.

    Breaks stay after a short line, after the end of a sentence, and before a list item.
    """
    lines = [line.strip() for line in _HYPHEN.sub("", page).split("\n")]
    full = _FULL * max(map(_width, lines))
    text = lines[0]
    for line, following in pairwise(lines):
        is_break = (
            _width(line) < full
            or not following
            or line.endswith(_SENTENCE_END)
            or _ITEM.match(following)
        )
        text += ("\n" if is_break else _joint(line, following)) + following
    return text.strip("\n")


def _joint(line: str, following: str) -> str:
    both = line[-1:] + following[:1]
    return "" if any(unicodedata.east_asian_width(c) in "WF" for c in both) else " "


def _width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def _read(data: bytes, longest: int) -> tuple[str, str, list[str]]:
    """Return title and ISO date from the properties ("" for none), and the text of each page."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise ParseError("protected by a password") from error
        raise
    with closing(document):
        properties = document.get_metadata_dict()
        pages = list[str]()
        for page in document:
            if longest <= 0:
                break
            pages.append(_page_text(page))
            longest -= len(pages[-1])
    changed = properties.get("ModDate") or properties.get("CreationDate") or ""
    date = re.sub(r"^(?:D:)?(\d{4})(\d\d)(\d\d).*", r"\1-\2-\3", changed)
    return title_of_property(properties.get("Title")), iso_date(date), pages


def _page_text(page: "PdfPage") -> str:
    with closing(page), closing(page.get_textpage()) as text:
        return str(text.get_text_bounded()).replace("\r\n", "\n").replace("\r", "\n")
