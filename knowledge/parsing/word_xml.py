"""Writes into a Word file what pandoc does not read there: numbers, boxes, charts, diagrams.

Names are compared without their namespaces, since strict files have others.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator

from knowledge.parsing.drawings import chart_parts, diagram_lines
from knowledge.parsing.html_marks import TICKS
from knowledge.parsing.html_tables import Element
from knowledge.parsing.reading_order import Box, in_reading_order
from knowledge.parsing.word_headings import WordHeadings
from knowledge.parsing.word_numbers import Numbering

_TO_PROPERTIES = frozenset({"title", "subtitle", "author", "date", "abstract"})
"""Styles whose paragraphs pandoc takes out of the text."""

_LEFT_OUT = re.compile(r"(?:^|/)(?:media|embeddings|fonts|theme|customXml)/")
_SYMBOLS = {
    "f0fe": "☒",
    "f0a8": "☐",
    "f06f": "☐",
    "f0fc": "✓",
    "f0fb": "✗",
    "f052": "☑",
    "f0a3": "☐",
}
"""Characters of Wingdings that forms are drawn with."""


_MARKED = "KotaeHeading"
"""The ids of the styles that we give to headings without one begin so."""

_MOST_COLUMNS = 63
"""Columns that a table of Word may have."""


class WordFile:
    """The main part of a Word file, to be changed in place.

    Args:
        data: The content of the file.

    Attributes:
        title: The text of the first paragraph with the style "Title", or "".
    """

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        related = dict(self._related("").values())
        self._main = related.get("officeDocument", "word/document.xml")
        self._relations = self._related(self._main)
        self._root = self._xml(self._main)
        self._namespace = self._root.tag.partition("}")[0] + "}"
        self._defined = self._part("styles")
        self._styles = {_value(style, "styleId"): style for style in self._defined.iter("{*}style")}
        self._marked: set[int] = set()
        self.title = ""

    def rewritten(self, *, include_hidden: bool) -> bytes:
        """Return the file for pandoc, without what is hidden unless it is to be kept."""
        comments = self._part("comments") if include_hidden else None
        if comments is None:
            self._remove_hidden()
        else:
            self._show_comments(comments)
        self._show_boxes()
        self._fill_rows()
        self._show_text_boxes()
        self._show_drawings()
        self._take_title()
        self._mark_headings()
        Numbering(self._part("numbering"), self._styles).write(self._root)
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as copy:
            for name in dict.fromkeys(self._archive.namelist()):
                if name == self._main:
                    copy.writestr(name, _xml_of(self._root))
                elif self._marked and name == self._name_of("styles"):
                    copy.writestr(name, self._styles_with_headings())
                elif not _LEFT_OUT.search(name):
                    copy.writestr(name, self._archive.read(name))
        return written.getvalue()

    def _xml(self, name: str) -> Element:
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        try:
            return etree.fromstring(self._archive.read(name), parser)
        except etree.XMLSyntaxError as error:
            if error.lineno == 0:  # libxml2 found no memory, and has no words for it
                raise MemoryError from error
            raise

    def _part(self, kind: str) -> Element:
        """Return the root of a part of one *kind*, an empty element when there is none."""
        from lxml import etree

        name = self._name_of(kind)
        return self._xml(name) if name else etree.Element("missing")

    def _name_of(self, kind: str) -> str:
        """Return the name of the part of one *kind*, "" when there is none."""
        names = (target for stated, target in self._relations.values() if stated == kind)
        return next((name for name in names if name in self._archive.namelist()), "")

    def _related(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the kind and the name of each part that *part* refers to, by the id it uses."""
        folder, name = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        if relations not in self._archive.namelist():
            return {}
        return {
            element.get("Id", ""): (
                element.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, element.get("Target", "")))[1:],
            )
            for element in self._xml(relations)
            if element.get("TargetMode") != "External"
        }

    def _new(self, name: str, *inside: Element, text: str = "") -> Element:
        element = self._root.makeelement(self._namespace + name)
        element.extend(inside)
        if text:
            element.text = text
            element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        return element

    def _run(self, text: str) -> Element:
        return self._new("r", self._new("t", text=text))

    def _paragraph(self, text: str) -> Element:
        return self._new("p", self._run(text))

    def _remove_hidden(self) -> None:
        hiding = ((name, one.find("{*}rPr/{*}vanish")) for name, one in self._styles.items())
        styles = {name for name, switch in hiding if _is_on(switch)}
        for run in list(self._root.iter("{*}r")):
            properties = run.find("{*}rPr")
            if properties is None:
                continue
            own = properties.find("{*}vanish")
            named = _value(properties.find("{*}rStyle"), "val") in styles
            if _is_on(own) or (own is None and named):
                run.getparent().remove(run)

    def _show_comments(self, comments: Element) -> None:
        texts = {_value(one, "id"): _text(one) for one in comments.iter("{*}comment")}
        for mark in list(self._root.iter("{*}commentReference")):
            if text := texts.get(_value(mark, "id")):
                mark.getparent().addnext(self._run(f" [{text}] "))

    def _show_boxes(self) -> None:
        """Write the state of boxes to tick, as content controls, old fields or signs."""
        for control in self._root.iter("{*}sdt"):
            box = control.find("{*}sdtPr/{*}checkbox")
            run = next(control.iter("{*}r"), None)
            if box is not None and run is not None:
                for sign in list(control.iter("{*}t", "{*}sym")):
                    sign.getparent().remove(sign)
                run.append(self._new("t", text=TICKS[_is_on(box.find("{*}checked"))]))
        for field in list(self._root.iter("{*}ffData")):
            if shown := _field_state(field):
                field.getparent().getparent().addprevious(self._run(shown))
        for symbol in list(self._root.iter("{*}sym")):
            if sign := _SYMBOLS.get(_value(symbol, "char").lower()):
                symbol.addnext(self._new("t", text=sign))
                symbol.getparent().remove(symbol)

    def _fill_rows(self) -> None:
        """Put empty cells where a row starts late, since pandoc starts every row at the left."""
        for late in list(self._root.iter("{*}gridBefore")):
            row = late.getparent().getparent()
            first = next(row.iter("{*}tc"), None)
            missing = _value(late, "val")
            if first is not None and missing.isdecimal() and int(missing) <= _MOST_COLUMNS:
                for _ in range(int(missing)):
                    first.addprevious(self._new("tc", self._new("p")))

    def _show_text_boxes(self) -> None:
        """Move the text of shapes below their paragraph; each stands there twice, in two forms."""
        shown: dict[Element, list[Element]] = {}
        for drawing in self._root.iter("{*}AlternateContent", "{*}pict"):
            above = next(drawing.iterancestors("{*}AlternateContent"), None)
            place = next(drawing.iterancestors("{*}p"), None)
            if above is None and place is not None:
                shown.setdefault(place, []).append(drawing)
        for place, drawings in reversed(shown.items()):
            for drawing in reversed(_as_seen(drawings)):
                self._show_text_box(drawing, place)

    def _show_text_box(self, drawing: Element, place: Element) -> None:
        shapes = next(iter(drawing), drawing) if _name(drawing) != "pict" else drawing
        texts = [
            box
            for box in shapes.iter("{*}txbxContent")
            if next(box.iterancestors("{*}txbxContent"), None) is None
        ]
        if not texts or drawing.getparent() is None:
            return
        for part in reversed([part for box in texts for part in box]):
            place.addnext(part)
        if next(shapes.iter("{*}chart", "{*}relIds"), None) is None:
            drawing.getparent().remove(drawing)

    def _show_drawings(self) -> None:
        """Write the data of charts and the texts of diagrams below their paragraph."""
        for mark in list(self._root.iter("{*}chart", "{*}relIds")):
            is_chart = mark.tag.endswith("}chart")
            ids = [
                value
                for name, value in mark.attrib.items()
                if name.endswith("}id" if is_chart else "}dm")
            ]
            target = self._relations.get(ids[0] if ids else "", ("", ""))[1]
            place = next((up for up in mark.iterancestors() if up.tag.endswith("}p")), None)
            if place is None or target not in self._archive.namelist():
                continue
            part = self._xml(target)
            texts = (text for _, text in diagram_lines(part))
            shown = self._chart(part) if is_chart else map(self._paragraph, texts)
            for element in reversed(list(shown)):
                place.addnext(element)

    def _chart(self, chart: Element) -> Iterator[Element]:
        for part in chart_parts(chart):
            if isinstance(part, str):
                yield from map(self._paragraph, part.split("\n"))
            else:
                yield self._table(part)

    def _table(self, rows: list[list[str]]) -> Element:
        lines = [
            self._new("tr", *(self._new("tc", self._paragraph(cell)) for cell in row))
            for row in rows
        ]
        return self._new("tbl", *lines)

    def _take_title(self) -> None:
        """Keep in the text what pandoc makes properties of; the first title is the document's."""
        for paragraph in list(self._root.iter("{*}p")):
            style = paragraph.find("{*}pPr/{*}pStyle")
            name = self._style_name(_value(style, "val"))
            if name not in _TO_PROPERTIES:
                continue
            style.getparent().remove(style)
            if name == "title" and not self.title and (text := _text(paragraph)):
                self.title = text
                paragraph.getparent().remove(paragraph)

    def _mark_headings(self) -> None:
        """Give a style to what only looks like a heading."""
        for paragraph, level in WordHeadings(self._styles, self._defined).found(self._root).items():
            properties = paragraph.find("{*}pPr")
            if properties is None:
                properties = self._new("pPr")
                paragraph.insert(0, properties)
            for style in properties.findall("{*}pStyle"):
                properties.remove(style)
            style = self._new("pStyle")
            style.set(self._namespace + "val", f"{_MARKED}{level}")
            properties.insert(0, style)
            self._marked.add(level)

    def _styles_with_headings(self) -> bytes:
        """Return the part of the styles, with those of the headings that we marked."""
        for level in sorted(self._marked):
            name = self._new("name")
            name.set(self._namespace + "val", f"heading {level}")
            style = self._new("style", name)
            style.set(self._namespace + "type", "paragraph")
            style.set(self._namespace + "styleId", f"{_MARKED}{level}")
            self._defined.append(style)
        return _xml_of(self._defined)

    def _style_name(self, style_id: str) -> str:
        style = self._styles.get(style_id)
        name = style.find("{*}name") if style is not None else None
        return _value(name, "val").lower() if name is not None else style_id.lower()


