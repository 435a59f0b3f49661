"""The properties of Office files, searched for access rules that nobody would read."""

import html
import io
import re
import zipfile
from collections.abc import Iterator

from knowledge.parsing.access_rules import (
    refuse_unread_lines,
    refuse_unread_property,
    refuse_unread_statement,
)
from knowledge.parsing.beginnings import refuse_unread_pairs

_LONGEST = 1_000_000
_NAME = re.compile(r"\bname=[\"']([^\"']*)")
_TAG = re.compile(r"<[^<>]*>")


def refuse_unread_properties(data: bytes) -> None:
    """Raise `ParseError` when a property of an Office file looks like an access rule.

    Custom properties count by their names, keywords and comments by their text.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        custom = _xml(archive, "docProps/custom.xml")
        core = _xml(archive, "docProps/core.xml")
    for name, value in _properties(custom):
        refuse_unread_property(name, value)
        refuse_unread_statement(name, value)
    words = [html.unescape(text).strip() for text in _TAG.split(core)]
    refuse_unread_lines("\n".join(filter(None, words)), metadata=False)
    refuse_unread_pairs([line for text in words for line in text.splitlines()])


def _xml(archive: zipfile.ZipFile, name: str) -> str:
    if name not in archive.namelist():
        return ""
    with archive.open(name) as file:
        return file.read(_LONGEST).decode("utf-8", "replace")


def _properties(xml: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"<(?:\w+:)?property\b", xml)[1:]:
        head, _, value = part.partition(">")
        if name := _NAME.search(head):
            yield html.unescape(name[1]), html.unescape(_TAG.sub(" ", value))
