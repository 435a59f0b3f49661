"""Scanned pages and pictures are read by OCR, where it is installed and enabled."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from knowledge.model.errors import ParseError
from knowledge.parsing.options import ReadingOptions
from knowledge.parsing.parsers import parse
from knowledge.parsing.process import ParserProcess

pytest.importorskip("rapidocr")
FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
NEEDS_FONT = pytest.mark.skipif(not FONT.exists(), reason="needs fonts-noto-cjk")
TEXTS = ["The code of the cabinet is 2537.", "受付の内線番号は4471です。"]


def picture(text: str) -> Image.Image:
    """Return a picture of a line of text, as a scanner would give it."""
    drawn = Image.new("RGB", (900, 300), "white")
    ImageDraw.Draw(drawn).text((60, 100), text, "black", ImageFont.truetype(str(FONT), 40))
    return drawn


def saved(drawn: Image.Image, kind: str) -> bytes:
    """Return the picture as a file."""
    file = io.BytesIO()
    drawn.save(file, kind)
    return file.getvalue()


def scan(text: str) -> bytes:
    """Return a PDF whose second page is a picture."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.drawString(72, 700, "Cover")
    canvas.showPage()
    canvas.drawImage(ImageReader(picture(text)), 20, 400, 540, 180)
    canvas.save()
    return file.getvalue()


@NEEDS_FONT
@pytest.mark.parametrize("text", TEXTS)
def test_a_scanned_page_is_read_and_cited_by_its_page(text: str) -> None:
    """Pages with a text layer are read as ever."""
    first, second = parse(scan(text), "a.pdf", options=ReadingOptions(ocr=True)).sections

    assert first.text == "Cover"
    assert "".join(second.text.split()) == "".join(text.split())
    assert (second.page, second.anchor) == (2, "page=2")


@NEEDS_FONT
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(("suffix", "kind"), [(".png", "PNG"), (".jpg", "JPEG"), (".tiff", "TIFF")])
def test_a_picture_is_read(text: str, suffix: str, kind: str) -> None:
    """In a process with the limits of any other file."""
    process = ParserProcess()
    try:
        parsed = process.parse(
            saved(picture(text), kind), f"x{suffix}", 256, options=ReadingOptions(ocr=True)
        )
    finally:
        process.close()

    assert "".join(parsed.pieces[0].text.split()) == "".join(text.split())


def test_a_picture_without_text_says_so() -> None:
    """And a broken one is a broken one."""
    with pytest.raises(ParseError, match="no text that OCR can read"):
        parse(
            saved(Image.new("RGB", (200, 200), "white"), "PNG"),
            "a.png",
            options=ReadingOptions(ocr=True),
        )
    with pytest.raises(ParseError, match="not a readable picture"):
        parse(b"nothing", "a.png", options=ReadingOptions(ocr=True))
