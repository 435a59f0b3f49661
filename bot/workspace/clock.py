"""The workspace's time: real time, which a test may advance."""

import time


class Clock:
    """Wall-clock time plus the seconds that were added."""

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Advance by *seconds* at once, for streams, triggers and rate limits."""
        self._offset += seconds
