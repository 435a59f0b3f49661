"""Plain text with optional front matter, in common Japanese and Western encodings."""

from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.decoder import decode
from knowledge.parsing.front_matter import split_front_matter
from knowledge.text.titles import title_of_file


class TextParser:
    """Parses plain text as one section."""

    suffixes = frozenset({".txt", ".text"})

    def parse(self, data: bytes, name: str) -> ParsedFile:
        metadata, text = split_front_matter(decode(data))
        title = metadata.get("title") or title_of_file(name)
        return ParsedFile(str(title), (Section(text.strip("\n")),), metadata)
