"""The properties of old Office files, in the streams of their OLE container ([MS-OLEPS])."""

import datetime as dt
import io
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress

from knowledge.model.errors import ParseError
from knowledge.parsing.access_rules import refuse_unread_lines, refuse_unread_property
from knowledge.parsing.decoder import decode

_STREAMS: Mapping[str, Mapping[int, str]] = {
    "\x05SummaryInformation": {
        2: "title",
        3: "subject",
        4: "author",
        5: "keywords",
        6: "comments",
        13: "modified",
    },
    "\x05DocumentSummaryInformation": {2: "category", 14: "manager", 15: "company"},
}
"""The streams, and what the numbers of their properties mean; custom ones have names."""

_DICTIONARY, _CODE_PAGE = 0, 1
_STRING, _UNICODE, _TIME = (0x1E, 0x08), 0x1F, 0x40
_UTF_16 = 1200
_MOST_SETS, _MOST = 4, 10_000
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


def ole_properties(data: bytes) -> dict[str, str]:
    """Return the properties of an old Office file by name, `modified` as an ISO date.

    Raises:
        ParseError: when one looks like an access rule, or they cannot be read.
    """
    from xlrd.compdoc import SIGNATURE, CompDoc, CompDocError

    if not data.startswith(SIGNATURE):
        return {}
    found = dict[str, str]()
    try:
        container = CompDoc(data, logfile=io.StringIO(), ignore_workbook_corruption=True)
        for stream, known in _STREAMS.items():
            memory, start, size = container.locate_named_stream(stream)
            if memory:
                for name, value in _properties(memory[start : start + size], known):
                    refuse_unread_property(name, value)
                    found.setdefault(name.lower(), value)
    except (CompDocError, struct.error, AssertionError, IndexError) as error:
        raise ParseError("its properties cannot be read: save it again") from error
    refuse_unread_lines("\n".join(found.values()), metadata=False)
    return found


def _properties(stream: bytes, known: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a stream; they are "" but for texts and times."""
    (sets,) = struct.unpack_from("<I", stream, 24)
    for number in range(min(sets, _MOST_SETS)):
        (start,) = struct.unpack_from("<I", stream, 28 + 20 * number + 16)
        (count,) = struct.unpack_from("<I", stream, start + 4)
        places = dict(
            struct.unpack_from("<II", stream, start + 8 + 8 * entry)
            for entry in range(min(count, _MOST))
        )
        page = 0
        if _CODE_PAGE in places:
            (page,) = struct.unpack_from("<H", stream, start + places[_CODE_PAGE] + 4)
        names = dict(known) if number == 0 else {}
        if _DICTIONARY in places:
            names |= _names(stream, start + places[_DICTIONARY], page)
        for one, place in places.items():
            if one not in (_DICTIONARY, _CODE_PAGE) and one in names:
                yield names[one], _value(stream, start + place, page)


def _names(stream: bytes, place: int, page: int) -> dict[int, str]:
    """Return the names of custom properties by their numbers."""
    names = dict[int, str]()
    (count,) = struct.unpack_from("<I", stream, place)
    place += 4
    for _ in range(min(count, _MOST)):
        number, length = struct.unpack_from("<II", stream, place)
        size = length * (2 if page == _UTF_16 else 1)
        names[number] = _text(stream[place + 8 : place + 8 + size], page)
        place += 8 + size + (-size % 4 if page == _UTF_16 else 0)
    return names


def _value(stream: bytes, place: int, page: int) -> str:
    kind, size = struct.unpack_from("<II", stream, place)
    if kind in _STRING:
        return _text(stream[place + 8 : place + 8 + size], page)
    if kind == _UNICODE:
        return _text(stream[place + 8 : place + 8 + 2 * size], _UTF_16)
    if kind == _TIME:
        (ticks,) = struct.unpack_from("<Q", stream, place + 4)
        with suppress(OverflowError):
            return (
                (_EPOCH + dt.timedelta(microseconds=ticks // 10)).date().isoformat()
                if ticks
                else ""
            )
    return ""


def _text(raw: bytes, page: int) -> str:
    text = None
    with suppress(LookupError, UnicodeDecodeError):
        encodings = {_UTF_16: "utf-16-le", 65001: "utf-8"}
        text = raw.decode(encodings.get(page, f"cp{page}"))
    return (decode(raw) if text is None else text).partition("\0")[0].strip()
