"""The workspace's time: the real one, which a test may push forward."""

import time


class Clock:
    """Wall-clock time plus whatever was added to it."""

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass at once: streams, triggers and rate limits see it."""
        self._offset += seconds
