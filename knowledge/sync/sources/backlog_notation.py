"""Converts Backlog's own notation to Markdown.

See https://support-ja.backlog.com/hc/ja/articles/360035641594. Each line is read once, and each
pattern has an end within its line, so that a text takes time in proportion to its length.
"""

import re
from collections.abc import Iterator

from knowledge.parsing.fences import fenced
from knowledge.parsing.tables import markdown_table

_CODE = re.compile(r"\{code(?::([\w+#-]{1,30}))?\}")
_BLOCK = re.compile(r"\{(/?)(code|quote)(?::[\w+#-]{1,30})?\}")
_HEADING = re.compile(r"(\*{1,6})[ \t]*(?=[^*\s])")
_ITEM = re.compile(r"(-{1,6}|\+{1,6})[ \t]*(?=[^-+\s|])")
_TITLED_LINK = re.compile(r"\[\[([^\[\]\n>]{1,300}?)[>:](https?://[^\s\[\]]{1,2000})\]\]")
_LINK = re.compile(r"\[\[([^\[\]\n]{1,300})\]\]")
_WORD = re.compile(r"'''([^'\n]{1,2000})'''|''([^'\n]{1,2000})''")
_STRUCK = re.compile(r"%%([^%\n]{1,2000})%%")
_COLOUR = re.compile(r"&color\([^()\n]{1,60}\)[ \t]{0,9}\{([^{}\n]{0,2000})\}")
_PICTURE = re.compile(r"#(?:image|thumbnail)\([^()\n]{1,2000}\)|^#contents\s*$|#rev\(\w{1,60}\)")
_MARKDOWN = re.compile(r"^(\s{0,3})(#{1,6}\s|={2,}\s*$|-{3,}\s*$|`{3,}|~{3,})")


def markdown_of_notation(text: str) -> str:
    """Return *text*, in Backlog's notation, as Markdown."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_blocks(iter(lines))).strip("\n")


def _blocks(lines: Iterator[str]) -> Iterator[str]:
    table = list[list[str]]()
    has_head = False
    for line in lines:
        cells = line.strip()
        if cells.startswith("|") and cells.count("|") > 1:
            is_head = cells.endswith("|h")
            has_head = has_head or (is_head and not table)
            table.append(_cells(cells.removesuffix("h")))
            continue
        yield from _table(table, has_head=has_head)
        table, has_head = [], False
        block = _BLOCK.match(cells)
        if block and not block[1]:
            yield from _block(block, cells[block.end() :], lines)
        else:
            yield _line(line)
    yield from _table(table, has_head=has_head)


def _block(opening: re.Match[str], rest: str, lines: Iterator[str]) -> Iterator[str]:
    """Yield a block of code or a quotation, to its closing mark, or else to the end."""
    closing, inside = f"{{/{opening[2]}}}", list[str]()
    after = ""
    line: str | None = rest
    while line is not None:
        before, found, after = line.partition(closing)
        inside.append(before)
        if found:
            break
        line = next(lines, None)
    content = "\n".join(inside).strip("\n")
    code = _CODE.match(opening[0])
    if code:
        yield f"\n{fenced(content, code[1] or '')}\n"
    else:
        yield "\n" + "\n".join(f"> {_line(one)}".rstrip() for one in content.split("\n")) + "\n"
    if after.strip():
        yield _line(after)


def _line(line: str) -> str:
    """Return a line outside of code as Markdown."""
    text = line.strip(" \t")
    if heading := _HEADING.match(text):
        return f"\n{'#' * len(heading[1])} {_inline(text[heading.end() :])}\n"
    if item := _ITEM.match(text):
        depth = len(item[1]) - 1
        mark = "-" if item[1][0] == "-" else "1."
        return f"{'   ' * depth}{mark} {_inline(text[item.end() :])}"
    if text.startswith(">"):
        return f"> {_inline(text.lstrip('> '))}"
    return _inline(_MARKDOWN.sub(r"\1\\\2", line))


def _inline(text: str) -> str:
    """Return a line with its links and marks as Markdown; pictures and colours have no text."""
    text = _PICTURE.sub("", text.replace("&br;", " "))
    text = _COLOUR.sub(r"\1", text)
    text = _TITLED_LINK.sub(r"[\1](\2)", text)
    text = _LINK.sub(r"\1", text)
    text = _STRUCK.sub(r"~~\1~~", text)
    text = _WORD.sub(lambda word: f"*{word[1]}*" if word[1] else f"**{word[2]}**", text)
    return text.replace("<", "&lt;")


def _cells(line: str) -> list[str]:
    inner = line.strip().strip("|")
    return [_inline(cell.strip().removeprefix("~")) for cell in inner.split("|")]


def _table(rows: list[list[str]], *, has_head: bool) -> Iterator[str]:
    """Yield the rows of a table; without a head, its columns have no names."""
    if rows:
        head = [] if has_head else [[""]]
        yield f"\n{markdown_table([*head, *rows], has_names=True)}\n"
