"""The contract of every parser: read the format, keep the structure, fail in one way only."""

import base64
import json
import warnings
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.model.errors import ParseError
from knowledge.model.types import ParsedFile
from knowledge.parsing.parsers import PARSERS, parse
from knowledge.parsing.parsers.code import LANGUAGES
from tests.support.documents import (
    binary_workbook,
    book,
    old_workbook,
    open_document,
    open_sheet,
    open_slides,
    pdf,
    presentation,
    rich_text,
    word_document,
    workbook,
)

WORDS = "有給休暇は10日付与されます。"
HTML = f"""<html><head><meta charset="{{}}"><title>休暇規程</title>
<meta property="article:modified_time" content="2024-04-01T09:00:00+09:00"></head>
<body><nav>ホーム | ログイン</nav><script>var x = 1;</script>
<main><h1>休暇規程</h1><h2 id="annual">年次休暇</h2><p>{WORDS}</p>
<table><tr><th>区分</th><th>日数</th></tr><tr><td>夏季</td><td>3</td></tr></table></main></body></html>"""

XHTML = '<?xml version="1.0" encoding="Shift_JIS"?>\n' + HTML.replace('charset="{}"', "")


def saved_page() -> bytes:
    """Return a page as browsers save it in one file."""
    message = MIMEMultipart("related", type="text/html")
    message["Subject"] = "休暇規程"
    message.attach(MIMEText(HTML.format("utf-8"), "html", "utf-8"))
    message.attach(MIMEText("nav { color: red }", "css"))
    return message.as_bytes()


FB2 = f"""<?xml version="1.0" encoding="utf-8"?>
<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><description><title-info>
<book-title>休暇規程</book-title></title-info></description>
<body><section><title><p>年次休暇</p></title><p>{WORDS}</p></section></body></FictionBook>"""
NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"language_info": {"name": "python"}},
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# 休暇規程\n", "\n", WORDS]},
        {"cell_type": "code", "metadata": {}, "source": "print(1)", "outputs": []},
    ],
}
MAIL = (
    "From: =?ISO-2022-JP?B?GyRCOjRGIxsoQg==?= <k@example.com>\r\n"
    "Date: Wed, 1 May 2024 09:00:00 +0900\r\n"
    f"Subject: =?UTF-8?B?{base64.b64encode('休暇規程'.encode()).decode()}?=\r\n"
    "Content-Type: text/plain; charset=ISO-2022-JP\r\n\r\n"
).encode() + f"{WORDS}\r\n".encode("iso2022_jp")
CUES = f"00:01:05.000 --> 00:01:09.000\n{WORDS}\n\n"


