"""Splits a long Markdown text into messages, between paragraphs where it can."""

import re

from bot.core.markdown import closes, open_fence

LIMIT = 9_000
"""UTF-8 bytes of Markdown in one message: Slack refuses somewhere near 10,600 (measured by many,
documented nowhere), and Japanese has three bytes a character."""

_BORDERS = tuple(map(re.compile, (r"\n\s*\n", r"\n", r"[。！？]|[.!?](?=\s)", r"\s")))
_LONGEST_FENCE = 40


def one_line(text: str, longest: int = 200) -> str:
    """Return *text* in one line of at most *longest* characters; a cut is marked."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def split(markdown: str, limit: int = LIMIT) -> list[str]:
    """Cut *markdown* into parts of at most *limit* bytes; code blocks are closed and opened again.

    A part ends at a paragraph, else at a line, a sentence, a word; only an endless word is cut.
    """
    parts = []
    rest = _closed(markdown.strip("\n"))
    while len(rest.encode()) > limit:
        head, rest = _cut(rest, limit)
        parts.append(head)
    return [part for part in (*parts, rest) if part.strip()]


def _cut(text: str, limit: int) -> tuple[str, str]:
    window = text.encode()[: limit - _LONGEST_FENCE].decode(errors="ignore")
    end = _border(window)
    head, rest = text[:end].rstrip(), text[end:].lstrip("\n")
    opening = open_fence(head)
    if not opening:
        return head, rest
    mark = _mark(opening)
    first, _, following = rest.partition("\n")
    if closes(opening, first):
        return f"{head}\n{mark}", following.lstrip("\n")
    short = opening if len(opening.encode()) <= _LONGEST_FENCE else mark
    return f"{head}\n{mark}", f"{short}\n{rest}"


def _border(window: str) -> int:
    """Return where to cut: after the last border of the best kind in the second half."""
    for border in _BORDERS:
        ends = [match.end() for match in border.finditer(window, len(window) // 2)]
        if ends:
            return ends[-1]
    return len(window)


def _closed(markdown: str) -> str:
    opening = open_fence(markdown)
    return f"{markdown}\n{_mark(opening)}" if opening else markdown


def _mark(opening: str) -> str:
    return opening[: len(opening) - len(opening.lstrip("`"))]
