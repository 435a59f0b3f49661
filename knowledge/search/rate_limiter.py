"""How fast an endpoint may be called: what its answers and refusals ask for is kept to."""

import asyncio
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_UNITS = (3600.0, 60.0, 1.0, 0.001)
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0


class EmbeddingRateLimiter:
    """Holds back all calls together: one refusal is enough for everybody to wait.

    The limits are learned. OpenAI, Azure and others tell in `x-ratelimit-remaining-*` and
    `x-ratelimit-reset-*` how many requests and tokens are left, and in `Retry-After` how long to
    wait; without them each refusal in a row doubles the wait.
    """

    def __init__(self) -> None:
        self._open_at = 0.0
        self._held_at = 0.0
        self._refusals = 0
        self._trouble_since: float | None = None

    @property
    def wait(self) -> float:
        """Seconds until the next call is allowed."""
        return max(self._open_at - time.monotonic(), 0.0)

    async def turn(self) -> float:
        """Wait until a call is allowed; return when it starts, for `refused`."""
        while wait := self.wait:  # noqa: ASYNC110 - the time is known, another call may move it
            await asyncio.sleep(wait)
        return time.monotonic()

    def succeeded(self, headers: Mapping[str, str], tokens: int) -> None:
        """Note an answer; wait for more allowance where the next call of *tokens* has too little.

        Args:
            headers: Of the answer, with lower-case names.
            tokens: Estimated size of a usual call.
        """
        self._refusals = 0
        self._trouble_since = None
        for kind, need in (("requests", 1), ("tokens", tokens)):
            left = headers.get(f"x-ratelimit-remaining-{kind}", "")
            if left.isdecimal() and int(left) < need:
                reset = seconds(headers.get(f"x-ratelimit-reset-{kind}", ""))
                self._hold(min(reset, 60.0))

    def refused(self, headers: Mapping[str, str], started: float, patience: float) -> bool:
        """Note that a call was refused or lost; tell whether it should be made again.

        Args:
            headers: Of the refusal; empty when there was no answer.
            started: When the call started, as `turn` said.
            patience: Seconds without any success after which it is time to give up.
        """
        if started >= self._held_at:  # Others of the same moment are no further sign.
            self._refusals += 1
        if self._trouble_since is None:
            self._trouble_since = started
        doubled = min(_FIRST_WAIT * 2 ** (self._refusals - 1), _LONGEST_WAIT)
        wait = _asked_wait(headers)
        self._hold(doubled if wait is None else wait)
        again = self._open_at - self._trouble_since <= patience
        if not again:
            self._trouble_since = None
        return again

    def _hold(self, wait: float) -> None:
        self._held_at = time.monotonic()
        self._open_at = max(self._open_at, self._held_at + wait)


def seconds(text: str) -> float:
    """Read a duration such as `1m30s`, `250ms` or `12`; what is none is 0."""
    try:
        return max(float(text), 0.0)
    except ValueError:
        match = _DURATION.fullmatch(text)
        parts = match.groups() if match else ()
        return sum(float(part or 0) * unit for part, unit in zip(parts, _UNITS, strict=False))


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a refusal asks to wait for, None when it does not say."""
    if milliseconds := headers.get("retry-after-ms"):
        return seconds(milliseconds) / 1000
    asked = headers.get("retry-after", "")
    if not asked:
        return None
    try:
        return max(parsedate_to_datetime(asked).timestamp() - time.time(), 0.0)
    except ValueError:
        return seconds(asked)
