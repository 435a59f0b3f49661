"""PDF files."""

import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from knowledge.model.errors import ParseError, parse_errors
from knowledge.model.types import PARTLY, ParsedFile, Section
from knowledge.parsing.beginnings import refuse_unread_pairs
from knowledge.parsing.dates import iso_date
from knowledge.parsing.ocr import ADVICE, SIDE, Ocr
from knowledge.parsing.ocr import SECONDS as OCR_SECONDS
from knowledge.parsing.parsers.image import page_of
from knowledge.parsing.pdf.fields import add_fields, leave_pictures
from knowledge.parsing.pdf.fragments import Fragment, PageText, read_page
from knowledge.parsing.pdf.headings import HeadingLevels, Outline, body_size, is_big, read_outline
from knowledge.parsing.pdf.images import is_image
from knowledge.parsing.pdf.layout import (
    TextBlock,
    blocks,
    continue_over_pages,
    edges,
    join,
    text_of,
)
from knowledge.parsing.pdf.letters import MISSING
from knowledge.parsing.pdf.ligatures import Ligatures
from knowledge.parsing.pdf.running_lines import remove_running_lines
from knowledge.parsing.pdf.vertical import as_horizontal
from knowledge.parsing.reading_limit import SECONDS, ReadingLimit
from knowledge.parsing.repeated import repeated_sections
from knowledge.text.titles import title_of_file, title_of_property

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

_UNREADABLE = 0.3
"""Share of a page's characters that are no letters from which its text is not used."""

_LONGEST_TITLE = 80
_NO_TITLE = re.compile(
    r"[.。．!?！？,、;；:：)）]\s*$|[:：|…@]|\.{3}|^(?:[-–•・☐☒*]|\d)|^(?:page|dear|hello|hi)\b|様$|御中$|殿$",
    re.IGNORECASE,
)
"""What a title hardly has: the end of a sentence, a label, an item, an address to somebody."""

_AFTER_COVER = 2
_MOST_RUNS = 12
_OCR_SCALE = 200 / 72
"""Pixels for each point: 200 in an inch."""

_NO_LETTERS = "the fonts do not say which letters they show"
_PASSWORD = 4
"""pdfium's error code for a password that is missing."""

_FILTER = re.compile(rb"/Filter\s{0,9}\[?\s{0,9}/(\w{1,40})")
_FILTERS = frozenset(
    {b"ASCIIHexDecode", b"ASCII85Decode", b"LZWDecode", b"FlateDecode", b"RunLengthDecode"}
    | {b"CCITTFaxDecode", b"JBIG2Decode", b"DCTDecode", b"JPXDecode", b"Crypt", b"Standard"}
    | {b"AHx", b"A85", b"LZW", b"Fl", b"RL", b"CCF", b"DCT", b"Adobe"}
)


@dataclass(slots=True)
class _Reading:
    """What was read of a file.

    Attributes:
        images: Numbers of the pages (from 1) that are images without text.
        unmapped: Numbers of the pages whose fonts do not say which letters they show.
        damaged: Numbers of the pages that cannot be opened.
    """

    ligatures: Ligatures
    title: str = ""
    date: str = ""
    outline: Outline = field(default_factory=dict)
    pages: list[PageText] = field(default_factory=list)
    images: list[int] = field(default_factory=list)
    unmapped: list[int] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)


