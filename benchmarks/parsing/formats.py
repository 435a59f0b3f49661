"""Reads every file of a folder by its format: how many are read, words kept, headings, seconds.

    python -m benchmarks.parsing.formats FOLDER [.rst .adoc …]

Words are those of the file's own text, without markup, for formats that are text; each word counts
once. A word of markup or of a comment counts as lost, so that only the same format compares.
"""

import re
import sys
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from knowledge.model.errors import ParseError
from knowledge.parsing.decoder import decode
from knowledge.parsing.parsers import PARSERS, parse

WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(slots=True)
class Row:
    """The sums of one format."""

    files: int = 0
    read: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    headings: int = 0
    words: int = 0
    kept: int = 0


def measure(file: Path, row: Row) -> None:
    """Read *file* and add what was found to *row*."""
    data = file.read_bytes()
    row.files += 1
    started = time.perf_counter()
    with suppress(ParseError):
        parsed = parse(data, file.name)
        row.read += 1
        row.headings += sum(bool(section.headings) for section in parsed.sections)
        shown = " ".join(" ".join((*part.headings, part.text)) for part in parsed.sections)
        with suppress(ParseError):
            words = set(WORD.findall(decode(data)))
            row.words += len(words)
            row.kept += len(words & set(WORD.findall(f"{parsed.title} {shown}")))
    taken = time.perf_counter() - started
    row.seconds += taken
    row.longest = max(row.longest, taken)


def main() -> None:
    """Print one line for each format."""
    folder, *suffixes = sys.argv[1:]
    rows: dict[str, Row] = defaultdict(Row)
    for file in sorted(Path(folder).rglob("*")):
        suffix = file.suffix.lower()
        if suffix in (suffixes or PARSERS) and file.is_file():
            measure(file, rows[suffix])
    print(f"{'format':12}{'files':>7}{'read':>7}{'headings':>10}{'words kept':>12}{'s/file':>8}")
    for suffix, row in sorted(rows.items()):
        kept = f"{row.kept / row.words:.3f}" if row.words else "-"
        speed = row.seconds / row.files
        print(f"{suffix:12}{row.files:7}{row.read:7}{row.headings:10}{kept:>12}{speed:8.3f}")


if __name__ == "__main__":
    main()
