"""Real files of every format, written by the libraries for these formats."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from docx import Document
from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Inches
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from xlrd.compdoc import CompDoc


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


def stream(entries: bytes, data: bytes) -> bytes:
    """Return a stream object."""
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(data), data)


def whole_pdf(objects: list[bytes]) -> bytes:
    """Return a PDF with these objects, the catalogue first, and no table of their places."""
    numbered = (b"%d 0 obj%b endobj\n" % (n, each) for n, each in enumerate(objects, 1))
    return b"%PDF-1.7\n" + b"".join(numbered) + b"trailer<</Root 1 0 R>>"


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
            "styles.xml": f"<office:document-styles {_OFFICE}><office:styles/>"
            "<office:automatic-styles/></office:document-styles>",
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


_OPEN_DOCUMENT = """<office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
 xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0">
<office:automatic-styles><style:style style:name="hidden"><style:table-properties
 table:display="false"/><style:drawing-page-properties presentation:visibility="hidden"/>
</style:style></office:automatic-styles><office:body>{}</office:body></office:document-content>"""


def open_content(body: str, properties: str = "") -> bytes:
    """Return an OpenDocument file with this XML in its body; the style `hidden` hides."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("content.xml", _OPEN_DOCUMENT.format(body))
        archive.writestr(
            "meta.xml",
            '<o:document-meta xmlns:o="o" xmlns:meta="m" xmlns:dc="dc">'
            f"<o:meta>{properties}</o:meta></o:document-meta>",
        )
    return file.getvalue()


def open_sheet(rows: Sequence[Sequence[str]], properties: str = "") -> bytes:
    """Return an .ods with one sheet."""
    cells = "".join(
        f"<table:table-row>{''.join(map(_open_cell, row))}</table:table-row>" for row in rows
    )
    table = f'<table:table table:name="S">{cells}</table:table>'
    return open_content(f"<office:spreadsheet>{table}</office:spreadsheet>", properties)


def _open_cell(text: str) -> str:
    return f"<table:table-cell><text:p>{text}</text:p></table:table-cell>"


def open_slides(slides: Sequence[tuple[str, str]], properties: str = "") -> bytes:
    """Return an .odp of (title, body) slides."""
    pages = "".join(
        '<draw:page><draw:frame presentation:class="title"><draw:text-box>'
        f"<text:p>{title}</text:p></draw:text-box></draw:frame><draw:frame><draw:text-box>"
        f"<text:p>{body}</text:p></draw:text-box></draw:frame></draw:page>"
        for title, body in slides
    )
    return open_content(f"<office:presentation>{pages}</office:presentation>", properties)


def old_workbook() -> bytes:
    """Return an .xls with the sheets 休暇 and, hidden, `hidden`, saved by LibreOffice."""
    return (Path(__file__).parent / "leave.xls").read_bytes()


def workbook_with_properties(properties: Mapping[str, str], title: str = "") -> bytes:
    """Return `old_workbook` with custom *properties* and a *title* ([MS-OLEPS] and [MS-CFB])."""
    container = CompDoc(old_workbook(), logfile=io.StringIO())
    memory, start, size = container.locate_named_stream("Workbook")
    names = dict(enumerate(properties, 2))
    texts = {number: properties[name] for number, name in names.items()}
    return _container(
        {
            "Workbook": memory[start : start + size],
            "\x05SummaryInformation": _property_sets([({}, {2: title})]),
            "\x05DocumentSummaryInformation": _property_sets([({}, {}), (names, texts)]),
        }
    )


