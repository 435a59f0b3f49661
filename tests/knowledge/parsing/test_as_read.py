"""Kinds that were found when real files were read beside pictures of their pages."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
from docx import Document
from docx.shared import Pt

from knowledge.parsing.html_tables import Cell, Spans
from knowledge.parsing.parsers import parse
from knowledge.text.titles import title_of_property
from tests.knowledge.parsing.test_html import LANG, LONG, page, text_of
from tests.knowledge.parsing.test_other_sheets import cell, row, sheets
from tests.knowledge.parsing.test_sheets import sheet, table
from tests.knowledge.parsing.test_slides import box, deck
from tests.support.documents import open_content


def read(name: str, text: str | bytes) -> str:
    data = text if isinstance(text, bytes) else text.encode()
    return "\n\n".join(section.text for section in parse(data, name).sections)


def word(*paragraphs: tuple[str, int, bool], style: str = "") -> bytes:
    """Return a Word file of paragraphs: text, size in points, whether they are bold."""
    document = Document()
    for text, size, bold in paragraphs:
        run = document.add_paragraph().add_run(text)
        run.font.size, run.bold = Pt(size), bold
    if style:
        document.add_paragraph("End", style=style)
    saved = io.BytesIO()
    document.save(saved)
    return saved.getvalue()


@pytest.mark.parametrize(
    ("title", "part", "below", "text"),
    [
        ("Travel rules", "1. Trains", "1.1 At night", "Book by Friday. " * 9),
        ("出張規程", "1. 鉄道", "1.1 夜行", "金曜日までに予約します。" * 9),
    ],
)
def test_large_bold_lines_of_a_word_file_are_headings(
    title: str, part: str, below: str, text: str
) -> None:
    """Many people never use a style; a heading may be as large as the text."""
    lines = [(title, 20, True), (part, 15, False), (below, 11, True), (text, 11, False)]
    parsed = parse(word(*lines), "a.docx")

    assert [section.headings for section in parsed.sections] == [(title, part, below)]
    assert (parsed.title, parsed.sections[0].text) == (title, text.strip())
    assert parsed.metadata["date"] == ""  # that of python-docx's template is nobody's


@pytest.mark.parametrize(
    "lines",
    [
        [("Read this first.", 20, True), ("Text " * 30, 11, False)],
        [("まず読むこと。", 20, True), ("本文です。" * 30, 11, False)],
        [("Owner: Keiko", 11, True), ("Text " * 30, 11, False)],
        [("担当：恵子", 11, True), ("本文です。" * 30, 11, False)],
    ],
)
def test_sentences_and_labels_are_no_headings(lines: list[tuple[str, int, bool]]) -> None:
    """However large they are."""
    assert [section.headings for section in parse(word(*lines), "a.docx").sections] == [()]


@pytest.mark.parametrize("title", ["Rules", "規程"])
def test_styles_say_what_a_heading_is(title: str) -> None:
    """Where there are some, large letters say nothing."""
    data = word((title, 30, True), ("Text " * 30, 11, False), style="Heading 1")
    assert [section.headings for section in parse(data, "a.docx").sections] == [(), ("End",)]


@pytest.mark.parametrize(("name", "other"), [("Team", "Notes"), ("部署", "備考")])
def test_labels_of_empty_rows_are_no_header(name: str, other: str) -> None:
    """Google Docs marks every row of some tables as a header."""
    rows = [[Cell(text, is_head=True) for text in (name, other)]]
    rows += [[Cell(text, is_head=True), Cell("", is_head=True)] for text in ("A", "B")]

    for head in (0, 3):
        grid = Spans().grid(rows, [None] * 3, head)
        assert (grid.header, [line[0] for line in grid.rows]) == ([name, other], ["A", "B"])


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (("Background", "Aim"), "The old system sends every bill by post, which takes a week."),
        (
            ("背景", "目的"),
            "従来は請求書をすべて郵送しており、届くまでに一週間かかるうえ、担当者が毎月二日を発送の作業だけに使っていたため、見直しが求められていた。",
        ),
    ],
)
def test_labels_with_explanations_have_no_header(labels: tuple[str, str], text: str) -> None:
    """The explanation of the first one names no column."""
    data = sheet([[labels[0], f"{text} 1"], [labels[1], f"{text} 2"]])
    shown = table(" | ", f"{labels[0]} | {text} 1", f"{labels[1]} | {text} 2")
    assert read("a.xlsx", data).replace("|  |  |", "|   |   |") == shown.replace(
        "|  |  |", "|   |   |"
    )


@pytest.mark.parametrize(("names", "value"), [(("No", "Task"), "Call"), (("番号", "作業"), "電話")])
def test_a_name_over_empty_columns_stands_once(names: tuple[str, str], value: str) -> None:
    """Sheets laid out as forms merge many columns for each value."""

    def merge(page: Any) -> None:
        for line in (1, 2, 3):
            page.merge_cells(start_row=line, start_column=2, end_row=line, end_column=5)

    data = sheet([names, [1, f"{value} A"], [2, f"{value} B"]], merge)
    assert read("a.xlsx", data) == table(" | ".join(names), f"1 | {value} A", f"2 | {value} B")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.rst", "この規程は、社員の休暇に\nついて定める。"),
        ("a.adoc", "この規程は、社員の休暇に\nついて定める。"),
        ("a.org", "この規程は、社員の休暇に\nついて定める。"),
        ("a.tex", "この規程は、社員の休暇に\nついて定める。"),
        ("a.mediawiki", "この規程は、社員の休暇に\nついて定める。"),
    ],
)
def test_a_line_end_within_japanese_is_no_space(name: str, text: str) -> None:
    """It used to tear words apart; between Latin words it is one."""
    assert read(name, text) == text.replace("\n", "")
    assert read(name, "Every employee has\ntwenty days.") == "Every employee has twenty days."


@pytest.mark.parametrize("text", ["`git push --force` is off.", "`設定 を 保存` を押す。"])
def test_code_of_asciidoc_keeps_its_spaces(text: str) -> None:
    """Each word became a code of its own."""
    assert read("a.adoc", f"= A\n\n{text}") == text
    assert read("a.adoc", f"= A\n\n----\n{text}\n----") == f"```\n{text}\n```"


@pytest.mark.parametrize(("heading", "text"), [("Parts", "Two motors."), ("部品", "モーター2個。")])
def test_attributes_that_asciidoc_sets_late_hide_nothing(heading: str, text: str) -> None:
    """Pandoc refuses such a file."""
    late = f"= A\n\n== {heading}\n\n{text}\n\n:images: b\n\n.Plan\n* {{images}} 1\n"
    late += "\n----\n{images}\n----"
    parsed = parse(late.encode(), "a.adoc")
    assert [section.headings for section in parsed.sections] == [(heading,)]
    assert parsed.sections[0].text == f"{text}\n\nPlan\n\n- b 1\n\n```\n{{images}}\n```"


@pytest.mark.parametrize(
    ("title", "author", "words", "text"),
    [
        (r"\title{Trains}\author{Kim}", "Kim", "We count trains.", "One~\\cite{a1,b2}."),
        (r"\jtitle[短い]{列車}\jauthor{鈴木}", "鈴木", "列車を数える。", "一つ\\cite{a1,b2}。"),
    ],
)
def test_latex_keeps_its_abstract_and_names_what_it_cites(
    title: str, author: str, words: str, text: str
) -> None:
    """Arguments of the layout are no text."""
    source = (
        rf"\documentclass{{article}}{title}\begin{{document}}\maketitle"
        rf"\begin{{abstract}}{words}\end{{abstract}}\begin{{CJK}}{{UTF8}}{{min}}"
        rf"\section{{A}}\begin{{spacing}}{{0.9}}{text}\end{{spacing}}\end{{CJK}}\end{{document}}"
    )
    parsed = parse(source.encode(), "a.tex")
    assert parsed.title in ("Trains", "列車")
    first, second = parsed.sections
    assert first.text == f"{author}\n\n{words}"
    assert second.text in ("One [a1, b2].", "一つ[a1, b2]。")


@pytest.mark.parametrize("words", ["We count trains.", "列車を数える。"])
def test_latex_keeps_an_abstract_before_the_document(words: str) -> None:
    """Classes of some journals want it there."""
    abstract = rf"\begin{{abstract}}{words}\end{{abstract}}"
    source = rf"\documentclass{{a}}{abstract}\begin{{document}}\section{{A}}One.\end{{document}}"
    assert [section.text for section in parse(source.encode(), "a.tex").sections] == [words, "One."]


@pytest.mark.parametrize("text", ["Drop rows<br>keep ids", "行を除く<br>番号は残す"])
def test_text_cells_of_a_notebook_are_shown_like_markdown(text: str) -> None:
    """Tags go, and code in backticks stays."""
    source = '{{"cells": [{{"cell_type": "markdown", "source": "# A\\n\\n{} `<br>`"}}]}}'
    shown = read("a.ipynb", source.format(text))
    assert "<br>keep" not in shown
    assert "<br>番号" not in shown
    assert shown.endswith("`<br>`")


NAMES = "".join(
    f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{kind}:1.0"'
    for name, kind in [
        ("office", "office"), ("text", "text"), ("draw", "drawing"), ("style", "style"),
        ("svg", "svg-compatible"), ("table", "table"),
    ]
) + ' xmlns:xlink="http://www.w3.org/1999/xlink"'  # fmt: skip


def open_text(body: str, outline: str = "", objects: Mapping[str, str] | None = None) -> bytes:
    """Return an OpenDocument text with the numbers of its headings, and the content of objects."""
    content = f"<office:document-content{NAMES}><office:body><office:text>{body}"
    content += "</office:text></office:body></office:document-content>"
    styles = f"<office:document-styles{NAMES}><office:styles><text:outline-style>{outline}"
    styles += "</text:outline-style></office:styles></office:document-styles>"
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", content)
        archive.writestr("styles.xml", styles)
        for name, object_content in (objects or {}).items():
            archive.writestr(name, object_content)
    return saved.getvalue()


@pytest.mark.parametrize(
    ("one", "two", "caption"),
    [("Rules", "Trains", "Figure 1: A map"), ("規程", "鉄道", "図1：地図")],
)
def test_open_text_keeps_numbers_of_headings_and_captions(one: str, two: str, caption: str) -> None:
    """Captions stand in text boxes around the picture."""
    outline = (
        '<text:outline-level-style text:level="1" style:num-format="1" style:num-suffix="."/>'
        '<text:outline-level-style text:level="2" style:num-format="a" style:num-suffix=")"'
        ' text:display-levels="2"/>'
    )
    body = (
        f'<text:h text:outline-level="1" text:is-list-header="true">Thanks</text:h>'
        f'<text:h text:outline-level="1">{one}</text:h>'
        f'<text:h text:outline-level="2">{two}</text:h>'
        f"<text:p>Text.<draw:frame><draw:text-box><text:p>{caption}</text:p></draw:text-box>"
        f'</draw:frame></text:p><text:h text:outline-level="1">{one}</text:h><text:p>End</text:p>'
    )
    sections = parse(open_text(body, outline), "a.odt").sections
    found = [part for section in sections for part in section.headings]
    assert list(dict.fromkeys(found)) == ["Thanks", f"1. {one}", f"1.a) {two}", f"2. {one}"]
    assert [section.text for section in sections][-2:] == [f"Text.\n\n{caption}", "End"]


@pytest.mark.parametrize(("word", "other"), [("Reception", "Lift"), ("受付", "昇降機")])
def test_open_text_keeps_what_stands_in_shapes_objects_and_inner_tables(
    word: str, other: str
) -> None:
    """A reader sees them on the page."""
    row = "<table:table-row>{}</table:table-row>"
    cell = "<table:table-cell>{}</table:table-cell>"
    cells = "".join(cell.format(f"<text:p>{one}</text:p>") for one in (word, "4410"))
    inner = f"<table:table>{row.format(cells)}{row.format(cells)}</table:table>"
    body = (
        f"<text:p><draw:custom-shape><text:p>{other}</text:p></draw:custom-shape></text:p>"
        f"<table:table>{row.format(cell.format(inner) + cell.format(''))}</table:table>"
        '<text:p><draw:frame><draw:object xlink:href="./Object 1"/></draw:frame></text:p>'
        "<text:bibliography><text:bibliography-source/><text:index-body><text:index-title>"
        f"<text:p>Books</text:p></text:index-title><text:p>Rin: {word}</text:p>"
        "</text:index-body></text:bibliography>"
    )
    held = f"<office:x{NAMES}>{inner}</office:x>"
    data = open_text(body, "", {"Object 1/content.xml": held})
    first, books = parse(data, "a.odt").sections
    assert other in first.text
    assert first.text.count(f"{word} / 4410") == 2
    assert f"| {word} | 4410 |" in first.text
    assert (books.headings, books.text) == (("Books",), f"Rin: {word}")


@pytest.mark.parametrize("before", ["The bonus is", "賞与は"])
def test_open_text_keeps_formulas(before: str) -> None:
    """They are objects of their own."""
    body = (
        f'<text:p>{before} <draw:frame><draw:object xlink:href="./Object 1"/></draw:frame></text:p>'
    )
    formula = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><mrow><mi>B</mi><mo>=</mo><mn>7</mn>'
        "</mrow></math>"
    )
    (section,) = parse(open_text(body, "", {"Object 1/content.xml": formula}), "a.odt").sections
    assert section.text == f"{before} $B = 7$"


@pytest.mark.parametrize(("word_in_list", "text"), [("Salt", "Buy:"), ("\\u22633?", "Kau:")])
def test_rtf_shows_the_mark_of_a_list_once(word_in_list: str, text: str) -> None:
    """Old programs get it as text."""
    mark = r"{\pntext\pard\plain\f3 \'b7\tab}"
    data = rf"{{\rtf1\ansi {text}\par {mark}\pard{{\*\pn\pnlvlblt}}\ls1 {word_in_list}\par}}"
    assert read("a.rtf", data).count("·") == 0


@pytest.mark.parametrize(("text", "shown"), [("Paid leave", "Paid leave"), ("\\u26377?", "有")])
def test_rtf_without_letters_that_nobody_can_see(text: str, shown: str) -> None:
    """Programs for forms leave marks of a point in size."""
    data = rf"{{\rtf1\ansi {{\fs2 .0}}{{\fs22 {text}}} {{\fs2 x\fs20 end}}\par}}"
    assert read("a.rtf", data).replace(" ", "") == f"{shown}end".replace(" ", "")


@pytest.mark.parametrize("title", ["Plan for May", "5月の計画"])
@pytest.mark.parametrize("text", ["What we do.\nHow we do it.", "やること\nやり方"])
def test_the_topmost_line_of_a_slide_is_its_title(title: str, text: str) -> None:
    """Many slides have no place for a title."""

    def draw(slide: Any) -> None:
        box(slide, text, top=3)
        box(slide, title, top=0)

    parsed = parse(deck(draw), "a.pptx")
    assert parsed.title == title
    assert (parsed.sections[0].headings, parsed.sections[0].text) == ((title,), text)


@pytest.mark.parametrize("first", ["See below:", "次のとおり。", "two\nlines"])
def test_other_lines_at_the_top_are_text(first: str) -> None:
    """A sentence names nothing."""

    def draw(slide: Any) -> None:
        box(slide, first, top=0)
        box(slide, "rest", top=3)

    assert parse(deck(draw), "a.pptx").sections[0].headings == ()


@pytest.mark.parametrize("kind", ["", "PowerPoint ", "powerpoint "])
@pytest.mark.parametrize("name", ["Presentation", "プレゼンテーション", "プレゼンテーション1"])
def test_the_name_of_the_program_is_no_title(kind: str, name: str) -> None:
    """PowerPoint states it where people state nothing."""
    assert title_of_property(kind + name) == ""
    assert title_of_property(f"{name}の作り方") != ""


@pytest.mark.parametrize(("name", "month"), [("Sum", "May"), ("合計", "5月")])
def test_points_without_a_value_are_no_rows(name: str, month: str) -> None:
    """LibreOffice stores them as NaN, and the name of a series once more in a list."""
    named = f"<table:table-cell><text:p>{name}</text:p><text:list><text:list-item><text:p>{name}"
    named += "</text:p></text:list-item></text:list></table:table-cell>"
    points = row(cell(""), named) + row(cell(month), cell("5")) + row(cell(""), cell("NaN"))
    chart = f"<chart><chart><table:table>{points}</table:table></chart></chart>"
    with zipfile.ZipFile(io.BytesIO(open_content(chart))) as archive:
        part = archive.read("content.xml")
    shape = '<draw:frame><draw:object href="./Object 1"/></draw:frame>'
    shown = f"<table:table-cell>{shape}</table:table-cell>"
    saved = io.BytesIO(sheets(row(cell("A"), shown)))
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("Object 1/content.xml", part)
    assert read("a.ods", saved.getvalue()).endswith(table(f" | {name}", f"{month} | 5"))


@pytest.mark.parametrize(
    ("question", "answer"),
    [("What does it cost?", "Nothing."), ("料金はいくらですか？", "無料です。")],
)
@pytest.mark.parametrize("kind", ["", "class='faq-question'", "class='accordion-button'"])
def test_a_button_that_folds_out_an_answer_is_its_question(
    question: str, answer: str, kind: str
) -> None:
    """Other buttons are none of the page's text."""
    item = f"<div><button {kind}>{question}</button><div>{answer}</div></div>"
    shown = text_of(page(f"<h1>FAQ</h1><p>{LONG}</p>{item}<button>Menu</button>"))
    assert shown.endswith(f"{question}\n\n{answer}")


