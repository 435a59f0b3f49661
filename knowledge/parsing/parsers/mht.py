"""Web pages that a browser or Word saved as one file."""

from email import message_from_bytes
from email.message import Message

from knowledge.model.errors import ParseError
from knowledge.model.types import ParsedFile
from knowledge.parsing.decoder import encoding_named
from knowledge.parsing.parsers.html import HtmlParser


class MhtParser:
    """Parses the page in an MHTML file, which is an e-mail with the page as its first part.

    Args:
        include_hidden: Whether to read what the page hides from its readers, too.
    """

    suffixes = frozenset({".mht", ".mhtml"})

    def __init__(self, *, include_hidden: bool = False) -> None:
        self._pages = HtmlParser(include_hidden=include_hidden)

    def parse(self, data: bytes, name: str) -> ParsedFile:
        for part in message_from_bytes(data).walk():
            if part.get_content_type() in ("text/html", "application/xhtml+xml"):
                return self._parse(part, name)
        raise ParseError("has no web page in it")

    def _parse(self, part: Message, name: str) -> ParsedFile:
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        charset = encoding_named(str(part.get_content_charset() or ""))
        if charset:
            return self._pages.parse_text(content.decode(charset, "replace"), name)
        return self._pages.parse(content, name)
