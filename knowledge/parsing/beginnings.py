"""Searches the beginning of pages and sheets for access rules that nobody would read.

A person who cannot write front matter into a Word file or a table writes the same words where the
eye falls first. So what stands above the text of a page, and above the data of a sheet, counts as
it does in Markdown. A table with a column named "Audience" is data.
"""

from collections.abc import Iterator, Sequence

from knowledge.model.types import Section
from knowledge.parsing.access_rules import names_readers, refuse_unread_statement

_MOST_LINES = 30
_LONGEST_LINE = 300
_LONGEST_KEY = 40
_PAIR = 2


def refuse_unread_beginning(sections: Sequence[Section], known: str = "") -> None:
    """Raise `ParseError` when a page begins with what looks like an access rule.

    Before its first heading, every statement of readers counts; between its title and its first
    sentence, one that names them or keeps others out. What says the same as *known*, the audience
    that was understood, is no news.
    """
    if not sections:
        return
    first = sections[0]
    for line in first.text.split("\n", _MOST_LINES)[:_MOST_LINES]:
        cells = _cells(line)
        if not line.strip() or (cells and not any(cell.strip("-: ") for cell in cells)):
            continue
        key, value = _pair(cells, line)
        if not key:
            return
        if value != known and (len(cells) <= _PAIR or names_readers(value)):
            refuse_unread_statement(key, value, below_title=bool(first.headings))


def refuse_unread_sheet(sections: Sequence[Section]) -> None:
    """Raise `ParseError` when a sheet begins with what looks like an access rule.

    Lines above the table count as those above a text. The first row counts if its second cell
    names readers (`#hr`, 人事部のみ), or if no data follow: else it is the header of a table.
    """
    if not sections:
        return
    first = sections[0]
    lines = [*first.headings, *first.text.split("\n", _MOST_LINES)[:_MOST_LINES]]
    rows = [cells for line in lines if (cells := _cells(line))]
    for line in lines:
        if cells := _cells(line):
            key, value = _pair(cells, line)
            data = len(rows) > _PAIR  # besides the first row and the line below it
            if key and (names_readers(value) or not data):
                refuse_unread_statement(key, value)
            return
        key, value = _pair([], line)
        refuse_unread_statement(key, value)


def refuse_unread_pairs(lines: Sequence[str]) -> None:
    """Raise `ParseError` when one of the *lines*, such as a comment on a file, is a rule."""
    for line in lines:
        refuse_unread_statement(*_pair([], line))


def _cells(line: str) -> list[str]:
    """Return the cells of a row of a Markdown table, or nothing."""
    plain = line[:_LONGEST_LINE].strip()
    if not (plain.startswith("|") and plain.endswith("|")):
        return []
    return [cell.strip(" *") for cell in plain[1:-1].split("|")]


def _pair(cells: Sequence[str], line: str) -> tuple[str, str]:
    """Return the key and value of a row or of a line such as `key: value`, else two empty texts."""
    if cells:
        filled = [cell for cell in cells if cell]
        return (filled[0], ", ".join(filled[1:])) if len(filled) > 1 else ("", "")
    return next(_statements(line[:_LONGEST_LINE]), ("", ""))


def _statements(line: str) -> Iterator[tuple[str, str]]:
    plain = line.strip(" \t　-*・■●◆○>#'\"")
    for opening, closing in ("【】", "〔〕", "［］", "[]", "〈〉", "《》"):
        if plain.startswith(opening) and closing in plain:
            key, _, value = plain[1:].partition(closing)
            yield key, value.lstrip(" :：")
    places = [at for sign in ":：=＝∶" if (at := plain.find(sign)) > 0]
    if places and min(places) <= _LONGEST_KEY:
        at = min(places)
        yield plain[:at].strip(" *"), plain[at + 1 :].strip(" *")
