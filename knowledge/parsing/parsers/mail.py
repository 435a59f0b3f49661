"""Electronic mail: single messages and mailboxes."""

import re
from collections.abc import Iterator
from contextlib import suppress
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import PurePosixPath

from knowledge.model.errors import ParseError, parse_errors
from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.access_rules import refuse_unread_lines, refuse_unread_property
from knowledge.parsing.beginnings import refuse_unread_beginning
from knowledge.parsing.decoder import decode, encoding_named
from knowledge.parsing.html_markdown import markdown_of, parse_html
from knowledge.parsing.html_tables import Element
from knowledge.parsing.parsers.html import refuse_audience
from knowledge.text.titles import title_of_file

_FROM = re.compile(rb"^From [^\n]*\n", re.MULTILINE)
_QUOTED_FROM = re.compile(rb"^>(>{0,9}From )", re.MULTILINE)
_BLANK = (b"\n\n", b"\r\n\r\n")
_SHOWN = ("From", "To", "Cc", "Date")
_OPEN = frozenset({"", "normal", "none"})
_MOST_PARTS = 200
"""Parts within parts that a message may have; the standard library's time grows with its square."""

_LONGEST_HEADER = 2000
_STUB = 200
"""Characters below which the plain version of a message may only point at the other one."""


class MailParser:
    """Parses mail: one section for each message, below its subject. Attachments are named.

    A message that is marked as private, personal or confidential hides its file, and so does one
    whose text begins with what looks like an access rule.
    """

    suffixes = frozenset({".eml", ".mbox"})

    def parse(self, data: bytes, name: str) -> ParsedFile:
        is_box = PurePosixPath(name).suffix.lower() == ".mbox"
        with parse_errors("mailbox" if is_box else "message"):
            sections, dates, subject = list[Section](), [""], ""
            for raw in _messages(data) if is_box else [data]:
                message = _message(raw)
                if not (is_box or message.keys()):
                    raise ParseError("not a readable message (no header)")
                subject = _header(message, "Subject")
                sections.append(Section(_text(message), (subject,) if subject else ()))
                dates.append(_date(message))
        title = title_of_file(name) if is_box else subject or title_of_file(name)
        return ParsedFile(title, tuple(sections), {"date": max(dates)})


def _messages(data: bytes) -> Iterator[bytes]:
    """Yield the messages of a mailbox: each begins with a line `From …` after a blank one."""
    starts = [
        found
        for found in _FROM.finditer(data)
        if found.start() == 0 or data.endswith(_BLANK, 0, found.start())
    ]
    if not starts:
        raise ParseError("not a readable mailbox (no line that begins with From)")
    ends = [found.start() for found in starts[1:]] + [len(data)]
    for start, end in zip(starts, ends, strict=True):
        yield _QUOTED_FROM.sub(rb"\1", data[start.end() : end])


def _message(raw: bytes) -> Message:
    """Parse one message.

    Raises:
        ParseError: when it is no message, or when it says that it is not for everybody.
    """
    if raw.lower().count(b"multipart/") > _MOST_PARTS:
        raise ParseError("not a readable message (too many parts)")
    message = BytesParser().parsebytes(raw)
    for name in set(message.keys()):
        value = _header(message, name)
        refuse_unread_property(name, value)
        if name.lower() == "sensitivity" and value.lower() not in _OPEN:
            raise ParseError(f"marked as {value[:40]!r}: save the message without it, or leave it")
    return message


def _header(message: Message, name: str) -> str:
    """Return a header as text on one line, "" if there is none."""
    raw = (value for one, value in message.raw_items() if one.lower() == name.lower())
    value = str(next(raw, ""))[:_LONGEST_HEADER]
    with suppress(HeaderParseError, LookupError, ValueError):
        value = str(make_header(decode_header(value)))
    if not value.isascii():
        with suppress(UnicodeEncodeError):  # bytes that no header may hold, as some programs send
            value = decode(value.encode("ascii", "surrogateescape"))
    return " ".join(value.split())


def _date(message: Message) -> str:
    with suppress(ValueError, TypeError, OverflowError):
        return parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    return ""


def _text(message: Message) -> str:
    """Return who wrote to whom and when, the text, and the names of the attachments."""
    head = [f"{name}: {value}" for name in _SHOWN if (value := _header(message, name))]
    plain, pages, attached = list[str](), list[Element](), list[str]()
    for part in message.walk():
        kind, file = part.get_content_type(), part.get_filename()
        if file and part.get_content_disposition() != "inline":
            attached.append(" ".join(str(file).split()))
        elif kind == "text/plain":
            plain.append(_content(part))
        elif kind == "text/html":
            pages.append(_page(part))
        elif kind == "message/rfc822":  # a forwarded message, whose parts follow
            inner = part.get_payload(0) if part.is_multipart() else None
            if isinstance(inner, Message):
                plain.append("\n".join(f"{n}: {_header(inner, n)}" for n in ("From", "Subject")))
    body = "\n\n".join(plain).strip()
    refuse_unread_lines(body)
    if len(body) < _STUB and pages:
        shown = "\n\n".join(map(markdown_of, pages))
        refuse_unread_lines(shown)
        body = max(body, shown, key=len)
    refuse_unread_beginning([Section(body)])
    if attached:
        head.append(f"Attachments: {', '.join(attached)}")
    return "\n".join(head) + f"\n\n{body}"


def _page(part: Message) -> Element:
    """Return a part that is a web page; it may state no readers, since nobody would heed them."""
    page = parse_html(_content(part))
    refuse_audience(page)
    return page


def _content(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    encoding = encoding_named(part.get_content_charset() or "")
    if encoding:
        with suppress(UnicodeDecodeError):
            return data.decode(encoding).replace("\r\n", "\n")
    return decode(data)