class PdfParser:
    """Parses PDF by the places of its characters: headings, paragraphs, tables, form values.

    Sections end at pages and at headings; the anchor `page=N` is one that browsers support.

    Args:
        longest: Number of characters after which it stops.
        ocr: Reads the pages that are images or have no letters; None leaves them out.
    """

    suffixes = frozenset({".pdf"})

    def __init__(self, longest: int = sys.maxsize, ocr: Ocr | None = None) -> None:
        self._longest = longest
        self._ocr = ocr

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with parse_errors("PDF"):
            limit = ReadingLimit(
                len(data), self._longest, SECONDS + (OCR_SECONDS if self._ocr else 0)
            )
            reading = self._read(data, limit)
            body = body_size(reading.pages)
            top = _top_line(reading.pages)
            running = remove_running_lines(reading.pages)
            head = top if top != _top_line(reading.pages) else ""
            laid_down = [as_horizontal(page) for page in reading.pages]
            pages = [blocks(page) for page in laid_down]
            widths = [page.width for page in laid_down]
            continue_over_pages(pages, widths)
            sections = list(_sections(pages, widths, HeadingLevels(pages, reading.outline, body)))
            title = _title(reading.title, name, pages, body, head)
            repeated = repeated_sections(running, title, sections)
            sections += [replace(one, anchor=f"page={one.page}") for one in repeated]
        if not sections:
            raise ParseError(_reason(reading, data))
        metadata = {"date": reading.date, "control": _control(reading.pages)}
        return ParsedFile(title, tuple(sections), metadata, _notes(reading) + limit.notes())

    def _read(self, data: bytes, limit: ReadingLimit) -> _Reading:
        import pypdfium2

        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if unknown := _unknown_filter(data):
                raise ParseError(unknown) from error
            if error.err_code == _PASSWORD:
                raise ParseError("protected by a password") from error
            raise
        with closing(document):
            properties = document.get_metadata_dict()
            stated = (properties.get(name) or "" for name in ("Subject", "Keywords"))
            refuse_unread_pairs([line for text in stated for line in text.splitlines()])
            changed = properties.get("ModDate") or properties.get("CreationDate") or ""
            date = re.sub(r"^(?:D:)?(\d{4})(\d\d)(\d\d).*", r"\1-\2-\3", changed)
            reading = _Reading(
                Ligatures(data), title_of_property(properties.get("Title")), iso_date(date)
            )
            with suppress(pypdfium2.PdfiumError):
                reading.outline = read_outline(document)
            if document.get_formtype():
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of forms in XFA, which have fields as well
                    document.init_forms()
            for number in range(len(document)):
                if limit.is_reached:
                    limit.stop(_numbers(range(number + 1, len(document) + 1)))
                    break
                reading.pages.append(self._read_page(document, number, reading))
                limit.spend(sum(len(fragment.text) for fragment in reading.pages[-1].fragments))
        return reading

    def _read_page(self, document: "PdfDocument", number: int, reading: _Reading) -> PageText:
        """Read the page at *number* from 0; one that is damaged is empty, and noted."""
        import pypdfium2

        try:
            return self._read_whole_page(document, number, reading)
        except pypdfium2.PdfiumError:
            reading.damaged.append(number + 1)
            return PageText([], 0.0, 0.0)

    def _read_whole_page(self, document: "PdfDocument", number: int, reading: _Reading) -> PageText:
        with closing(document[number]) as page:
            text = self._read_text(page, reading)
            add_fields(document, page, text)
            has_pictures = leave_pictures(document, page)
        if has_pictures:
            with closing(document[number]) as page, closing(page.get_textpage()) as characters:
                pictures = read_page(page, characters, reading.ligatures)
            if pictures.unmapped <= _UNREADABLE:
                for fragment in pictures.fragments:
                    fragment.turned |= pictures.turn != text.turn
                text.fragments += pictures.fragments
        return text

    def _read_text(self, page: "PdfPage", reading: _Reading) -> PageText:
        with closing(page.get_textpage()) as characters:
            text = read_page(page, characters, reading.ligatures)
        unread = None
        if text.unmapped > _UNREADABLE:
            text.fragments, unread = _named(text), reading.unmapped
        elif not text.fragments and is_image(page):
            unread = reading.images
        if unread is not None and self._ocr and self._ocr.has_time:
            text = _recognized(page, self._ocr)
        elif unread is not None:
            unread.append(len(reading.pages) + 1)
        return text


def _named(text: PageText) -> list[Fragment]:
    """Return what the fonts name of a page whose other letters they do not."""
    return [
        part
        for part in text.fragments
        if text.unnamed.isdisjoint(range(part.index, part.index + part.length))
        and text.unnamed
        and MISSING not in part.text
        and any(map(str.isalnum, part.text))
    ]


def _recognized(page: "PdfPage", ocr: Ocr) -> PageText:
    """Return a page as OCR reads it."""
    scale = min(_OCR_SCALE, SIDE / max(page.get_size()))
    with closing(page.render(scale=scale, may_draw_forms=False)) as bitmap:
        picture = bitmap.to_pil()
        return page_of(ocr.lines(picture), picture.width, picture.height, 1 / scale)


def _notes(reading: _Reading) -> tuple[str, ...]:
    """Say in one line which pages could not be read, if any."""
    parts = list[str]()
    missing = [sum(part.text.count(MISSING) for part in page.fragments) for page in reading.pages]
    if any(missing):
        count = sum(missing)
        where = _numbers([number for number, lost in enumerate(missing, 1) if lost])
        letters = "a letter that its font does" if count == 1 else f"{count} letters that fonts do"
        parts.append(f"{where}: {letters} not name ({MISSING} in the text); save it again")
    if reading.images:
        parts.append(f"{_numbers(reading.images)}: images without text; {ADVICE}")
    if reading.unmapped:
        parts.append(f"{_numbers(reading.unmapped)}: {_NO_LETTERS}; save it again, or {ADVICE}")
    if reading.damaged:
        parts.append(f"{_numbers(reading.damaged)}: damaged; save it again from its program")
    return (PARTLY + "; ".join(parts),) if parts else ()


