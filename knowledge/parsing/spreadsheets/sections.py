"""Turns the rows of a sheet into sections of Markdown."""

from collections.abc import Iterable, Iterator

from knowledge.model.types import Section
from knowledge.parsing.spreadsheets.layout import TAB, Table, blocks
from knowledge.parsing.tables import table_cell, table_line
from knowledge.text.chunker import estimate_tokens

_LONGEST_HEADING = 80
_WIDE = 100
"""Estimated tokens of a header from which each value is written with its column's name."""


def sheet_sections(
    name: str, lines: list[str], more: Iterable[str] = (), page: int | None = None
) -> list[Section]:
    """Return the sections of a sheet: one for each table with a title, the rest together.

    Args:
        name: Name of the sheet, or "" where there are none.
        lines: Its rows; see `layout`.
        more: Blocks of Markdown that stand outside of cells: charts, text boxes.
        page: Number of the sheet.
    """
    above = (name,) if name else ()
    headings, parts, sections = above, list[str](), list[Section]()
    for block in blocks(lines):
        if isinstance(block, str):
            parts.append(block)
            continue
        titles = block.titles
        if titles and len(titles[0]) <= _LONGEST_HEADING:
            if parts:
                sections.append(Section("\n\n".join(parts), headings, page))
            headings, parts, titles = (*above, titles[0]), [], titles[1:]
        parts += titles
        parts.append(_markdown(block))
    parts += more
    if parts or headings != above:
        sections.append(Section("\n\n".join(parts), headings, page))
    return sections


def _markdown(table: Table) -> str:
    width = max(len(table.header), 1 + max((row.count(TAB) for row in table.rows), default=0))
    header = [table_cell(cell) for cell in table.header] + [""] * (width - len(table.header))
    filled = {n for row in table.rows for n, cell in enumerate(row.split(TAB)) if cell}
    # Below a name that a merged cell repeats, often nothing stands.
    names = ["", *header]
    kept = [n for n in range(width) if n in filled or names[n + 1] not in ("", names[n])]
    header = [header[n] for n in kept]
    if estimate_tokens("".join(header)) > _WIDE:
        return "\n\n".join(_records(header, kept, table.rows))
    lines = [table_line(header), table_line(["---"] * len(kept))]
    for row in table.rows:
        cells = row.replace("|", r"\|").split(TAB) + [""] * width
        lines.append(table_line([cells[n] for n in kept]))
    return "\n".join(lines)


def _records(header: list[str], kept: list[int], rows: list[str]) -> Iterator[str]:
    """Yield each row as lines `column: value`, since no chunk could hold header and row."""
    for row in rows:
        cells = row.split(TAB)
        pairs = ((name, cells[n]) for name, n in zip(header, kept, strict=True) if n < len(cells))
        yield "\n".join(
            f"- {name}: {cell}" if name else f"- {cell}" for name, cell in pairs if cell
        )
