"""Spreadsheets and slides of other programs and times are read like those of today."""

import pytest

from knowledge.model.errors import ParseError
from knowledge.parsing.parsers import parse
from knowledge.parsing.parsers.opendocument import OdpParser, OdsParser
from knowledge.parsing.parsers.xls import XlsbParser, XlsParser
from tests.knowledge.parsing.test_sheets import table, text_of
from tests.support.documents import binary_workbook, old_workbook, open_content, open_sheet


def cell(text: str, attributes: str = "") -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def sheets(*contents: str, attributes: str = "") -> bytes:
    pages = "".join(
        f'<table:table table:name="S{number}" {attributes * (number > 1)}>{content}</table:table>'
        for number, content in enumerate(contents, 1)
    )
    return open_content(f"<office:spreadsheet>{pages}</office:spreadsheet>")


def test_old_workbooks_show_formats_and_merged_cells_and_nothing_hidden() -> None:
    """Excel 97 stores numbers and formats like that of today."""
    assert text_of(old_workbook(), "a.xls") == table(
        "項目 | 内容 | 割合",
        "有給 | 有給休暇は10日付与されます。 | 7.5%",
        "夏季 | three days | 100.0%",
        "夏季 | more | 50%",
    )
    shown = XlsParser(include_hidden=True).parse(old_workbook(), "a.xls").sections
    assert ["secret" in shown[0].text, "salary" in shown[1].text] == [True, True]


@pytest.mark.parametrize("item", ["Pen", "鉛筆"])
def test_binary_workbooks_are_read_without_hidden_sheets(item: str) -> None:
    """Excel uses them for large sheets."""
    rows = [["Item", "Room"], [item, "R1"]]

    assert text_of(binary_workbook("S", rows), "a.xlsb") == table("Item | Room", f"{item} | R1")
    hidden = binary_workbook("S", rows, hidden=True)
    assert XlsbParser().parse(hidden, "a.xlsb").sections == ()
    assert len(XlsbParser(include_hidden=True).parse(hidden, "a.xlsb").sections) == 1


@pytest.mark.parametrize(("group", "rate"), [("North", "7.5%"), ("北部", "△5円")])
def test_an_open_sheet_reads_as_it_is_displayed(group: str, rate: str) -> None:
    """The file holds what the cell shows; merged and equal cells are stored once."""
    data = sheets(
        row(cell("Area"), cell("Shop"), cell("率"))
        + row(cell(group, 'table:number-rows-spanned="2"'), cell("A"), cell(rate))
        + row("<table:covered-table-cell/>", cell("B"), cell("x<text:s/>y"))
        + row(cell("same", 'table:number-columns-repeated="3"'))
        + row('<table:table-cell table:number-columns-repeated="16000"/>')
    )

    assert text_of(data, "a.ods") == table(
        "Area | Shop | 率", f"{group} | A | {rate}", f"{group} | B | x y", "same | same | same"
    )


@pytest.mark.parametrize("secret", ["margin", "粗利"])
def test_hidden_parts_of_an_open_sheet_are_left_out(secret: str) -> None:
    """Sheets, rows, columns and comments."""
    comment = f"<office:annotation><text:p>{secret}</text:p></office:annotation>"
    content = (
        '<table:table-column/><table:table-column table:visibility="collapse"/>'
        "<table:table-column/>"
        + row(f"<table:table-cell>{comment}<text:p>Item</text:p></table:table-cell>")
        + row(cell("Pen"), cell(secret), cell("2"))
        + row(cell(secret), attributes='table:visibility="filter"')
    )
    data = sheets(content, row(cell(secret)), attributes='table:style-name="hidden"')

    sections = parse(data, "a.ods").sections
    assert secret not in "".join(section.text for section in sections)
    shown = OdsParser(include_hidden=True).parse(data, "a.ods").sections
    assert str(shown).count(secret) == 4


@pytest.mark.parametrize(
    ("title", "body"), [("Plan", "We open in May."), ("計画", "5月に開きます。")]
)
def test_open_slides_are_read_in_order_with_notes(title: str, body: str) -> None:
    """Hidden ones are left out."""

    def frame(text: str, top: int, more: str = "") -> str:
        return (
            f'<draw:frame svg:x="1cm" svg:y="{top}cm" svg:width="9cm" svg:height="1cm" {more}>'
            f"<draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame>"
        )

    notes = frame("notes 覚書", 1, 'presentation:class="notes"')
    slide = (
        frame("last", 9) + frame(title, 1, 'presentation:class="title"') + frame(body, 3)
    ) + f"<presentation:notes>{notes}</presentation:notes>"
    data = open_content(
        f"<office:presentation><draw:page>{slide}</draw:page>"
        f'<draw:page draw:style-name="hidden">{frame("secret", 1)}</draw:page>'
        "</office:presentation>"
    )

    (section,) = parse(data, "a.odp").sections
    assert (section.headings, section.text) == ((title,), f"{body}\n\nlast\n\nnotes 覚書")
    assert len(OdpParser(include_hidden=True).parse(data, "a.odp").sections) == 2


@pytest.mark.parametrize("title", ["Prices", "料金表"])
def test_an_open_document_states_its_title_author_and_date(title: str) -> None:
    """In properties of its own, of which one may look like an access rule."""
    body = f"<office:spreadsheet><table:table>{row(cell('x'))}</table:table></office:spreadsheet>"
    properties = f"<dc:title>{title}</dc:title><dc:creator>佐藤</dc:creator>"
    dated = properties + "<dc:date>2026-05-01T10:00:00</dc:date>"
    rule = '<meta:user-defined meta:name="Audience">#hr</meta:user-defined>'

    parsed = parse(open_content(body, dated), "a.ods")
    assert (parsed.title, parsed.metadata) == (title, {"author": "佐藤", "date": "2026-05-01"})
    assert "date" not in parse(open_content(body, properties), "a.ods").metadata
    with pytest.raises(ParseError, match="looks like an access rule"):
        parse(open_content(body, rule), "a.ods")


ROWS = [[f"Item {number}", f"部屋{number}"] for number in range(1, 30)]


@pytest.mark.parametrize(
    ("name", "data", "place"),
    [
        ("a.ods", open_sheet(ROWS), "sheet 'S' from row 3 on"),
        ("a.xlsb", binary_workbook("S", ROWS), "sheet 'S' from row 3 on"),
        ("a.xls", old_workbook(), "sheet '休暇' from row 3 on"),
    ],
)
def test_of_a_very_large_workbook_the_beginning_is_read(name: str, data: bytes, place: str) -> None:
    """What is not read is named."""
    parsed = parse(data, name, 12)

    assert parsed.notes[0].startswith(f"not read: {place}, and what follows: ")
    assert parse(data, name).notes == ()
