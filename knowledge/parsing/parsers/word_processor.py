"""Documents of word processors other than Word: OpenDocument text and RTF."""

from dataclasses import replace
from pathlib import PurePosixPath

from knowledge.model.errors import parse_errors
from knowledge.model.types import ParsedFile
from knowledge.parsing import opendocument_text, rtf
from knowledge.parsing.dates import iso_date
from knowledge.parsing.html_markdown import sections_of
from knowledge.parsing.pandoc import convert
from knowledge.parsing.stated_properties import packed_properties
from knowledge.text.headings import first_heading
from knowledge.text.titles import title_of_file, title_of_property


class WordProcessorParser:
    """Parses documents with pandoc, which keeps headings, lists and tables."""

    suffixes = frozenset({".odt", ".ott", ".rtf"})

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with parse_errors("document"):
            if PurePosixPath(name).suffix.lower() == ".rtf":
                shown = rtf.without_tiny_text(rtf.with_plain_bullets(rtf.in_unicode(data)))
                converted = convert(shown, "rtf")
                for code in converted.root.iter("code"):
                    code.tag = "span"  # every Japanese letter in a font of even width
                stated = {"title": converted.metadata.get("title"), "date": rtf.date_of(data)}
            else:
                properties = packed_properties(data, "meta.xml")
                converted = convert(opendocument_text.rewritten(data), "odt")
                stated = {"title": properties.get("title"), "date": properties.get("date")}
            sections = sections_of(converted.root)
        # Nothing in such a file can be linked to, and a fragment may confuse the program.
        sections = tuple(replace(section, anchor="") for section in sections)
        title = title_of_property(stated["title"]) or first_heading(sections) or title_of_file(name)
        return ParsedFile(title, sections, {"date": iso_date(stated["date"])})
