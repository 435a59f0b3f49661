"""The marks of blocks that readers do not see: admonitions, tabs, imports, attribute lists."""

import re
from collections.abc import Iterator

from knowledge.parsing.rendered.footnotes import joined

_FENCE = re.compile(r"[ \t>]{0,40}(`{3,}|~{3,})(.*)")
_INDENTED_BLOCK = re.compile(r"([ \t]{0,40})(?:!!!|\?\?\?\+?|===)!?\+?[ \t]+(\S.*)")
_QUOTED = re.compile(r"\"([^\"]*)\"")
_DIRECTIVE = re.compile(
    r"\{(?:admonition|note|tip|important|warning|caution|danger|hint|attention|error|seealso"
    r"|dropdown|card|tab-item|tab-set|grid|details)\}[ \t]*(.*)"
)
_LONGEST_DIRECTIVE = 500
"""Lines after which a directive is taken to have no end."""

_COLONS = re.compile(r"([ \t>]{0,40}):{3,}[ \t]*(\S.*)?")
_ALERT = re.compile(r"([ \t]{0,20}>[ \t>]{0,20})\[![\w|-]{1,40}\][+-]?[ \t]*(.*)")
_BRACED = re.compile(r"\{[^{}]{0,300}\}")
_TITLE_IN_BRACES = re.compile(r"title=\"([^\"]{0,200})\"")
_LABEL = re.compile(r"\[([^\[\]]{1,300})\]")
_NO_TITLES = frozenset({"info", "warn", "alert", "open", "closed", "collapse"})
"""What Zenn and Qiita write behind the kind of an admonition."""

_MARK_LINE = re.compile(
    r"\s*(?:\{:.{0,300}\}|\[(?:TOC|_TOC_)\]|@\[toc\].{0,80}|\$\{toc\}|-{2,}8<-{2,}.{0,300}|>>>.{0,80})\s*",
    re.IGNORECASE,
)
_COMMENT_LINE = re.compile(
    r"[ ]{0,3}\[(?://|comment|_?#)\]:[ \t]*(?:<>|\#)[ \t]*([(\"'].{0,5000}[)\"'])[ \t]*",
    re.IGNORECASE,
)
_IMPORT = re.compile(
    r"import\s(?:[\w*{},$ \t-]{1,500}\sfrom\s+)?(?:\"[^\"]{1,500}\"|'[^']{1,500}')\s*;?\s*"
)
_EXPORT = re.compile(r"export\s+(?:const|let|var|function|default|async|class)\s")
_LONGEST_STATEMENT = 200
"""Lines of an `export` or of an expression; what is longer is text."""

_ITEM = re.compile(r"[ \t]*(?:[-*+・•]|\(?\d{1,3}[.)])[ \t]")
_MANY_LINES = re.compile(r"\n{3,}")
_STATEMENT = re.compile(r"\{(?!/\*)")


def prepared(source: str, *, mdx: bool) -> str:
    """Return *source* with admonitions unindented, without imports, and with notes in one line.

    What hides in an indented admonition, `!!! note`, would otherwise be read as code.
    """
    lines = list(_unindented(source.split("\n")))
    return "\n".join(joined(list(_without_statements(lines, mdx=mdx))))


def without_block_marks(text: str, *, include_hidden: bool) -> str:
    """Return *text*, which has no code, without the lines that are marks only."""
    lines = (_unmarked(line, include_hidden=include_hidden) for line in text.split("\n"))
    kept = [line for line in lines if line is not None]
    return _MANY_LINES.sub("\n\n", "\n".join(_flush_left(kept)))


def _unmarked(line: str, *, include_hidden: bool) -> str | None:
    """Return what is seen of a line, None if it is a mark only."""
    if _MARK_LINE.fullmatch(line):
        return None
    if comment := _COMMENT_LINE.fullmatch(line):
        return comment[1][1:-1] if include_hidden else None
    if colons := _COLONS.fullmatch(line):
        title = _title_of_colons(colons[2] or "")
        return f"{colons[1]}\n{colons[1]}**{title}**\n{colons[1]}" if title else colons[1].rstrip()
    if alert := _ALERT.fullmatch(line):
        title = alert[2].strip()
        return f"{alert[1]}**{title}**  " if title else None
    return line if line.strip() else ""


