"""Real files of every format, written by the libraries for these formats."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Word:
    """Text at a place of a PDF page: points from the left and the bottom, font size."""

    text: str
    x: float
    y: float
    size: float = 10


@dataclass(frozen=True, slots=True)
class FormField:
    """A form field of a PDF page; `kind` is text, tick, choice or password."""

    name: str
    value: str
    x: float
    y: float
    kind: str = "text"


def placed_pdf(
    pages: Sequence[Sequence[Word | FormField]],
    *,
    title: str = "",
    outline: Sequence[tuple[int, str, int]] = (),
    vertical: bool = False,
) -> bytes:
    """Return a PDF with words at places. `outline` has level (from 0), title, page (from 0)."""
    font = UnicodeCIDFont("HeiseiKakuGo-W5", isVertical=vertical)
    pdfmetrics.registerFont(font)
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.setTitle(title)
    for number, parts in enumerate(pages):
        for level, entry, page in outline:
            if page == number:
                canvas.bookmarkPage(f"{entry}{number}")
                canvas.addOutlineEntry(entry, f"{entry}{number}", level)
        for part in parts:
            if isinstance(part, Word):
                canvas.setFont("Helvetica" if part.text.isascii() else font.fontName, part.size)
                canvas.drawString(part.x, part.y, part.text)
            else:
                _field(canvas, part)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _field(canvas: Canvas, field: FormField) -> None:
    form, place = canvas.acroForm, {"name": field.name, "x": field.x, "y": field.y}
    match field.kind:
        case "tick":
            form.checkbox(**place, size=12, checked=bool(field.value))
        case "choice":
            form.choice(
                **place, value=field.value, options=["-", field.value], width=150, height=16
            )
        case kind:
            flags = "password" if kind == "password" else ""
            form.textfield(
                **place, value=field.value, width=200, height=16, fontSize=10, fieldFlags=flags
            )


def _saved(document: object) -> bytes:
    file = io.BytesIO()
    document.save(file)  # type: ignore[attr-defined] # all three libraries have it
    return file.getvalue()
