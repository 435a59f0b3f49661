"""What looks like an access rule at the beginning of a page or sheet hides the file."""

import pytest

from knowledge.model.errors import ParseError
from knowledge.parsing.parsers import parse
from tests.safety.front_matter_forms import word_file
from tests.support.documents import (
    book,
    open_document,
    pdf,
    presentation,
    rich_text,
    word_document,
    workbook,
)

_TEXT = "The plan has a budget. 計画には予算があります。"
_LINES = ("Audience: HR", "公開範囲：人事部", "閲覧: 役員のみ", "配布先：人事部", "機密区分: 極秘")
_LIMITS = ("Audience: HR only", "公開範囲：人事部のみ")


def _mail(text: str) -> bytes:
    head = (
        "From: a@example.com\nTo: b@example.com\nSubject: Plan\n"
        "Content-Type: text/plain; charset=utf-8"
    )
    return f"{head}\n\n{text}\n\n{_TEXT}\n".encode()


def _files(line: str) -> dict[str, bytes]:
    return {
        "a.docx": word_document([("Normal", line), ("Normal", _TEXT)]),
        "a.html": f"<p>{line}</p><h1>Plan</h1><p>{_TEXT}</p>".encode(),
        "a.eml": _mail(line),
        "a.xlsx": workbook({"S": [[line], [], ["Item", "Cost"], ["Plan", 3]]}),
        "a.csv": f"{line}\nItem,Cost\nPlan,3\nFee,4\n".encode(),
    }


@pytest.mark.parametrize("line", _LINES)
@pytest.mark.parametrize("name", ["a.docx", "a.html", "a.eml", "a.xlsx", "a.csv"])
def test_a_statement_of_readers_at_the_beginning_hides_the_file(name: str, line: str) -> None:
    """As it does in Markdown, whatever its value is."""
    with pytest.raises(ParseError, match="looks like an access rule"):
        parse(_files(line)[name], name)


@pytest.mark.parametrize("line", _LIMITS)
def test_a_limit_below_the_title_hides_the_file(line: str) -> None:
    """Where a slide or a cover names its readers."""
    files = {
        "a.pptx": presentation([("Plan", line, ""), ("More", _TEXT, "")]),
        "a.odt": open_document("計画", line),
        "a.rtf": rich_text("計画", line),
        "a.epub": book("計画", line),
        "a.pdf": pdf([[line, _TEXT]]),
    }
    for name, data in files.items():
        with pytest.raises(ParseError, match="looks like an access rule"):
            parse(data, name)


@pytest.mark.parametrize(
    "table",
    [
        "audience,#hr\nItem,Cost\nPlan,3\n",
        "公開範囲,人事部のみ\n項目,費用\n計画,3\n",
        "公開範囲\t人事部\n項目\t費用\n計画\t3\n",
        '---\naudience: ["#hr"]\n---\nItem,Cost\nPlan,3\n',
    ],
)
def test_a_first_row_that_names_readers_hides_a_table(table: str) -> None:
    """It is no header: nobody names a column `#hr`."""
    with pytest.raises(ParseError, match="looks like an access rule"):
        parse(table.encode(), "a.tsv" if "\t" in table else "a.csv")


@pytest.mark.parametrize(
    "table",
    ["audience,message\nHR,Plan\nAll,Fee\n", "対象,内容\n人事部,計画\n全員,予算\n"],
)
def test_a_column_of_audiences_is_data(table: str) -> None:
    """The header names it, and the rows fill it."""
    assert parse(table.encode(), "a.csv").sections


@pytest.mark.parametrize("words", _LIMITS)
def test_a_comment_or_a_property_that_names_readers_hides_the_file(words: str) -> None:
    """Whatever its value is; a file for all is none."""
    name, _, value = words.replace("：", ":").partition(":")
    for data in (word_file(_TEXT, {}, keywords=words), word_file(_TEXT, {name: value.strip()})):
        with pytest.raises(ParseError, match="looks like an access rule"):
            parse(data, "a.docx")
    assert parse(word_file(_TEXT, {"Audience": "All", "公開範囲": "全員"}), "a.docx").sections


@pytest.mark.parametrize("line", ["Audience: managers", "公開範囲：人事部", "対象: 正社員のみ"])
def test_prose_that_speaks_of_an_audience_is_published(line: str) -> None:
    """In the middle of a document, and as the words of a slide."""
    document = [("Normal", _TEXT), ("Normal", line), ("Normal", _TEXT)]
    assert parse(word_document(document), "a.docx").sections
    slides = presentation([("Plan", _TEXT, ""), ("Audience analysis", line, "")])
    assert parse(slides, "a.pptx").sections
    assert parse(f"<h1>A</h1><p>{_TEXT}</p><p>{line}</p>".encode(), "a.html").sections
