"""The Parser protocol."""

from typing import Protocol

from knowledge.model.types import ParsedFile


class Parser(Protocol):
    """Parses files of certain formats. Runs in a worker process: no state, no network."""

    @property
    def suffixes(self) -> frozenset[str]:
        """Lower-case file name endings with the dot, such as `.md`."""
        ...

    def parse(self, data: bytes, name: str) -> ParsedFile:
        """Parse *data*, the content of the file *name*.

        Raises:
            ParseError: when the content does not match the format; the text is one plain line.
        """
        ...
