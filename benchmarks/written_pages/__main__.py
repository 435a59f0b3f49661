"""Compares what is read of docling's test files with docling's own record of them.

`python -m benchmarks.written_pages DOCLING [--formats docx html] [--peers]`
DOCLING is a checkout of its repository. `--peers` needs mammoth (benchmarks/requirements.txt).
"""

import argparse
import html
import io
import re
import resource
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from knowledge.model.errors import ParseError
from knowledge.parsing.html_markdown import markdown_of, parse_html
from knowledge.parsing.pandoc import convert
from knowledge.parsing.parsers import parse

GOAL = 0.95
Reader = Callable[[bytes, str], str]


def kotae(data: bytes, name: str) -> str:
    """Return what Kotae reads, as Markdown."""
    try:
        parsed = parse(data, name)
    except ParseError:
        return ""
    lines, above = [parsed.title], tuple[str, ...]()
    for section in parsed.sections:
        for level, heading in enumerate(section.headings, 1):
            if section.headings[:level] != above[:level]:
                lines.append(f"{'#' * level} {heading}")
        above = section.headings
        lines.append(section.text)
    return "\n\n".join(lines)


def pandoc(data: bytes, name: str) -> str:
    """Return what pandoc reads of a file as it is, by our converter."""
    return markdown_of(convert(data, Path(name).suffix[1:]).root)


def mammoth(data: bytes, _: str) -> str:
    """Return what mammoth reads of a Word file, by our converter."""
    import mammoth as library

    no_images = library.images.img_element(lambda _: {"src": ""})
    return markdown_of(
        parse_html(library.convert_to_html(io.BytesIO(data), convert_image=no_images).value)
    )


def words(text: str) -> list[str]:
    """Return the words and numbers of Markdown, without addresses and boxes to tick."""
    text = unicodedata.normalize("NFKC", html.unescape(text)).replace("\\_", "_")
    text = re.sub(r"<!--.*?-->|- \[[x ]\] |\]\([^)\s]*\)", " ", text)
    return re.findall(r"[^\W\d_]+|\d+", text)


def share(wanted: list[object], found: list[object]) -> float:
    """Return the share of *wanted* in *found*, each counted as often as it stands."""
    left = Counter(wanted) & Counter(found)
    return left.total() / len(wanted) if wanted else 1.0


def parts(text: str) -> Iterator[list[object]]:
    """Yield the words, the pairs of neighbours, the headings and the rows of tables."""
    all_words = words(text)
    lines = text.split("\n")
    yield list(all_words)
    yield list(pairwise(all_words))
    yield [" ".join(words(line)) for line in lines if line.startswith("#")]
    rows = ([" ".join(words(cell)) for cell in line.split("|")] for line in lines if "|" in line)
    yield [tuple(filter(None, row)) for row in rows if any(row)]


def used() -> float:
    """Return the seconds of processor time of this process and of those that it started."""
    times = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in times)


def measure(name: str, reader: Reader, folder: Path, suffix: str) -> None:
    """Print a row of the table, and the files below the goal."""
    totals, below, files = [0.0] * 4, list[str](), 0
    before = used()
    for file in sorted((folder / "sources").glob(f"*.{suffix}")):
        record = folder / "groundtruth" / f"{file.name}.md"
        if not record.exists():
            continue
        files += 1
        try:
            read = reader(file.read_bytes(), file.name)
        except (ParseError, subprocess.SubprocessError):
            read = ""
        pairs = zip(parts(record.read_text("utf-8")), parts(read), strict=True)
        shares = [share(wanted, found) for wanted, found in pairs]
        totals = [total + one for total, one in zip(totals, shares, strict=True)]
        if shares[0] < GOAL:
            below.append(f"{file.name} {shares[0]:.2f}")
    means = " | ".join(f"{total / max(files, 1):.3f}" for total in totals)
    memory = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(
        f"| {suffix}, {name} | {files - len(below)} of {files} | {means} |"
        f" {used() - before:.1f} s | {memory // 1024} MB |"
    )
    print(f"  below: {', '.join(below) or 'none'}")


def main() -> None:
    """Measure the chosen formats."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("docling", type=Path)
    parser.add_argument("--formats", nargs="*", default=["docx", "html"])
    parser.add_argument("--peers", action="store_true")
    arguments = parser.parse_args()
    print("| reader | words ≥ 0.95 | words | order | headings | rows | CPU | peak memory |")
    for suffix in arguments.formats:
        folder = arguments.docling / "tests" / "data" / suffix
        readers: dict[str, Reader] = {"Kotae": kotae}
        if arguments.peers:
            readers["pandoc alone"] = pandoc
            if suffix == "docx":
                readers["mammoth"] = mammoth
        for name, reader in readers.items():
            measure(name, reader, folder, suffix)


if __name__ == "__main__":
    main()
