"""Keeps the texts of questions in work out of the log.

A vendor's error may quote the request. Logging is global to the process, and so is this.
"""

from functools import cached_property
from weakref import WeakValueDictionary

import structlog

WITHHELD = "(line withheld: it quotes a message)"
RUN = 15
"""Equal bytes in a row that are no accident: 15 letters, or 5 kanji or kana."""

_IDS = frozenset({"job", "partition", "question"})


class PrivateText:
    """A text that the log of its job does not repeat while this object exists."""

    def __init__(self, job: str, text: str) -> None:
        self._text = text
        _in_work[job] = self

    @cached_property
    def _own_runs(self) -> frozenset[bytes]:
        return _runs(self._text)

    def cut_out_of(self, text: str) -> str:
        """Return *text* without the lines that share a run of bytes with this one."""
        lines = text.split("\n")
        return "\n".join(
            line if self._own_runs.isdisjoint(_runs(line)) else WITHHELD for line in lines
        )


_in_work: WeakValueDictionary[str, PrivateText] = WeakValueDictionary()


def without_messages(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Withhold the lines of *event* that quote the text of its job; a structlog processor."""
    private = _in_work.get(str(event.get("job")))
    if private is not None:
        for name, value in event.items():
            if isinstance(value, str) and name not in _IDS:
                event[name] = private.cut_out_of(value)
    return event


def _runs(text: str) -> frozenset[bytes]:
    code = text.encode(errors="replace")
    return frozenset(code[start : start + RUN] for start in range(len(code) - RUN + 1))
