"""Markdown, with front matter."""

from knowledge.decoding import decode
from knowledge.front_matter import split_front_matter
from knowledge.headings import first_heading, split_sections
from knowledge.titles import title_of_file
from knowledge.types import ParsedFile


class MarkdownParser:
    """Reads Markdown: a section a heading, anchors as GitHub makes them."""

    suffixes = frozenset({".md", ".markdown", ".mdx"})

    def parse(self, data: bytes, name: str) -> ParsedFile:
        metadata, text = split_front_matter(decode(data))
        sections = split_sections(text)
        title = metadata.get("title") or first_heading(sections) or title_of_file(name)
        return ParsedFile(str(title), sections, metadata)
