"""Finds what is suspicious about the text of a file, before it is cleaned for the index."""

import io
import re
import zipfile

from knowledge.model.types import ParsedFile

CONTROL = 2
"""Percent of control characters and of letters without a code from which a text is no language."""

KEPT = 40
"""Percent of the words in the file below which much of it was not read."""

_FEWEST = 200
"""Characters of a file below which shares say nothing."""

_REPLACED = 3
_LONGEST = 50_000_000
"""Bytes of a file that are compared, after unpacking."""

_NO_LETTER = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ue000-\uf8ff]")
_LETTER = re.compile(r"[^\W_]")
_ALPHANUMERIC = re.compile(r"[^\W_]+")
_TAG = re.compile(r"<[^<>]*>")
_ZIPPED = {
    ".docx": re.compile(r"word/document\.xml"),
    ".pptx": re.compile(r"ppt/slides/slide\d+\.xml"),
}
_PLAIN = frozenset({".md", ".markdown", ".mdx", ".txt", ".text", ".csv", ".tsv"})


def doubts(data: bytes, suffix: str, parsed: ParsedFile) -> dict[str, int]:
    """Return what is suspicious about *parsed*, the text of *data*; empty for nothing.

    Returns:
        `control`: percent of its characters that are in no language; `replaced`: number of
        characters that could not be decoded (a PDF says so in its notes); `pages`: number of pages
        with text but no letter; `kept`: percent of the letters in the file that were found.
    """
    found = dict[str, int]()
    text = "\n".join(section.text for section in parsed.sections)
    control = 100 * sum(1 for _ in _NO_LETTER.finditer(text)) // max(1, len(text))
    control = max(control, int(str(parsed.metadata.get("control", 0))))
    if len(text) >= _FEWEST and control >= CONTROL:
        found["control"] = control
    if suffix != ".pdf" and (replaced := text.count("\ufffd")) >= _REPLACED:
        found["replaced"] = replaced
    pages = sum(
        bool(section.page and section.text.strip() and not _LETTER.search(section.text))
        for section in parsed.sections
    )
    if pages:
        found["pages"] = pages
    letters = _letters_in(data, suffix)
    if letters >= _FEWEST and (kept := 100 * _letters(text) // letters) < KEPT:
        found["kept"] = kept
    return found


def _letters_in(data: bytes, suffix: str) -> int:
    """Return how many letters *data* holds, as far as one can tell without its parser; else 0."""
    if suffix in _PLAIN:
        return _letters(data[:_LONGEST].decode("utf-8", "ignore"))
    members = _ZIPPED.get(suffix)
    if members is None:
        return 0
    letters, room = 0, _LONGEST
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if room > 0 and members.fullmatch(name):
                with archive.open(name) as file:
                    xml = file.read(room).decode("utf-8", "replace")
                room -= len(xml)
                letters += _letters(_TAG.sub("", xml))
    return letters


def _letters(text: str) -> int:
    return len(text) - len(_ALPHANUMERIC.sub("", text))
