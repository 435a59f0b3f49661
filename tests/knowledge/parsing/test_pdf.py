"""A PDF is read as a person reads its pages: see `knowledge/parsing/pdf`."""

import io

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from knowledge.model.errors import ParseError
from knowledge.parsing.parsers import parse
from knowledge.parsing.pdf.fragments import Fragment, PageText
from knowledge.parsing.pdf.layout import blocks
from knowledge.parsing.pdf.layout import text_of as text_of_block
from knowledge.parsing.pdf.vertical import as_horizontal
from tests.support.documents import FormField, Word, placed_pdf, stream, whole_pdf

TABLES = [
    [["Deck", "Day ticket", "Month"], ["North", "9 EUR", "120 EUR"], ["South", "7 EUR", "95 EUR"]],
    [
        ["区分", "料金", "備考"],
        ["大人", "500円", "団体は二割引き"],
        ["小人", "250円", "中学生以下"],
    ],
    [["Code", "Room"], ["1426", "101"], ["2537", "202"], ["3648", "303"]],
    [["担当", "内線"], ["佐藤", "4471"], ["鈴木", "4472"]],
    [["名前", "所属", "Mail", "内線"], ["佐藤", "", "s@a.jp", "1"], ["鈴木", "経理", "", "2"]],
]


def text_of(data: bytes) -> str:
    """Return the text of a PDF, its sections one below the other."""
    return "\n\n".join(section.text for section in parse(data, "a.pdf").sections)


def table_words(rows: list[list[str]], top: float = 700) -> list[Word]:
    """Return the cells of a table in columns of 130 points."""
    return [
        Word(cell, 72 + 130 * column, top - 18 * row)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
        if cell
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [["851.5", "854.9", "839.3"], ["633.6", "727.8", "789.9"], ["13.0x", "13.0x", "12.5x"]],
        [["店舗", "4月", "5月"], ["東京", "1,582", "1,629"], ["大阪", "121", "125"]],
        [["Team", "May", "June"], ["North", "0.5", "1.2"], ["South", "0.7", "1.4"]],
    ],
)
def test_a_table_whose_rows_begin_with_their_second_cell(rows: list[list[str]]) -> None:
    """Whatever a program draws first, a person reads from the left."""
    words = table_words(rows)
    width = len(rows[0])
    drawn = [
        word
        for begin in range(0, len(words), width)
        for word in (*words[begin + 1 : begin + width], words[begin])
    ]
    lines = text_of(placed_pdf([drawn])).split("\n")
    assert [line for line in lines if "---" not in line] == [
        "| " + " | ".join(row) + " |" for row in rows
    ]


def paragraph(lines: list[str], x: float = 72, top: float = 700) -> list[Word]:
    """Return lines at the usual distance."""
    return [Word(line, x, top - 14 * number) for number, line in enumerate(lines)]


@pytest.mark.parametrize("rows", TABLES)
@pytest.mark.parametrize("by_column", [False, True])
def test_a_table_has_its_rows_and_its_header(rows: list[list[str]], *, by_column: bool) -> None:
    """Also if the program draws one column after the other, where no cell is empty."""
    words = table_words(rows)
    if by_column and len(words) == len(rows) * len(rows[0]):
        words.sort(key=lambda word: word.x)

    text = text_of(placed_pdf([[Word("List / 一覧", 72, 740), *words]]))

    expected = ["| " + " | ".join(row) + " |" for row in rows]
    for line in expected:
        assert line in text.split("\n")
    assert text.index(expected[0]) < text.index("| --- ") < text.index(expected[1])


@pytest.mark.parametrize("rows", TABLES[:3])
def test_a_table_that_goes_on_has_its_header_on_each_page(rows: list[list[str]]) -> None:
    """A row without its header says nothing."""
    pages = [
        table_words(rows),
        table_words([rows[1], rows[2]]),
    ]

    _, second = parse(placed_pdf([list(page) for page in pages]), "a.pdf").sections

    assert second.text.startswith("| " + " | ".join(rows[0]) + " |")