def _xml_of(root: Element) -> bytes:
    from lxml import etree

    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written


def _value(element: Element, name: str) -> str:
    """Return the attribute *name* in any namespace, "" for none."""
    if element is None:
        return ""
    found = (v for k, v in element.attrib.items() if k == name or k.endswith("}" + name))
    return str(next(found, ""))


def _is_on(switch: Element) -> bool:
    return switch is not None and _value(switch, "val").lower() not in ("0", "false", "off")


def _text(element: Element) -> str:
    return " ".join("".join(part.text or "" for part in element.iter("{*}t")).split())


def _field_state(field: Element) -> str:
    """Return what an old form field shows that is not in the text: a box, or a chosen entry."""
    if (box := field.find("{*}checkBox")) is not None:
        state = box.find("{*}checked")
        return TICKS[_is_on(box.find("{*}default") if state is None else state)]
    if (choice := field.find("{*}ddList")) is None:
        return ""
    entries = [_value(entry, "val") for entry in choice.iter("{*}listEntry")]
    chosen = _value(choice.find("{*}result"), "val") or "0"
    return entries[int(chosen)] if chosen.isdecimal() and int(chosen) < len(entries) else ""


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _as_seen(drawings: list[Element]) -> list[Element]:
    """Return the drawings of a paragraph in reading order, or as written without places."""
    places = [place for drawing in drawings if (place := _place(drawing))]
    if len(places) < len(drawings) or len({frame for frame, _ in places}) > 1:
        return drawings
    placed = zip(drawings, (box for _, box in places), strict=True)
    return [drawing for drawing, _ in in_reading_order(placed, lambda one: one[1])]


def _place(drawing: Element) -> tuple[tuple[str, ...], Box] | None:
    """Return what the place of a floating drawing is measured from, and its edges."""
    anchor = next(drawing.iter("{*}anchor"), None)
    if anchor is None:
        return None
    ways = [anchor.find(f"{{*}}position{way}") for way in "HV"]
    offsets = [None if way is None else way.findtext("{*}posOffset") for way in ways]
    size = anchor.find("{*}extent")
    try:
        left, top = (int(offset or "") for offset in offsets)
        width, height = (int(size.get(name, "")) for name in ("cx", "cy"))
    except (AttributeError, ValueError):
        return None
    frame = tuple(way.get("relativeFrom", "") for way in ways)
    return frame, (left, top, left + width, top + height)
