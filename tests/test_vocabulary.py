"""One word, one meaning: retired words stay away, and the glossary explains what replaced them."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RETIRED = dict(
    line.split("\t")
    for line in (ROOT / "tests/data/retired_words.txt").read_text(encoding="utf-8").splitlines()
)
GLOSSARY = (ROOT / "docs/reference/glossary.md").read_text(encoding="utf-8")

_FOLDERS = ("bot", "knowledge", "tests", "benchmarks", "docs", "examples")
_TEXTS = {".py", ".lua", ".md", ".toml", ".js", ".html", ".css", ".yml"}
_SETTINGS = re.compile(r"handover_(?:days|reminders)", re.IGNORECASE)
_ELSEWHERE = (
    *("knowledge/samples/", "knowledge/text/phrases/", "benchmarks/answers/phrasings.py"),
    "benchmarks/answers/frames.py",
    *("tests/data/", "docs/decisions/", "tests/test_vocabulary.py"),
)
"""Other people's words: sample documents, what askers say, data, and records of decisions."""


@cache
def _texts() -> dict[str, list[str]]:
    """Return the lines of every file that people read or write, by its name."""
    below = (path for folder in _FOLDERS for path in (ROOT / folder).rglob("*"))
    top = [*ROOT.glob("*.md"), *ROOT.glob("*.toml"), *ROOT.glob(".github/*/*.yml")]
    top += [ROOT / name for name in (".env.example", ".ci/run", ".ci/docs", "justfile", "Procfile")]
    names = [
        path.relative_to(ROOT).as_posix()
        for path in [*top, *below]
        if path in top or path.suffix in _TEXTS
    ]
    return {
        name: (ROOT / name).read_text(encoding="utf-8").splitlines()
        for name in sorted(names)
        if not name.startswith(_ELSEWHERE)
    }


@pytest.mark.parametrize("pattern", RETIRED)
def test_a_retired_word_does_not_come_back(pattern: str) -> None:
    """Code, commands, messages and documents use the word of the glossary."""
    retired = re.compile(pattern)
    found = [
        f"{name}:{number}: {line.strip()}"
        for name, lines in _texts().items()
        for number, line in enumerate([name, *lines])
        if retired.search(line) or retired.search(_SETTINGS.sub("", line).replace("_", " "))
    ]

    assert found == [], f"write “{RETIRED[pattern]}”"


def test_each_term_is_defined_once_in_both_languages() -> None:
    """Every row of the glossary has an English term, a Japanese one and a meaning."""
    rows = [line.split("|")[1:-1] for line in GLOSSARY.splitlines() if line.startswith("| ")]
    terms = [row[0].strip() for row in rows if row[0].strip() != "term"]

    assert all(len(row) == 3 and all(cell.strip() for cell in row) for row in rows)
    assert len(terms) == len(set(terms))


def test_the_glossary_defines_what_replaced_a_retired_word() -> None:
    """A replacement that is no command is a term of the glossary."""
    words = {word for names in RETIRED.values() for word in names.split(", ")}
    missing = [word for word in words if not word.startswith("kotae ") and word not in GLOSSARY]

    assert missing == []