def _property_sets(sets: Sequence[tuple[Mapping[int, str], Mapping[int, str]]]) -> bytes:
    """Return a stream of property sets: the names of each by number, and the texts, in UTF-8."""
    bodies = list[bytes]()
    for names, texts in sets:
        dictionary = struct.pack("<I", len(names))
        for number, name in names.items():
            raw = name.encode() + b"\0"
            dictionary += struct.pack("<II", number, len(raw)) + raw
        values = {0: dictionary, 1: struct.pack("<IHxx", 2, 65001)}
        for number, text in texts.items():
            raw = text.encode() + b"\0"
            values[number] = struct.pack("<II", 0x1E, len(raw)) + raw
        place, table, content = 8 + 8 * len(values), b"", b""
        for number, value in values.items():
            table += struct.pack("<II", number, place + len(content))
            content += value + b"\0" * (-len(value) % 4)
        bodies.append(struct.pack("<II", place + len(content), len(values)) + table + content)
    head = struct.pack("<HHI16xI", 0xFFFE, 0, 0, len(sets))
    place, entries = len(head) + 20 * len(sets), b""
    for body in bodies:
        entries += struct.pack("<16xI", place)
        place += len(body)
    return head + entries + b"".join(bodies)


def _container(streams: Mapping[str, bytes]) -> bytes:
    """Return a compound file with these streams, each padded to the size that needs no short ones.

    Sectors: one of the allocation table, two of the directory, then the streams.
    """
    table = [0xFFFFFFFD, 2, 0xFFFFFFFE]
    entries, content = [("Root Entry", 5, 0xFFFFFFFE, 0)], b""
    for name, stream in streams.items():
        padded = stream.ljust(4096, b"\0")
        padded += b"\0" * (-len(padded) % 512)
        first = len(table)
        table += [*range(first + 1, first + len(padded) // 512), 0xFFFFFFFE]
        entries.append((name, 2, first, max(len(stream), 4096)))
        content += padded
    directory = b""
    for number, (name, kind, first, size) in enumerate(entries):
        wide = name.encode("utf-16-le") + b"\0\0"
        following = number + 1 if 0 < number < len(entries) - 1 else 0xFFFFFFFF
        child = 1 if number == 0 else 0xFFFFFFFF
        directory += wide.ljust(64, b"\0") + struct.pack("<HBB", len(wide), kind, 1)
        directory += struct.pack("<III36xIQ", 0xFFFFFFFF, following, child, first, size)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + struct.pack(
        "<16xHHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0,
        0xFFFFFFFE, 0, 0,
    )  # fmt: skip
    head += b"\xff" * (512 - len(head))
    sectors = struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff")
    return head + sectors + directory.ljust(1024, b"\0") + content


def binary_workbook(
    name: str, rows: Sequence[Sequence[str]], *, hidden: bool = False, custom: str = ""
) -> bytes:
    """Return an .xlsb with one sheet ([MS-XLSB] 2.1.7) and the XML of its *custom* properties."""
    sheet = _record(143) + _record(
        156, struct.pack("<II", int(hidden), 1) + _wide("rId1") + _wide(name)
    )
    workbook_part = _record(131) + sheet + _record(144) + _record(132)
    cells = b""
    for y, row in enumerate(rows):
        cells += _record(0, struct.pack("<IIHBBBI", y, 0, 300, 0, 0, 0, 0))
        cells += b"".join(
            _record(6, struct.pack("<II", x, 0) + _wide(text)) for x, text in enumerate(row)
        )
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1)
    sheet_part = _record(129) + _record(148, size) + _record(145) + cells
    sheet_part += _record(146) + _record(130)
    relation = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Target="worksheets/sheet1.bin" Type="http://schemas.'
        'openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>'
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.bin", workbook_part)
        archive.writestr("xl/_rels/workbook.bin.rels", relation)
        archive.writestr("xl/worksheets/sheet1.bin", sheet_part)
        archive.writestr("docProps/custom.xml", f"<Properties>{custom}</Properties>")
    return file.getvalue()


def _record(kind: int, data: bytes = b"") -> bytes:
    return _variable(kind, kind >= 128) + _variable(len(data), len(data) >= 128) + data


def _variable(number: int, long: bool) -> bytes:  # noqa: FBT001 - a detail of the format
    return bytes([number & 127 | 128, number >> 7]) if long else bytes([number])


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")