@pytest.mark.parametrize(
    ("cell", "following", "whole"),
    [
        ("Groups of ten or more", "pay half", "Groups of ten or more pay half"),
        (
            "団体は二割引きとする。受付",
            "で申し出ること",
            "団体は二割引きとする。受付で申し出ること",
        ),
    ],
)
def test_a_cell_of_two_lines_is_one_cell(cell: str, following: str, whole: str) -> None:
    """Whether its lines are drawn before the next cell or after it."""
    words = [
        *(Word("Kind", 72, 700), Word("Note", 150, 700), Word("Price", 400, 700)),
        *(Word("Adult", 72, 680), Word(cell, 150, 680), Word(following, 150, 668)),
        *(Word("500", 400, 680), Word("Child", 72, 648), Word("-", 150, 648)),
        Word("250", 400, 648),
    ]

    assert f"| Adult | {whole} | 500 |" in text_of(placed_pdf([words]))


@pytest.mark.parametrize(
    ("label", "name", "value", "expected"),
    [
        ("Room:", "room", "Clean room 3", "Room: Clean room 3"),
        ("Key number:", "key", "K-5591", "Key number: K-5591"),
        ("Name", "text_1", "Keiko", "Name: Keiko"),
        ("氏名：", "text_2", "SATO Keiko", "氏名： SATO Keiko"),
        ("内線", "phone", "4471", "phone: 4471"),
        ("部屋番号", "部屋番号", "203", "部屋番号: 203"),
        ("", "supervisor", "Sato", "supervisor: Sato"),
    ],
)
def test_a_filled_form_has_its_values_with_their_names(
    label: str, name: str, value: str, expected: str
) -> None:
    """The label beside a field names it, else the field's own name."""
    words = [Word(label, 72, 700)] if label else []

    assert expected in text_of(
        placed_pdf([[Word("Form / 申請書", 72, 760), *words, FormField(name, value, 160, 697)]])
    )


@pytest.mark.parametrize("label", ["I agree", "同意する", "Parking needed"])
@pytest.mark.parametrize("mark", ["", "yes"])
def test_a_tick_box_says_whether_it_is_ticked(label: str, mark: str) -> None:
    """The box stands in front of its label."""
    parts: list[Word | FormField] = [FormField("box1", mark, 72, 697, "tick"), Word(label, 90, 700)]

    assert f"{'☒' if mark else '☐'} {label}" in text_of(placed_pdf([parts]))


def test_a_choice_is_read_and_a_password_is_not() -> None:
    """A form shows the one and hides the other."""
    parts: list[Word | FormField] = [
        *(Word("Colour:", 72, 700), FormField("colour", "blue", 160, 697, "choice")),
        *(Word("Password:", 72, 660), FormField("pw", "hunter2", 160, 657, "password")),
    ]

    text = text_of(placed_pdf([parts]))

    assert "Colour: blue" in text
    assert "hunter2" not in text


def with_annotation(subtype: str, shown: str, entries: str = "") -> bytes:
    """Return a page with the line "Signed below", and an annotation that a program drew."""
    drawn = f"BT /F1 12 Tf 10 10 Td ({shown}) Tj ET".encode("cp1252")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]/Contents 4 0 R/Annots[6 0 R]"
            b"/Resources<</Font<</F1 5 0 R>>>>>>"
        ),
        stream(b"", b"BT /F1 12 Tf 50 300 Td (Signed below) Tj ET"),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        f"<</Type/Annot/Subtype/{subtype}/Rect[50 200 250 240]/F 4{entries}"
        "/AP<</N 7 0 R>>>>".encode(),
        stream(
            b"/Type/XObject/Subtype/Form/BBox[0 0 200 40]/Resources<</Font<</F1 5 0 R>>>>", drawn
        ),
    ]
    return whole_pdf(objects)


