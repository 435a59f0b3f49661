"""Markdown, with front matter."""

from dataclasses import replace

from knowledge.model.types import ParsedFile, Section
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
        return ParsedFile(str(title), _with_wordings(sections, metadata.get("wordings")), metadata)


def _with_wordings(sections: tuple[Section, ...], wordings: object) -> tuple[Section, ...]:
    """Add the *wordings* of the questions that a document answers as a heading of every section.

    A heading makes the answer easier to find, and is never quoted as an answer.
    """
    if not isinstance(wordings, list) or not wordings:
        return sections
    heading = " / ".join(map(str, wordings))
    return tuple(replace(section, headings=(heading, *section.headings)) for section in sections)
