"""What reads files of some formats."""

from typing import Protocol

from knowledge.model.types import ParsedFile


class Parser(Protocol):
    """Reads files of some formats. Runs in a worker process: no state, no network."""

    @property
    def suffixes(self) -> frozenset[str]:
        """Lower-case file name endings with their dot, such as `.md`."""
        ...

    def parse(self, data: bytes, name: str) -> ParsedFile:
        """Read the file *name* with content *data*.

        Raises:
            ParseError: when it is not what it says to be; the text is one plain line.
        """
        ...