@pytest.mark.parametrize(
    ("subtype", "entries"),
    [
        ("Widget", "/FT/Sig/T(Signature1)"),
        ("Widget", "/FT/Btn/Ff 65536/T(Button1)"),
        ("Stamp", ""),
        ("Screen", ""),
    ],
)
@pytest.mark.parametrize("shown", ["Approved by Sato on 2026-03-01", "Genehmigt von Frau Müller"])
def test_what_a_program_drew_for_an_annotation_is_read(
    subtype: str, entries: str, shown: str
) -> None:
    """People see a signature, a stamp and the caption of a button as they see the page."""
    assert text_of(with_annotation(subtype, shown, entries)).split("\n\n") == [
        "Signed below",
        shown,
    ]


def test_a_hidden_picture_and_the_signs_of_a_password_are_not_read() -> None:
    """Nobody sees the one, and nobody should see the other."""
    hidden = with_annotation("Stamp", "Draft").replace(b"/F 4", b"/F 2")
    password = with_annotation("Widget", "hunter2", "/FT/Tx/Ff 8192/T(Code)")

    assert text_of(hidden) == text_of(password) == "Signed below"


def test_what_stands_on_a_page_is_not_changed_by_a_picture() -> None:
    """A field has its value, and a picture its text, each once."""
    text = text_of(with_annotation("FreeText", "as drawn", "/Contents(as written)"))

    assert "as written" in text
    assert "as drawn" not in text


@pytest.mark.parametrize(("chosen", "other"), [("blue", "red"), ("青", "赤")])
def test_a_list_shows_what_is_chosen_and_what_is_not(chosen: str, other: str) -> None:
    """As tick boxes do; of a long list, only what is chosen is read."""
    value, another = (f"<{word.encode('utf-16').hex()}>" for word in (chosen, other))
    field = "/FT/Ch/T(Colour)/V{0}/Opt[{1}{0}]"

    short = with_annotation("Widget", "", field.format(value, another))
    long = with_annotation("Widget", "", field.format(value, another * 40))

    assert f"Colour: ☐ {other} ☒ {chosen}" in text_of(short)
    assert f"Colour: {chosen}" in text_of(long)


def shifted_pdf(words: str, by: int) -> bytes:
    """Return a PDF whose font numbers its letters from another one, and names none of them."""
    codes = "".join(f"{ord(letter) - by:04x}" for letter in words).encode()
    lines = b"".join(b"1 0 0 1 50 %d Tm<%b>Tj " % (y, codes) for y in range(300, 100, -20))
    return whole_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            (
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]/Contents 4 0 R"
                b"/Resources<</Font<</F1 5 0 R>>>>>>"
            ),
            stream(b"", b"BT /F1 12 Tf " + lines + b"ET"),
            (
                b"<</Type/Font/Subtype/Type0/BaseFont/Odd/Encoding/Identity-H"
                b"/DescendantFonts[6 0 R]>>"
            ),
            (
                b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Odd/CIDToGIDMap/Identity/DW 600"
                b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
                b"/FontDescriptor<</Type/FontDescriptor/FontName/Odd/Flags 4"
                b"/FontBBox[0 0 1000 1000]/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700"
                b"/StemV 80>>>>"
            ),
        ]
    )


@pytest.mark.parametrize(
    ("words", "by"),
    [
        ("The office opens at nine", 29),
        ("Das Amt ist offen", 28),
        ("DESCRIPTION", 29),
        ("Масса и масштаб", 500),
    ],
)
def test_letters_that_a_font_does_not_name_are_said_and_not_indexed(words: str, by: int) -> None:
    """Their numbers in the font look like letters, and are none."""
    with pytest.raises(ParseError, match="do not say which letters"):
        parse(shifted_pdf(words, by), "a.pdf")


@pytest.mark.parametrize("words", ["The office opens at nine", "事務所は九時に開く", "ΚΑΛΗΜΕΡΑ"])
def test_letters_whose_numbers_are_those_of_unicode_are_read(words: str) -> None:
    """Many programs number them so, and name none."""
    assert words in text_of(shifted_pdf(words, 0))


