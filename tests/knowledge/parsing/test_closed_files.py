"""What its author closed stays closed in every format: a rule that nobody reads hides the file."""

import json
from collections.abc import Mapping

import pytest

from knowledge.model.errors import ParseError
from knowledge.parsing.parsers import parse
from tests.support.documents import (
    binary_workbook,
    old_workbook,
    open_sheet,
    open_slides,
    workbook_with_properties,
)

NAMES = ("audience", "Audience", "公開範囲", "閲覧権限")


def refused(data: bytes, name: str) -> None:
    with pytest.raises(ParseError, match="looks like an access rule"):
        parse(data, name)


@pytest.mark.parametrize("name", NAMES)
def test_properties_of_sheets_and_slides_close_them(name: str) -> None:
    """Of Excel 97, of binary workbooks, and of LibreOffice's files."""
    refused(workbook_with_properties({"Client": "ACME", name: "#hr"}), "a.xls")
    custom = f'<property name="{name}"><vt:lpwstr>#hr</vt:lpwstr></property>'
    refused(binary_workbook("S", [["休暇", "20"]], custom=custom), "a.xlsb")
    user = f'<meta:user-defined meta:name="{name}">#hr</meta:user-defined>'
    refused(open_sheet([["休暇", "20"]], user), "a.ods")
    refused(open_slides([("休暇", "20 days")], user), "a.odp")


def test_other_properties_close_nothing() -> None:
    """And the title of an old workbook is its title."""
    parsed = parse(workbook_with_properties({"Client": "#1", "部署": "人事"}, "休暇の表"), "a.xls")

    assert parsed.title == "休暇の表"
    assert parsed.sections == parse(old_workbook(), "a.xls").sections


@pytest.mark.parametrize("keyword", ["audience: #hr", "公開範囲：#人事"])
def test_a_title_or_keyword_that_is_a_rule_closes_an_old_workbook(keyword: str) -> None:
    """As in Word files."""
    refused(workbook_with_properties({}, keyword), "a.xls")


def test_properties_that_cannot_be_read_close_an_old_workbook() -> None:
    """Nobody knows what they say."""
    data = workbook_with_properties({"audience": "#hr"})
    place = data.index(b"\xfe\xff\x00\x00", 512 * 4)
    broken = data[: place + 24] + b"\xff" * 60 + data[place + 84 :]

    with pytest.raises(ParseError, match="properties cannot be read"):
        parse(broken, "a.xls")


@pytest.mark.parametrize("name", NAMES)
def test_the_first_rows_of_a_sheet_close_it(name: str) -> None:
    """A row is a key with its value, as in a table of a Word file."""
    refused(f"{name},#hr\nName,Pay\nRin,100\n".encode(), "a.csv")
    refused(open_sheet([[name, "#hr"], ["氏名", "給与"]]), "a.ods")
    refused(binary_workbook("S", [[name, "#hr"], ["氏名", "給与"]]), "a.xlsb")


@pytest.mark.parametrize(
    "rows", ["Audience,Members\nStudents,40\n", "対象,人数\n社員,40\n", "Access,Level\nGate,2\n"]
)
def test_words_of_ordinary_tables_close_nothing(rows: str) -> None:
    """A column may be called so."""
    assert parse(rows.encode(), "a.csv").sections


def message(body: str, kind: str = "plain") -> bytes:
    head = "From: a@example.com\nSubject: Pay\n"
    return f"{head}Content-Type: text/{kind}; charset=utf-8\n\n{body}".encode()


@pytest.mark.parametrize("name", NAMES)
def test_the_body_of_each_message_closes_its_mailbox(name: str) -> None:
    """Also the last one's, in front matter, and in a message that is a web page."""
    refused(message(f"{name}: HR leads\n\nThe bands are out."), "a.eml")
    refused(message(f'---\n{name}: ["#hr"]\n---\n給与は別紙。'), "a.eml")
    refused(message(f"<p>{name}: #hr</p><p>Pay</p>", "html"), "a.eml")
    start = b"From a@example.com Wed May  1 23:00:00 2024\n"
    box = [start + message(f"Message {number}.") + b"\n\n" for number in range(20)]
    refused(b"".join((*box, start, message(f"{name}: #hr\n\nPay."))), "a.mbox")


def test_a_page_in_a_message_states_no_audience() -> None:
    """Nobody would heed it, so it closes the message; what all pages say does not."""
    page = '<html><head><meta name="audience" content="{}"></head><body><p>Pay.</p></body></html>'
    with pytest.raises(ParseError, match="only a web page has an audience"):
        parse(message(page.format("#hr"), "html"), "a.eml")
    assert parse(message(page.format("all"), "html"), "a.eml").sections


def test_an_ordinary_message_stays_open() -> None:
    """It may speak of readers and channels."""
    body = "Hi all,\n\nChannel: #general has news for readers.\nTo: members of 総務\n\n> For: you\n"
    assert parse(message(body), "a.eml").sections


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_closed_by_its_metadata_and_its_cells(name: str) -> None:
    """By that of a cell, by front matter that is not the first cell, by a comment in its code."""

    def notebook(*cells: Mapping[str, object], **metadata: object) -> bytes:
        return json.dumps({"nbformat": 4, "metadata": metadata, "cells": cells}).encode()

    text = {"cell_type": "markdown", "source": "# 給与\n\nBands.", "metadata": {}}
    refused(notebook(text, **{name: "#hr"}), "a.ipynb")
    refused(notebook(text, quarto={name: ["#hr"]}), "a.ipynb")
    refused(notebook(text, {**text, "metadata": {name: "#hr"}}), "a.ipynb")
    raw = {"cell_type": "raw", "source": f"---\n{name}: hr\n---\n"}
    refused(notebook(*[text] * 20, raw), "a.ipynb")
    code = {"cell_type": "code", "source": f"# {name}: #hr\nprint(1)", "outputs": []}
    refused(notebook(text, code), "a.ipynb")
    assert parse(notebook(text, {**code, "source": "access = 1\nfor_ = {}"}), "a.ipynb").sections
