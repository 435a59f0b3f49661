"""Writes into an OpenDocument text what pandoc does not read there: numbers, boxes, objects."""

import io
import re
import zipfile
from dataclasses import dataclass

from knowledge.parsing.html_marks import counted
from knowledge.parsing.html_tables import Element

_LEFT_OUT = re.compile(r"(?:^|/)(?:Pictures|Thumbnails|Configurations2|Object)")
_SHAPES = ("rect", "custom-shape", "ellipse", "circle", "polygon", "path", "caption")
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_LONGEST_OBJECT = 5_000_000
"""Bytes of an embedded table or formula, after unpacking; a larger one is left out."""

_HIGHEST = 9999
"""The largest number that is counted from."""


@dataclass(frozen=True, slots=True)
class _Level:
    """How the headings of one level are numbered; `shape` is "" where they are not."""

    shape: str
    before: str
    after: str
    shown: int
    start: int


def rewritten(data: bytes) -> bytes:
    """Return the file for pandoc.

    Headings have their numbers, and boxes and tables of objects stand below their paragraph.
    """
    archive = zipfile.ZipFile(io.BytesIO(data))
    names = archive.namelist()
    root = _xml(archive.read("content.xml"))
    if "styles.xml" in names:
        _number(root, _levels(_xml(archive.read("styles.xml"))))
    _show_boxes(root)
    formulas = _show_objects(root, archive)
    _show_inner_tables(root)
    _show_bibliography(root)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as copy:
        for name in dict.fromkeys(names):
            if name == "content.xml":
                copy.writestr(name, _written(root))
            elif name in formulas or not _LEFT_OUT.search(name):
                copy.writestr(name, archive.read(name))
    return written.getvalue()


def _xml(data: bytes) -> Element:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(data, parser)


def _written(root: Element) -> bytes:
    from lxml import etree

    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def _levels(styles: Element) -> dict[int, _Level]:
    """Return how the headings of each level are numbered."""
    return {
        _count(level, "level", 0): _Level(
            _attribute(level, "num-format"),
            _attribute(level, "num-prefix"),
            _attribute(level, "num-suffix"),
            _count(level, "display-levels", 1),
            _count(level, "start-value", 1),
        )
        for level in styles.iter("{*}outline-level-style")
    }


def _number(root: Element, levels: dict[int, _Level]) -> None:
    """Write the number of each heading before it."""
    counts: dict[int, int] = {}
    for heading in root.iter("{*}h"):
        place = _count(heading, "outline-level", 1)
        level = levels.get(place)
        if level is None or _attribute(heading, "is-list-header") == "true":
            continue
        if _is_in_list(heading) or not "".join(heading.itertext()).strip():
            continue
        counts[place] = counts.get(place, level.start - 1) + 1
        for deeper in [one for one in counts if one > place]:
            del counts[deeper]
        if level.shape:
            parts = [
                counted(counts.setdefault(one, levels[one].start), levels[one].shape)
                for one in range(max(1, place - level.shown + 1), place + 1)
                if one in levels and levels[one].shape
            ]
            number = f"{level.before}{'.'.join(parts)}{level.after}".strip()
            heading.text = f"{number} {heading.text or ''}"


def _is_in_list(element: Element) -> bool:
    return next(element.iterancestors("{*}list"), None) is not None


def _show_boxes(root: Element) -> None:
    """Move the text of boxes and shapes below the paragraph that they hang on."""
    last: dict[Element, Element] = {}
    for box in list(root.iter("{*}text-box", *(f"{{*}}{shape}" for shape in _SHAPES))):
        frame = box.getparent()
        above = next(box.iterancestors("{*}p", "{*}h"), None)
        place = frame if above is None else above
        for part in box.findall("{*}p") if box.tag.rpartition("}")[2] in _SHAPES else list(box):
            part.tail = None
            last.get(place, place).addnext(part)
            last[place] = part


def _show_objects(root: Element, archive: zipfile.ZipFile) -> set[str]:
    """Put the table of each object below its paragraph; return the names of the formulas.

    An object with a table is a part of a spreadsheet, or a chart with its data.
    """
    formulas = set[str]()
    sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    for shown in list(root.iter("{*}object")):
        name = f"{_attribute(shown, 'href').removeprefix('./')}/content.xml"
        paragraph = next(shown.iterancestors("{*}p"), None)
        if paragraph is None or not 0 < sizes.get(name, 0) <= _LONGEST_OBJECT:
            continue
        held = _xml(archive.read(name))
        if held.tag.endswith("}math") or held.find(".//{*}math") is not None:
            formulas.add(name)
        elif (table := next(held.iter("{*}table"), None)) is not None:
            table.tail = None
            paragraph.addnext(table)
    return formulas


def _show_inner_tables(root: Element) -> None:
    """Write each row of a table in a cell as a paragraph: pandoc leaves such a table out."""
    cells = ("{*}table-cell", "{*}covered-table-cell")
    for table in reversed(list(root.iter("{*}table"))):
        outer = table.getparent()
        if next(table.iterancestors(*cells), None) is None or outer is None:
            continue
        for row in table.iter("{*}table-row"):
            texts = (" ".join(" ".join(cell.itertext()).split()) for cell in row.iter(*cells))
            paragraph = table.makeelement(f"{{{_TEXT}}}p")
            paragraph.text = " / ".join(filter(None, texts))
            table.addprevious(paragraph)
        outer.remove(table)


def _show_bibliography(root: Element) -> None:
    """Put a list of literature where it stands; other lists repeat what is said elsewhere."""
    for index in list(root.iter("{*}bibliography")):
        for part in index.findall("{*}index-body/{*}index-title/*"):
            part.tag = f"{{{_TEXT}}}h"
            part.set(f"{{{_TEXT}}}outline-level", "1")
            index.addprevious(part)
        for part in index.findall("{*}index-body/{*}p"):
            index.addprevious(part)


def _count(element: Element, name: str, default: int) -> int:
    stated = _attribute(element, name)
    return min(int(stated), _HIGHEST) if stated.isdecimal() and len(stated) < 9 else default  # noqa: PLR2004


def _attribute(element: Element, name: str) -> str:
    """Return the attribute *name* in any namespace, "" for none."""
    found = (value for key, value in element.attrib.items() if key.endswith("}" + name))
    return str(next(found, ""))
