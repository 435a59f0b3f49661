"""Slack's rate limits: calls a minute per method, and messages a second per channel."""

import math
from collections import defaultdict, deque

from bot.workspace.clock import Clock

WINDOW_SECONDS = 60.0
CALLS_A_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100, 5: 600}
"""By tier; 5 stands for the special tiers."""

POSTING = frozenset({"chat.postMessage"})
POST_BURST = 5
"""Slack promises one message a second in each channel; short bursts are allowed."""


class RateLimits:
    """Counts calls and says how long to wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)

    def wait(self, method: str, tier: int, channel: str) -> int:
        """Count a call and return 0; or, over the limit, return the seconds to wait."""
        if method in POSTING:
            return self._take(f"{method} {channel}", POST_BURST, float(POST_BURST))
        return self._take(method, CALLS_A_MINUTE[tier], WINDOW_SECONDS)

    def _take(self, key: str, most: int, window: float) -> int:
        now = self._clock.now()
        calls = self._calls[key]
        while calls and calls[0] <= now - window:
            calls.popleft()
        if len(calls) < most:
            calls.append(now)
            return 0
        return max(1, math.ceil(calls[0] + window - now))
