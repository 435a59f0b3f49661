"""Real files of every format, written by the libraries for these formats."""

import io
import zipfile
from collections.abc import Mapping, Sequence

from docx import Document
from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Inches
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas


def word_document(blocks: Sequence[tuple[str, str]], table: Sequence[Sequence[str]] = ()) -> bytes:
    """Return a .docx of (style, text) paragraphs and one table."""
    document = Document()
    for style, text in blocks:
        document.add_paragraph(text, style=style)
    if table:
        grid = document.add_table(len(table), len(table[0]))
        for row, values in zip(grid.rows, table, strict=True):
            for cell, value in zip(row.cells, values, strict=True):
                cell.text = value
    return _saved(document)


def presentation(slides: Sequence[tuple[str, str, str]]) -> bytes:
    """Return a .pptx of (title, body, notes) slides, with a table on the last one."""
    deck = Presentation()
    for title, body, notes in slides:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    table = deck.slides[-1].shapes.add_table(1, 2, Inches(1), Inches(4), Inches(4), Inches(1)).table
    table.cell(0, 0).text, table.cell(0, 1).text = "担当", "佐藤"
    return _saved(deck)


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """Return an .xlsx with these rows in each sheet."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return _saved(book)


def pdf(pages: Sequence[Sequence[str]], *, title: str = "", password: str = "") -> bytes:
    """Return a PDF with these lines on each page; a page without lines has a drawing only."""
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, encrypt=password or None)
    canvas.setTitle(title)
    for lines in pages:
        canvas.setFont("HeiseiMin-W3", 12)
        canvas.rect(20, 20, 40, 40)
        for number, line in enumerate(lines):
            canvas.drawString(50, 780 - 20 * number, line)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _saved(document: object) -> bytes:
    file = io.BytesIO()
    document.save(file)  # type: ignore[attr-defined] # all three libraries have it
    return file.getvalue()


_OFFICE = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
    'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def open_document(heading: str, text: str, properties: str = "") -> bytes:
    """Return an .odt with a heading, a paragraph, and the XML of its *properties*."""
    body = f'<text:h text:outline-level="1">{heading}</text:h><text:p>{text}</text:p>'
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {_OFFICE}><office:body><office:text>{body}"
            "</office:text></office:body></office:document-content>",
            "styles.xml": f"<office:document-styles {_OFFICE}><office:styles/><office:automatic-styles/>"
            "</office:document-styles>",
            "meta.xml": f"<office:document-meta {_OFFICE}><office:meta>{properties}</office:meta>"
            "</office:document-meta>",
            "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:open'
            'document:xmlns:manifest:1.0"/>',
        }
    )


def rich_text(heading: str, text: str, properties: str = "") -> bytes:
    """Return an .rtf as a Japanese Windows writes it, with *properties* in its information."""

    def cp932(words: str) -> str:
        return "".join(f"\\'{byte:02x}" for byte in words.encode("cp932"))

    return (
        r"{\rtf1\ansi\ansicpg932\deff0{\fonttbl{\f0\fnil\fcharset128 MS Gothic;}}"
        r"{\stylesheet{\s1\outlinelevel0 heading 1;}}"
        rf"{{\info{{\title {cp932(heading)}}}}}{properties}"
        rf"\pard\s1 {cp932(heading)}\par\pard {cp932(text)}\par}}"
    ).encode()


def book(heading: str, text: str, properties: str = "") -> bytes:
    """Return an .epub of one chapter, with the XML of its *properties*."""
    page = (
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>1</title></head>'
        f"<body><h1>{heading}</h1><p>{text}</p></body></html>"
    )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{heading}</dc:title>{properties}</metadata>"
        '<manifest><item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="c"/></spine></package>'
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">'
        '<rootfiles><rootfile full-path="book.opf" media-type="application/oebps-package+xml"/>'
        "</rootfiles></container>"
    )
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "book.opf": package,
            "c.xhtml": page,
        }
    )
