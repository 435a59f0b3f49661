"""Compare ways to read PDF files: words kept, tables, order, time and memory.

`python -m benchmarks.parsing.pdf FOLDER [--truth FOLDER] [--readers kotae pdfium] [--json FILE]`

Every reader runs in a process of its own. `mupdf` (AGPL, not a dependency) is only measured
against: install PyMuPDF elsewhere and put it on the path.
"""

import argparse
import json
import multiprocessing
import resource
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from multiprocessing.connection import Connection
from pathlib import Path

KEPT = 0.85
"""Share of the characters of MuPDF that a file must keep."""


def kotae(path: Path) -> str:
    from knowledge.parsing.parsers import parse

    text = list[str]()
    before: tuple[str, ...] = ()
    for section in parse(path.read_bytes(), path.name).sections:
        text += [heading for heading in section.headings if heading not in before]
        before = section.headings
        text.append(section.text)
    return "\n".join(text)


def pdfium(path: Path) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def pdfplumber(path: Path) -> str:
    import pdfplumber as library

    with library.open(path) as document:
        return "\n".join(page.extract_text() or "" for page in document.pages)


def pdfminer(path: Path) -> str:
    from pdfminer.high_level import extract_text

    return str(extract_text(path))


def pypdf(path: Path) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def mupdf(path: Path) -> str:
    import pymupdf

    with pymupdf.open(path) as document:
        return "\n".join(page.get_text() for page in document)


READERS: Mapping[str, Callable[[Path], str]] = {
    reader.__name__: reader for reader in (kotae, pdfium, pdfplumber, pdfminer, pypdf, mupdf)
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--truth", type=Path, help="Markdown of the same names (docling)")
    arguments.add_argument("--readers", nargs="+", default=list(READERS), choices=list(READERS))
    arguments.add_argument("--seconds", type=float, default=60, help="limit for one file")
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    files = sorted(given.folder.rglob("*.pdf"))
    results = {name: measured(name, files, given.seconds) for name in given.readers}
    if given.json:
        given.json.write_text(json.dumps(results), "utf-8")
    truth = truths(given.truth, files) if given.truth else {}
    report(results, truth)


def truths(folder: Path, files: Sequence[Path]) -> dict[str, str]:
    """Return the ground truth by the path of its PDF."""
    named = {path.stem: path.read_text("utf-8") for path in folder.glob("*.md")}
    return {str(path): named[path.stem] for path in files if path.stem in named}


def measured(name: str, files: Sequence[Path], seconds: float) -> dict[str, object]:
    """Return the texts by path, processor seconds and peak memory in MB of one reader."""
    context = multiprocessing.get_context("spawn")
    texts = dict[str, str]()
    busy = peak = 0.0
    remaining = list(map(str, files))
    while remaining:
        ours, theirs = context.Pipe()
        process = context.Process(target=_read_all, args=(name, remaining, theirs), daemon=True)
        process.start()
        theirs.close()
        try:
            while remaining and ours.poll(seconds):
                path, text, busy_now, memory = ours.recv()
                texts[path] = text
                busy += busy_now
                peak = max(peak, memory)
                remaining.remove(path)
        except EOFError:
            pass
        process.kill()
        process.join()
        if remaining:  # It crashed or hung at this file.
            texts[remaining.pop(0)] = ""
    return {"texts": texts, "seconds": busy, "megabytes": peak}


def _read_all(name: str, paths: Sequence[str], results: Connection) -> None:
    for path in list(paths):
        before = time.process_time()
        try:
            text = READERS[name](Path(path))
        except Exception:  # noqa: BLE001 - libraries raise anything for broken files
            text = ""
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        results.send((path, text, time.process_time() - before, memory))


def characters(text: str) -> Counter[str]:
    return Counter(filter(str.isalnum, unicodedata.normalize("NFKC", text)))


def words(text: str) -> list[str]:
    """Return words, and single characters of Japanese, in order."""
    spaced = "".join(
        f" {c} " if unicodedata.east_asian_width(c) in "WF" else c
        for c in unicodedata.normalize("NFKC", text).lower()
    )
    stripped = ("".join(filter(str.isalnum, word)) for word in spaced.split())
    return [word for word in stripped if word]


def kept(text: str, wanted: str) -> float:
    """Return the share of the characters of *wanted* that *text* has."""
    want, have = characters(wanted), characters(text)
    return sum(min(count, have[c]) for c, count in want.items()) / max(1, sum(want.values()))


def report(results: Mapping[str, Mapping[str, object]], truth: Mapping[str, str]) -> None:
    print("| reader | files ≥ 85 % of MuPDF | words of the truth | in order | CPU s | peak MB |")
    print("|---|---|---|---|---|---|")
    against = results.get("mupdf", {}).get("texts", {})
    assert isinstance(against, dict)
    with_text = {path: text for path, text in against.items() if characters(text)}
    for name, result in results.items():
        texts = result["texts"]
        assert isinstance(texts, dict)
        good = sum(kept(texts[path], text) >= KEPT for path, text in with_text.items())
        shares, orders = [], []
        for path, wanted in truth.items():
            want, have = words(wanted), words(texts[path])
            shares.append(_share(Counter(want), Counter(have)))
            matcher = SequenceMatcher(None, want, have, autojunk=False)
            orders.append(sum(block.size for block in matcher.get_matching_blocks()) / len(want))
        print(
            f"| {name} | {good} of {len(with_text)} | {_mean(shares)} | {_mean(orders)} "
            f"| {result['seconds']:.1f} | {result['megabytes']:.0f} |"
        )


def _share(want: Counter[str], have: Counter[str]) -> float:
    return sum(min(count, have[word]) for word, count in want.items()) / max(1, sum(want.values()))


def _mean(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.3f}" if values else "–"


if __name__ == "__main__":
    main()
