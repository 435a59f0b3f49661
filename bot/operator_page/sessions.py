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

MOST_SESSIONS = 1_000
"""At the same time; each of them needed the token."""

MOST_TRIES = 10
"""Wrong tokens in a minute; beyond, no token is looked at."""

_MINUTE = 60.0
_LONGEST = 128
"""Characters of a cookie that are looked at."""

TokenOutcome = Literal["right", "wrong", "too_many"]


class OperatorSessions:
    """Checks tokens, and gives and checks cookies.

    A cookie is the random name of a session that only this object knows: nobody can work out the
    token from it, signing out ends it and all copies of it, and another token, or a restart, ends
    all of them.

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
        self._sessions = dict[bytes, float]()
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
        """Return the value of a cookie that holds from now on; the oldest of very many ends."""
        now, cookie = self._clock(), secrets.token_urlsafe(32)
        held = [(session, until) for session, until in self._sessions.items() if now < until]
        self._sessions = dict(held[-MOST_SESSIONS + 1 :])
        self._sessions[_digest(cookie)] = now + SESSION_SECONDS
        return cookie

    def admits(self, cookie: str) -> bool:
        """Tell whether *cookie* is one of ours, and still holds."""
        return self._clock() < self._sessions.get(_session(cookie), 0.0)

    def end(self, cookie: str) -> None:
        """End the session of *cookie*, wherever a copy of it is."""
        self._sessions.pop(_session(cookie), None)


def workspace_token(token: str, team: str) -> str:
    """Return the token of the page of one workspace of several.

    It is worked out of that of the deployment: nothing has to be kept, and neither that token nor
    the one of another workspace can be worked out of it.
    """
    told = f"operator page of {team}"
    return hmac.new(_bytes(token), told.encode("utf-8"), hashlib.sha256).hexdigest()


def _session(cookie: str) -> bytes:
    return _digest(cookie[:_LONGEST])


def _digest(text: str) -> bytes:
    """Return a digest, so that neither the length of a token nor odd letters matter."""
    return hashlib.sha256(_bytes(text)).digest()


def _bytes(text: str) -> bytes:
    """Return *text* as bytes; a header may hold what is no letter."""
    return text.encode("utf-8", "surrogatepass")
