"""What a person reads in a Word file is read: also what is drawn, numbered or ticked."""

import io
import zipfile
from collections.abc import Mapping

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from knowledge.model.types import ParsedFile
from knowledge.parsing.options import ReadingOptions
from knowledge.parsing.parsers import parse
from tests.support.documents import word_document

WORD14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def document(*paragraphs: str, parts: Mapping[str, str] | None = None) -> bytes:
    """Return a Word file whose body consists of the XML of *paragraphs*, with more parts."""
    word = Document()
    spaces = f"{nsdecls('w', 'wp', 'a', 'r')} {WORD14} {MATH}"
    for paragraph in paragraphs:
        name, _, rest = paragraph.partition(">")
        closed = name.removesuffix("/")
        end = "/>" if name.endswith("/") else ">"
        word.element.body.insert(
            len(word.element.body) - 1, parse_xml(f"{closed} {spaces}{end}{rest}")
        )
    saved = io.BytesIO()
    word.save(saved)
    if not parts:
        return saved.getvalue()
    written = io.BytesIO()
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(written, "w") as target:
        for name in source.namelist():
            data = source.read(name).decode("utf-8", "surrogateescape")
            if name == "word/_rels/document.xml.rels":
                related = "".join(
                    f'<Relationship Id="x{number}" Type="{RELATIONS}/{kind}" Target="{kind}.xml"/>'
                    for number, kind in enumerate(parts)
                )
                data = data.replace("</Relationships>", f"{related}</Relationships>")
            if name != f"word/{next(iter(parts))}.xml":
                target.writestr(name, data.encode("utf-8", "surrogateescape"))
        for kind, text in parts.items():
            target.writestr(f"word/{kind}.xml", text)
    return written.getvalue()


def words(text: str, properties: str = "") -> str:
    text = f"<w:t xml:space='preserve'>{text}</w:t>"
    return f"<w:r><w:rPr>{properties}</w:rPr>{text}</w:r>"


def line(*runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def text_of(parsed: ParsedFile) -> str:
    return "\n\n".join(section.text for section in parsed.sections)


def read(data: bytes) -> str:
    return text_of(parse(data, "a.docx"))


@pytest.mark.parametrize(
    ("site", "gates"), [("Harbour", ("A1", "A2")), ("港", ("一番", "二番")), ("a|b", ("x", "y"))]
)
def test_a_cell_merged_downwards_stands_in_each_row(site: str, gates: tuple[str, str]) -> None:
    """Values used to move one column to the left."""
    word = Document()
    table = word.add_table(3, 2)
    for row, cells in zip(
        table.rows, [("Site", "Gate"), (site, gates[0]), ("", gates[1])], strict=False
    ):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    saved = io.BytesIO()
    word.save(saved)

    shown = site.replace("|", "\\|")
    assert f"| {shown} | {gates[0]} |\n| {shown} | {gates[1]} |" in read(saved.getvalue())


@pytest.mark.parametrize("value", ["Cell", "値", "1"])
def test_a_row_that_starts_late_keeps_its_columns(value: str) -> None:
    """Its first cell stands below the second header."""

    def cells(*texts: str) -> str:
        return "".join(f"<w:tc>{line(words(text))}</w:tc>" for text in texts)

    table = (
        f"<w:tbl><w:tblPr/><w:tr>{cells('甲', 'Second')}</w:tr><w:tr><w:trPr>"
        f"<w:gridBefore w:val='1'/></w:trPr>{cells(value)}</w:tr></w:tbl>"
    )
    assert f"| 甲 | Second |\n| --- | --- |\n|  | {value} |" in read(document(table))


@pytest.mark.parametrize("before", ["The yearly bonus is ", "年間賞与は ", ""])
def test_an_equation_is_read_as_latex(before: str) -> None:
    """Between the words where it stands."""
    fraction = (
        "<m:oMath><m:r><m:t>B=</m:t></m:r><m:f><m:num><m:r><m:t>S</m:t></m:r></m:num>"
        "<m:den><m:r><m:t>12</m:t></m:r></m:den></m:f></m:oMath>"
    )
    text = read(document(line(words(before), fraction, words(" で計算 per month"))))

    assert f"{before}$B = \\frac{{S}}{{12}}$ で計算 per month" == text


@pytest.mark.parametrize(
    ("state", "sign"),
    [("<w14:checked w14:val='1'/>", "☒"), ("<w14:checked w14:val='0'/>", "☐"), ("", "☐")],
)
@pytest.mark.parametrize("label", ["Tea", "お茶"])
def test_boxes_say_whether_they_are_ticked(state: str, sign: str, label: str) -> None:
    """Content controls, whatever sign they are drawn with."""
    control = (
        f"<w:sdt><w:sdtPr><w14:checkbox>{state}</w14:checkbox></w:sdtPr><w:sdtContent><w:r>"
        '<w:sym w:font="Wingdings" w:char="F0A8"/></w:r></w:sdtContent></w:sdt>'
    )
    assert read(document(line(control, words(f" {label}")))) == f"{sign} {label}"


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("<w:checkBox><w:default w:val='0'/><w:checked/></w:checkBox>", "☒ 昼食"),
        ("<w:checkBox><w:default w:val='1'/></w:checkBox>", "☒ 昼食"),
        ("<w:checkBox><w:default w:val='0'/></w:checkBox>", "☐ 昼食"),
        (
            (
                "<w:ddList><w:result w:val='1'/><w:listEntry w:val='Tea'/>"
                "<w:listEntry w:val='Coffee'/></w:ddList>"
            ),
            "Coffee 昼食",
        ),
    ],
)
def test_old_form_fields_show_their_state(field: str, shown: str) -> None:
    """Word 97 to 2007 drew them."""
    begin = f"<w:r><w:fldChar w:fldCharType='begin'><w:ffData>{field}</w:ffData></w:fldChar></w:r>"
    end = "<w:r><w:fldChar w:fldCharType='end'/></w:r>"
    assert read(document(line(begin, end, words(" 昼食")))) == shown


