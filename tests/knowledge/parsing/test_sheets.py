"""A spreadsheet is read as a person sees it: values as displayed, tables with their headers."""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Callable, Sequence

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from knowledge.model.errors import ParseError
from knowledge.model.types import Section
from knowledge.parsing.parsers import parse, xlsx
from knowledge.parsing.parsers.xlsx import XlsxParser
from knowledge.parsing.reading_limit import ReadingLimit
from knowledge.parsing.spreadsheets.display import display
from knowledge.parsing.spreadsheets.layout import row_line
from knowledge.parsing.spreadsheets.sections import sheet_sections
from knowledge.text.chunker import chunk


def sheet(
    rows: Sequence[Sequence[object]], change: Callable[[Worksheet], None] | None = None
) -> bytes:
    """Return a workbook with one sheet "S" that *change* has changed."""
    book = Workbook()
    book.active.title = "S"
    for row in rows:
        book.active.append(list(row))
    if change:
        change(book.active)
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rewritten(data: bytes, replaced: dict[str, Callable[[bytes], bytes | None]]) -> bytes:
    """Return a ZIP file with some parts changed, or left out for None."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            content = replaced.get(name, replaced.get("*", lambda part: part))(old.read(name))
            if content is not None:
                new.writestr(name, content)
    return file.getvalue()


def text_of(data: bytes, name: str = "a.xlsx") -> str:
    return "\n\n".join(section.text for section in parse(data, name).sections)


def laid_out(rows: Sequence[Sequence[str]]) -> list[Section]:
    return sheet_sections("S", [row_line(row) for row in rows])


def written(rows: Sequence[Sequence[str]]) -> bytes:
    """Return *rows* as separated values."""
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


def table(*rows: str) -> str:
    width = rows[0].count("|") + 1
    lines = [rows[0], " | ".join(["---"] * width), *rows[1:]]
    return "\n".join(f"| {line} |" for line in lines)


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.075, "0.0%", "7.5%"),
        (0.5, "0%", "50%"),
        (-0.125, "0.00%", "-12.50%"),
        (1234.5, '"$"#,##0.00', "$1,234.50"),
        (1234.5, "[$$-409]#,##0.00", "$1,234.50"),
        (1200, "[$¥-411]#,##0", "¥1,200"),
        (1200, '"¥"#,##0;[Red]"¥"-#,##0', "¥1,200"),
        (-1200, '"¥"#,##0;"¥"\\-#,##0', "¥-1,200"),
        (1500, '#,##0"円"', "1,500円"),
        (1234567, '#,##0,"千円"', "1,235千円"),
        (99.5, "#,##0.00 [$€-407]", "99.50 €"),
        (-1234, "#,##0_);(#,##0)", "(1,234)"),
        (-5, "0;△0", "△5"),
        (7, "[$-411]0", "7"),
        (7, "000", "007"),
        (1234567.891, "#,##0", "1,234,568"),
        (2.5, "0", "3"),
        (0.75, "# ?/?", "3/4"),
        (1.25, "# ?/?", "1 1/4"),
        (12345, "0.00E+00", "1.23E+04"),
        (0.1 + 0.2, "General", "0.3"),
        (42.0, "General", "42"),
        (46096, "yyyy-mm-dd", "2026-03-15"),
        (46096, "m/d/yyyy", "3/15/2026"),
        (46096, "d mmmm yyyy", "15 March 2026"),
        (46096, 'yyyy"年"m"月"d"日"', "2026年3月15日"),
        (46096, '[$-411]ggge"年"m"月"d"日"', "令和8年3月15日"),
        (46096, "[$-411]ge.m.d", "R8.3.15"),
        (43600, '[$-ja-JP-x-gannen]ggge"年"m"月"d"日"', "令和元年5月15日"),
        (32500, '[$-411]ggge"年"m"月"d"日"', "昭和63年12月23日"),
        (46096, 'm"月"d"日"(aaa)', "3月15日(日)"),
        (46096, "aaaa", "日曜日"),
        (46096, "dddd", "Sunday"),
        (0.4375, "h:mm AM/PM", "10:30 AM"),
        (0.4375, 'h"時"mm"分"', "10時30分"),
        (1.5, "[h]:mm", "36:00"),
        (46096.75, "yyyy/m/d h:mm", "2026/3/15 18:00"),
        (1e308, "0.00", "1e+308"),
        (3, "[broken", "3"),
    ],
)
def test_a_number_reads_as_it_is_displayed(value: float, code: str, shown: str) -> None:
    """People search for what they see in the cell."""
    assert display(value, code) == shown


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.075, "0.0%", "7.5%"),
        (1234.5, '"$"#,##0.00', "$1,234.50"),
        (dt.date(2026, 3, 15), 'yyyy"年"m"月"d"日"', "2026年3月15日"),
        (dt.datetime.fromisoformat("2026-03-15T09:05"), "yyyy/mm/dd hh:mm", "2026/03/15 09:05"),
        (dt.time(9, 5), "h:mm", "9:05"),
        (True, "General", "TRUE"),
        ("=1/0", "0.0", "=1/0"),
    ],
)
def test_a_cell_of_a_workbook_reads_as_it_is_displayed(
    value: object, code: str, shown: str
) -> None:
    """The workbook stores a number and a format."""

    def formatted(page: Worksheet) -> None:
        page["B2"].number_format = code

    data = sheet([["項目", "Value"], ["率", value]], formatted)

    assert f"| 率 | {shown} |" in text_of(data)


def test_a_formula_without_a_stored_value_is_shown_itself() -> None:
    """A file that no program has calculated yet is never blank without a word."""
    assert "| 合計 | =SUM(B1:B9) |" in text_of(sheet([["Item", "円"], ["合計", "=SUM(B1:B9)"]]))


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_left_out(state: str) -> None:
    """Nobody who opens the file sees them; a setting may say otherwise."""
    book = Workbook()
    book.active.append(["品目", "Price"])
    secret = book.create_sheet("給与")
    secret.append(["salary", 98765])
    secret.sheet_state = state
    data = saved(book)

    assert "98765" not in text_of(data)
    (_, shown) = XlsxParser(include_hidden=True).parse(data, "a.xlsx").sections
    assert "98765" in shown.text


@pytest.mark.parametrize(("label", "secret"), [("Pen", "margin 61"), ("鉛筆", "粗利 61")])
def test_hidden_rows_and_columns_are_left_out(label: str, secret: str) -> None:
    """Those between visible ones leave no gap."""

    def hide(page: Worksheet) -> None:
        page.column_dimensions["B"].hidden = True
        page.row_dimensions[3].hidden = True

    data = sheet([["Item", "Note", "円"], [label, secret, 2], [secret, "", 3], ["Z", "", 4]], hide)

    assert text_of(data) == table("Item | 円", f"{label} | 2", "Z | 4")


@pytest.mark.parametrize(("author", "words"), [("Ann", "check this"), ("佐藤", "要確認")])
def test_comments_are_left_out(author: str, words: str) -> None:
    """They are talk about the sheet; a setting may say otherwise."""

    def comment(page: Worksheet) -> None:
        page["A1"].comment = Comment(words, author)

    data = sheet([["Item", "円"], ["Pen", 2]], comment)

    assert words not in text_of(data)
    (section,) = XlsxParser(include_hidden=True).parse(data, "a.xlsx").sections
    assert words in section.text


@pytest.mark.parametrize("group", ["North", "北部"])
def test_a_merged_cell_is_repeated_wherever_it_spans(group: str) -> None:
    """Each value stands in its own row and under its own header."""

    def merge(page: Worksheet) -> None:
        page.merge_cells("A2:A3")
        page.merge_cells("B4:C4")

    rows: list[list[object]] = [
        ["Area", "Shop", "円"],
        [group, "A", 1],
        [None, "B", 2],
        ["西", "closed", None],
    ]

    assert text_of(sheet(rows, merge)) == table(
        "Area | Shop | 円", f"{group} | A | 1", f"{group} | B | 2", "西 | closed | closed"
    )


@pytest.mark.parametrize("same", ["Yes", "はい", "1", "10,000円"])
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_equal_values_side_by_side_are_no_merged_cell(same: str, name: str) -> None:
    """In the first row, the middle and the last they were one value, a title or a remark."""
    rows = [["月", "Tue", "水"], [same] * 3, ["No", "2", "無"], [same] * 3]
    data = sheet(rows) if name == "a.xlsx" else written(rows)

    assert text_of(data, name) == table(*(" | ".join(row) for row in rows))


@pytest.mark.parametrize(
    ("title", "header", "row"),
    [
        ("Numbers and squares", ["Number", "Square"], ["1", "1"]),
        ("平方の一覧", ["数", "平方"], ["1", "1"]),
    ],
)
def test_a_first_row_of_equal_values_stays_below_its_header(
    title: str, header: list[str], row: list[str]
) -> None:
    """Blank rows around the header made it a title of its own, above the header."""
    rows = [[title], [], ["", *header], [], ["", *row], ["", "2", "4"], ["", "3", "9"]]

    for data, name in ((written(rows), "a.csv"), (sheet(rows), "a.xlsx")):
        assert [section.headings[-1] for section in parse(data, name).sections] == [title]
        assert f"{table(' | '.join(header), ' | '.join(row))}\n" in text_of(data, name)


@pytest.mark.parametrize("text", ["Converted to 110 V", "全館で禁煙"])
def test_a_merged_text_stands_once_for_each_name_of_its_columns(text: str) -> None:
    """In columns without a name of their own nobody reads it again."""

    def merge(page: Worksheet) -> None:
        for cells in ("B1:C1", "B2:E2", "B3:C3", "A4:E4"):
            page.merge_cells(cells)

    rows: list[list[object]] = [
        ["No", "Rule", None, "Mon", "火"],
        [1, text],
        [2, "x", None, "y", "z"],
        [text],
    ]

    assert text_of(sheet(rows, merge)) == table(
        "No | Rule | Mon | 火",
        f"1 | {text} | {text} | {text}",
        "2 | x | y | z",
        f"{text} |  |  | ",
    )


@pytest.mark.parametrize(
    ("title", "header"), [("Price list 2026", "Room | Day"), ("料金表 2026年度", "部屋 | 終日")]
)
@pytest.mark.parametrize("blank", [0, 1, 2])
def test_the_real_header_stands_above_every_chunk(title: str, header: str, blank: int) -> None:
    """A title row above the table is its heading, whether it is merged or not."""
    rows = [[title], *[[]] * blank, header.split(" | ")]
    rows += [[f"Room {number}", str(number * 3)] for number in range(200)]

    pieces = list(chunk(parse(sheet(rows), "a.xlsx"), 200))

    assert len(pieces) > 3
    assert all(piece.text.startswith(f"| {header} |\n") for piece in pieces)
    assert {piece.headings for piece in pieces} == {("S", title)}


@pytest.mark.parametrize(
    ("top", "below", "names"),
    [
        (
            ["", "2025", "2025", "2026", "2026"],
            ["Item", "Plan", "Real", "Plan", "Real"],
            "2025 Plan",
        ),
        (["", "2025", "", "2026", ""], ["Item", "Plan", "Real", "Plan", "Real"], "2025 Plan"),
        (
            ["品目", "上期", "上期", "下期", "下期"],
            ["品目", "計画", "実績", "計画", "実績"],
            "上期 計画",
        ),
        (["品目", "上期", "", "下期", ""], ["", "計画", "実績", "計画", "実績"], "上期 計画"),
    ],
)
def test_headers_of_two_rows_become_one(top: list[str], below: list[str], names: str) -> None:
    """A name over several columns is part of each of their names."""
    (section,) = laid_out([top, below, ["Pen", "1", "2", "3", "4"], ["Ink", "5", "6", "7", "8"]])

    first, _, *values = section.text.splitlines()
    columns = first.strip("| ").split(" | ")
    assert (len(columns), columns[1]) == (5, names)
    assert columns[4].split()[1] == below[4]
    assert values == ["| Pen | 1 | 2 | 3 | 4 |", "| Ink | 5 | 6 | 7 | 8 |"]


@pytest.mark.parametrize("first", [["Open", "yes", "no"], ["営業", "する", "しない"]])
def test_a_row_of_words_is_no_second_header(first: list[str]) -> None:
    """Although the corner of the table is empty, and numbers follow."""
    (section,) = laid_out([["", "May", "6月"], first, ["Sales", "10", "20"]])

    assert section.text == table(" | May | 6月", " | ".join(first), "Sales | 10 | 20")


def test_several_lines_above_a_header_are_no_header() -> None:
    """A title, and the unit at the right."""
    rows = [["売上表"], ["", "", "単位：千円"], ["品目", "上期", "下期"], ["Pen", "1", "2"]]

    (section,) = laid_out(rows)

    assert section.headings == ("S", "売上表")
    assert section.text == f"単位：千円\n\n{table('品目 | 上期 | 下期', 'Pen | 1 | 2')}"


@pytest.mark.parametrize(
    "rows",
    [
        [["Item", "2025", "2026"], [], ["Sales", "10", "20"], ["Costs", "5", "6"]],
        [["品目", "上期", "下期"], [], ["売上", "10", "20"], ["費用", "5", "6"]],
        [["Item", "H1", "H2"], [], ["百万円"], ["売上", "10", "20"], ["費用", "5", "6"]],
        [["Item", "H1", "H2"], ["売上", "10", "20"], [], ["費用", "5", "6"]],
    ],
)
def test_a_blank_row_does_not_cut_values_from_their_header(rows: list[list[str]]) -> None:
    """Many reports have one for the eye."""
    sections = laid_out(rows)

    text = "\n".join(section.text for section in sections)
    assert text.count(" | ".join(rows[0])) == 1
    assert text.splitlines()[-1] == f"| {' | '.join(rows[-1])} |"
    assert "|  |" not in text


@pytest.mark.parametrize("gap", [1, 2])
@pytest.mark.parametrize(
    ("left", "right"),
    [
        (["Room | Price", "R1 | 10", "R2 | 20"], ["Counter | Phone", "Info | 44", "Shop | 45"]),
        (["部屋 | 料金", "R1 | 10", "R2 | 20"], ["窓口 | 内線", "案内 | 44", "売店 | 45"]),
        (["Name | Age", "Ann | 30", "Bob | 31"], ["Year | Sales", "2025 | 7"]),
        (["Room | Price", "R1 | 10"], ["Room | Price", "R8 | 80"]),
    ],
)
def test_tables_side_by_side_are_read_one_after_the_other(
    left: list[str], right: list[str], gap: int
) -> None:
    """A row of one is no row of the other."""
    rows = []
    for number in range(max(len(left), len(right))):
        one = left[number].split(" | ") if number < len(left) else ["", ""]
        other = right[number].split(" | ") if number < len(right) else ["", ""]
        rows.append([*one, *[""] * gap, *other])

    (section,) = laid_out(rows)

    assert section.text == f"{table(*left)}\n\n{table(*right)}"


def test_an_empty_column_for_the_eye_does_not_cut_a_table() -> None:
    """Reports of companies have them between labels and numbers."""
    rows = [
        ["百万円", "Note", "", "2025", "2024"],
        ["Sales", "3", "", "10", "9"],
        ["Costs", "", "", "5", "6"],
    ]

    (section,) = laid_out(rows)

    assert section.text == table(
        "百万円 | Note | 2025 | 2024", "Sales | 3 | 10 | 9", "Costs |  | 5 | 6"
    )


def test_two_tables_below_each_other_keep_their_headers() -> None:
    """Each has its own title as a heading."""
    rows = [
        ["Rooms"],
        ["Room", "円"],
        ["R1", "10"],
        [],
        ["窓口"],
        ["Counter", "内線"],
        ["Info", "44"],
    ]

    first, second = laid_out(rows)

    assert (first.headings, first.text) == (("S", "Rooms"), table("Room | 円", "R1 | 10"))
    assert (second.headings, second.text) == (("S", "窓口"), table("Counter | 内線", "Info | 44"))


@pytest.mark.parametrize("note", ["※ 税込の金額です。", "Note: prices include taxes."])
def test_notes_below_a_table_are_text(note: str) -> None:
    """They are no row of it."""
    (section,) = laid_out([["Room", "円"], ["R1", "10"], ["R2", "20"], [note]])

    assert section.text == f"{table('Room | 円', 'R1 | 10', 'R2 | 20')}\n\n{note}"


def test_rows_without_a_header_have_none() -> None:
    """A number of theirs must not stand above the others as a name."""
    (section,) = laid_out([["Info", "4400"], ["受付", "4401"], ["Shop", "4402"]])

    assert section.text.startswith("|  |  |\n| --- | --- |\n| Info | 4400 |")


@pytest.mark.parametrize("word", ["column", "項目の名前"])
def test_rows_of_very_wide_tables_carry_their_names(word: str) -> None:
    """No chunk could hold the header and a row."""
    names = [f"{word} number {number}" for number in range(60)]
    (section,) = laid_out([names, [str(number) for number in range(60)], ["x"] * 60])

    assert f"- {word} number 7: 7\n- {word} number 8: 8" in section.text


@pytest.mark.parametrize("title", ["Visitors", "来館者"])
def test_the_data_of_a_chart_is_read(title: str) -> None:
    """Its title and values stand after the cells."""

    def draw(page: Worksheet) -> None:
        chart = BarChart()
        chart.title = title
        chart.add_data(Reference(page, min_col=2, min_row=1, max_row=3), titles_from_data=True)
        page.add_chart(chart, "E5")

    assert f"\n\n{title}" in text_of(sheet([["Month", "Count"], ["May", 5], ["6月", 7]], draw))


@pytest.mark.parametrize("text", ["Ask us first.", "先に窓口へお尋ねください。"])
def test_text_boxes_on_a_sheet_are_read(text: str) -> None:
    """People write explanations into them."""

    def draw(page: Worksheet) -> None:
        page.add_chart(BarChart(), "E5")

    box = (
        '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
        ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:twoCellAnchor>'
        '<xdr:sp><xdr:nvSpPr><xdr:cNvPr id="1" name="x"{}/></xdr:nvSpPr><xdr:txBody><a:p><a:r><a:t>'
        f"{text}</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:twoCellAnchor></xdr:wsDr>"
    )
    data = sheet([["Item", "円"], ["Pen", 2]], draw)

    def with_box(attributes: str) -> bytes:
        part = box.format(attributes).encode()
        return rewritten(data, {"xl/drawings/drawing1.xml": lambda _: part})

    assert text_of(with_box("")).endswith(f"\n\n{text}")
    assert text not in text_of(with_box(' hidden="1"'))


def test_the_strict_form_of_the_standard_is_read() -> None:
    """Excel can save it, with other namespaces and dates as text."""
    data = rewritten(
        sheet([["Item", "円"], ["鉛筆", 2]]),
        {
            "*": lambda part: part.replace(
                b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                b"http://purl.oclc.org/ooxml/spreadsheetml/main",
            ).replace(
                b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                b"http://purl.oclc.org/ooxml/officeDocument/relationships",
            )
        },
    )

    assert text_of(data) == table("Item | 円", "鉛筆 | 2")


def test_a_file_without_properties_has_no_date() -> None:
    """Exports of web programs have none, and today is not when somebody wrote them."""
    data = sheet([["Item", "円"], ["鉛筆", 2]])
    bare = rewritten(data, {"docProps/core.xml": lambda _: None})

    assert parse(data, "a.xlsx").metadata["date"]
    assert not parse(bare, "a.xlsx").metadata["date"]


def test_two_cells_far_apart_need_no_memory() -> None:
    """A sheet of 17 billion cells would end the process."""

    def far(page: Worksheet) -> None:
        page["XFD1048576"] = "遠い"

    assert "遠い" in text_of(sheet([["near"]], far))


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("room|key|floor\nArchive|K-17|3\n倉庫|K-02|0\n", "Archive | K-17 | 3"),
        ("名前;金額\n鉛筆;1,5\nペン;2,25\n", "鉛筆 | 1,5"),
        ("a\tb\nx, y\tz\n", "x, y | z"),
        ("Price list 2026\n\nRoom,Day\nR1,10\nR2,20\n", "R1 | 10"),
        ("料金表\n部屋,終日\nR1,10\nR2,20\n", "R1 | 10"),
        ('Name,Text\nAnn,"two\nlines, quoted"\nBob,one\n', "Ann | two lines, quoted"),
        ("sep=;\na;b\n1,5;2\n", "1,5 | 2"),
        ('a,b\n5" disk,x\n', '5" disk | x'),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp932"])
def test_separated_values_are_split_as_they_are_meant(text: str, row: str, encoding: str) -> None:
    """With any delimiter, and lines above the header."""
    sections = parse(text.encode(encoding), "a.csv").sections

    assert f"| {row} |" in sections[0].text
    assert "Price list" not in sections[0].text


def test_a_broken_binary_workbook_is_an_error_of_one_file() -> None:
    """Its library ends in a panic, which is no ordinary exception."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.bin", b"\x9c\x01\x10" + bytes(40))
        archive.writestr("xl/_rels/workbook.bin.rels", "<Relationships/>")

    with pytest.raises(ParseError):
        parse(file.getvalue(), "a.xlsb")


