"""PowerPoint presentations."""

import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from knowledge.model.errors import parse_errors
from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.front_matter import iso_date
from knowledge.parsing.tables import markdown_table
from knowledge.text.headings import first_heading
from knowledge.text.titles import title_of_file, title_of_property

if TYPE_CHECKING:
    from pptx.shapes.base import BaseShape
    from pptx.slide import Slide


class PptxParser:
    """Parses presentations: one section per slide, its title as heading, its notes at the end."""

    suffixes = frozenset({".pptx"})

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with parse_errors("presentation"):
            from pptx import Presentation

            presentation = Presentation(io.BytesIO(data))
            sections = tuple(_section(slide, n) for n, slide in enumerate(presentation.slides, 1))
            properties = presentation.core_properties
            title = title_of_property(properties.title)
            date = iso_date(properties.modified)
        title = first_heading(sections) or title or title_of_file(name)
        return ParsedFile(title, sections, {"date": date})


def _section(slide: "Slide", number: int) -> Section:
    title = slide.shapes.title
    heading = " ".join(title.text_frame.text.split()) if title is not None else ""
    blocks = list(_blocks(shape for shape in slide.shapes if shape != title))
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        blocks.append(slide.notes_slide.notes_text_frame.text)
    text = "\n\n".join(block for block in blocks if block.strip())
    return Section(text or heading, (heading,) if heading else (), page=number)


def _blocks(shapes: "Iterable[BaseShape]") -> Iterator[str]:
    from pptx.shapes.autoshape import Shape
    from pptx.shapes.graphfrm import GraphicFrame
    from pptx.shapes.group import GroupShape

    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _blocks(shape.shapes)
        elif isinstance(shape, Shape):
            yield shape.text_frame.text.replace("\v", "\n")
        elif isinstance(shape, GraphicFrame) and shape.has_table:
            yield markdown_table([cell.text for cell in row.cells] for row in shape.table.rows)
