"""Channel settings on Redis, as JSON without expiry."""

from bot.channels.settings import ChannelSettings
from bot.core.message_ref import MessageRef, channel_key
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root


class ChannelSettingsStore:
    """The store of channel settings."""

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        self._root = f"{key_root(client)}:channel"

    async def of(self, place: MessageRef) -> ChannelSettings:
        """Return the settings of the channel of *place*; a direct message has the defaults."""
        return ChannelSettings() if place.direct else await self.choices(channel_key(place))

    async def choices(self, channel: str) -> ChannelSettings:
        """Return the settings of *channel*; the defaults if it never chose."""
        found = await self._client.execute_command("GET", f"{self._root}:{channel}")
        return ChannelSettings.model_validate_json(found) if found else ChannelSettings()

    async def choose(self, channel: str, choices: ChannelSettings) -> None:
        """Replace the settings of *channel* by *choices*."""
        text = choices.model_dump_json(exclude_defaults=True)
        await self._client.execute_command("SET", f"{self._root}:{channel}", text)

    async def greet(self, channel: str) -> bool:
        """Note that the bot says hello in *channel*; tell whether it never has before."""
        key = f"{self._root}:{channel}:greeted"
        return bool(await self._client.execute_command("SET", key, "1", "NX"))