def _control(pages: Sequence[PageText]) -> int:
    """Return the percentage of letters without a code on pages that are read all the same."""
    lengths = [sum(len(part.text) for part in page.fragments) for page in pages]
    lost = sum(page.unmapped * length for page, length in zip(pages, lengths, strict=True))
    return round(100 * lost / max(1, sum(lengths)))


def _numbers(pages: Sequence[int]) -> str:
    """Return page numbers in words, runs as such: `pages 3, 5-7`."""
    runs = list[list[int]]()
    for page in pages:
        if runs and runs[-1][-1] == page - 1:
            runs[-1][1:] = [page]
        else:
            runs.append([page])
    listed = ", ".join("-".join(map(str, run)) for run in runs[:_MOST_RUNS])
    more = ", …" if len(runs) > _MOST_RUNS else ""
    return f"page{'s' if len(pages) > 1 else ''} {listed}{more}"


def _sections(
    pages: Sequence[Sequence[TextBlock]], widths: Sequence[float], levels: HeadingLevels
) -> Iterator[Section]:
    """Yield the text below each heading of each page; a heading without text is text itself."""
    path = list[tuple[int, str]]()
    is_used = True
    for number, (page, width) in enumerate(zip(pages, widths, strict=True), 1):
        if number == _AFTER_COVER:
            path = [entry for entry in path if entry[0] not in levels.of_cover]
        texts = list[str]()
        for block, edge in zip(page, edges(page, width), strict=True):
            level = levels.level(block)
            if not level:
                texts.append(text_of(block, edge))
                continue
            if texts or not (is_used or path[-1][0] < level):
                yield _section(texts, path, number)
                texts = []
            path = [entry for entry in path if entry[0] < level]
            path.append((level, join(block.lines)))
            is_used = False
        if texts:
            yield _section(texts, path, number)
            is_used = True
        elif not is_used:
            yield _section([], path, number)
            is_used = True


def _section(texts: Sequence[str], path: Sequence[tuple[int, str]], page: int) -> Section:
    headings = tuple(title for _, title in path)
    text = "\n\n".join(texts) if texts else headings[-1]
    return Section(text, headings, page=page, anchor=f"page={page}")


def _top_line(pages: Sequence[PageText]) -> str:
    """Return the uppermost line of the first page, "" if it is empty."""
    parts = [part for part in (pages[0].fragments if pages else ()) if not part.turned]
    return max(parts, key=lambda part: part.top).text.strip() if parts else ""


def _title(
    stated: str, name: str, pages: Sequence[Sequence[TextBlock]], body: float, head: str
) -> str:
    """Return the title of the properties, else the largest heading of the first page.

    Without one it is the first line there, or else the running *head*, if it looks like a title. A
    property that only repeats the file's name is none.
    """
    of_file = title_of_file(name)
    if stated and stated.lower() != of_file.lower():
        return stated
    first = pages[0] if pages else ()
    if big := [block for block in first if is_big(block, body)]:
        return join(max(big, key=lambda block: round(block.lines[0].size * 2)).lines)
    top = join(first[0].lines) if first and len(first) > 1 and len(first[0].lines) == 1 else ""
    return next(filter(_is_title, (top, head)), stated or of_file)


def _is_title(line: str) -> bool:
    """Tell whether a line may be a title: a few words, no sentence, no label with its value."""
    words = len(line) <= _LONGEST_TITLE and not _NO_TITLE.search(line)
    return words and sum(map(str.isalpha, line)) > len(line) / 2


def _unknown_filter(data: bytes) -> str:
    """Return a reason if *data* is compressed in a way that is not known, else ""."""
    unknown = {match[1] for match in _FILTER.finditer(data)} - _FILTERS
    unknown = {name for name in unknown if name.endswith(b"Decode")}
    if not unknown:
        return ""
    names = ", ".join(sorted(name.decode("ascii") for name in unknown))
    return f"compressed in a way that is not known ({names}): save it again as PDF 1.7"


def _reason(reading: _Reading, data: bytes) -> str:
    """Return why there is no text, and what to do about it."""
    if len(reading.damaged) == len(reading.pages):
        return "not a readable PDF: all of its pages are damaged"
    if reading.images:
        return f"no text layer: the pages are images, so run OCR on the file first, or {ADVICE}"
    if reading.unmapped:
        return f"{_NO_LETTERS}: save it again from its program, or {ADVICE}"
    return _unknown_filter(data) or "no text layer: there is nothing but drawings on its pages"
