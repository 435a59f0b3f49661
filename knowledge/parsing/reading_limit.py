"""How much of one file is read: of a very large table or PDF, the beginning."""

import sys
import time

from knowledge.model.types import PARTLY

_MEMORY = 700_000_000
"""Bytes for a file and its text, of those that the parser process may allocate."""

_COPIES = 2
_EACH = 12
"""How often a file is in memory, and bytes of a character with all that is made of it."""

SECONDS = 35.0
"""Time for reading; tables, headings and chunks need half as much again."""


class ReadingLimit:
    """Ends the reading of one file after some characters, or some time, and notes where.

    Args:
        size: Bytes of the file. The larger it is, the less memory is left for its text.
        characters: Number of characters; never more than fit into memory.
        seconds: Time from now on.
    """

    def __init__(self, size: int, characters: int = sys.maxsize, seconds: float = SECONDS) -> None:
        self._left = min(characters, max(0, _MEMORY - _COPIES * size) // _EACH)
        self._end = time.monotonic() + seconds
        self._unread = ""

    def spend(self, characters: int) -> None:
        """Count characters that were read."""
        self._left -= characters

    @property
    def is_reached(self) -> bool:
        """Whether nothing more may be read."""
        return self._left <= 0 or time.monotonic() > self._end

    def stop(self, place: str) -> None:
        """Note the first *place* that is not read, such as `sheet 'May' from row 7 on`."""
        self._unread = self._unread or place

    def notes(self) -> tuple[str, ...]:
        """Return what was not read, in one line; nothing if all was."""
        if not self._unread:
            return ()
        return (f"{PARTLY}{self._unread}: the file is too large; divide it into several",)
