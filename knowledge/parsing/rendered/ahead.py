"""Finds strings ahead, in linear time over a whole text."""


class Ahead:
    """Finds strings in *text* from positions that only grow; a string that is missing costs once.

    Args:
        text: Where to look.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[str, int] = {}

    def find(self, wanted: str, start: int) -> int:
        """Return the next place of *wanted* from *start* on, or -1."""
        known = self._known.get(wanted)
        if known is None or -1 < known < start:
            known = self._known[wanted] = self._text.find(wanted, start)
        return known
