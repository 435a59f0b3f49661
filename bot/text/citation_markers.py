"""Citation markers in an answer: `[1]`, and the other forms that models write."""

import re
from collections.abc import Callable, Container, Iterable, Sequence

_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]+`)", re.DOTALL)
_JOINT = r"\s*(?:[,，、;；・&-]|[–—~〜～]|and|と)\s*"
_MARK = re.compile(
    rf"""
    (?P<space> (?<![^\S\n]) [^\S\n]*+ )    # a run of spaces is tried from its beginning only
    [\[［【] \s*
    (?P<numbers> \d{{1,3}} (?:{_JOINT} \d{{1,3}})* ) \s*
    (?: † [^\[\]［］【】\n]* )?                  # a vendor's own suffix
    [\]］】]
    (?: \( [^()\s]* \) )?                  # a link on the mark: ours comes from the citation
    """,
    re.VERBOSE,
)
_PIECE = re.compile(r"(\d+)(?:\s*[–—~〜～-]\s*(\d+))?")
_CANONICAL = re.compile(r"\[([0-9]{1,3})\]")
_RUN = re.compile(r"(?:\[[0-9]{1,3}\]){2,}")
_STRIPPED = re.compile(r"(?<![^\S\n])[^\S\n]*+\[[0-9]{1,3}\]")
_LAST = re.compile(r"(?<!\])((?:\[[0-9]{1,3}\])++)[.。]?\Z")
_BRACKETS = str.maketrans("", "", "[［【]］】")
_MOST_PASSES = 8
"""Markers nested more deeply are nobody's citations."""


def normalised(text: str, known: Container[int]) -> str:
    """Return *text* with its markers as `[1][2]`, without numbers that are not in *known*.

    Code is left alone. The result is a fixed point.
    """
    for _ in range(_MOST_PASSES):
        if (changed := _outside_code(text, lambda part: _rewritten(part, known))) == text:
            return text
        text = changed
    return _outside_code(text, lambda part: part.translate(_BRACKETS))


def numbers_in(text: str) -> list[int]:
    """Return the numbers of normalised *text*, each once, by first use."""
    found = dict[int, None]()
    for part in _CODE.split(text)[::2]:
        found |= dict.fromkeys(map(int, _CANONICAL.findall(part)))
    return list(found)


def bracketless(text: str) -> str:
    """Return *text* without brackets of its own that could be read as markers."""
    return _MARK.sub("", text)


def unknown_in(text: str, known: Container[int]) -> int:
    """Count the numbers in the markers of *text* that are not in *known*."""
    return sum(
        number not in known
        for part in _CODE.split(text)[::2]
        for mark in _MARK.finditer(part)
        for number in _numbers(mark["numbers"])
    )


def renumbered(text: str, order: Sequence[int]) -> str:
    """Return normalised *text* with each number replaced by its place in *order*, from 1."""
    places = {old: new for new, old in enumerate(order, 1)}
    return _outside_code(
        text, lambda part: _CANONICAL.sub(lambda mark: f"[{places[int(mark[1])]}]", part)
    )


def stripped(text: str) -> str:
    """Return normalised *text* without its markers."""
    return _outside_code(text, lambda part: _STRIPPED.sub("", part))


def in_cells(text: str) -> str:
    """Return normalised *text* with the marks behind a row of a table in its last cell."""
    return _outside_code(text, lambda part: "\n".join(map(_in_cell, part.split("\n"))))


def _in_cell(line: str) -> str:
    if not line.lstrip().startswith("|") or not (marks := _LAST.search(line.rstrip())):
        return line
    row = line[: marks.start()].rstrip()
    return f"{row[:-1].rstrip()} {marks[1]} |" if row.endswith("|") and row != "|" else line


def _rewritten(part: str, known: Container[int]) -> str:
    def rewrite(mark: re.Match[str]) -> str:
        numbers = [number for number in _numbers(mark["numbers"]) if number in known]
        return mark["space"] + _written(numbers) if numbers else ""

    once = _MARK.sub(rewrite, part)
    return _RUN.sub(lambda run: _written(map(int, _CANONICAL.findall(run[0]))), once)


def _written(numbers: Iterable[int]) -> str:
    return "".join(f"[{number}]" for number in dict.fromkeys(numbers))


def _numbers(written: str) -> list[int]:
    numbers = list[int]()
    for first, last in _PIECE.findall(written):
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    parts = _CODE.split(text)
    parts[::2] = map(change, parts[::2])
    return "".join(parts)
