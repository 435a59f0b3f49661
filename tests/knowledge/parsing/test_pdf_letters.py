"""Letters of a PDF: what a font names in any way is read, and what it does not is said."""

from pathlib import Path

import pytest
import reportlab

from knowledge.parsing.parsers import parse
from tests.support.documents import stream, whole_pdf

DESCRIPTOR = (
    b"<</Type/FontDescriptor/FontName/Odd/Flags 4/FontBBox[0 0 1000 1000]/ItalicAngle 0"
    b"/Ascent 800/Descent -200/CapHeight 700/StemV 80%s>>"
)


def page(content: bytes, font: bytes, *more: bytes) -> bytes:
    """Return a PDF with *content* in the font F1; what it refers to has the numbers from 6."""
    return whole_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            (
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]/Contents 4 0 R"
                b"/Resources<</Font<</F1 5 0 R/F2<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
                b">>>>"
            ),
            stream(b"", b"BT /F1 12 Tf 50 300 Td " + content + b" ET"),
            font,
            *more,
        ]
    )


def with_names(content: bytes, names: bytes) -> bytes:
    """Return a page whose font gives its letters these names, from number 1 on."""
    font = (
        b"<</Type/Font/Subtype/Type1/BaseFont/Odd/FirstChar 0/LastChar 255/Widths["
        + b"500 " * 256
        + b"]/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[1"
        + names
        + b"]>>/FontDescriptor 6 0 R>>"
    )
    return page(b"(" + content + b")Tj", font, DESCRIPTOR % b"")


def with_table(
    numbers: str, table: bytes, *, ordering: bytes = b"Identity", more: bytes = b""
) -> bytes:
    """Return a page whose font has a table of letters; without one, it names none."""
    font = (
        b"<</Type/Font/Subtype/Type0/BaseFont/Odd/Encoding/Identity-H/DescendantFonts[6 0 R]"
        + b"/ToUnicode 7 0 R" * bool(table)
        + b">>"
    )
    descendant = (
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Odd/CIDToGIDMap/Identity/DW 600"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(" + ordering + b")/Supplement 0>>"
        b"/FontDescriptor" + DESCRIPTOR % b"" + b">>"
    )
    letters = (
        b"begincmap /CMapName /X def 1 begincodespacerange <0000> <FFFF> endcodespacerange "
        + table
        + b" endcmap"
    )
    return page(f"<{numbers}>Tj".encode() + more, font, descendant, stream(b"", letters))