@cache
def samples() -> dict[str, bytes]:
    """Return a valid file of each format."""
    code = {suffix: f"{WORDS}\n".encode("euc_jp") for suffix in LANGUAGES}
    files = code | {
        "": f"{WORDS}\n".encode("cp932"),
        ".adoc": f"= 休暇規程\n\n== 年次休暇\n\n{WORDS}\n".encode(),
        ".asciidoc": f"= 休暇規程\n\n{WORDS}\n".encode("utf-16"),
        ".eml": MAIL,
        ".epub": book("休暇規程", WORDS),
        ".fb2": FB2.encode(),
        ".ipynb": json.dumps(NOTEBOOK).encode(),
        ".latex": f"\\section{{休暇規程}}\n{WORDS}\n".encode("euc_jp"),
        ".log": f"{WORDS}\n".encode(),
        ".mbox": b"From k@example.com Wed May  1 09:00:00 2024\n" + MAIL.replace(b"\r\n", b"\n"),
        ".mediawiki": f"= 休暇規程 =\n{WORDS}\n".encode(),
        ".odt": open_document("休暇規程", WORDS),
        ".org": f"#+TITLE: 休暇規程\n* 年次休暇\n{WORDS}\n".encode("euc_jp"),
        ".ott": open_document("休暇規程", WORDS),
        ".rest": f"休暇規程\n========\n\n{WORDS}\n".encode(),
        ".rst": f"休暇規程\n========\n\n{WORDS}\n".encode("cp932"),
        ".rtf": rich_text("休暇規程", WORDS),
        ".srt": f"1\n{CUES.replace('.', ',')}".encode("cp932"),
        ".tex": f"\\section{{休暇規程}}\n{WORDS}\n".encode("utf-16"),
        ".textile": f"h1. 休暇規程\n\n{WORDS}\n".encode(),
        ".vtt": f"WEBVTT\n\n{CUES}".encode(),
        ".wiki": f"= 休暇規程 =\n{WORDS}\n".encode("cp932"),
        ".csv": f"項目,内容\r\n休暇,{WORDS}\r\n".encode("cp932"),
        **dict.fromkeys(
            (".docm", ".dotm", ".dotx"),
            word_document([("Heading 1", "休暇規程"), ("Normal", WORDS)]),
        ),
        ".docx": word_document([("Heading 1", "休暇規程"), ("Normal", WORDS)]),
        ".htm": HTML.format("Shift_JIS").encode("cp932"),
        ".html": HTML.format("utf-8").encode(),
        ".mht": saved_page(),
        ".mhtml": saved_page(),
        ".markdown": f"# 休暇規程\n\n{WORDS}\n".encode(),
        ".md": f"---\ntitle: 休暇規程\n---\n{WORDS}\n".encode(),
        ".mdx": f"# 休暇規程\n\n{WORDS}\n".encode(),
        ".odp": open_slides([("休暇規程", WORDS)]),
        ".ods": open_sheet([["項目", "内容"], ["有給", WORDS]]),
        ".pdf": pdf([[WORDS]], title="休暇規程"),
        ".pptx": presentation([("休暇規程", WORDS, "")]),
        ".text": WORDS.encode("utf-16"),
        ".tsv": f"項目\t内容\n休暇\t{WORDS}\n".encode("euc_jp"),
        ".txt": WORDS.encode("iso2022_jp"),
        ".xht": XHTML.encode("cp932"),
        ".xhtml": XHTML.encode("cp932"),
        ".xls": old_workbook(),
        ".xlsb": binary_workbook("休暇", [["項目", "内容"], ["有給", WORDS]]),
        ".xlsm": workbook({"休暇": [["項目", "内容"], ["有給", WORDS]]}),
        ".xlsx": workbook({"休暇": [["項目", "内容"], ["有給", WORDS]]}),
    }
    same = {
        ".pptx": (".potm", ".potx", ".ppsm", ".ppsx", ".pptm"),
        ".xlsx": (".xltm", ".xltx"),
        ".xls": (".xlt",),
        ".ods": (".ots",),
        ".odp": (".otp",),
    }
    return files | {other: files[one] for one, others in same.items() for other in others}


SUFFIXES = pytest.mark.parametrize("suffix", sorted(PARSERS))


def outcome(suffix: str, data: bytes) -> str:
    """Return the title of a file, or the text of its parse error."""
    try:
        return PARSERS[suffix].parse(data, f"x{suffix}").title
    except ParseError as error:
        return str(error)


def text_of(parsed: ParsedFile) -> str:
    return "\n\n".join(section.text for section in parsed.sections)


@SUFFIXES
def test_a_file_of_its_format_is_read(suffix: str) -> None:
    """The parser returns its words, in any encoding that offices use."""
    parsed = PARSERS[suffix].parse(samples()[suffix], f"規程/休暇規程{suffix}")

    assert WORDS in text_of(parsed)
    assert parsed.title == "休暇規程"


@SUFFIXES
@pytest.mark.parametrize("data", [b"", b"\0", b"PK\x03\x04 broken", b"\xff\xfe\x00", b"%PDF-1.4\n"])
def test_a_damaged_file_gives_a_parse_error_or_text(suffix: str, data: bytes) -> None:
    """No other error is raised, so that one file cannot stop a sync."""
    assert "\n" not in outcome(suffix, data)


@SUFFIXES
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(position=st.floats(0, 1), noise=st.binary(min_size=1, max_size=40))
def test_a_file_with_damage_anywhere_gives_a_parse_error_or_text(
    suffix: str, position: float, noise: bytes
) -> None:
    """A disk error in the middle of a file is reported, too."""
    data = bytearray(samples()[suffix])
    start = int(position * len(data))
    data[start : start + len(noise)] = noise
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # libraries warn about what they mend
        assert outcome(suffix, bytes(data))


