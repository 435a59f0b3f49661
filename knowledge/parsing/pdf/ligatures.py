"""Ligatures that a PDF font names by their letters, such as `f_f_i`, which pdfium cannot read."""

import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

_JOINED = (
    *("ff", "fi", "fl", "ffi", "ffl", "fb", "fh", "fj", "fk", "ft", "ffb", "ffh", "ffj", "ffk"),
    *("fft", "Th", "tt", "ti", "tf", "ct", "st", "sp", "ch", "ck", "gg", "gy", "Qu"),
)
SIGNS = {letters: chr(0xFFF00 + number) for number, letters in enumerate(_JOINED)}
"""One character for each ligature, so that each place of a page keeps its number."""

LETTERS = {ord(sign): letters for letters, sign in SIGNS.items()}
"""For `str.translate`, which makes them letters again."""

_DIFFERENCES = re.compile(rb"/Differences\s{0,9}\[([^\[\]]{0,20000})\]")
_ENTRY = re.compile(rb"(\d{1,3})(?=[\s/])|/([^\s/\[\]()<>]{1,60})")
_OBJECTS = re.compile(rb"/ObjStm\b[^>]{0,300}>>\s{0,9}stream\r?\n")
_LONGEST, _LONGEST_IN_ALL = 4_000_000, 64_000_000
"""Bytes of the objects that are unpacked, of one stream and of a file."""


class Ligatures:
    """The ligatures of a file by their number in its fonts; looked for when first asked."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @cached_property
    def signs(self) -> Mapping[int, str]:
        """`SIGNS` by number, of those on which all fonts of the file agree."""
        found = defaultdict[int, set[str]](set)
        for objects in self._objects():
            for match in _DIFFERENCES.finditer(objects):
                for number, name in _entries(match[1]):
                    letters = name.partition(".")[0].replace("_", "")
                    if "_" in name:
                        found[number].add(letters)
        return {
            number: SIGNS[letters]
            for number, names in found.items()
            if len(names) == 1 and (letters := next(iter(names))) in SIGNS
        }

    def _objects(self) -> Iterator[bytes]:
        """Yield the file, and what it holds in packed form."""
        yield self._data
        room = _LONGEST_IN_ALL
        for match in _OBJECTS.finditer(self._data):
            if room <= 0:
                return
            packed = self._data[match.end() : match.end() + _LONGEST]
            try:
                objects = zlib.decompressobj().decompress(packed, _LONGEST)
            except zlib.error:
                continue
            room -= len(objects)
            yield objects


def _entries(differences: bytes) -> Iterator[tuple[int, str]]:
    """Yield the numbers and names of a table: each number begins a run of names."""
    number = 0
    for entry in _ENTRY.finditer(differences):
        if entry[1]:
            number = int(entry[1])
        else:
            yield number, entry[2].decode("latin-1")
            number += 1