def read(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text of the first section, and the notes."""
    parsed = parse(data, "a.pdf")
    return parsed.sections[0].text, parsed.notes


@pytest.mark.parametrize(
    ("content", "names", "text"),
    [
        (rb"Dur\001e cr\002me", b"/eacute/egrave", "Durée crème"),
        (rb"o\001ce \002nd", b"/ffi/fi", "office find"),
        (rb"o\001ce \002nd a\003 \004e", b"/f_f_i/f_i/f_t/T_h", "office find aft The"),
        (rb"o\001ce", b"/f_f_i.alt", "office"),
        (rb"\001\002", b"/u20BB7/uni91CE", "𠮷野"),
        (rb"\001\002", b"/eacute.sc/seven.oldstyle", "é7"),
    ],
)
def test_a_letter_is_known_by_the_name_of_its_drawing(
    content: bytes, names: bytes, text: str
) -> None:
    """Also a ligature that is named by its letters."""
    assert read(with_names(content, names)) == (text, ())


@pytest.mark.parametrize(
    ("table", "text"),
    [
        (b"2 beginbfchar <0001><D842DFB7> <0002><91CE> endbfchar", "𠮷野"),
        (b"2 beginbfchar <0001><00E9> <0002><006600660069> endbfchar", "éffi"),
        (b"1 beginbfrange <0001><0002>[<D842DFB7><00E9>] endbfrange", "𠮷é"),
        (b"1 beginbfrange <0001><0002><D842DFB7> endbfrange", "𠮷𠮸"),
    ],
)
def test_a_letter_is_known_by_the_table_of_its_font(table: bytes, text: str) -> None:
    """With ranges, several letters for one number, and letters of four bytes."""
    assert read(with_table("00010002", table)) == (text, ())


@pytest.mark.parametrize("words", ["Масса и масштаб", "𠮷野、𠮟る", "Größe über ßöäü"])
def test_letters_that_are_numbered_by_utf_8_are_read(words: str) -> None:
    """Some libraries write them so."""
    ranges = b"<00> <7F> <C280> <DFBF> <E0A080> <EFBFBF> <F0908080> <F4BFBFBF>"
    encoding = (
        b"begincmap /CMapName /Own-UTF8-H def /CMapType 1 def 4 begincodespacerange "
        + ranges
        + b" endcodespacerange 1 begincidrange <00> <7F> 0 endcidrange endcmap"
    )
    font = (
        b"<</Type/Font/Subtype/Type0/BaseFont/Odd/Encoding 8 0 R/DescendantFonts[6 0 R]"
        b"/ToUnicode 7 0 R>>"
    )
    descendant = (
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Odd/DW 600/CIDSystemInfo"
        b"<</Registry(Own)/Ordering(Own)/Supplement 0>>/FontDescriptor" + DESCRIPTOR % b"" + b">>"
    )
    data = page(
        f"<{words.encode().hex()}>Tj".encode(),
        font,
        descendant,
        stream(b"", b"begincmap endcmap"),
        stream(b"/Type/CMap/CMapName/Own-UTF8-H", encoding),
    )
    assert read(data) == (words, ())


@pytest.mark.parametrize(("written", "text"), [("Käferhofen", "Käferhofen"), ("Durée", "Durée")])
def test_a_small_letter_is_none_of_a_macintosh(written: str, text: str) -> None:
    """A TrueType font without an encoding: pdfium takes it for one of a Macintosh."""
    outlines = (Path(reportlab.__file__).parent / "fonts" / "Vera.ttf").read_bytes()
    font = (
        b"<</Type/Font/Subtype/TrueType/BaseFont/Vera/FirstChar 0/LastChar 255/Widths["
        + b"600 " * 256
        + b"]/FontDescriptor 6 0 R>>"
    )
    content = b"<" + written.encode("cp1252").hex().encode() + b">Tj"
    data = page(content, font, DESCRIPTOR % b"/FontFile2 7 0 R", stream(b"", outlines))
    assert read(data) == (text, ())


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (with_names(rb"caf\001 and tea", b"/g23"), "caf� and tea"),
        (with_names(rb"\001nd the office", b"/g28"), "�nd the office"),
        (with_names(rb"in 201\001 and 2018", b"/g23"), "in 201� and 2018"),
        (
            with_table(
                "00010002000300030003",
                b"3 beginbfchar <0001><5C71> <0002><E687> <0003><7530> endbfchar",
            ),
            "山�田田田",
        ),
        (
            with_table("0001000100010002", b"2 beginbfchar <0001><5409> <0002><E001> endbfchar"),
            "吉吉吉�",
        ),
        (with_table("0E0F0E0F418B", b"", ordering=b"Japan1"), "平平�"),
    ],
)
def test_a_letter_that_no_font_names_is_marked_and_said(data: bytes, text: str) -> None:
    """A reader sees that a letter is missing, and whoever syncs does, too."""
    note = "not read: page 1: a letter that its font does not name (� in the text); save it again"
    assert read(data) == (text, (note,))


@pytest.mark.parametrize(
    ("content", "names", "text"),
    [
        (rb"\001 Keys", b"/g1", "- Keys"),
        (rb"\001Keys", b"/g1", "- Keys"),
        (rb"Mail \001 phone", b"/g1", "Mail phone"),
    ],
)
def test_a_bullet_and_a_drawing_are_no_missing_letters(
    content: bytes, names: bytes, text: str
) -> None:
    """They stand before a line, or alone."""
    assert read(with_names(content, names)) == (text, ())


@pytest.mark.parametrize("words", ["The office opens at nine", "Das Amt ist offen"])
def test_what_a_font_names_is_read_beside_what_another_does_not(words: str) -> None:
    """The page is named all the same."""
    numbers = "".join(f"{ord(letter) - 29:04x}" for letter in words)
    named = b" /F2 12 Tf 0 -40 Td (Opening hours: 9 to 5) Tj"
    text, notes = read(with_table(numbers, b"", more=named))
    assert text == "Opening hours: 9 to 5"
    assert "page 1: the fonts do not say which letters they show" in notes[0]


@pytest.mark.parametrize(("one", "other"), [("Opening", "hours"), ("Rooms", "2018")])
def test_a_letter_that_draws_nothing_is_a_space(one: str, other: str) -> None:
    """Some programs write spaces in a font that names none."""
    outlines = (Path(reportlab.__file__).parent / "fonts" / "Vera.ttf").read_bytes()
    font = b"<</Type/Font/Subtype/Type0/BaseFont/Vera/Encoding/Identity-H/DescendantFonts[6 0 R]>>"
    descendant = (
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Vera/CIDToGIDMap/Identity/DW 200/CIDSystemInfo"
        b"<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor"
        + DESCRIPTOR % b"/FontFile2 7 0 R"
        + b">>"
    )
    content = f"/F2 12 Tf ({one}) Tj /F1 12 Tf <0003> Tj /F2 12 Tf ({other}) Tj".encode()
    assert read(page(content, font, descendant, stream(b"", outlines))) == (f"{one} {other}", ())
