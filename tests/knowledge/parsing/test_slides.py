"""Slides are read as an audience sees them, with their charts, tables and notes."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree
from pptx import Presentation
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from knowledge.model.errors import ParseError
from knowledge.parsing.drawings import chart_text, diagram_text
from knowledge.parsing.parsers import parse
from knowledge.parsing.parsers.pptx import PptxParser
from tests.knowledge.parsing.test_sheets import rewritten, table, text_of

INCH = [Inches(number) for number in range(10)]


def deck(*draw: Callable[[Any], object]) -> bytes:
    """Return a presentation with a slide for each function, which draws it."""
    presentation = Presentation()
    for one in draw:
        one(presentation.slides.add_slide(presentation.slide_layouts[6]))
    file = io.BytesIO()
    presentation.save(file)
    return file.getvalue()


def box(slide: Any, text: str, left: int = 1, top: int = 1) -> None:
    slide.shapes.add_textbox(INCH[left], INCH[top], INCH[2], INCH[1]).text_frame.text = text


@pytest.mark.parametrize(
    ("kind", "name", "months"),
    [
        (XL_CHART_TYPE.COLUMN_CLUSTERED, "Visitors", ["June", "July"]),
        (XL_CHART_TYPE.PIE, "来館者", ["6月", "7月"]),
        (XL_CHART_TYPE.LINE, "Visits", ["6月", "July"]),
    ],
)
def test_the_data_of_a_chart_is_a_table(kind: int, name: str, months: list[str]) -> None:
    """As numbers are displayed in it."""

    def draw(slide: Any) -> None:
        data: Any = CategoryChartData(number_format="0.0%")  # type: ignore[no-untyped-call]
        data.categories = months
        data.add_series(name, (0.533, 0.871))
        slide.shapes.add_chart(kind, INCH[1], INCH[1], INCH[5], INCH[4], data)

    text = text_of(deck(draw), "a.pptx")

    assert text.endswith(table(f" | {name}", f"{months[0]} | 53.3%", f"{months[1]} | 87.1%"))


def test_the_points_of_a_scatter_plot_are_a_table() -> None:
    """Each series may have places of its own."""

    def draw(slide: Any) -> None:
        data: Any = XyChartData()  # type: ignore[no-untyped-call]
        for name, places in (("A", (1, 2)), ("乙", (3, 4))):
            series = data.add_series(name)
            for place in places:
                series.add_data_point(place, place * 10)
        slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, *INCH[1:5], data)

    text = text_of(deck(draw), "a.pptx")

    assert text == table(" | A |  | 乙", "1 | 10 | 3 | 30", "2 | 20 | 4 | 40")


@pytest.mark.parametrize(("one", "two"), [("Office", "Deputy"), ("受付", "代理")])
def test_merged_cells_are_repeated(one: str, two: str) -> None:
    """A value stands in every row and column that its cell spans."""

    def draw(slide: Any) -> None:
        grid = slide.shapes.add_table(3, 3, *INCH[1:5]).table
        for y, row in enumerate([["Level", "Call", ""], ["1", one, "x"], ["", two, "y"]]):
            for x, text in enumerate(row):
                grid.cell(y, x).text = text
        grid.cell(0, 1).merge(grid.cell(0, 2))
        grid.cell(1, 0).merge(grid.cell(2, 0))

    assert text_of(deck(draw), "a.pptx") == table(
        "Level | Call | Call", f"1 | {one} | x", f"1 | {two} | y"
    )


@pytest.mark.parametrize("words", [("first", "second", "third"), ("一", "二", "三")])
def test_shapes_are_read_from_the_top_and_the_left(words: tuple[str, str, str]) -> None:
    """In whatever order they were drawn, and in groups."""

    def draw(slide: Any) -> None:
        box(slide, words[2], 1, 5)
        box(slide, words[1], 5, 1)
        box(slide, words[0], 1, 1)

    def draw_group(slide: Any) -> None:
        group = slide.shapes.add_group_shape()
        for number, (left, top) in zip((2, 1, 0), ((1, 5), (5, 1), (1, 1)), strict=True):
            shape = group.shapes.add_textbox(INCH[left], INCH[top], INCH[2], INCH[1])
            shape.text_frame.text = words[number]

    for section in parse(deck(draw, draw_group), "a.pptx").sections:
        assert section.text.split("\n\n") == list(words)


@pytest.mark.parametrize("words", [("frame", "first", "second"), ("枠", "一", "二")])
def test_a_frame_around_shapes_does_not_put_them_on_one_line(words: tuple[str, str, str]) -> None:
    """What stands in it is read from the top, too."""

    def draw(slide: Any) -> None:
        frame = slide.shapes.add_textbox(INCH[0], INCH[0], INCH[8], INCH[7])
        frame.text_frame.text = words[0]
        box(slide, words[2], 1, 5)
        box(slide, words[1], 4, 1)

    (section,) = parse(deck(draw), "a.pptx").sections
    assert section.text.split("\n\n") == list(words)


@pytest.mark.parametrize("secret", ["draft", "下書き"])
def test_hidden_slides_and_shapes_are_left_out(secret: str) -> None:
    """An audience does not see them; a setting may say otherwise."""

    def draw(slide: Any) -> None:
        box(slide, "公開 public")
        box(slide, secret, 4)
        slide.shapes[-1].element.nvSpPr.cNvPr.set("hidden", "1")

    def hide(slide: Any) -> None:
        box(slide, secret)
        slide.element.set("show", "0")

    data = deck(draw, hide)

    assert text_of(data, "a.pptx") == "公開 public"
    shown = PptxParser(include_hidden=True).parse(data, "a.pptx").sections
    assert [secret in section.text for section in shown] == [True, True]


@pytest.mark.parametrize("words", [("Open", "Ask"), ("開く", "尋ねる")])
def test_numbered_paragraphs_keep_their_numbers(words: tuple[str, str]) -> None:
    """ "Step 2" is what people ask for."""

    def draw(slide: Any) -> None:
        box(slide, "\n".join(words))
        for paragraph in slide.shapes[0].text_frame.paragraphs:
            properties = paragraph._p.get_or_add_pPr()
            number = properties.makeelement(
                "{http://schemas.openxmlformats.org/drawingml/2006/main}buAutoNum",
                {"type": "arabicPeriod", "startAt": "3"},
            )
            properties.append(number)

    assert text_of(deck(draw), "a.pptx") == f"3. {words[0]}\n4. {words[1]}"


@pytest.mark.parametrize("suffix", [".ppsx", ".potx", ".pptm"])
@pytest.mark.parametrize("text", ["Welcome", "ようこそ"])
def test_slide_shows_and_templates_are_presentations(suffix: str, text: str) -> None:
    """They differ in one word of the file."""
    kind = {".ppsx": b"slideshow", ".potx": b"template", ".pptm": b"presentation"}[suffix]
    data = rewritten(
        deck(lambda slide: box(slide, text)),
        {
            "[Content_Types].xml": lambda part: part.replace(
                b"presentationml.presentation.main", b"presentationml." + kind + b".main"
            )
        },
    )

    assert text_of(data, f"a{suffix}") == text


def test_the_strict_form_of_the_standard_is_read() -> None:
    """PowerPoint can save it, with other namespaces."""
    strict = b"http://purl.oclc.org/ooxml/"
    old = b"http://schemas.openxmlformats.org/"
    names = {
        old + b"officeDocument/2006/relationships": strict + b"officeDocument/relationships",
        old + b"presentationml/2006/main": strict + b"presentationml/main",
        old + b"drawingml/2006/": strict + b"drawingml/",
    }

    def replaced(part: bytes) -> bytes:
        for one, other in names.items():
            part = part.replace(one, other)
        return part

    data = rewritten(deck(lambda slide: box(slide, "方針 policy")), {"*": replaced})

    assert text_of(data, "a.pptx") == "方針 policy"


def test_a_file_without_properties_has_no_date() -> None:
    """Exports of web programs have none, and today is not when somebody wrote them."""
    data = deck(lambda slide: box(slide, "方針"))
    bare = rewritten(data, {"docProps/core.xml": lambda _: None})
    dated = rewritten(
        data, {"docProps/core.xml": lambda part: part.replace(b"2013-01-27T", b"2024-05-05T")}
    )

    assert parse(dated, "a.pptx").metadata["date"] == "2024-05-05"
    assert not parse(data, "a.pptx").metadata["date"]  # that of python-pptx's template
    assert not parse(bare, "a.pptx").metadata["date"]


@pytest.mark.parametrize(("top", "below"), [("President", "Sales"), ("社長", "営業部")])
def test_a_diagram_is_a_nested_list(top: str, below: str) -> None:
    """As an organisation chart shows who stands below whom."""

    def point(name: str, text: str, kind: str = "node") -> str:
        paragraph = f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>"
        return f'<d:pt modelId="{name}" type="{kind}"><d:t>{paragraph}</d:t></d:pt>'

    root = etree.fromstring(
        '<d:dataModel xmlns:d="d" xmlns:a="a"><d:ptLst>'
        f"{point('2', below)}{point('1', top)}{point('0', '', 'doc')}{point('9', 'loose 他')}"
        '</d:ptLst><d:cxnLst><d:cxn srcId="1" destId="2" srcOrd="0"/>'
        '<d:cxn srcId="0" destId="1" srcOrd="0"/><d:cxn type="presOf" srcId="9" destId="1"/>'
        "</d:cxnLst></d:dataModel>"
    )

    assert diagram_text(root) == f"- {top}\n  - {below}\n- loose 他"


@pytest.mark.parametrize(("title", "item"), [("Cash flow", "Start"), ("資金の流れ", "期首")])
def test_charts_of_newer_kinds_are_read(title: str, item: str) -> None:
    """A waterfall has a form of its own."""
    root = etree.fromstring(
        '<c:chartSpace xmlns:c="c" xmlns:a="a"><c:chartData><c:data id="0"><c:strDim><c:lvl>'
        f'<c:pt idx="0">{item}</c:pt></c:lvl></c:strDim><c:numDim><c:lvl><c:pt idx="0">120</c:pt>'
        f"</c:lvl></c:numDim></c:data></c:chartData><c:chart><c:title><a:p><a:r><a:t>{title}"
        "</a:t></a:r></a:p></c:title><c:series><c:tx><c:txData><c:v>円</c:v></c:txData></c:tx>"
        "</c:series></c:chart></c:chartSpace>"
    )

    assert chart_text(root) == f"{title}\n\n{table(' | 円', f'{item} | 120')}"


def behind(text: str, foot: str = "") -> Callable[[Any], None]:
    """Return what adds a slide whose master shows *text*, and which has a *foot*."""

    def draw(slide: Any) -> None:
        master = slide.slide_layout.slide_master
        if not any(shape.name == "note" for shape in master.shapes):
            # The library has no call for it: a text box is moved from the slide to the master.
            box(slide, text)
            shape = slide.shapes[-1]
            shape.name = "note"
            master.shapes._spTree.append(shape._element)
        box(slide, "Words of this slide.")
        if foot:
            own = slide.shapes.add_textbox(INCH[1], INCH[6], INCH[2], INCH[1])
            own.text_frame.text = foot
            place = own._element.nvSpPr.nvPr
            etree.SubElement(place, f"{{{PRESENTATION}}}ph", {"type": "ftr", "idx": "11"})

    return draw


PRESENTATION = "http://schemas.openxmlformats.org/presentationml/2006/main"


@pytest.mark.parametrize(
    ("text", "foot"),
    [
        ("Valid from 1 April 2026", "For the staff of Kobe"),
        ("2026年4月1日から有効", "神戸の職員向け"),
    ],
)
def test_what_every_slide_shows_is_read_once(text: str, foot: str) -> None:
    """It may be the only place of a statement, and is no part of any slide."""
    *slides, last = parse(deck(*[behind(text, foot)] * 3), "a.pptx").sections

    assert [slide.text for slide in slides] == ["Words of this slide."] * 3
    assert sorted(last.text.splitlines()) == sorted([text, foot])


def test_what_a_slide_says_too_is_not_read_again() -> None:
    """Neither is the text that a layout shows in empty places of a slide."""
    text = text_of(
        deck(behind("Words of this slide."), lambda slide: box(slide, "More.")), "a.pptx"
    )

    assert text == "Words of this slide.\n\nMore."


def test_a_slide_master_may_state_an_access_rule() -> None:
    """Nobody reads the document then."""
    with pytest.raises(ParseError, match="access rule"):
        parse(deck(behind("Audience: #hr")), "a.pptx")