@SUFFIXES
def test_half_a_file_gives_a_parse_error_or_text(suffix: str) -> None:
    """A truncated upload is reported, too."""
    data = samples()[suffix]

    assert outcome(suffix, data[: len(data) // 2])


def test_a_title_falls_back_to_the_file_name() -> None:
    """It is used without front matter, heading and properties."""
    assert parse(b"words", "notes/会議メモ.txt").title == "会議メモ"
    assert parse(b"words", "notes/README.md").title == "README"


def test_front_matter_names_date_owner_and_audience() -> None:
    """A document can name its own expert and audience."""
    data = "---\ndate: 2024-04-01\nowner: '@keiko'\naudience: ['#hr']\n---\n本文"

    metadata = parse(data.encode(), "a.md").metadata

    assert metadata == {"date": "2024-04-01", "owner": "@keiko", "audience": ["#hr"]}


def test_markdown_keeps_headings_and_anchors() -> None:
    """A citation can link to the heading."""
    (section,) = parse("# 規程\n## 年次休暇\n10日".encode(), "a.md").sections

    assert section.headings == ("規程", "年次休暇")
    assert (section.anchor, section.text) == ("年次休暇", "10日")


def test_a_page_is_read_without_its_navigation() -> None:
    """It keeps tables and the date, but no menus and scripts."""
    parsed = parse(HTML.format("utf-8").encode(), "a.html")

    text = text_of(parsed)
    assert "ログイン" not in text
    assert "var x" not in text
    assert "夏季" in text
    assert parsed.metadata["date"] == "2024-04-01"


def test_a_page_states_its_owner_audience_and_date() -> None:
    """`<meta>` elements serve as front matter."""
    head = (
        '<meta name="owner" content="@finance"><meta name="audience" content="#finance, @board">'
        '<meta name="date" content="2020-01-01"><meta name="last-modified" content="2025-06-01">'
    )
    page = f"<html><head>{head}</head><body><h1>経費</h1><p>月末まで。</p></body></html>"

    metadata = parse(page.encode(), "a.html").metadata

    assert metadata == {
        "owner": "@finance",
        "audience": ["#finance", "@board"],
        "date": "2025-06-01",
    }
    everybody = page.replace("#finance, @board", "anyone")
    assert parse(everybody.encode(), "a.html").metadata["audience"] == "anyone"


def test_a_page_is_linked_where_it_can_be() -> None:
    """By the id of a heading, of an element in it, of its section, or of the heading above."""
    filler = "<p>この規程は従業員全員に適用します。例外は経理部の承認が必要です。</p>" * 6
    page = (
        f"<html><body><h1>経費</h1>{filler}<h2 id='limits'>上限</h2>{filler}"
        f"<h3>例外</h3>{filler}<h2><a name='steps'></a>手順</h2>{filler}"
        f"<section id='faq'><h2>質問<a href='#faq'>¶</a></h2>{filler}</section></body></html>"
    )

    sections = parse(page.encode(), "a.html").sections

    assert {section.headings[-1]: section.anchor for section in sections} == {
        "経費": "",
        "上限": "limits",
        "例外": "limits",
        "手順": "steps",
        "質問": "faq",
    }


def test_a_long_page_is_read_without_what_surrounds_its_text() -> None:
    """It skips side bars and comments, even without navigation markup."""
    paragraphs = [
        f"<p>第{number}条 職員は毎年{number}日の休暇を申請により取得できる。</p>" * 2
        for number in range(40)
    ]
    page = (
        "<html><body><div class='sidebar'><a href='/a'>人気の記事</a></div>"
        f"<article><h1>休暇規程</h1><h2>総則</h2>{''.join(paragraphs)}</article>"
        "<div id='comments'><p>はじめまして。広告です。</p></div></body></html>"
    )

    (section,) = parse(page.encode(), "a.html").sections

    assert section.headings == ("休暇規程", "総則")
    assert "第39条" in section.text
    assert "人気の記事" not in section.text
    assert "広告" not in section.text


def test_a_very_short_page_is_read_whole() -> None:
    """It is too short for heuristics."""
    assert "Closed on Friday." in text_of(parse(b"<p>Closed on Friday.</p>", "a.html"))


def test_word_keeps_headings_and_tables() -> None:
    """The structure is kept, and images are dropped."""
    data = word_document(
        [("Heading 1", "休暇規程"), ("Heading 2", "日数"), ("Normal", "下の表のとおり。")],
        [["区分", "日数"], ["夏季", "3"]],
    )

    (section,) = parse(data, "a.docx").sections

    assert section.headings == ("休暇規程", "日数")
    assert "| 夏季 | 3 |" in section.text


def test_word_titles_are_titles_and_tables_have_their_header() -> None:
    """The style "Title" gives the document's title; the first row is the table's header."""
    data = word_document(
        [("Title", "就業規則"), ("Heading 1", "第1章"), ("Normal", "下の表のとおり。")],
        [["区分", "日数"], ["夏季", "3"]],
    )

    parsed = parse(data, "a.docx")

    (section,) = parsed.sections
    assert (parsed.title, section.headings, section.anchor) == ("就業規則", ("第1章",), "")
    assert section.text.endswith("| 区分 | 日数 |\n| --- | --- |\n| 夏季 | 3 |")


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx"])
def test_a_locked_office_file_says_so(suffix: str) -> None:
    """Office stores password-protected files in its old file format."""
    with pytest.raises(ParseError, match="protected by a password"):
        parse(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), f"a{suffix}")


@pytest.mark.parametrize(
    "encoding",
    [
        *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"),
        *("cp932", "euc_jp", "iso2022_jp"),
    ],
)
@pytest.mark.parametrize(
    ("name", "text"), [("a.txt", WORDS), ("a.csv", f"項目,内容\n休暇,{WORDS}\n")]
)
def test_every_encoding_of_an_office_is_read(encoding: str, name: str, text: str) -> None:
    """Programs export spreadsheets in any of them."""
    assert WORDS in text_of(parse(text.encode(encoding), name))


def test_a_presentation_gives_slides_tables_and_notes() -> None:
    """Each slide is a section, including the speaker's notes."""
    data = presentation(
        [("概要", "方針です。", "ここで質問を受ける。"), ("体制", "以下の通り。", "")]
    )

    first, second = parse(data, "a.pptx").sections

    assert (first.headings, first.page) == (("概要",), 1)
    assert first.text == "方針です。\n\nここで質問を受ける。"
    assert (second.page, "| 担当 | 佐藤 |" in second.text) == (2, True)


def test_a_workbook_gives_a_section_a_sheet() -> None:
    """Rows become a table, a line alone is text, and pipes are escaped."""
    data = workbook(
        {"A": [["品目", "日"], ["びん|缶", 3.0], [None, None], ["別表", None]], "B": [["x"], [1]]}
    )

    first, second = parse(data, "a.xlsx").sections

    assert first.headings == ("A",)
    assert first.text == "| 品目 | 日 |\n| --- | --- |\n| びん\\|缶 | 3 |\n\n別表"
    assert second.text == "| x |\n| --- |\n| 1 |"


def test_pdf_pages_can_be_linked() -> None:
    """Each page with text is a section, and `page=N` opens it."""
    first, third = parse(pdf([["一ページ目"], [], ["三ページ目"]]), "a.pdf").sections

    assert (first.page, first.anchor, first.text) == (1, "page=1", "一ページ目")
    assert (third.page, third.anchor) == (3, "page=3")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf([["secret"]], password="x"), "protected by a password"),
        (pdf([[]]), "no text layer"),
        (b"%PDF-1.7\ngarbage", "not a readable PDF"),
    ],
)
def test_a_pdf_without_readable_text_says_why(data: bytes, reason: str) -> None:
    """Each reason tells an operator what to do."""
    with pytest.raises(ParseError, match=reason):
        parse(data, "a.pdf")


def test_a_file_without_text_is_reported() -> None:
    """Search could never find it."""
    with pytest.raises(ParseError, match="contains no text"):
        parse(b" \n", "a.txt")
    with pytest.raises(ParseError, match="contains no text"):
        parse(b"", "a.docx")
