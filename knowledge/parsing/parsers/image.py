"""Pictures with text in them, such as scans; read by OCR."""

import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from statistics import median

from knowledge.model.errors import ParseError, parse_errors
from knowledge.model.types import PARTLY, ParsedFile, Section
from knowledge.parsing.ocr import Ocr, OcrLine
from knowledge.parsing.pdf.fragments import Fragment, PageText
from knowledge.parsing.pdf.layout import blocks, edges, text_of
from knowledge.parsing.pdf.vertical import as_horizontal
from knowledge.text.titles import title_of_file

_ALIKE = 0.25
_SIZE = 0.75
"""Font size in units of the height of the box that OCR finds."""


class ImageParser:
    """Parses pictures by OCR: one section for each page of a TIFF file."""

    suffixes = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff"})

    def parse(self, data: bytes, name: str) -> ParsedFile:
        from PIL import Image, ImageSequence

        ocr = Ocr()
        sections = list[Section]()
        unread = 0
        with parse_errors("picture"), closing(Image.open(io.BytesIO(data))) as picture:
            for number, page in enumerate(ImageSequence.Iterator(picture), 1):
                if not ocr.has_time:
                    unread += 1
                    continue
                text = _text(page_of(ocr.lines(page), page.width, page.height))
                if text:
                    sections.append(Section(text, page=number if number > 1 else None))
        if not sections:
            raise ParseError("contains no text that OCR can read")
        notes = (f"{PARTLY}{unread} pages, since OCR took too long",) if unread else ()
        return ParsedFile(title_of_file(name), tuple(sections), notes=notes)


def page_of(lines: Sequence[OcrLine], width: float, height: float, scale: float = 1) -> PageText:
    """Return the lines of a picture as a page; *scale* is points for each pixel."""
    return PageText(list(_fragments(lines, scale)), width * scale, height * scale)


def _fragments(lines: Sequence[OcrLine], scale: float) -> Iterator[Fragment]:
    thick = [min(line.top - line.bottom, line.right - line.left) for line in lines]
    usual = median(thick) if thick else 0.0
    for line, found in zip(lines, thick, strict=True):
        # The boxes of lines in one size differ by their letters.
        thickness = usual if abs(found - usual) < _ALIKE * usual else found
        yield Fragment(
            line.text,
            line.left * scale,
            line.bottom * scale,
            line.right * scale,
            line.top * scale,
            max(1.0, _SIZE * thickness * scale),
        )


def _text(page: PageText) -> str:
    laid_down = as_horizontal(page)
    found = blocks(laid_down)
    return "\n\n".join(
        text_of(block, edge)
        for block, edge in zip(found, edges(found, laid_down.width), strict=True)
    )