def test_a_damaged_page_costs_only_itself() -> None:
    """It is named."""
    data = placed_pdf([[Word("First words.", 72, 700)], [Word("More words.", 72, 700)]])
    kids = data.partition(b"/Kids [")[2].partition(b"]")[0].split(b" R")
    second = kids[1].strip()

    parsed = parse(data.replace(second + b" R ]", b"99 0 R ]"), "a.pdf")

    assert [section.text for section in parsed.sections] == ["First words."]
    assert parsed.notes == ("not read: page 2: damaged; save it again from its program",)


BODIES = [
    "The code of the cabinet in room {0}0{0} is {1}.",
    "{0}0{0}号室の棚の暗証番号は{1}です。",
    "Room {0}: ask for the key number {1} at the office.",
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    ("head", "foot"),
    [
        ("ACME Ltd - Internal Handbook - Confidential", "Page {} of 5"),
        ("社外秘　就業規則", "- {} -"),
        ("Handbook", "{} / 5 ページ"),
    ],
)
def test_running_heads_and_feet_are_not_part_of_the_text(body: str, head: str, foot: str) -> None:
    """What repeats at the edge of each page is no part of its text, and what differs stays."""
    pages = [
        [
            Word(head, 72, 800, 8),
            Word(body.format(number, 1111 * number), 72, 700),
            Word(foot.format(number), 280, 30, 8),
        ]
        for number in range(1, 6)
    ]

    *sections, last = parse(placed_pdf(pages, title="Rules"), "a.pdf").sections

    assert [section.text for section in sections] == [
        body.format(number, 1111 * number) for number in range(1, 6)
    ]
    assert (last.page, last.text) == (1, " ".join(head.split()))


def running(foot: str, title: str = "Rules", words: str = "") -> list[str]:
    """Return the texts of the sections of five pages with a *foot*, whose `{}` counts them."""
    pages = [
        [
            Word(f"Part {'一二三四五'[number]} of the text. {words}", 72, 600),
            Word(foot.format(number + 1), 72, 30, 8),
        ]
        for number in range(5)
    ]
    return [section.text for section in parse(placed_pdf(pages, title=title), "a.pdf").sections]


@pytest.mark.parametrize(
    ("foot", "line"),
    [
        ("Valid from 1 April 2026", "Valid from 1 April 2026"),
        ("2026年4月1日から有効", "2026年4月1日から有効"),
        ("Page {} of 5 | Lines with a # are for auditors", "Lines with a # are for auditors"),
        ("印のある行は監査役が使う　{}頁", "印のある行は監査役が使う"),
    ],
)
def test_a_running_line_is_read_once(foot: str, line: str) -> None:
    """It may be the only place of a statement; the number of the page is none."""
    texts = running(foot)

    assert texts[-1] == line
    assert sum(line in text for text in texts) == 1


@pytest.mark.parametrize(
    "foot", ["Office hours", "Office hours - {}", "営業時間", "営業時間　{}／5"]
)
def test_a_running_line_that_is_said_elsewhere_is_not_read(foot: str) -> None:
    """The title, or the text, says it already."""
    line = foot.partition(" - ")[0].partition("\u3000")[0]

    assert len(running(foot, title=line)) == 5
    assert len(running(foot, words=line)) == 5


@pytest.mark.parametrize("foot", ["Audience: #hr", "公開範囲：#hr"])
def test_a_running_line_may_be_an_access_rule(foot: str) -> None:
    """Nobody reads the document then."""
    with pytest.raises(ParseError, match="access rule"):
        running(foot)


@pytest.mark.parametrize(("left", "right"), [("Handbook", "Leave"), ("就業規則", "休暇")])
def test_facing_pages_have_two_running_heads(left: str, right: str) -> None:
    """Left and right pages have their own."""
    pages = [
        [
            Word(f"{number} {left}" if number % 2 else f"{right} {number}", 72, 800, 8),
            Word(f"Words {'一二三四五六七八'[number]} of this page.", 72, 600),
        ]
        for number in range(8)
    ]

    *sections, odd, even = parse(placed_pdf(pages, title="Rules"), "a.pdf").sections

    assert [section.text.endswith("of this page.") for section in sections] == [True] * 8
    assert (odd.text, even.text) == (right, left)


