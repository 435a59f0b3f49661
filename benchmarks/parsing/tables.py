"""Compares readers of tables and slides on files whose right text is known.

    python -m benchmarks.parsing.tables DOCLING/tests/data [more files or folders]

For a file `X` beside which docling keeps `groundtruth/X.md`, it prints the share of its words that
a reader keeps, and how well their order agrees. For all files it prints processor seconds, memory,
and those that a reader refuses.
"""

import difflib
import io
import json
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from knowledge.parsing.parsers import parse
from knowledge.parsing.parsers.pptx import PptxParser
from knowledge.parsing.parsers.xlsx import XlsxParser
from knowledge.parsing.tables import markdown_table

_WORD = re.compile(r"\w+")
_ADDED = re.compile(
    r"<!--.*?-->|^(?:Bar|Line|Pie|Scatter|Other) chart$|\[author: .*?\]:", re.MULTILINE
)
"""What docling writes and no file holds: its marks for pictures, charts and comments."""

_COMMENT = re.compile(r"^\[author: .*", re.MULTILINE)
_SUFFIXES = (
    *(".xlsx", ".xlsm", ".xltx", ".xlsb", ".xls", ".ods", ".csv", ".tsv"),
    *(".pptx", ".pptm", ".ppsx", ".potx", ".odp"),
)
_WITH_HIDDEN = "kotae, with hidden"
_SECONDS = 120
_MEMORY = 4 * 1024**3


def _kotae(data: bytes, name: str) -> str:
    parsed = parse(data, name)
    return "\n".join("\n".join((*one.headings, one.text)) for one in parsed.sections)


def _kotae_with_hidden(data: bytes, name: str) -> str:
    """Read comments and hidden content, too, as docling does."""
    parsers = (XlsxParser(include_hidden=True), PptxParser(include_hidden=True))
    for parser in parsers:
        if Path(name).suffix in parser.suffixes:
            sections = parser.parse(data, name).sections
            return "\n".join("\n".join((*one.headings, one.text)) for one in sections)
    return _kotae(data, name)


def _openpyxl(data: bytes, _: str) -> str:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    texts = []
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        texts += [sheet.title, markdown_table(sheet.iter_rows(values_only=True))]
    return "\n".join(texts)


def _calamine(data: bytes, _: str) -> str:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    texts = []
    for sheet in book.sheet_names:
        texts += [sheet, markdown_table(book.get_sheet_by_name(sheet).iter_rows())]
    return "\n".join(texts)


def _python_pptx(data: bytes, _: str) -> str:
    from pptx import Presentation

    texts = []
    for slide in Presentation(io.BytesIO(data)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                texts.append(shape.text_frame.text)
            elif shape.has_table:
                texts += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(texts)


_READERS: dict[str, tuple[tuple[str, ...], Callable[[bytes, str], str]]] = {
    "kotae": (_SUFFIXES, _kotae),
    _WITH_HIDDEN: ((".xlsx", ".pptx"), _kotae_with_hidden),
    "openpyxl": ((".xlsx", ".xlsm", ".xltx"), _openpyxl),
    "calamine": ((".xlsx", ".xlsm", ".xltx", ".xlsb", ".xls", ".ods"), _calamine),
    "python-pptx": ((".pptx", ".pptm", ".ppsx", ".potx"), _python_pptx),
}


def words(text: str, *, comments: bool = True) -> list[str]:
    """Return the words of a text; `0:00` and `00:00` are the same.

    Args:
        text: Markdown, of ours or of docling.
        comments: Whether comments belong to it.
    """
    text = _ADDED.sub("", text if comments else _COMMENT.sub("", text)).replace("\\", "")
    return [word.lstrip("0") or "0" for word in _WORD.findall(text.lower())]


def kept(right: list[str], read: list[str]) -> float:
    """Return the share of the *right* words that were *read*, each as often as it occurs."""
    found = Counter(right) & Counter(read)
    return found.total() / len(right) if right else 1.0


def order(right: list[str], read: list[str]) -> float:
    """Return how well the order of words agrees, 0..1."""
    return difflib.SequenceMatcher(None, right[:3000], read[:3000], autojunk=False).ratio()


def _measure(reader: str, path: Path) -> None:
    """Read one file in this process; print text, processor seconds and megabytes."""
    data = path.read_bytes()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    text = _READERS[reader][1](data, path.name)
    seconds = time.process_time() - began
    megabytes = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(json.dumps({"text": text, "seconds": seconds, "megabytes": megabytes}))


def _run(reader: str, path: Path) -> dict[str, object]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.parsing.tables", "--one", reader]
    try:
        done = subprocess.run(
            [*command, str(path)], capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        return {"refused": f"longer than {_SECONDS} s"}
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return {"refused": lines[-1][:100] if lines else f"ended with {done.returncode}"}
    found: dict[str, object] = json.loads(done.stdout)
    return found


def _files(places: list[str]) -> Iterator[Path]:
    for place in map(Path, places):
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        yield from (
            path for path in found if path.suffix in _SUFFIXES and "groundtruth" not in path.parts
        )


def _main(places: list[str]) -> None:
    totals: dict[tuple[str, str], list[float]] = {}
    for path in _files(places):
        truth = path.parent.parent / "groundtruth" / f"{path.name}.md"
        for reader, (suffixes, _) in _READERS.items():
            if path.suffix not in suffixes:
                continue
            comments = reader == _WITH_HIDDEN
            right = words(truth.read_text("utf-8"), comments=comments) if truth.exists() else None
            result = _run(reader, path)
            shown = f"{path.name[:44]:44} {reader:18}"
            if "refused" in result:
                print(shown, "refused:", result["refused"])
                share = 0.0
            else:
                read = words(str(result["text"]))
                share = kept(right, read) if right is not None else -1.0
                agrees = order(right, read) if right is not None else -1.0
                print(
                    f"{shown} words {share:5.2f} order {agrees:5.2f} {len(read):7} words "
                    f"{result['seconds']:6.2f} s {result['megabytes']:5.0f} MB"
                )
            if right is not None:
                totals.setdefault((path.suffix, reader), []).append(share)
    for (suffix, reader), shares in sorted(totals.items()):
        good = sum(share >= 0.95 for share in shares)
        print(f"{suffix:6} {reader:18} {good} of {len(shares)} files keep 95 % of the words")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        _measure(sys.argv[2], Path(sys.argv[3]))
    else:
        _main(sys.argv[1:])
