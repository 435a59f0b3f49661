"""Answer policies on Redis: one hash with a field for each channel."""

from typing import get_args

from bot.core.types import Policy
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root


class ChannelPolicies:
    """The answer policies of channels; *default* holds for the others."""

    def __init__(self, client: RedisClient, default: Policy = "best-effort") -> None:
        self._client = client
        self._default = default
        self._key = f"{key_root(client)}:policies"

    async def of(self, place: str) -> Policy:
        """Return the policy of *place*, an id of who reads there (`Principal.id`)."""
        chosen = await self._client.execute_command("HGET", self._key, place)
        return next((policy for policy in get_args(Policy) if policy == chosen), self._default)

    async def choose(self, place: str, policy: Policy) -> None:
        """Let *policy* hold in *place* from now on."""
        await self._client.execute_command("HSET", self._key, place, policy)
