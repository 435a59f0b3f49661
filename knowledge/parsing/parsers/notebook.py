"""Jupyter notebooks."""

import json
import re
from collections.abc import Iterator
from typing import Any

from knowledge.model.errors import ParseError, parse_errors
from knowledge.model.types import ParsedFile
from knowledge.parsing.access_rules import refuse_unread_keys, refuse_unread_lines
from knowledge.parsing.dates import iso_date
from knowledge.parsing.decoder import decode
from knowledge.parsing.fences import fenced
from knowledge.parsing.front_matter import split_front_matter
from knowledge.parsing.html_markdown import markdown_of, parse_html
from knowledge.parsing.rendered.page import as_shown
from knowledge.text.headings import first_heading, split_sections
from knowledge.text.titles import title_of_file

_LONGEST_OUTPUT = 2000
"""Characters of one output that are kept; a log may have millions."""


_LONGEST_PAGE = 200_000
"""Characters of HTML in one result that are read; what has more is a program, not a text."""

_HEADING = re.compile(r"\A[ \t]{0,3}#{1,6}[ \t]+(\S.*)")


class NotebookParser:
    """Parses notebooks: text cells as Markdown, code cells with their printed results.

    A raw cell at the top may hold front matter, as in Quarto.
    """

    suffixes = frozenset({".ipynb"})

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with parse_errors("notebook"):
            notebook = json.loads(decode(data))
            stated = dict(notebook.get("metadata") or {})
            cells = list(_cells(notebook))
        _refuse_rules(stated, cells)
        language = _at(stated, "language_info", "name") or _at(stated, "kernelspec", "language")
        blocks = [text for cell in cells for text in _blocks(cell, language)]
        metadata, text = split_front_matter("\n\n".join(blocks))
        sections = split_sections(text)
        title = metadata.get("title") or stated.get("title") or first_heading(sections)
        date = metadata.get("date") or iso_date(stated.get("date"))
        return ParsedFile(str(title or title_of_file(name)), sections, metadata | {"date": date})


def _refuse_rules(stated: dict[str, Any], cells: list[dict[str, Any]]) -> None:
    """Raise `ParseError` for what looks like an access rule where nobody would read it.

    That is the metadata of the notebook and of its cells, and the beginning of each cell but the
    first, in which front matter is read.
    """
    refuse_unread_keys({"metadata": stated})
    for number, cell in enumerate(cells):
        refuse_unread_keys({"metadata": cell.get("metadata") or {}})
        kind = cell.get("cell_type")
        if kind == "raw" and number:
            refuse_unread_lines(_source(cell))
        elif kind == "code":
            refuse_unread_lines(_source(cell), metadata=False)


def _cells(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the cells; before version 4 they stood in worksheets."""
    for sheet in notebook.get("worksheets") or [notebook]:
        yield from (cell for cell in sheet["cells"] if isinstance(cell, dict))


def _blocks(cell: dict[str, Any], language: object) -> Iterator[str]:
    tags = _at(cell, "metadata", "tags") or ()
    if "remove-cell" in tags:
        return
    text = _source(cell)
    match cell.get("cell_type"):
        case "markdown":
            yield text if text.startswith("---") else as_shown(text)  # front matter stays
        case "raw":
            yield text
        case "heading":
            yield f"{'#' * int(cell.get('level', 1))} {text}"
        case "code" if text.strip():
            yield fenced(text, language)
    for output in cell.get("outputs") or ():
        if not isinstance(output, dict):
            continue
        if rich := _rich(output):
            yield rich
        elif (shown := _shown(output)).strip():
            yield fenced(shown[:_LONGEST_OUTPUT].strip("\n"))


def _source(cell: dict[str, Any]) -> str:
    return _joined(cell.get("source", cell.get("input")))


def _rich(output: dict[str, Any]) -> str:
    """Return a result as Jupyter shows it, of a page or in Markdown; "" where it has neither.

    Headings in it are no headings of the notebook, and so they become bold text.
    """
    data = output.get("data")
    if not isinstance(data, dict):
        return ""
    page, text = _joined(data.get("text/html")), _joined(data.get("text/markdown"))
    if 0 < len(page) <= _LONGEST_PAGE:
        text = markdown_of(parse_html(page)) or text
    if len(text) > _LONGEST_OUTPUT:
        text = text[: text.rfind("\n", 0, _LONGEST_OUTPUT) + 1] or text[:_LONGEST_OUTPUT]
    lines = text.strip().split("\n")
    return "\n".join(_HEADING.sub(r"**\1**", line) for line in lines)


def _shown(output: dict[str, Any]) -> str:
    """Return the text of a result; pictures, tracebacks and widgets have none."""
    if output.get("output_type") == "stream" and output.get("name") == "stderr":
        return ""
    data = output.get("data")
    if isinstance(data, dict) and any(str(kind).startswith("image/") for kind in data):
        return ""
    return _joined(data.get("text/plain") if isinstance(data, dict) else output.get("text"))


def _joined(lines: object) -> str:
    """Return a text that the format allows to be written as a list of lines."""
    if lines is None:
        return ""
    if isinstance(lines, list):
        return "".join(map(str, lines))
    if not isinstance(lines, str):
        raise ParseError("not a readable notebook (a cell holds no text)")
    return lines


def _at(value: object, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