@pytest.mark.parametrize(
    "pages",
    [
        [["Dear colleagues,", "the office opens at 9."], ["Dear colleagues,", "it closes at 5."]],
        [["受付は9時に開きます。"], ["受付は5時に閉まります。"]],
        [["Room 1", "is blue."], ["Room 2", "is red."], ["Room 4", "is green."]],
    ],
)
def test_the_text_of_a_short_document_stays(pages: list[list[str]]) -> None:
    """Lines that are like each other are not running heads yet."""
    text = text_of(placed_pdf([paragraph(lines, top=790) for lines in pages]))

    for line in (line for lines in pages for line in lines):
        assert line in text


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        (
            [
                (
                    "Whoever for whatever reason enters the laboratory after eight in the "
                    "evening has to tell it at once to"
                )
            ],
            ["the guard at the gate. The guard writes it down."],
            "has to tell it at once to the guard at the gate.",
        ),
        (
            ["夜八時以降に実験室に入る者は、事前に所属長の許可を得た上で、正門の守衛に氏名と入"],
            ["室の目的を届け出ること。守衛は記録を残す。"],
            "正門の守衛に氏名と入室の目的を届け出ること。",
        ),
    ],
)
def test_a_sentence_that_crosses_a_page_is_whole(
    first: list[str], second: list[str], whole: str
) -> None:
    """It belongs to the page where it begins; running heads do not stand in it."""
    pages = [
        [
            Word("Head / 社外秘", 72, 810, 8),
            *paragraph(lines, top=730),
            Word(f"Page {number} of 3", 280, 30, 8),
        ]
        for number, lines in enumerate((first, second, ["End."]), 1)
    ]
    pages = [[replace_size(word) for word in page] for page in pages]

    one, two, _ = parse(placed_pdf(pages), "a.pdf").sections

    assert whole in one.text
    assert (one.page, two.page) == (1, 2)
    assert two.text in ("The guard writes it down.", "守衛は記録を残す。")


def replace_size(word: Word) -> Word:
    """Return a word of the body in 11 points."""
    return word if word.size < 10 else Word(word.text, word.x, word.y, 11)


ENGLISH = (
    [
        "The office lends keys to members of",
        "the house from nine until noon on",
        "each day of the week.",
    ],
    ["Visitors leave a card at the gate", "and get it back when they go home", "in the evening."],
)
JAPANESE = (
    ["受付では職員に九時から正午まで", "鍵を貸し出している。ただし日曜は", "休みとする。"],
    ["来訪者は正門で入館証を受け取り、", "帰るときに返却しなければならない", "ものとする。"],
)


@pytest.mark.parametrize("columns", [ENGLISH, JAPANESE])
@pytest.mark.parametrize("across", [False, True])
def test_columns_are_read_one_after_the_other(
    columns: tuple[list[str], list[str]], *, across: bool
) -> None:
    """Also when the program draws them line by line across the page."""
    columns = (columns[0] * 2, columns[1] * 2)
    words = paragraph(columns[0]) + paragraph(columns[1], x=300)
    if across:
        words.sort(key=lambda word: (-word.y, word.x))

    text = "".join(text_of(placed_pdf([words])).split())

    assert text == "".join("".join(columns[0] + columns[1]).split())


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["持ち物は以下のとおり", "・社員証", "・印鑑"], "持ち物は以下のとおり\n・社員証\n・印鑑"),
        (["Bring the following", "- a card", "- a pen"], "Bring the following\n- a card\n- a pen"),
        (["1. Ring", "2. Wait", "3. Enter"], "1. Ring\n2. Wait\n3. Enter"),
        (["ア．社員証", "イ．印鑑", "（ウ）写真"], "ア．社員証\nイ．印鑑\n（ウ）写真"),
        (["一、社員証", "十一、印鑑"], "一、社員証\n十一、印鑑"),
        (["Pub. 529 Deductions", "Pub. 552 Records"], "Pub. 529 Deductions\nPub. 552 Records"),
    ],
)
def test_lists_and_short_lines_stay(lines: list[str], text: str) -> None:
    """Breaks by the author are kept."""
    assert text_of(placed_pdf([paragraph(lines)])) == text


