"""The choices of channels on Redis: JSON, kept until somebody changes them."""

from bot.channels.choices import Choices
from bot.redis.connection import RedisClient


class RedisChannels:
    """Keeps what channels have chosen.

    Args:
        namespace: Keeps several bots on one Redis apart.
    """

    def __init__(self, client: RedisClient, namespace: str = "kotae") -> None:
        self._client = client
        self._root = f"{{{namespace}}}:v1:channel"

    async def choices(self, channel: str) -> Choices:
        found = await self._client.execute_command("GET", f"{self._root}:{channel}")
        return Choices.model_validate_json(found) if found else Choices()

    async def choose(self, channel: str, choices: Choices) -> None:
        text = choices.model_dump_json(exclude_defaults=True)
        await self._client.execute_command("SET", f"{self._root}:{channel}", text)
