"""The states of installs that have begun: each is good once, and for ten minutes."""

import logging
import secrets

from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.redis.connection import RedisClient
from bot.redis.keys import key_root

STATE_SECONDS = 600


class InstallStates(AsyncOAuthStateStore):
    """The states of all processes of a deployment; Bolt binds each to a browser by a cookie."""

    def __init__(self, client: RedisClient, seconds: int = STATE_SECONDS) -> None:
        self._client = client
        self._seconds = seconds
        self._root = f"{key_root(client)}:installations:state"

    @property
    def logger(self) -> logging.Logger:
        """The logger of slack_sdk's protocol."""
        return logging.getLogger(__name__)

    async def async_issue(self, *_arguments: object, **_options: object) -> str:
        """Return a new state."""
        state = secrets.token_urlsafe(32)
        key = f"{self._root}:{state}"
        await self._client.execute_command("SET", key, "1", "EX", self._seconds)
        return state

    async def async_consume(self, state: str) -> bool:
        """Tell whether *state* is one of these, and take it away."""
        return await self._client.execute_command("GETDEL", f"{self._root}:{state}") is not None