def test_nothing_is_escaped() -> None:
    """A setting's name is quoted as it stands."""
    data = word_document(
        [("Normal", "Set max_retry_count in app_config.yaml, not <tag> *or* 設_定.")]
    )

    assert read(data) == "Set max_retry_count in app_config.yaml, not <tag> *or* 設_定."


def test_a_chart_is_read_as_its_data() -> None:
    """A column for each series."""
    values = "<c:pt idx='0'><c:v>871</c:v></c:pt><c:pt idx='1'><c:v>4.4000000000000004</c:v></c:pt>"
    names = "<c:pt idx='0'><c:v>7月</c:v></c:pt><c:pt idx='1'><c:v>August</c:v></c:pt>"
    chart = (
        f"<c:chartSpace xmlns:c='{CHART}'><c:chart><c:plotArea><c:barChart><c:ser><c:tx><c:strRef>"
        "<c:strCache><c:pt idx='0'><c:v>Visitors</c:v></c:pt></c:strCache></c:strRef></c:tx>"
        f"<c:cat><c:strRef><c:strCache>{names}</c:strCache></c:strRef></c:cat><c:val><c:numRef>"
        f"<c:numCache>{values}</c:numCache></c:numRef></c:val></c:ser></c:barChart></c:plotArea>"
        "</c:chart></c:chartSpace>"
    )
    drawing = (
        f"<w:r><w:drawing><wp:inline><a:graphic><a:graphicData uri='{CHART}'><c:chart"
        f" xmlns:c='{CHART}' r:id='x0'/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )
    data = document(line(words("Visitors 来館者"), drawing), parts={"chart": chart})

    assert "|  | Visitors |\n| --- | --- |\n| 7月 | 871 |\n| August | 4.4 |" in read(data)


NUMBERING = (
    f"<w:numbering {nsdecls('w')}><w:abstractNum w:abstractNumId='1'>"
    "<w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='{kind}'/><w:lvlText w:val='{first}'/>"
    "</w:lvl><w:lvl w:ilvl='1'><w:start w:val='1'/><w:numFmt w:val='decimal'/>"
    "<w:lvlText w:val='%1.%2'/></w:lvl></w:abstractNum>"
    "<w:num w:numId='1'><w:abstractNumId w:val='1'/></w:num></w:numbering>"
)


@pytest.mark.parametrize(
    ("kind", "first", "shown"),
    [
        ("decimal", "第%1条", ["第1条 a", "第2条 b"]),
        ("japaneseCounting", "第%1章", ["第一章 a", "第二章 b"]),
        ("upperRoman", "Article %1", ["Article I a", "Article II b"]),
        ("decimal", "%1.", ["1. a", "2. b"]),
    ],
)
def test_numbers_are_read_as_they_are_shown(kind: str, first: str, shown: list[str]) -> None:
    """In lists that go on after a paragraph, too."""
    number = "<w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr>"
    parts = {"numbering": NUMBERING.replace("{kind}", kind).replace("{first}", first)}
    data = document(
        line(words("a"), properties=number),
        line(words("間 between")),
        line(words("b"), properties=number),
        parts=parts,
    )

    assert read(data).split("\n\n") == [shown[0], "間 between", shown[1]]


def test_headings_have_their_numbers() -> None:
    """People refer to them: see section 1.1."""
    numbered = (
        "<w:pStyle w:val='Heading{}'/><w:numPr><w:ilvl w:val='{}'/><w:numId w:val='1'/></w:numPr>"
    )
    parts = {"numbering": NUMBERING.replace("{kind}", "decimal").replace("{first}", "%1")}
    data = document(
        line(words("総則"), properties=numbered.format(1, 0)),
        line(words("Scope"), properties=numbered.format(2, 1)),
        line(words("x")),
        parts=parts,
    )

    assert parse(data, "a.docx").sections[0].headings == ("1 総則", "1.1 Scope")


def test_only_the_final_and_visible_text_is_read() -> None:
    """Deleted text, comments and hidden text are left out; a setting keeps what is hidden."""
    changed = (
        "<w:ins w:id='1' w:author='a'><w:r><w:t>新しい new</w:t></w:r></w:ins>"
        "<w:del w:id='2' w:author='a'><w:r><w:delText>旧 old</w:delText></w:r></w:del>"
    )
    data = document(line(changed, words(" 秘密 draft", "<w:vanish/>"), words(" shown")))

    assert read(data) == "新しい new shown"
    assert "秘密 draft" in text_of(
        parse(data, "a.docx", options=ReadingOptions(include_hidden=True))
    )


@pytest.mark.parametrize("suffix", [".docm", ".dotx", ".dotm"])
def test_templates_and_files_with_macros_are_read_like_others(suffix: str) -> None:
    """The macros are not."""
    data = word_document([("Title", "就業規則"), ("Subtitle", "2026"), ("Normal", "Wear a badge.")])

    parsed = parse(data, f"a{suffix}")
    assert (parsed.title, text_of(parsed)) == ("就業規則", "2026\n\nWear a badge.")


@pytest.mark.parametrize("text", ["Mind the gap", "足元に注意", "2 m"])
def test_text_boxes_are_read_once(text: str) -> None:
    """They stand twice in the file, for new and for old programs."""
    box = f"<w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent>"
    both = (
        "<w:r><mc:AlternateContent"
        " xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'"
        " xmlns:wps='http://schemas.microsoft.com/office/word/2010/wordprocessingShape'"
        " xmlns:v='urn:schemas-microsoft-com:vml'><mc:Choice Requires='wps'><w:drawing>"
        f"<wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox>"
        "</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert read(document(line(words("before"), both), line(words("after")))).split("\n\n") == [
        "before",
        text,
        "after",
    ]


@pytest.mark.parametrize("texts", [("Order", "Check", "Ship"), ("受付", "確認", "出荷")])
def test_text_boxes_of_a_paragraph_are_read_from_the_top_left(texts: tuple[str, ...]) -> None:
    """They are stored in the order of drawing; where their places are not told, that stays."""
    space = (
        " xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'"
        " xmlns:wps='http://schemas.microsoft.com/office/word/2010/wordprocessingShape'"
        " xmlns:wp='http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing'"
    )

    def box(text: str, place: tuple[int, int] | None) -> str:
        at = place and "".join(
            f"<wp:position{way} relativeFrom='column'><wp:posOffset>{offset}</wp:posOffset>"
            f"</wp:position{way}>"
            for way, offset in zip("HV", place, strict=True)
        )
        return (
            f"<w:r><mc:AlternateContent{space}><mc:Choice Requires='wps'><w:drawing><wp:anchor>"
            f"{at or ''}<wp:extent cx='90' cy='50'/><wps:txbx><w:txbxContent>{line(words(text))}"
            "</w:txbxContent></wps:txbx></wp:anchor></w:drawing></mc:Choice>"
            "</mc:AlternateContent></w:r>"
        )

    first, second, third = texts
    drawn = box(third, (0, 200)) + box(second, (100, 10)) + box(first, (0, 0))
    assert read(document(line(drawn))).split("\n\n") == [first, second, third]
    partly = box(third, None) + box(second, (100, 10)) + box(first, (0, 0))
    assert read(document(line(partly))).split("\n\n") == [third, second, first]


@pytest.mark.parametrize("text", ["Indented words.", "字下げした段落。", "a"])
def test_an_indented_paragraph_is_no_quotation(text: str) -> None:
    """Pandoc takes it for one."""
    assert read(document(line(words(text), properties="<w:ind w:left='720'/>"))) == text
