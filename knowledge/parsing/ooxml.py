"""Opens files of Office Open XML (xlsx, pptx, docx): a ZIP of XML parts that refer to each other.

Names of elements are compared without their namespaces: the strict form of the standard, and some
programs, use other namespaces for the same.
"""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from lxml import etree

from knowledge.parsing.dates import iso_date
from knowledge.text.titles import title_of_property

Element = Any
"""An element of lxml, which has no types of its own."""

_PROGRAMS = frozenset({"openpyxl", "python-docx", "python-pptx", "xlsxwriter", "apache poi"})
_STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL = (
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"officeDocument/2006/relationships",
    ),
    (b"http://purl.oclc.org/ooxml/presentationml/main", b"presentationml/2006/main"),
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"spreadsheetml/2006/main"),
    (b"http://purl.oclc.org/ooxml/drawingml/", b"drawingml/2006/"),
)
_SCHEMAS = b"http://schemas.openxmlformats.org/"


class Relation(NamedTuple):
    """What a part refers to: the last word of the type (`chart`), and the part's name."""

    kind: str
    target: str


class OfficePackage:
    """The parts of one file.

    Args:
        data: The content of the file.

    Raises:
        zipfile.BadZipFile: when it is no ZIP file.
    """

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        # Some programs write backslashes, or another case than in their references.
        self._names = {
            name.replace("\\", "/").lstrip("/").lower(): name for name in self._archive.namelist()
        }

    def open(self, part: str) -> IO[bytes]:
        """Open a part; an empty file stands for one that is missing."""
        name = self._names.get(part.lower())
        return self._archive.open(name) if name is not None else io.BytesIO()

    def xml(self, part: str) -> Element:
        """Return the root element of a part, an empty element for one that is missing."""
        data = self.open(part).read()
        if not data.strip():
            return etree.Element("missing")
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
        )
        return etree.fromstring(data, parser)

    def relations(self, part: str) -> dict[str, Relation]:
        """Return what a part refers to inside of the file, by the id that it uses."""
        folder, name = posixpath.split(part)
        found = {}
        for element in self.xml(posixpath.join(folder, "_rels", f"{name}.rels")):
            if element.get("TargetMode") == "External" or not element.get("Target"):
                continue
            target = posixpath.normpath(posixpath.join("/", folder, element.get("Target")))
            kind = (element.get("Type") or "").rpartition("/")[2]
            found[element.get("Id") or ""] = Relation(kind, target.lstrip("/"))
        return found

    def related(self, part: str, kind: str) -> Iterator[str]:
        """Yield the parts of one *kind* that a part refers to."""
        return (one.target for one in self.relations(part).values() if one.kind == kind)

    def main_part(self) -> str:
        """Return the name of the part with the document itself."""
        return next(self.related("", "officeDocument"), "")

    def properties(self) -> dict[str, str]:
        """Return the title, author and date that the file states; no key for what it does not."""
        part = next(self.related("", "core-properties"), "docProps/core.xml")
        stated = {local(element): (element.text or "").strip() for element in self.xml(part)}
        found = {
            "title": title_of_property(stated.get("title")),
            "author": author_of(stated.get("creator", "")),
            "date": iso_date(stated.get("modified", "")),
        }
        return {key: value for key, value in found.items() if value}


def author_of(name: str) -> str:
    """Return an author's name, "" for that of a program."""
    return "" if name.lower() in _PROGRAMS else name


def local(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, *names: str) -> Iterator[Element]:
    """Yield the children with one of these names, without namespaces; of nothing, nothing."""
    return (child for child in (element if element is not None else ()) if local(child) in names)


def child(element: Element, *path: str) -> Element | None:
    """Return the first descendant at a *path* of names, or None."""
    for name in path:
        element = next(children(element, name), None)
        if element is None:
            return None
    return element


def descendants(element: Element, *names: str) -> Iterator[Element]:
    """Yield all elements below with one of these names, in the order of the file."""
    yield from element.iter(*(f"{{*}}{name}" for name in names))


def relation_id(element: Element, name: str = "id") -> str:
    """Return the id in the attribute `r:id` (or another *name*), in any namespace."""
    found = (v for k, v in element.attrib.items() if k.endswith(f"}}{name}"))
    return str(next(found, ""))


def is_on(element: Element | None, name: str) -> bool:
    """Tell whether a switch such as `hidden="1"` is on."""
    return element is not None and element.get(name) in ("1", "true", "on")


def transitional(data: bytes, content_types: dict[bytes, bytes]) -> bytes:
    """Return a file with the namespaces that libraries know, in place of those of the strict form.

    Args:
        data: The content of the file.
        content_types: What to replace in the list of content types, for libraries that know only
            some of them.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types = archive.read("[Content_Types].xml")
        strict = any(
            _STRICT in archive.read(name) for name in archive.namelist() if name == "_rels/.rels"
        )
        if not strict and not any(old in types for old in content_types):
            return data
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as copy:
            for name in dict.fromkeys(archive.namelist()):
                part = archive.read(name)
                if strict and name.endswith((".xml", ".rels")):
                    for old, new in _TRANSITIONAL:
                        part = part.replace(old, _SCHEMAS + new)
                if name == "[Content_Types].xml":
                    for old, new in content_types.items():
                        part = part.replace(old, new)
                copy.writestr(name, part)
    return written.getvalue()
