"""PowerPoint presentations."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from knowledge.model.errors import parse_errors
from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.drawings import drawing_text, graphic_text, is_hidden
from knowledge.parsing.ooxml import (
    OfficePackage,
    Relation,
    child,
    descendants,
    transitional,
)
from knowledge.parsing.reading_order import Box, in_reading_order
from knowledge.parsing.repeated import repeated_sections
from knowledge.parsing.slide_titles import topmost_title
from knowledge.parsing.tables import markdown_table
from knowledge.text.headings import first_heading
from knowledge.text.titles import title_of_file

if TYPE_CHECKING:
    from pptx.shapes.base import BaseShape
    from pptx.slide import Slide, SlideLayout, SlideMaster
    from pptx.table import Table

_TYPE = b"application/vnd.openxmlformats-officedocument.presentationml."
_MACROS = b"application/vnd.ms-powerpoint."
_KNOWN_TYPES = {
    _TYPE + b"slideshow.main+xml": _TYPE + b"presentation.main+xml",
    _TYPE + b"template.main+xml": _TYPE + b"presentation.main+xml",
    _MACROS + b"slideshow.macroEnabled.main+xml": _TYPE + b"presentation.main+xml",
    _MACROS + b"template.macroEnabled.main+xml": _TYPE + b"presentation.main+xml",
}
"""The library opens presentations, and neither slide shows nor templates, which are the same."""

_FOOT = "ftr"
_FURNITURE = frozenset({"sldNum", "dt", _FOOT})
"""What stands on every slide: its number, the date, the foot."""


class PptxParser:
    """Parses presentations: one section per slide, its title as heading, its notes at the end.

    What feet, layouts and masters repeat on slides stands in one section behind them. Hidden slides
    and shapes, and comments, are left out.

    Args:
        include_hidden: Whether to read them, too.
    """

    suffixes = frozenset({".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"})

    def __init__(self, *, include_hidden: bool = False) -> None:
        self._include_hidden = include_hidden

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with parse_errors("presentation"):
            from pptx import Presentation

            package = OfficePackage(data)
            presentation = Presentation(io.BytesIO(transitional(data, _KNOWN_TYPES)))
            slides = [
                (number, slide)
                for number, slide in enumerate(presentation.slides, 1)
                if self._include_hidden or slide.element.get("show") not in ("0", "false")
            ]
            sections = [self._section(package, slide, number) for number, slide in slides]
            properties = package.properties()
            title = (
                first_heading(tuple(sections)) or properties.pop("title", "") or title_of_file(name)
            )
            sections += repeated_sections(list(self._repeated(package, slides)), title, sections)
        return ParsedFile(title, tuple(sections), {"date": "", **properties})

    def _repeated(
        self, package: OfficePackage, slides: "Sequence[tuple[int, Slide]]"
    ) -> Iterator[tuple[int, str]]:
        """Yield what slides show that is not their own, with the number of the first one."""
        seen = set[str]()
        for number, slide in slides:
            for shape in slide.placeholders:
                if _kind_of_placeholder(shape) == _FOOT:
                    yield number, drawing_text(shape.element)
            for above in _shown_behind(slide):
                part = str(above.part.partname).lstrip("/")
                if part in seen:
                    continue
                seen.add(part)
                shapes = (shape for shape in above.shapes if not _kind_of_placeholder(shape))
                reader = _Shapes(
                    package, package.relations(part), include_hidden=self._include_hidden
                )
                yield from ((number, block) for block in reader.blocks(shapes))

    def _section(self, package: OfficePackage, slide: "Slide", number: int) -> Section:
        part = str(slide.part.partname).lstrip("/")
        relations = package.relations(part)
        reader = _Shapes(package, relations, include_hidden=self._include_hidden)
        title = slide.shapes.title or self._topmost(slide, reader)
        heading = " ".join(drawing_text(title.element).split()) if title is not None else ""
        blocks = list(reader.blocks(shape for shape in slide.shapes if shape != title))
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            blocks.append(slide.notes_slide.notes_text_frame.text)
        if self._include_hidden:
            blocks += _comments(package, relations)
        text = "\n\n".join(block for block in blocks if block.strip())
        return Section(text or heading, (heading,) if heading else (), page=number)

    @staticmethod
    def _topmost(slide: "Slide", reader: "_Shapes") -> "BaseShape | None":
        """Return the shape that stands where a title would."""
        shapes = list(filter(reader.is_read, slide.shapes))
        number = topmost_title([(_box(one), _words(one)) for one in shapes])
        return None if number is None else shapes[number]


class _Shapes:
    """Reads the shapes of one slide."""

    def __init__(
        self, package: OfficePackage, relations: dict[str, Relation], *, include_hidden: bool
    ) -> None:
        self._package = package
        self._relations = relations
        self._include_hidden = include_hidden

    def blocks(self, shapes: "Iterable[BaseShape]") -> Iterator[str]:
        """Yield what the shapes show as Markdown, in reading order."""
        from pptx.shapes.autoshape import Shape
        from pptx.shapes.graphfrm import GraphicFrame
        from pptx.shapes.group import GroupShape

        for shape in in_reading_order(filter(self.is_read, shapes), _box):
            if isinstance(shape, GroupShape):
                yield from self.blocks(shape.shapes)
            elif isinstance(shape, GraphicFrame) and shape.has_table:
                yield markdown_table(_rows(shape.table))
            elif isinstance(shape, GraphicFrame):
                yield from graphic_text(self._package, self._relations, shape.element)
            elif isinstance(shape, Shape):
                yield drawing_text(shape.element)

    def is_read(self, shape: "BaseShape") -> bool:
        """Tell whether a shape is shown, and is no number or foot of the page."""
        if is_hidden(shape.element) and not self._include_hidden:
            return False
        return _kind_of_placeholder(shape) not in _FURNITURE


def _kind_of_placeholder(shape: "BaseShape") -> str:
    """Return the kind of a placeholder, "" for another shape."""
    placeholder = next(descendants(shape.element, "ph"), None)
    return "" if placeholder is None else placeholder.get("type") or "obj"


def _shown_behind(slide: "Slide") -> "Iterator[SlideLayout | SlideMaster]":
    """Yield the layout and the master whose shapes a slide shows behind its own."""
    layout = slide.slide_layout
    if slide.element.get("showMasterSp") not in ("0", "false"):
        yield layout
        if layout.element.get("showMasterSp") not in ("0", "false"):
            yield layout.slide_master


def _words(shape: "BaseShape") -> str:
    """Return the text of a text box, "" of anything else."""
    return drawing_text(shape.element).strip() if shape.has_text_frame else ""


def _rows(table: "Table") -> Iterator[list[str]]:
    """Yield the rows of a table, with the text of merged cells wherever they span."""
    spans: dict[tuple[int, int], str] = {}
    for y, row in enumerate(table.rows):
        texts = []
        for x, cell in enumerate(row.cells):
            text = spans.get((y, x), "") if cell.is_spanned else cell.text
            if cell.is_merge_origin:
                spans.update(
                    ((y + down, x + across), text)
                    for down in range(cell.span_height)
                    for across in range(cell.span_width)
                )
            texts.append(text)
        yield texts


def _comments(package: OfficePackage, relations: dict[str, Relation]) -> Iterator[str]:
    for relation in relations.values():
        if relation.kind == "comments":
            for comment in descendants(package.xml(relation.target), "cm", "reply"):
                text = child(comment, "text")
                yield (
                    (text.text or "")
                    if text is not None
                    else drawing_text(child(comment, "txBody"))
                )


def _box(shape: Any) -> Box:
    """Return the left, top, right and bottom edge of a shape in its group."""
    left, top, width, height = (
        one or 0 for one in (shape.left, shape.top, shape.width, shape.height)
    )
    return left, top, left + width, top + height
