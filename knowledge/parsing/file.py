"""Parses one file and splits it into chunks, inside a parser process."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from operator import itemgetter

from knowledge.model.types import ParsedFile
from knowledge.parsing.options import ReadingOptions
from knowledge.parsing.parsers import parse
from knowledge.text.chunker import chunk, split
from knowledge.text.plain_text import plain_text
from knowledge.text.section_links import CANVAS_SECTION

_BETWEEN = "\n\n"


def read_file(
    data: bytes,
    name: str,
    tokens: int,
    longest: int,
    *,
    options: Mapping[str, bool],
    wordings: bool = False,
) -> dict[str, object]:
    """Parse *data* and split it into chunks; see `ParserProcess.parse` for the arguments.

    Raises:
        ParseError: when the file cannot be read or contains no text.
    """
    if longest >= 0:
        return _beginning(data, name, tokens, longest)
    parsed = parse(data, name, options=ReadingOptions(**options))
    if wordings:
        parsed = _with_wordings(parsed)
    pieces = [
        (piece.text, piece.headings, piece.page, piece.anchor) for piece in chunk(parsed, tokens)
    ]
    return {
        "title": parsed.title,
        "metadata": parsed.metadata,
        "text": "",
        "pieces": pieces,
        "notes": parsed.notes,
    }


def _with_wordings(parsed: ParsedFile) -> ParsedFile:
    """Add the wordings of the questions that an entry answers as a heading of every section.

    A heading makes the answer easier to find, and is never quoted as an answer.
    """
    wordings = parsed.metadata.get("wordings")
    if not isinstance(wordings, list) or not wordings:
        return parsed
    heading = plain_text(" / ".join(map(str, wordings)))
    sections = (
        replace(section, headings=(heading, *section.headings)) for section in parsed.sections
    )
    return replace(parsed, sections=tuple(sections))


def _beginning(data: bytes, name: str, tokens: int, longest: int) -> dict[str, object]:
    """Return the first *longest* characters, with their headings, and nothing that can be larger.

    The caller loads the result in its own process, so its size must not depend on the sender. A
    piece holds as many sections as fit, except of a canvas, whose sections each have a link.
    """
    parsed = parse(data, name, longest)
    parts = list[tuple[str, str]]()
    room = longest
    for section in parsed.sections:
        if room <= 0:
            break
        told = "\n".join((*section.headings[-1:], section.text))[:room]
        room -= len(told) + len(_BETWEEN)
        parts.append((section.anchor if section.anchor.startswith(CANVAS_SECTION) else "", told))
    text = _BETWEEN.join(told for _, told in parts)[:longest]
    pieces = [
        (piece, (), None, anchor)
        for anchor, told in groupby(parts, key=itemgetter(0))
        for piece in split(_BETWEEN.join(one for _, one in told), tokens)
    ]
    return {"title": parsed.title, "metadata": {}, "text": text, "pieces": pieces}
