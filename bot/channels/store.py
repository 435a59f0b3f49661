"""The choices of channels on Redis: JSON, kept until somebody changes them."""

from bot.channels.settings import ChannelSettings
from bot.redis.connection import RedisClient


class ChannelSettingsStore:
    """Keeps what channels have chosen.

    Args:
        namespace: Keeps several bots on one Redis apart.
    """

    def __init__(self, client: RedisClient, namespace: str = "kotae") -> None:
        self._client = client
        self._root = f"{{{namespace}}}:v1:channel"

    async def choices(self, channel: str) -> ChannelSettings:
        """Return the choices of *channel*, the defaults if it never chose."""
        found = await self._client.execute_command("GET", f"{self._root}:{channel}")
        return ChannelSettings.model_validate_json(found) if found else ChannelSettings()

    async def choose(self, channel: str, choices: ChannelSettings) -> None:
        """Keep *choices* for *channel*, in place of those before."""
        text = choices.model_dump_json(exclude_defaults=True)
        await self._client.execute_command("SET", f"{self._root}:{channel}", text)
