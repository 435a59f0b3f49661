"""Rich Text Format: what pandoc does not read in it by itself."""

import re
import struct

from knowledge.parsing.access_rules import refuse_unread_property, refuse_unread_statement

_CODE_PAGE = re.compile(rb"\\ansicpg(\d{1,5})")
_EAST_ASIAN = {b"932": "cp932", b"936": "gbk", b"949": "cp949", b"950": "big5"}
_CHARSETS = {b"128": "cp932", b"134": "gbk", b"129": "cp949", b"136": "big5"}
_FONT = re.compile(rb"\\f(\d{1,5})[^{};]{0,100}\\fcharset(\d{1,3})")
_SKIPPED = re.compile(rb"\\uc(\d)")
_FALLBACK = re.compile(rb"\\u(-?\d{1,6}) ?((?:\\'[0-9a-fA-F]{2}|\?){0,4})")
_RUN = re.compile(rb"\\f(\d{1,5})|(?:\\'[0-9a-fA-F]{2}[@-Z^-z|~]?)+")
"""The choice of a font, or letters of a code page."""

_BYTE = re.compile(rb"\\'([0-9a-fA-F]{2})([@-Z^-z|~]?)")
_DATE = re.compile(rb"\\(?:revtim|creatim)\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")
_PROPERTY = re.compile(
    rb"\{\\propname ([^{}]{1,300})\}([^{}]{0,100})\{\\staticval ([^{}]{0,1000})\}"
)
_SIZE = re.compile(rb"\\fs(\d{1,4})(?!\d)")
_TINY = 3
"""Half points."""

_BULLET = re.compile(rb"\{\\pntext[^{}]{0,1000}\}")
_IN_TABLE = re.compile(rb"\\(?:pard|intbl|ls\d{1,5})(?![a-zA-Z0-9])")
_BEGINNING = 1_000_000


def in_unicode(data: bytes) -> bytes:
    r"""Return *data* with East Asian text as `\uN`: pandoc knows no code page of more than a byte.

    Raises:
        ParseError: when a property of the file looks like an access rule.
    """
    page = _CODE_PAGE.search(data[:4096])
    default = _EAST_ASIAN.get(page[1], "") if page else ""
    charsets = _FONT.findall(data[:_BEGINNING])
    fonts = {number: _CHARSETS[charset] for number, charset in charsets if charset in _CHARSETS}
    if default or fonts:
        skipped = _SKIPPED.search(data)
        count = int(skipped[1]) if skipped else 1
        data = _FALLBACK.sub(lambda found: _one_mark(found, count), data)
        data = _SKIPPED.sub(rb"\\uc1", data)
        codec = default

        def rewritten(found: re.Match[bytes]) -> bytes:
            nonlocal codec
            if found[1]:
                codec = fonts.get(found[1], default)
            return _unicode(found[0], codec) if codec and not found[1] else found[0]

        data = _RUN.sub(rewritten, data)
    for name, _, value in _PROPERTY.findall(data[:_BEGINNING]):
        refuse_unread_property(_text(name), _text(value))
        refuse_unread_statement(_text(name), _text(value))
    return data


def without_tiny_text(data: bytes) -> bytes:
    """Return *data* with text hidden that nobody can read: of a point and less in size."""
    was_tiny = False

    def sized(word: re.Match[bytes]) -> bytes:
        nonlocal was_tiny
        before, was_tiny = was_tiny, int(word[1]) <= _TINY
        return word[0] + (rb"\v" if was_tiny else rb"\v0" if before else b"")

    return _SIZE.sub(sized, data)


def with_plain_bullets(data: bytes) -> bytes:
    r"""Return *data* with the marks of lists once, and lists in tables as paragraphs.

    Beside a list (`\ls`), old readers get each mark as text (`\pntext`), and pandoc shows both.
    It also takes lists out of their cells.
    """
    if b"\\ls" not in data:
        return data
    data = _BULLET.sub(lambda mark: mark[0] if b"\\intbl" in mark[0] else b"", data)
    in_table = False

    def without_list(word: re.Match[bytes]) -> bytes:
        nonlocal in_table
        if word[0].startswith(b"\\ls"):
            return b"" if in_table else word[0]
        in_table = word[0] == b"\\intbl"
        return word[0]

    return _IN_TABLE.sub(without_list, data)


def date_of(data: bytes) -> str:
    """Return the ISO date of the last change, or of the creation, that the file states."""
    found = _DATE.search(data[:_BEGINNING])
    return "-".join(part.decode().zfill(2) for part in found.groups()) if found else ""


def _one_mark(found: re.Match[bytes], count: int) -> bytes:
    """Replace the letters for programs without Unicode, of which *count* stand there, by one."""
    letters = re.findall(rb"\\'[0-9a-fA-F]{2}|\?", found[2])
    return rb"\u" + found[1] + b"?" + b"".join(letters[count:])


def _unicode(run: bytes, codec: str) -> bytes:
    raw = b"".join(bytes([int(code, 16)]) + rest for code, rest in _BYTE.findall(run))
    words = raw.decode(codec, "replace").encode("utf-16-le")
    return b"".join(rb"\u%d?" % unit for (unit,) in struct.iter_unpack("<h", words))


def _text(value: bytes) -> str:
    plain = re.sub(rb"\\u(-?\d{1,6}) ?\??", _letter, value)
    return plain.decode("utf-8", "replace").strip()


def _letter(found: re.Match[bytes]) -> bytes:
    return chr(int(found[1]) % 65536).encode("utf-8", "replace")