@pytest.mark.parametrize(
    "lines",
    [
        ["休暇を申請する従業員は、理由を事前に上長へ伝えることとし、こ", "れは、例外を認めない。"],
        ["有給休暇の日数は勤続年数により、その計算の方法を次のとおり考", "える．例外はない。"],
        ["Everybody who is ill writes to the office before nine and says", "it. Then rest."],
        ["The handbook says what is paid and what is not, and it has many", "(e.g. rent)."],
    ],
)  # fmt: skip
def test_a_line_that_begins_with_the_end_of_a_sentence_is_no_item(lines: list[str]) -> None:
    """Nor is a word of two letters with a comma or a period."""
    whole = (" " if lines[0].isascii() else "").join(lines)
    assert text_of(placed_pdf([paragraph([lines[0], *lines])])).endswith(whole)


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("Table 1.", ["Prices of tickets for one day", "and for a month, in EUR."]),
        ("表2", ["一日券と月極の料金を円で示す", "ものである。"]),
    ],
)
def test_a_caption_is_one_paragraph(label: str, lines: list[str]) -> None:
    """Also with a wide gap behind its label, and lines that begin below the label."""
    words = [Word(label, 72, 700), Word(lines[0], 150, 700), Word(lines[1], 72, 686)]
    text = text_of(placed_pdf([words]))
    assert "\n\n" not in text
    assert lines[0] in text


@pytest.mark.parametrize("is_left", [True, False])
@pytest.mark.parametrize(
    ("notes", "text"),
    [
        (
            ["Paid leave", "Lapse of leave"],
            [
                "The employer grants twenty days of paid leave in each year to",
                "every member of staff. What is not taken by the end of March",
                "lapses.",
            ],
        ),
        (
            ["有給休暇", "休暇の消滅"],
            [
                "使用者は、職員に毎年二十日の有給休暇を与える。翌年の三月の",
                "末までに取得されなかった休暇は、業務上の理由で延期を求めた",
                "場合を除き、消滅する。",
            ],
        ),
    ],
)
def test_a_note_in_the_margin_stands_above_its_text(
    notes: list[str], text: list[str], *, is_left: bool
) -> None:
    """It is no cell of a table, whose first row would be a header."""
    words = list[Word]()
    for number, note in enumerate(notes):
        top = 700 - 60 * number
        words += [Word(note, 72, top, 8)] * is_left
        words += paragraph(text, x=170, top=top)
        words += [Word(note, 520, top, 8)] * (not is_left)

    whole = (" " if text[0].isascii() else "").join(text)

    assert text_of(placed_pdf([words])).split("\n\n") == [f"{note}\n{whole}" for note in notes]


@pytest.mark.parametrize(
    "rows",
    [
        [["Term", "What it means"], ["Lapse", "Leave that nobody takes is lost"]],
        [["用語", "意味"], ["消滅", "取得されなかった休暇がなくなること"]],
    ],
)
def test_a_list_of_terms_with_a_header_is_a_table(rows: list[list[str]]) -> None:
    """Its first row names the columns."""
    assert text_of(placed_pdf([table_words(rows)])).startswith(f"| {rows[0][0]} | {rows[0][1]} |")


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (
            ["Introduction ........................ 3", "Leave . . . . . . . . . . . . 12"],
            "Introduction … 3\nLeave … 12",
        ),
        (["はじめに・・・・・・・・・・・・3", "休暇……………………12"], "はじめに … 3\n休暇 … 12"),
        (["Total", "-------------------------", "120 EUR"], "Total\n120 EUR"),
        (["合計", "━━━━━━━━━━━━━━", "120円"], "合計\n120円"),
    ],
)
def test_leaders_and_rulers_are_no_text(lines: list[str], text: str) -> None:
    """They only lead the eye."""
    assert "\n".join(text_of(placed_pdf([paragraph(lines)])).split("\n\n")) == text