MANY = "".join(
    f"<li><a href='/{number}'>A story about number {number}</a></li>" for number in range(4)
)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (LONG * 9, "You may also like"),
        (LONG * 9, "Related articles:"),
        (LANG * 20, "あわせて読みたい"),
        (LANG * 20, "関連記事"),
    ],
)
@pytest.mark.parametrize(
    "shape",
    [
        "<div><h3>{title}</h3><ul>{links}</ul></div>",
        "<h3>{title}</h3><ul>{links}</ul>",
        "<p><strong>{title}</strong></p><ul>{links}</ul>",
        "<section><div>{title}</div><div><ul>{links}</ul></div></section>",
    ],
)
def test_other_articles_below_the_text_are_left_out(text: str, title: str, shape: str) -> None:
    """What their title announces is for readers who leave."""
    around = shape.format(title=title, links=MANY)
    shown = text_of(page(f"<h1>A</h1><div><p>{text}</p>{around}<p>{text}</p></div>"))
    assert "number" not in shown
    assert shown.count(text.strip()) == 2


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (LONG * 9, "Related documents"),
        (LONG * 9, "Comments"),
        (LONG * 9, "Responses"),
        (LANG * 20, "関連資料"),
        (LANG * 20, "コメント"),
        (LANG * 20, "問い合わせ先"),
    ],
)
def test_a_teams_own_sections_stay(text: str, title: str) -> None:
    """A style guide has a section on comments, and an interface one on responses."""
    shown = text_of(page(f"<h1>A</h1><p>{text}</p><h2>{title}</h2><ul>{MANY}</ul><p>{text}</p>"))
    assert shown.count("A story about number") == 4
    assert shown.count(text.strip()) == 2


