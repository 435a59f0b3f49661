"""A rate limiter that follows the limits an endpoint reports in its responses."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_UNITS = (3600.0, 60.0, 1.0, 0.001)
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0


class EmbeddingRateLimiter:
    """Delays all calls together: after one refusal, every caller waits.

    The limits come from the responses. OpenAI, Azure and others report the remaining requests and
    tokens in `x-ratelimit-remaining-*` and `x-ratelimit-reset-*`, and the time to wait in
    `Retry-After`. Without these headers, each consecutive refusal doubles the wait.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open_at = 0.0
        self._held_at = 0.0
        self._refusals = 0
        self._failing_since: float | None = None

    @property
    def wait(self) -> float:
        """Seconds until the next call is allowed."""
        return max(self._open_at - self._clock(), 0.0)

    async def acquire(self) -> float:
        """Wait until a call is allowed; return its start (monotonic seconds), for `refused`."""
        while wait := self.wait:  # noqa: ASYNC110 - another call may move the known time
            await asyncio.sleep(wait)
        return self._clock()

    def succeeded(self, headers: Mapping[str, str], tokens: int) -> None:
        """Record a response; delay the next call if it would exceed the remaining allowance.

        Args:
            headers: Headers of the response, with lower-case names.
            tokens: Estimated tokens of a typical call.
        """
        self._refusals = 0
        self._failing_since = None
        for kind, need in (("requests", 1), ("tokens", tokens)):
            left = headers.get(f"x-ratelimit-remaining-{kind}", "")
            if left.isdecimal() and int(left) < need:
                reset = seconds(headers.get(f"x-ratelimit-reset-{kind}", ""))
                self._hold(min(reset, 60.0))

    def refused(self, headers: Mapping[str, str], started: float, patience: float) -> bool:
        """Record a refused or lost call; return whether to retry it.

        Args:
            headers: Headers of the refusal; empty when there was no response.
            started: Start of the call, as `acquire` returned it.
            patience: Seconds without any success after which to give up.
        """
        if started >= self._held_at:  # Count concurrent refusals once.
            self._refusals += 1
        if self._failing_since is None:
            self._failing_since = started
        doubled = min(_FIRST_WAIT * 2 ** (self._refusals - 1), _LONGEST_WAIT)
        wait = _asked_wait(headers)
        self._hold(doubled if wait is None else wait)
        again = self._open_at - self._failing_since <= patience
        if not again:
            self._failing_since = None
        return again

    def _hold(self, wait: float) -> None:
        self._held_at = self._clock()
        self._open_at = max(self._open_at, self._held_at + wait)


def seconds(text: str) -> float:
    """Return the seconds of a duration such as `1m30s`, `250ms` or `12`; 0 for other text."""
    try:
        return max(float(text), 0.0)
    except ValueError:
        match = _DURATION.fullmatch(text)
        parts = match.groups() if match else ()
        return sum(float(part or 0) * unit for part, unit in zip(parts, _UNITS, strict=False))


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return the wait that a refusal asks for, in seconds, or None when it names none."""
    if milliseconds := headers.get("retry-after-ms"):
        return seconds(milliseconds) / 1000
    asked = headers.get("retry-after", "")
    if not asked:
        return None
    try:
        return max(parsedate_to_datetime(asked).timestamp() - time.time(), 0.0)
    except ValueError:
        return seconds(asked)
