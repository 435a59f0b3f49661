"""Reads what people say around a subject: a file of this folder for each language."""

import re
from functools import cache
from importlib.resources import files

_SECTION = re.compile(r"\[(\w+)\]")


@cache
def words_in(language: str, section: str) -> frozenset[str]:
    """Return the words of *section* of the file of *language*."""
    return frozenset(" ".join(lines_in(language, section)).split())


@cache
def lines_in(language: str, section: str) -> tuple[str, ...]:
    """Return the lines of *section* of the file of *language*."""
    return tuple(_sections(language)[section])


@cache
def _sections(language: str) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    section = ""
    text = (files(__package__) / f"{language}.txt").read_text("utf-8")
    for line in filter(None, map(str.strip, text.splitlines())):
        if heading := _SECTION.fullmatch(line):
            section = heading[1]
        elif not line.startswith("#"):
            sections.setdefault(section, []).append(line)
    return sections
