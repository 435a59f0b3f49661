"""Detects a run that repeats itself."""

import json
import unicodedata
from collections import Counter
from collections.abc import Mapping

from bot.core.types import TerminationReason

MOST_REPEATS = 3
MOST_IDLE_TURNS = 2


class LoopGuard:
    """The actions of one run: which are repeated, and whether they still find new passages."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._idle_turns = 0

    def repeats(self, tool: str, arguments: Mapping[str, object]) -> bool:
        """Note an action; tell whether it was done before (case and width do not matter)."""
        written = json.dumps(arguments, sort_keys=True, ensure_ascii=False, default=str)
        key = tool, " ".join(unicodedata.normalize("NFKC", written).casefold().split())
        self._counts[key] += 1
        return self._counts[key] > 1

    def end_turn(self, new_passages: int) -> None:
        """Note how many new passages the turn has found."""
        self._idle_turns = 0 if new_passages else self._idle_turns + 1

    def reason_to_finish(self) -> TerminationReason | None:
        """Return why more actions are pointless, or None."""
        if max(self._counts.values(), default=0) >= MOST_REPEATS:
            return "repeated_actions"
        return "no_new_evidence" if self._idle_turns >= MOST_IDLE_TURNS else None
