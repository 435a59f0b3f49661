"""Channel settings on Redis, as JSON without expiry."""

import structlog
from pydantic import ValidationError
from pydantic_core import from_json

from bot.channels.settings import ChannelSettings
from bot.core.message_ref import MessageRef, channel_key
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root

_log = structlog.get_logger(__name__)


class ChannelSettingsStore:
    """The store of channel settings."""

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        self._root = f"{key_root(client)}:channel"

    async def of(self, place: MessageRef) -> ChannelSettings:
        """Return the settings of the channel of *place*; a direct message has the defaults."""
        return ChannelSettings() if place.direct else await self.choices(channel_key(place))

    async def choices(self, channel: str) -> ChannelSettings:
        """Return the settings of *channel*; the defaults if it never chose.

        A choice that this version of the program does not know has its default, and is logged.
        """
        found = await self._client.execute_command("GET", f"{self._root}:{channel}")
        return _read(found, channel) if found else ChannelSettings()

    async def choose(self, channel: str, choices: ChannelSettings) -> None:
        """Replace the settings of *channel* by *choices*."""
        text = choices.model_dump_json(exclude_defaults=True)
        await self._client.execute_command("SET", f"{self._root}:{channel}", text)

    async def greet(self, channel: str) -> bool:
        """Note that the bot says hello in *channel*; tell whether it never has before."""
        key = f"{self._root}:{channel}:greeted"
        return bool(await self._client.execute_command("SET", key, "1", "NX"))


def _read(text: str, channel: str) -> ChannelSettings:
    try:
        return ChannelSettings.model_validate_json(text)
    except ValidationError as error:
        unknown = {str(one["loc"][0]) for one in error.errors() if one["loc"]}
        if not unknown:
            raise  # no JSON at all
        _log.warning("channel_choices_unknown", channel=channel, choices=sorted(unknown))
        told: dict[str, object] = from_json(text)
        return ChannelSettings.model_validate(
            {name: value for name, value in told.items() if name not in unknown}
        )
