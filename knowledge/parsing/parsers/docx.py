"""Word documents."""

from dataclasses import replace

from knowledge.model.errors import parse_errors
from knowledge.model.types import ParsedFile
from knowledge.parsing.dates import iso_date
from knowledge.parsing.html_markdown import HtmlOptions, sections_of
from knowledge.parsing.pandoc import convert
from knowledge.parsing.stated_properties import packed_properties
from knowledge.parsing.word_xml import WordFile
from knowledge.text.headings import first_heading
from knowledge.text.titles import title_of_file, title_of_property


class DocxParser:
    """Parses Word documents with pandoc: the final text, without comments, heads and feet.

    Args:
        include_hidden: Whether to read hidden text and comments, too.
    """

    suffixes = frozenset({".docx", ".docm", ".dotx", ".dotm"})

    def __init__(self, *, include_hidden: bool = False) -> None:
        self._include_hidden = include_hidden

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with parse_errors("Word document"):
            file = WordFile(data)
            rewritten = file.rewritten(include_hidden=self._include_hidden)
            root = convert(rewritten, "docx").root
            for indented in root.iter("blockquote"):  # to pandoc, indented text is quoted
                indented.tag = "div"
            sections = sections_of(root, HtmlOptions(links=False))
            stated = packed_properties(data, "docProps/core.xml")
        # Nothing in a Word file can be linked to, and a fragment may confuse the program.
        sections = tuple(replace(section, anchor="") for section in sections)
        title = file.title or first_heading(sections) or title_of_property(stated.get("title"))
        return ParsedFile(
            title or title_of_file(name), sections, {"date": iso_date(stated.get("modified", ""))}
        )
