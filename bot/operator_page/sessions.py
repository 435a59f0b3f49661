"""Who may see the operator's page: whoever has its token, or a cookie that was given for it."""

import hashlib
import hmac
import secrets
import time
from collections import deque
from collections.abc import Callable
from typing import Literal

SESSION_SECONDS = 3_600
"""How long a cookie holds."""

MOST_TRIES = 10
"""Wrong tokens in a minute; beyond, no token is looked at."""

_MINUTE = 60.0
_LONGEST = 128
"""Characters of a cookie that are looked at."""

TokenOutcome = Literal["right", "wrong", "too_many"]


class OperatorSessions:
    """Checks tokens, and gives and checks cookies.

    A cookie says until when it holds, and proves it with a key that only this object has: nobody
    can work out the token from a cookie, and another token, or a restart, ends all of them.

    Args:
        token: The token.
        clock: Returns seconds since the epoch.
        steady: Returns seconds that only grow, to count tries by.
    """

    def __init__(
        self,
        token: str,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._token = _digest(token)
        self._key = secrets.token_bytes(32)
        self._clock = clock
        self._steady = steady
        self._wrong: deque[float] = deque(maxlen=MOST_TRIES)

    def try_token(self, given: str) -> TokenOutcome:
        """Compare *given* with the token, in the same time whatever it is.

        All who try share one limit: a page for few needs no more, and whoever changes addresses
        gains nothing.
        """
        if self.wait_seconds():
            return "too_many"
        if hmac.compare_digest(_digest(given), self._token):
            return "right"
        self._wrong.append(self._steady())
        return "wrong"

    def wait_seconds(self) -> int:
        """Return after how many seconds a token is looked at again; 0 for now."""
        if len(self._wrong) < MOST_TRIES:
            return 0
        left = self._wrong[0] + _MINUTE - self._steady()
        return int(left) + 1 if left > 0 else 0

    def new_cookie(self) -> str:
        """Return the value of a cookie that holds from now on."""
        until = str(int(self._clock()) + SESSION_SECONDS)
        return f"{until}.{self._proof(until)}"

    def admits(self, cookie: str) -> bool:
        """Tell whether *cookie* is one of ours, and still holds."""
        until, _, proof = cookie[:_LONGEST].partition(".")
        if not hmac.compare_digest(_bytes(proof), _bytes(self._proof(until))):
            return False
        return self._clock() < int(until)

    def _proof(self, until: str) -> str:
        return hmac.new(self._key, _bytes(until), hashlib.sha256).hexdigest()


def _digest(text: str) -> bytes:
    """Return a digest, so that neither the length of a token nor odd letters matter."""
    return hashlib.sha256(_bytes(text)).digest()


def _bytes(text: str) -> bytes:
    """Return *text* as bytes; a header may hold what is no letter."""
    return text.encode("utf-8", "surrogatepass")
