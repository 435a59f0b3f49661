"""Reads files of sources as a sync does."""

from knowledge.model.types import ParsedFile
from knowledge.parsing.options import ReadingOptions
from knowledge.parsing.parsers import parse
from knowledge.sync.source import Source, SourceFile


def parsed_page(source: Source, file: SourceFile) -> ParsedFile:
    """Return a file of *source*; a page that the source has rendered is read as such."""
    return parse(source.read(file), file.name, options=ReadingOptions(rendered=file.rendered))
