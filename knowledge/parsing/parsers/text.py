"""Plain text with optional front matter, in common Japanese and Western encodings."""

from pathlib import PurePosixPath

from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.decoder import decode
from knowledge.parsing.front_matter import split_front_matter
from knowledge.parsing.parsers.code import code_file
from knowledge.text.titles import title_of_file

_CODE = {
    "dockerfile": "dockerfile",
    "gemfile": "ruby",
    "jenkinsfile": "groovy",
    "justfile": "makefile",
    "makefile": "makefile",
    "procfile": "yaml",
    "rakefile": "ruby",
    "vagrantfile": "ruby",
}
"""Files without an ending that hold code, with its language."""


class TextParser:
    """Parses plain text as one section."""

    suffixes = frozenset({".txt", ".text", ".log", ""})
    """Without an ending: README, LICENSE, Makefile."""

    def parse(self, data: bytes, name: str) -> ParsedFile:
        language = _CODE.get(PurePosixPath(name).name.lower())
        if language:
            return code_file(decode(data), name, language)
        metadata, text = split_front_matter(decode(data))
        title = metadata.get("title") or title_of_file(name)
        return ParsedFile(str(title), (Section(text.strip("\n")),), metadata)
