"""Sections cut into chunks: small enough to be precise, whole enough to be understood."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from knowledge.model.types import ParsedFile

if TYPE_CHECKING:
    from semantic_text_splitter import MarkdownSplitter

VERSION = 1
"""Counts up when the same text is cut differently: everything is then cut again."""

_TABLE = re.compile(
    r"^(?P<header>[^\n]*\|[^\n]*\n[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\n)"
    r"(?P<rows>(?:[^\n]*\|[^\n]*(?:\n|\Z))+)",
    re.MULTILINE,
)

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk before it has a key: its text as written, and where in the document it stands."""

    text: str
    headings: tuple[str, ...] = ()
    page: int | None = None
    anchor: str = ""


def estimate_tokens(text: str) -> int:
    """Estimate how many tokens a model makes of *text*, without a vocabulary.

    A CJK character is one token (three bytes in UTF-8), four Latin letters are one; two-byte
    scripts (Greek, Cyrillic) come to about 0.6 a letter. Two C calls, so that the splitter may
    ask it thousands of times.
    """
    wide = (len(text.encode("utf-8", "surrogatepass")) - len(text)) // 2
    return wide + (len(text) - wide) // 4


def chunk(parsed: ParsedFile, tokens: int) -> Iterator[Piece]:
    """Cut each section of *parsed* into pieces of at most about *tokens* estimated tokens."""
    for section in parsed.sections:
        for text in split(section.text, tokens):
            yield Piece(text, section.headings, section.page, section.anchor)


def search_text(title: str, headings: Sequence[str], text: str) -> str:
    """Return what is indexed and embedded for a chunk: its text under its title and headings."""
    path = [title, *(headings[1:] if headings and headings[0] == title else headings)]
    return f"{' > '.join(path)}\n{text}"


def split(text: str, tokens: int) -> Iterator[str]:
    """Cut Markdown into texts of at most *tokens*, at the largest boundaries that fit.

    A table that does not fit is cut between rows, and each part gets the header again.
    """
    position = 0
    for table in _TABLE.finditer(text):
        if estimate_tokens(table[0]) > tokens >= 2 * estimate_tokens(table["header"]):
            yield from _splitter(tokens).chunks(text[position : table.start()])
            yield from _split_table(table["header"], table["rows"], tokens)
            position = table.end()
    yield from _splitter(tokens).chunks(text[position:])


def _split_table(header: str, rows: str, tokens: int) -> Iterator[str]:
    room = tokens - estimate_tokens(header)
    group = ""
    for row in _LINE.findall(rows):
        if group and estimate_tokens(group + row) > room:
            yield header + group.rstrip("\n")
            group = ""
        if estimate_tokens(row) > room:
            yield from (header + part for part in _splitter(room).chunks(row))
        else:
            group += row
    if group:
        yield header + group.rstrip("\n")


@cache
def _splitter(tokens: int) -> "MarkdownSplitter":
    from semantic_text_splitter import MarkdownSplitter

    return MarkdownSplitter.from_callback(estimate_tokens, max(1, tokens))
