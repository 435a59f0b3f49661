"""Electronic books: EPUB and FictionBook."""

from dataclasses import replace
from pathlib import PurePosixPath

from knowledge.model.errors import parse_errors
from knowledge.model.types import ParsedFile
from knowledge.parsing.dates import iso_date
from knowledge.parsing.html_markdown import HtmlOptions, sections_of
from knowledge.parsing.pandoc import convert
from knowledge.parsing.stated_properties import packed_properties, xml_properties
from knowledge.text.headings import first_heading
from knowledge.text.titles import title_of_file, title_of_property


class EbookParser:
    """Parses books with pandoc, chapter after chapter."""

    suffixes = frozenset({".epub", ".fb2"})

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with parse_errors("book"):
            if PurePosixPath(name).suffix.lower() == ".epub":
                stated = packed_properties(data, "*.opf")
                converted = convert(data, "epub")
            else:
                stated = xml_properties(_description(data))
                converted = convert(data, "fb2")
            sections = sections_of(converted.root, HtmlOptions(links=False))
        sections = tuple(replace(section, anchor="") for section in sections)
        title = str(converted.metadata.get("title") or "")
        title = title_of_property(title) or first_heading(sections) or title_of_file(name)
        return ParsedFile(title, sections, {"date": iso_date(stated.get("date"))})


def _description(data: bytes) -> bytes:
    """Return a FictionBook up to the end of its `<description>`."""
    return data.partition(b"</description>")[0]
