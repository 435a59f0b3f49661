"""Markdown, with front matter."""

from knowledge.model.types import ParsedFile
from knowledge.parsing.decoder import decode
from knowledge.parsing.front_matter import rendered_front_matter, split_front_matter
from knowledge.parsing.rendered.page import as_shown
from knowledge.text.headings import first_heading, split_sections
from knowledge.text.titles import title_of_file


class MarkdownParser:
    """Parses Markdown as its readers see it: one section per heading, with GitHub's anchors.

    Args:
        include_hidden: Whether to keep the text of comments and hidden elements.
        rendered: Whether a source has rendered the page; see `ReadingOptions`.
    """

    suffixes = frozenset({".md", ".markdown", ".mdx"})

    def __init__(self, *, include_hidden: bool = False, rendered: bool = False) -> None:
        self._include_hidden = include_hidden
        self._split = rendered_front_matter if rendered else split_front_matter

    def parse(self, data: bytes, name: str) -> ParsedFile:
        metadata, source = self._split(decode(data))
        is_mdx = name.lower().endswith(".mdx")
        text = as_shown(source, mdx=is_mdx, include_hidden=self._include_hidden)
        sections = split_sections(text)
        title = metadata.get("title") or first_heading(sections) or title_of_file(name)
        return ParsedFile(str(title), sections, metadata)
