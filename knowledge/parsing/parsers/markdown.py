"""Markdown, with front matter."""

from knowledge.model.types import ParsedFile
from knowledge.parsing.decoder import decode
from knowledge.parsing.front_matter import split_front_matter
from knowledge.text.headings import first_heading, split_sections
from knowledge.text.titles import title_of_file


class MarkdownParser:
    """Parses Markdown: one section per heading, with GitHub's anchors."""

    suffixes = frozenset({".md", ".markdown", ".mdx"})

    def parse(self, data: bytes, name: str) -> ParsedFile:
        metadata, text = split_front_matter(decode(data))
        sections = split_sections(text)
        title = metadata.get("title") or first_heading(sections) or title_of_file(name)
        return ParsedFile(str(title), sections, metadata)
