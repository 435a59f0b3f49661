"""Opt-outs: people whose words must not be exported, on Redis, until they change their mind."""

from bot.redis.connection import RedisClient
from bot.redis.keys import key_root


class OptOuts:
    """The store of opt-outs."""

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        self._key = f"{key_root(client)}:export:refused"

    async def refuse(self, person: str) -> None:
        """Exclude all texts of *person*, earlier ones included, from every export."""
        await self._client.execute_command("SADD", self._key, person)

    async def allow(self, person: str) -> None:
        """Remove the opt-out of *person*."""
        await self._client.execute_command("SREM", self._key, person)

    async def refused(self) -> frozenset[str]:
        """Return the people who opted out."""
        people: list[str] = await self._client.execute_command("SMEMBERS", self._key)
        return frozenset(people)
