"""Who does not want to be learnt from: a set on Redis, kept until they change their mind."""

from bot.redis.connection import RedisClient


class OptOuts:
    """Keeps who has refused.

    Args:
        namespace: Keeps several bots on one Redis apart.
    """

    def __init__(self, client: RedisClient, namespace: str = "kotae") -> None:
        self._client = client
        self._key = f"{{{namespace}}}:v1:export:refused"

    async def refuse(self, person: str) -> None:
        """Keep what *person* writes out of every export, what they wrote before, too."""
        await self._client.execute_command("SADD", self._key, person)

    async def allow(self, person: str) -> None:
        """Take a refusal back."""
        await self._client.execute_command("SREM", self._key, person)

    async def refused(self) -> frozenset[str]:
        """Return who has refused."""
        people: list[str] = await self._client.execute_command("SMEMBERS", self._key)
        return frozenset(people)