def _title_of_colons(info: str) -> str:
    """Return the title in what follows `:::`: `tip Title`, `note[Title]`, `{.note title="x"}`."""
    braced = _TITLE_IN_BRACES.search(info)
    label = _LABEL.search(info)
    if braced or label:
        return (braced or label)[1].strip()  # type: ignore[index]
    said = _BRACED.sub(" ", info).split(maxsplit=1)
    title = said[1].strip().strip("\"':") if len(said) > 1 else ""
    return "" if title in _NO_TITLES else title


def _unindented(lines: list[str]) -> Iterator[str]:
    """Yield the lines with the content of `!!! note "Title"` moved to the left.

    Directives, which are written like code, become admonitions as others write them.
    """
    fence, directives, indents = "", list[tuple[str, int]](), list[int]()
    for number, source in enumerate(lines):
        width = len(source) - len(source.lstrip(" "))
        while indents and source.strip() and width < indents[-1]:
            indents.pop()
        while directives and number > directives[-1][1]:
            directives.pop()
        line = source[indents[-1] if indents else 0 :] if source.strip() else ""
        marks = _FENCE.fullmatch(line)
        if fence:
            closes = marks and marks[1].startswith(fence) and not marks[2].strip()
            fence = "" if closes else fence
            yield line
        elif marks and (directive := _DIRECTIVE.fullmatch(marks[2])):
            directives.append((marks[1], number + _LONGEST_DIRECTIVE))
            yield f":::x {directive[1]}"
        elif marks and directives and marks[1] == directives[-1][0] and not marks[2].strip():
            directives.pop()
            yield ":::"
        elif marks:
            fence = marks[1]
            yield line
        elif (block := _INDENTED_BLOCK.fullmatch(line)) and _is_indented(lines, number, width):
            indents.append(width + 4)
            title = _QUOTED.search(block[2])
            yield f"\n**{title[1]}**\n" if title and title[1].strip() else ""
        else:
            yield line


def _is_indented(lines: list[str], number: int, width: int) -> bool:
    """Tell whether the next line with text is the content of the block above it."""
    for line in lines[number + 1 : number + 4]:
        if line.strip():
            return len(line) - len(line.lstrip(" ")) >= width + 4
    return False


def _without_statements(lines: list[str], *, mdx: bool) -> Iterator[str]:
    """Yield the lines without imports, exports and expressions that stand between paragraphs."""
    fence, blank, number = "", True, 0
    while number < len(lines):
        line = lines[number]
        marks = _FENCE.fullmatch(line)
        if marks and (not fence or (marks[1].startswith(fence) and not marks[2].strip())):
            fence = "" if fence else marks[1]
        elif not fence and (blank or (mdx and line.startswith("{"))):
            end = _statement_end(lines, number, mdx=mdx)
            if end > number:
                number = end
                continue
        blank = not line.strip()
        yield line
        number += 1


def _statement_end(lines: list[str], number: int, *, mdx: bool) -> int:
    line = lines[number]
    if _IMPORT.fullmatch(line):
        return number + 1
    is_import = mdx and line.startswith("import ") and "{" in line
    is_expression = mdx and _STATEMENT.match(line) and not line.startswith("{#")
    if not (is_import or is_expression or _EXPORT.match(line)):
        return number
    depth = 0
    for place in range(number, min(len(lines), number + _LONGEST_STATEMENT)):
        depth += sum(map(lines[place].count, "{[(")) - sum(map(lines[place].count, "}])"))
        if depth <= 0 and (not is_import or "from" in lines[place]):
            return place + 1
    return number


def _flush_left(lines: list[str]) -> Iterator[str]:
    """Yield the lines; what is indented like code and is none, and no list, moves to the left."""
    in_list = False
    for line in lines:
        if _ITEM.match(line):
            in_list = True
        elif line and not line[0].isspace():
            in_list = False
        indented = line.startswith(("    ", "\t")) and not in_list
        yield line.lstrip() if indented else line
