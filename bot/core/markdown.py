"""Tells code from text in Markdown, narrowly: only where every reading of the Markdown agrees.

Other programs read Markdown in their own ways. What they may take for text has to be made safe
like text, even if it looks like code here.
"""

import re
from collections.abc import Iterator, Sequence

CodeSpan = tuple[str, bool]
"""A piece of a block, and whether it is code."""

_FENCE = re.compile(r"(`{3,20})(?!.*`)")
_OTHER_FENCE = re.compile(r"^(?!`{3,20}(?!.*`)).*?(?:`{3}|~{3})")
_CLOSING = re.compile(r" {0,3}(`+)\s*")
_TICKS = re.compile(r"`+")
_DOUBT = re.compile(r"[\n|]")


def blocks(markdown: str) -> Iterator[Sequence[CodeSpan]]:
    """Yield the paragraphs and the lines of code blocks; joined by line ends they are the text.

    After a fence that is not at the beginning of its line (in a list, in a quotation) parsers
    disagree on where code begins and ends, so from there on nothing counts as code.
    """
    opening = ""
    paragraph: list[str] = []
    lines = markdown.split("\n")
    for number, line in enumerate(lines):
        if opening:
            yield [(line, True)]
            opening = "" if closes(opening, line) else opening
        elif _OTHER_FENCE.search(line):
            yield [("\n".join([*paragraph, *lines[number:]]), False)]
            return
        elif line.strip() and not _FENCE.match(line):
            paragraph.append(line)
        else:
            if paragraph:
                yield code_spans("\n".join(paragraph))
            yield [(line, True)]
            opening, paragraph = line.strip() and line, []
    if paragraph:
        yield code_spans("\n".join(paragraph))


def code_spans(paragraph: str) -> Sequence[CodeSpan]:
    """Cut a paragraph at its code spans; it is all text where there is any doubt about one."""
    if "\\`" in paragraph:
        return [(paragraph, False)]
    runs = list(_TICKS.finditer(paragraph))
    following, last = [0] * len(runs), dict[int, int]()
    for number in range(len(runs) - 1, -1, -1):
        length = len(runs[number][0])
        following[number] = last.get(length, 0)
        last[length] = number
    spans, end, number = list[CodeSpan](), 0, 0
    while number < len(runs):
        closing = following[number]
        if closing:
            begin, until = runs[number].start(), runs[closing].end()
            code = paragraph[begin:until]
            if _DOUBT.search(code):
                return [(paragraph, False)]
            spans += [(paragraph[end:begin], False), (code, True)]
            end, number = until, closing
        number += 1
    return [*spans, (paragraph[end:], False)]


def open_fence(markdown: str) -> str:
    """Return the line that opened the code block in which *markdown* ends, or ""."""
    opening = ""
    for line in markdown.split("\n"):
        if not opening:
            opening = line if _FENCE.match(line) else ""
        elif closes(opening, line):
            opening = ""
    return opening


def closes(opening: str, line: str) -> bool:
    """Tell whether *line* ends the code block that the line *opening* began."""
    begun, ended = _FENCE.match(opening), _CLOSING.fullmatch(line)
    return bool(begun and ended and len(ended[1]) >= len(begun[1]))
