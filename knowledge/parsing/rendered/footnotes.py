"""Puts notes below what they are to, wherever the source has them."""

import re
from collections.abc import Iterator, Sequence

_DEFINITION = re.compile(r" {0,3}\[\^([^\[\]\s]{1,60})\]:[ \t]*(.*)")
_REFERENCE = re.compile(r"\[\^([^\[\]\s]{1,60})\](?!:)")


def with_notes(pieces: Sequence[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    """Yield the pieces, text and whether it is code, each note below the first block that names it.

    Marks of notes go. A note that nothing names stays where it is.
    """
    everything = "".join(text for text, code in pieces if not code)
    named = set(_REFERENCE.findall(everything)) if "[^" in everything else set()
    if not named:
        yield from pieces
        return
    notes = dict[str, str]()
    kept = [(text if code else _taken(text, named, notes), code) for text, code in pieces]
    known = frozenset(notes)
    for text, code in kept:
        yield (text, code) if code else (_placed(text, notes, known), code)


def joined(lines: Sequence[str]) -> Iterator[str]:
    """Yield *lines* with each note in one line: its indented lines would be read as code."""
    note, blanks = "", list[str]()
    for line in lines:
        indented = line.startswith(("  ", "\t")) and not line.lstrip().startswith(("```", "~~~"))
        if note and indented:
            note, blanks = f"{note} {line.strip()}", []
            continue
        if note and not line.strip():
            blanks.append(line)
            continue
        if note:
            yield note
        yield from blanks
        note, blanks = (line, []) if _DEFINITION.fullmatch(line) else ("", [])
        if not note:
            yield line
    if note:
        yield note
    yield from blanks


def _taken(text: str, named: set[str], notes: dict[str, str]) -> str:
    """Move the notes of *text* that something names into *notes*; return the rest."""
    kept = list[str]()
    for line in text.split("\n"):
        definition = _DEFINITION.fullmatch(line)
        if definition and definition[1] in named:
            notes.setdefault(definition[1], definition[2].strip())
        else:
            kept.append(line)
    return "\n".join(kept)


def _placed(text: str, notes: dict[str, str], known: frozenset[str]) -> str:
    """Return *text* without marks of *known* notes, and each of *notes* below its first mark."""

    def unmarked(mark: re.Match[str]) -> str:
        return "" if mark[1] in known else mark[0]

    lines, waiting = list[str](), list[str]()
    for line in [*text.split("\n"), ""]:
        if not line.strip() and waiting:
            lines += ["", "\n\n".join(waiting)]
            waiting = []
        if "[^" in line:
            named = dict.fromkeys(_REFERENCE.findall(line))
            waiting += [note for mark in named if (note := notes.pop(mark, ""))]
            line = _REFERENCE.sub(unmarked, line)  # noqa: PLW2901
        lines.append(line)
    return "\n".join(lines[:-1])