@pytest.mark.parametrize(("first", "second"), [("May", "June"), ("5月", "6月")])
def test_of_a_very_large_workbook_the_beginning_is_read(first: str, second: str) -> None:
    """What is not read is named, with its sheet and row."""
    book = Workbook()
    book.active.title = first
    for sheet in (book.active, book.create_sheet(second)):
        for number in range(1, 101):
            sheet.append([f"Item {number}", number])
    data = saved(book)

    cut, later, whole = (parse(data, "a.xlsx", longest) for longest in (50, 1084, 100_000))

    assert "Item 4" in cut.sections[-1].text
    place = f"sheet {first!r} from row 7 on, and what follows"
    assert cut.notes == (f"not read: {place}: the file is too large; divide it into several",)
    assert later.notes[0].startswith(f"not read: sheet {second!r} and what follows")
    assert whole.notes == ()


@pytest.mark.parametrize("word", ["Room", "部屋"])
def test_rows_end_where_their_words_were_not_read(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Millions of shared strings do not fill the memory."""
    texts = "".join(f"<si><t>{word} {number}</t></si>" for number in range(10, 40))
    rows = "".join(f"<row><c t='s'><v>{number}</v></c></row>" for number in range(30))
    sheet_part = f"<worksheet xmlns='{SHEETS}'><sheetData>{rows}</sheetData></worksheet>"
    parts: dict[str, Callable[[bytes], bytes | None]] = {
        "xl/theme/theme1.xml": lambda _: f"<sst xmlns='{SHEETS}'>{texts}</sst>".encode(),
        "xl/_rels/workbook.xml.rels": lambda part: part.replace(b"s/theme", b"s/sharedStrings"),
        "xl/worksheets/sheet1.xml": lambda _: sheet_part.encode(),
    }
    monkeypatch.setattr(xlsx, "_MOST_OF_STRINGS", 10 * (40 + len(f"{word} 1 ")))

    parsed = parse(rewritten(sheet([["x"]]), parts), "a.xlsx")

    assert f"{word} 19" in parsed.sections[0].text
    assert f"{word} 20" not in parsed.sections[0].text
    assert parsed.notes[0].startswith("not read: sheet 'S' from row 11 on")


SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.mark.parametrize(("suffix", "row"), [(".csv", "Item 4,4"), (".tsv", "品目 4\t4")])
def test_of_a_very_large_table_the_beginning_is_read(suffix: str, row: str) -> None:
    """In every format."""
    lines = [row.replace("4", str(number)) for number in range(1, 101)]
    parsed = parse("\n".join(lines).encode(), f"a{suffix}", 50)

    assert "4 | 4 |" in parsed.sections[0].text
    assert parsed.notes[0].startswith("not read: from row ")


def test_a_limit_of_time_ends_the_reading() -> None:
    """What was read until then is kept."""
    limit = ReadingLimit(0, seconds=0)
    limit.stop("sheet 'S' from row 1 on")

    assert limit.is_reached
    assert not ReadingLimit(0, seconds=60).is_reached
    assert ReadingLimit(1_000_000_000, seconds=60).is_reached
    assert limit.notes()[0].startswith("not read: sheet 'S' from row 1 on")
