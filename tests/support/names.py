"""The names that settings and documents use, in a test's workspace."""

from bot.redis.connection import RedisConnection
from bot.slack.client.clients import Clients
from bot.slack.client.identity import BotIdentity
from bot.slack.client.name_pins import RedisNamePins
from bot.slack.client.names import PinnedNames


def names_used(
    clients: Clients, me: BotIdentity, store: RedisConnection, *used: str
) -> PinnedNames:
    """Return the pinned names of one process, which uses *used*."""

    async def named() -> tuple[str, ...]:
        return used

    return PinnedNames(clients.repeating, me.team, RedisNamePins(store.commands), named)