@pytest.mark.parametrize("line", ["一　児童及び幼児", "二　七十歳以上の者", "第二条　休暇規程"])
def test_a_space_in_vertical_japanese_stays(line: str) -> None:
    """Without it the number of an article runs into its text: 二七十歳以上の者."""
    letters = [
        Fragment(letter, 500, 700 - 14 * row, 514, 714 - 14 * row + 0.6, 14)
        for row, letter in enumerate(line)
        if letter != "　"
    ]
    (laid_down,) = as_horizontal(PageText(letters, 595, 842)).fragments
    assert laid_down.text == line.replace("　", " ")


@pytest.mark.parametrize(
    "words",
    [["休暇規程", "従業員は十日の休暇を取得できる。"], ["目的", "この規程は休暇を定める。"]],
)
def test_vertical_japanese_is_read_from_the_right(words: list[str]) -> None:
    """From top to bottom, and the right line first, in whatever order it is drawn."""
    lines = [Word(word, 500 - 30 * number, 750, 14) for number, word in enumerate(words)]

    text = text_of(placed_pdf([list(reversed(lines))], vertical=True))

    assert "".join(text.split()) == "".join(words)


@pytest.mark.parametrize(("title", "heading"), [("Key policy", "Lending"), ("鍵の規程", "貸出")])
def test_headings_come_from_the_font_size(title: str, heading: str) -> None:
    """And the title, if the properties have none."""
    page = [
        *(Word(title, 72, 760, 20), Word(heading, 72, 720, 14)),
        Word("Keys are lent for a day. 鍵は一日貸し出す。", 72, 690),
    ]

    parsed = parse(placed_pdf([page], title="(anonymous)"), "scan_0001.pdf")

    assert parsed.title == title
    assert parsed.sections[-1].headings == (title, heading)


@pytest.mark.parametrize(("first", "second"), [("Keys", "Lending"), ("鍵", "貸出")])
def test_headings_come_from_the_outline_where_there_is_one(first: str, second: str) -> None:
    """Whatever their size."""
    pages = [
        [Word(first, 72, 760), Word("Ask at the office. 受付へ。", 72, 700)],
        [Word(second, 72, 760), Word("For one day. 一日。", 72, 700)],
    ]

    one, two = parse(placed_pdf(pages, outline=[(0, first, 0), (1, second, 1)]), "a.pdf").sections

    assert one.headings == (first,)
    assert two.headings == (first, second)
    assert two.page == 2


def test_a_page_of_images_says_so_and_drawings_do_not() -> None:
    """OCR helps only where there is an image."""
    from PIL import Image

    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.drawImage(ImageReader(Image.new("L", (400, 600), 200)), 0, 0, 500, 800)
    canvas.save()

    with pytest.raises(ParseError, match="OCR"):
        parse(file.getvalue(), "scan.pdf")
    with pytest.raises(ParseError, match="nothing but drawings"):
        parse(placed_pdf([[]]), "drawing.pdf")


@pytest.mark.parametrize("name", [b"BrotliDecode", b"ZstdDecode"])
def test_an_unknown_filter_is_no_password(name: bytes) -> None:
    """The reason names the filter."""
    data = b"%PDF-2.0\n1 0 obj <</Filter /" + name + b" /Length 3>> stream\nabc\nendstream endobj\n"

    with pytest.raises(ParseError, match=name.decode()):
        parse(data, "a.pdf")


