"""Properties in the XML of EPUB, OpenDocument and FictionBook files."""

import io
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatch

from knowledge.model.errors import ParseError
from knowledge.parsing.access_rules import (
    refuse_unread_lines,
    refuse_unread_property,
    refuse_unread_statement,
)
from knowledge.parsing.beginnings import refuse_unread_pairs
from knowledge.parsing.ooxml import Element

_LONGEST = 1_000_000
_NAMES = ("name", "property", "info-type")
_VALUES = ("content", "value")


def packed_properties(data: bytes, pattern: str) -> dict[str, str]:
    """Return the properties in the members of a zipped file whose names match *pattern*.

    Raises:
        ParseError: when one looks like an access rule, or cannot be read.
    """
    found = dict[str, str]()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            if fnmatch(member.filename, pattern):
                with archive.open(member) as file:
                    found |= xml_properties(file.read(_LONGEST + 1)) | found
    return found


def xml_properties(data: bytes) -> dict[str, str]:
    """Return the properties that an XML document states; see `properties_in`.

    Raises:
        ParseError: when one looks like an access rule, or there are too many to read.
    """
    from lxml import etree

    if len(data) > _LONGEST:
        raise ParseError("states too many properties to read")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    return properties_in(etree.fromstring(data, parser))


def properties_in(root: Element | None) -> dict[str, str]:
    """Return the properties below *root*, the first of each name in lower case.

    Raises:
        ParseError: when one looks like an access rule.
    """
    found = dict[str, str]()
    for name, value in _properties(root):
        refuse_unread_property(name, value)
        refuse_unread_statement(name, value)
        found.setdefault(name.lower(), value)
    refuse_unread_lines("\n".join(found.values()), metadata=False)
    refuse_unread_pairs([line for text in found.values() for line in text.splitlines()])
    return found


def _properties(root: Element | None) -> Iterator[tuple[str, str]]:
    from lxml import etree

    for element in () if root is None else root.iter():
        if isinstance(element.tag, str):
            stated = {etree.QName(name).localname: text for name, text in element.attrib.items()}
            names = [stated[name] for name in _NAMES if name in stated]
            values = [stated[name] for name in _VALUES if name in stated]
            value = " ".join((values[0] if values else element.text or "").split())
            if value:
                yield (names[0] if names else etree.QName(element).localname), value