@pytest.mark.parametrize(("text", "title"), [(LONG, "You may also like"), (LANG, "関連記事")])
def test_titles_of_other_articles_before_the_text_say_nothing(text: str, title: str) -> None:
    """And so do those without links."""
    first = f"<h1>A</h1><h2>{title}</h2><ul>{MANY}</ul><p>{text * 9}</p>"
    assert text_of(page(first)).count("A story about number") == 4
    last = f"<h1>A</h1><p>{text * 9}</p><h2>{title}</h2><p>{text}</p>"
    assert text_of(page(last)).endswith(text.strip())


@pytest.mark.parametrize(
    "link", ["Back to top", "« Back to overview", "ページの先頭へ", "一覧へ戻る"]
)
def test_ways_back_are_no_text(link: str) -> None:
    """As links; as words they say something."""
    for shown, kept in [(f"<a href='#'>{link}</a>", False), (link, True)]:
        text = text_of(page(f"<h1>A</h1><p>{LONG}</p><p>{shown}</p><p>End.</p>"))
        assert (link.strip("« ") in text, text.endswith("End.")) == (kept, True)


@pytest.mark.parametrize(("text", "box"), [(LONG, "Our shop"), (LANG, "お店はこちら")])
@pytest.mark.parametrize(
    ("head", "times"),
    [
        ("<meta property='og:type' content='article'>", 0),
        ('<script type="application/ld+json">{"@type": "NewsArticle"}</script>', 0),
        ("<meta property='og:type' content='website'>", 1),
        (
            "<meta property='og:type' content='article'><meta name='generator' content='Hugo 1'>",
            1,
        ),
    ],
)
def test_boxes_around_an_article_are_left_out(head: str, times: int, text: str, box: str) -> None:
    """A page of a team or of documentation may say much in a few words."""
    command = (
        "<div><pre>make all</pre></div><div><table><tr><td>A</td><td>286</td></tr></table></div>"
    )
    contact = "<div><a href='tel:4499'>4499</a></div>"
    box_of_links = f"<div><a href='/x'>{box}</a></div>"
    body = f"<h1>A</h1><p>{text * 9}</p>{box_of_links}{contact}{command}<p>{text}</p>"
    body += "<div><h2>B</h2></div>"
    parsed = page(f"{body}<p>{text}</p>", head)
    shown = text_of(parsed)
    assert shown.count(box) == times
    assert [part in shown for part in ("make all", "286", "4499")] == [True] * 3
    assert parsed.sections[-1].headings == ("A", "B")
