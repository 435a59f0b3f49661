"""Markdown, with front matter."""

from dataclasses import replace

from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.decoder import decode
from knowledge.parsing.front_matter import split_front_matter
from knowledge.text.headings import first_heading, split_sections
from knowledge.text.titles import title_of_file


class MarkdownParser:
    """Reads Markdown: a section a heading, anchors as GitHub makes them."""

    suffixes = frozenset({".md", ".markdown", ".mdx"})

    def parse(self, data: bytes, name: str) -> ParsedFile:
        metadata, text = split_front_matter(decode(data))
        sections = split_sections(text)
        title = metadata.get("title") or first_heading(sections) or title_of_file(name)
        return ParsedFile(str(title), _asked(sections, metadata.get("wordings")), metadata)


def _asked(sections: tuple[Section, ...], wordings: object) -> tuple[Section, ...]:
    """Put the *wordings* of the questions that a document answers above all of its sections.

    As a heading, and not as text: they are to find the answer, and never to be quoted as one.
    """
    if not isinstance(wordings, list) or not wordings:
        return sections
    heading = " / ".join(map(str, wordings))
    return tuple(replace(one, headings=(heading, *one.headings)) for one in sections)
