"""Names that settings and documents use, in a workspace of a test."""

from bot.redis.connection import RedisConnection
from bot.slack.client.clients import Clients
from bot.slack.client.identity import BotIdentity
from bot.slack.client.name_pins import RedisNamePins
from bot.slack.client.names import PinnedNames


def names_used(
    clients: Clients, me: BotIdentity, store: RedisConnection, *used: str
) -> PinnedNames:
    """Return what pins the names in *used*, as one process does."""

    async def named() -> tuple[str, ...]:
        return used

    return PinnedNames(clients.repeating, me.team, RedisNamePins(store.commands), named)
