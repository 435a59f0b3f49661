"""Parses one file and splits it into chunks, inside a parser process."""

from knowledge.parsing.parsers import parse
from knowledge.text.chunker import chunk


def read_file(data: bytes, name: str, tokens: int, longest: int) -> dict[str, object]:
    """Parse *data* and split it into chunks; see `ParserProcess.parse` for the arguments.

    Raises:
        ParseError: when the file cannot be read or contains no text.
    """
    parsed = parse(data, name)
    parts = ("\n".join((*section.headings[-1:], section.text)) for section in parsed.sections)
    pieces, used = [], 0
    for piece in chunk(parsed, tokens):
        used += len(piece.text)
        if 0 <= longest < used:
            break
        pieces.append((piece.text, piece.headings, piece.page, piece.anchor))
    return {
        "title": parsed.title,
        "metadata": parsed.metadata,
        "text": "\n\n".join(parts)[:longest] if longest >= 0 else "",
        "pieces": pieces,
    }
