"""The states of installs that have begun: each is good once, and for ten minutes."""

import logging
import secrets
import time
from collections.abc import Callable

from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.redis.connection import RedisClient
from bot.redis.keys import key_root

STATE_SECONDS = 600

MOST_STATES = 10_000
"""States at the same time, about 1 MB: anybody can begin any number of installs, and the oldest
are forgotten."""


class InstallStates(AsyncOAuthStateStore):
    """The states of all processes of a deployment; Bolt binds each to a browser by a cookie."""

    def __init__(
        self,
        client: RedisClient,
        clock: Callable[[], float] = time.time,
        most: int = MOST_STATES,
    ) -> None:
        self._client = client
        self._clock = clock
        self._most = most
        self._key = f"{key_root(client)}:installations:states"

    @property
    def logger(self) -> logging.Logger:
        """The logger of slack_sdk's protocol."""
        return logging.getLogger(__name__)

    async def async_issue(self, *_arguments: object, **_options: object) -> str:
        """Return a new state."""
        state, do = secrets.token_urlsafe(32), self._client.execute_command
        await do("ZADD", self._key, self._clock(), state)
        await do("ZREMRANGEBYRANK", self._key, 0, -self._most - 1)
        await do("EXPIRE", self._key, STATE_SECONDS)
        return state

    async def async_consume(self, state: str) -> bool:
        """Tell whether *state* is one of these, and take it away: of two who ask, one has it."""
        do = self._client.execute_command
        began = await do("ZSCORE", self._key, state)
        taken = bool(await do("ZREM", self._key, state))
        return taken and float(began or 0) > self._clock() - STATE_SECONDS