def test_pages_that_cannot_be_read_are_named_beside_what_can() -> None:
    """The rest of the file is indexed."""
    from PIL import Image

    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.drawString(72, 700, "The office opens at nine.")
    for _ in range(2):
        canvas.showPage()
        canvas.drawImage(ImageReader(Image.new("L", (400, 600), 200)), 0, 0, 500, 800)
    canvas.save()

    parsed = parse(file.getvalue(), "scan.pdf")

    assert [section.page for section in parsed.sections] == [1]
    assert parsed.notes == (
        (
            "not read: pages 2-3: images without text; "
            "set ocr = true for its source (needs kotae[ocr])"
        ),
    )


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (["Parking fees", "", "Deck 1 is for guests, and deck 2 for staff."], "Parking fees"),
        (["駐車料金", "", "1階は来客用、2階は社員用です。"], "駐車料金"),
        (["Guests park on deck 1.", "", "Staff park on deck 2."], "scan 0001"),
        (["来客は1階に駐車します。", "", "社員は2階です。"], "scan 0001"),
        (["Date: 2026-03-01", "", "Guests park on deck 1."], "scan 0001"),
        (["株式会社山田商事御中", "", "お見積りをお送りします。"], "scan 0001"),
        (["Dear all", "", "Guests park on deck 1."], "scan 0001"),
        (["Parking fees"], "scan 0001"),
    ],
)
def test_a_clear_first_line_is_the_title(lines: list[str], title: str) -> None:
    """If nothing is larger; no sentence, no label, no address to somebody, and no only line."""
    words = [Word(line, 72, 760 - 20 * n, 11) for n, line in enumerate(lines) if line]
    parsed = parse(placed_pdf([words], title="untitled"), "scan_0001.pdf")

    assert parsed.title.replace("_", " ") == title


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("ACME Ltd - Key handbook", "The code of room {} is 14."),
        ("鍵の手引き", "{}号室の番号は14です。"),
    ],
)
def test_a_running_head_may_be_the_title(head: str, body: str) -> None:
    """It stands on the first page, too, and not in the text."""
    pages = [
        [Word(head, 72, 810, 9), Word(body.format(number), 72, 600, 11)] for number in range(1, 5)
    ]
    parsed = parse(placed_pdf(pages), "scan_0001.pdf")

    assert parsed.title == head
    assert all(head not in section.text for section in parsed.sections)


@pytest.mark.parametrize("names", [["OTSL", "HTML"], ["東京", "大阪"]])
def test_rows_beside_a_merged_cell_are_rows_of_their_own(names: list[str]) -> None:
    """Two numbers below two numbers are no wrapped cell, and the merged one is that of both."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    font = UnicodeCIDFont("HeiseiKakuGo-W5")
    pdfmetrics.registerFont(font)
    canvas.setFont(font.fontName, 9)
    for y in (736, 716, 682, 648):
        canvas.line(72, y, 420, y)
    for x in (140, 220, 320):
        canvas.line(x, 648, x, 736)
    for x, text in zip((80, 150, 230, 330), ("No", "名 Name", "A", "B"), strict=True):
        canvas.drawString(x, 722, text)
    for group, top in enumerate((704, 670)):
        canvas.drawString(80, top - 5, str(group + 6))
        for line, name in enumerate(names):
            values = (name, f"0.{group}{line}", f"{line + 1},00{group}")
            for x, text in zip((150, 230, 330), values, strict=True):
                canvas.drawString(x, top - 13 * line, text)
    canvas.save()

    lines = text_of(file.getvalue()).split("\n")

    for group in (0, 1):
        for line, name in enumerate(names):
            assert f"| {group + 6} | {name} | 0.{group}{line} | {line + 1},00{group} |" in lines


@pytest.mark.parametrize("words", [["مرحبا", "Python", "لغة"], ["שלום", "Kotae", "עולם"]])
def test_writing_from_the_right_is_read_as_it_is_drawn(words: list[str]) -> None:
    """A part further left on the same line comes later there."""
    parts = [
        Fragment(word, 400 - 120 * number, 700, 460 - 120 * number, 712, 12)
        for number, word in enumerate(words)
    ]
    text = " ".join(text_of_block(block, 595) for block in blocks(PageText(parts, 595, 842)))
    assert text == " ".join(words)


@pytest.mark.parametrize("line", ["The office opens at nine.", "事務所は九時に開きます。"])
def test_of_a_very_large_file_the_first_pages_are_read(line: str) -> None:
    """The others are named."""
    data = placed_pdf([[Word(line, 72, 700)]] * 5)
    parsed = parse(data, "a.pdf", 2 * len(line))

    assert [section.page for section in parsed.sections] == [1, 2]
    assert parsed.notes == ("not read: pages 3-5: the file is too large; divide it into several",)
