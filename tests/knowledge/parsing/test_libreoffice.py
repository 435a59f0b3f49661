"""Files of Office 97 to 2003 are read through LibreOffice, where it is installed."""

import io
import shutil
import socket
from collections.abc import Iterator

import pytest
from docx import Document

from knowledge.model.errors import ParseError
from knowledge.parsing import libreoffice
from knowledge.parsing.parsers import parse
from knowledge.parsing.process import ParserProcess
from tests.support.documents import presentation, rich_text, workbook_with_properties

needs_libreoffice = pytest.mark.skipif(
    shutil.which("soffice") is None,
    reason="needs LibreOffice (Debian: libreoffice-writer-nogui, libreoffice-impress-nogui)",
)


@pytest.fixture(scope="module")
def process() -> Iterator[ParserProcess]:
    """A parser process, as a sync has it."""
    process = ParserProcess()
    yield process
    process.close()


@needs_libreoffice
@pytest.mark.parametrize(("heading", "cell"), [("Cabinet keys", "K-17"), ("鍵の規程", "倉庫")])
def test_an_old_word_file_keeps_headings_and_tables(
    process: ParserProcess, heading: str, cell: str
) -> None:
    """It is converted within the limits of the parser process."""
    new = Document()
    new.add_heading(heading)
    grid = new.add_table(2, 2)
    for place, text in zip(grid._cells, ("Room", "Key", cell, "7"), strict=True):
        place.text = text
    new.add_paragraph("Ask.")
    file = io.BytesIO()
    new.save(file)
    old = libreoffice.convert(file.getvalue(), ".docx", ".doc")
    assert old.startswith(b"\xd0\xcf\x11\xe0")
    (piece,) = process.parse(old, "a.doc", 256).pieces

    assert piece.headings == (heading,)
    assert f"| {cell} | 7 |" in piece.text


@needs_libreoffice
@pytest.mark.parametrize(("title", "body"), [("Leave", "20 days"), ("休暇", "年20日")])
def test_an_old_presentation_keeps_its_slides(
    process: ParserProcess, title: str, body: str
) -> None:
    """With the numbers of its slides, to be cited."""
    old = libreoffice.convert(presentation([(title, body, "")]), ".pptx", ".ppt")
    (piece,) = process.parse(old, "a.ppt", 256).pieces

    assert (piece.headings, piece.page) == ((title,), 1)
    assert body in piece.text


@needs_libreoffice
def test_an_old_file_reaches_nothing_in_the_network() -> None:
    """Not even the machine itself: a picture that it only links to stays away."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.png"
        flat = (
            '<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:'
            'xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
            'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:xlink="http://'
            'www.w3.org/1999/xlink" office:version="1.2" office:mimetype="application/vnd.oasis.'
            'opendocument.text"><office:body><office:text><text:p>Ask.<draw:frame><draw:image '
            f'xlink:href="{address}"/></draw:frame></text:p></office:text></office:body>'
            "</office:document>"
        )
        new = libreoffice.convert(flat.encode(), ".fodt", ".docx")
        assert "Ask." in parse(new, "a.docx").sections[0].text
        with pytest.raises(TimeoutError):
            server.accept()


@needs_libreoffice
def test_a_broken_old_file_is_named(process: ParserProcess) -> None:
    """And the process reads on."""
    broken = workbook_with_properties({})[:3000]
    with pytest.raises(ParseError, match=r"LibreOffice cannot read it|properties cannot be read"):
        process.parse(broken, "a.ppt", 256)


@pytest.mark.parametrize(("suffix", "new"), [(".doc", ".docx"), (".ppt", ".pptx")])
def test_without_libreoffice_the_file_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, suffix: str, new: str
) -> None:
    """Save it in another format, or install the program."""
    monkeypatch.setenv("PATH", "/nonexistent")
    libreoffice.program.cache_clear()
    try:
        with pytest.raises(ParseError, match=rf"save it as {new}, or install LibreOffice"):
            parse(workbook_with_properties({}), f"規程{suffix}")
    finally:
        libreoffice.program.cache_clear()


@pytest.mark.parametrize("text", ["Ask early.", "早めに相談する。"])
def test_what_is_no_old_file_is_read_as_what_it_is(text: str) -> None:
    """Confluence writes mail archives as `.doc`, other programs RTF, web pages and plain text."""
    page = f"<html><body><h1>Leave</h1><p>{text}</p></body></html>"
    archive = f"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n{page}"
    assert parse(text.encode(), "a.doc").sections[0].text == text
    for data in (page.encode(), archive.encode(), rich_text("Leave", text)):
        parsed = parse(data, "a.doc")
        assert [(s.headings, s.text) for s in parsed.sections] == [(("Leave",), text)]


def test_properties_close_an_old_file_before_it_is_converted() -> None:
    """A rule that nobody reads hides it."""
    with pytest.raises(ParseError, match="looks like an access rule"):
        parse(workbook_with_properties({"公開範囲": "#hr"}), "a.doc")
