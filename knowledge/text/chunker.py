"""Splits sections into chunks: small enough to be precise, large enough to be understood."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from knowledge.model.types import ParsedFile

if TYPE_CHECKING:
    from semantic_text_splitter import MarkdownSplitter

VERSION = 2
"""Increase when the chunks of the same text change; it makes syncs rebuild the index."""

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_LONG_LINE = re.compile(r"[^\n]{8000}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk that has no key yet: its text as written, and its location in the document."""

    text: str
    headings: tuple[str, ...] = ()
    page: int | None = None
    anchor: str = ""


def estimate_tokens(text: str) -> int:
    """Estimate the number of a model's tokens in *text*, without a vocabulary.

    A CJK character (three bytes in UTF-8) counts as one token, and so do four Latin letters; a
    letter of two bytes (Greek, Cyrillic) counts as about 0.6. It takes two C calls, since the
    splitter calls it thousands of times.
    """
    wide = (len(text.encode("utf-8", "surrogatepass")) - len(text)) // 2
    return wide + (len(text) - wide) // 4


def chunk(parsed: ParsedFile, tokens: int) -> Iterator[Piece]:
    """Split each section of *parsed* into pieces of at most about *tokens* estimated tokens."""
    for section in parsed.sections:
        for text in split(section.text, tokens):
            yield Piece(text, section.headings, section.page, section.anchor)


def search_text(title: str, headings: Sequence[str], text: str) -> str:
    """Return the text to index and embed for a chunk: its title, headings and text."""
    path = [title, *(headings[1:] if headings and headings[0] == title else headings)]
    return f"{' > '.join(path)}\n{text}"


def split(text: str, tokens: int) -> Iterator[str]:
    """Split Markdown into texts of at most *tokens*, at the largest boundaries that fit.

    A table that does not fit is split between rows, and the header is repeated in each part.
    """
    lines = _LINE.findall(text)
    position = 0
    for first, last in _tables(lines):
        header, rows = "".join(lines[first : first + 2]), lines[first + 2 : last]
        if estimate_tokens(header + "".join(rows)) > tokens >= 2 * estimate_tokens(header):
            yield from _chunks("".join(lines[position:first]), tokens)
            yield from _split_table(header, rows, tokens)
            position = last
    yield from _chunks("".join(lines[position:]), tokens)


def _tables(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the tables in *lines*: the index of the header, and that after the last row.

    A table is a line with a `|`, a delimiter row, and at least one more line with a `|`.
    """
    number = 1
    while number < len(lines) - 1:
        end = number + 1
        if "|" in lines[number - 1] and _is_delimiter(lines[number]):
            while end < len(lines) and "|" in lines[end]:
                end += 1
            if end > number + 1:
                yield number - 1, end
        number = end + 1 if end > number + 1 else number + 1


def _is_delimiter(line: str) -> bool:
    """Tell whether *line* is the delimiter row below a table's header: `|---|:-:|`."""
    cells = line.strip(" \t\n").removeprefix("|").removesuffix("|").split("|")
    return all(_is_dashes(cell.strip(" \t")) for cell in cells)


def _is_dashes(cell: str) -> bool:
    inner = cell.removeprefix(":").removesuffix(":")
    return bool(inner) and not inner.strip("-")


def _split_table(header: str, rows: Sequence[str], tokens: int) -> Iterator[str]:
    room = tokens - estimate_tokens(header)
    group = ""
    for row in rows:
        if group and estimate_tokens(group + row) > room:
            yield header + group.rstrip("\n")
            group = ""
        if estimate_tokens(row) > room:
            yield from (header + part for part in _chunks(row, room))
        else:
            group += row
    if group:
        yield header + group.rstrip("\n")


def _chunks(text: str, tokens: int) -> Iterator[str]:
    """Split *text*; split extremely long lines first, since the splitter's time is quadratic."""
    position = 0
    for line in _LONG_LINE.finditer(text):
        yield from _splitter(tokens).chunks(text[position : line.end()])
        position = line.end()
    yield from _splitter(tokens).chunks(text[position:])


@cache
def _splitter(tokens: int) -> "MarkdownSplitter":
    from semantic_text_splitter import MarkdownSplitter

    return MarkdownSplitter.from_callback(estimate_tokens, max(1, tokens))
