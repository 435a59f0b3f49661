"""What one person may have within any hour, counted in Redis for all processes together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.redis.lua_scripts import load_script

LimitName = Literal["questions", "handoffs", "pings", "entries", "attachments", "lookups"]
"""`handoffs`: questions of a person that are passed on to experts; `pings`: messages that notify
an expert; `entries`: forms that are sent; `attachments`: bytes of files that are read; `lookups`:
searches and readings of programs."""

MEGABYTE = 1_000_000
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class HourlyLimits:
    """The most that one person may have within an hour; attachments in bytes."""

    questions: int = 60
    handoffs: int = 20
    pings: int = 12
    entries: int = 30
    attachments: int = 100 * MEGABYTE
    lookups: int = 600

    def most(self, name: LimitName) -> int:
        """Return the limit *name*."""
        limits: Mapping[LimitName, int] = {
            "questions": self.questions,
            "handoffs": self.handoffs,
            "pings": self.pings,
            "entries": self.entries,
            "attachments": self.attachments,
            "lookups": self.lookups,
        }
        return limits[name]


class PersonLimits:
    """Counts what people do within the last hour, at any time of the clock."""

    def __init__(
        self,
        client: RedisClient,
        hourly: HourlyLimits = HourlyLimits(),
    ) -> None:
        self.hourly = hourly
        self._client = client
        self._root = f"{key_root(client)}:limit"
        self._take = load_script(client, "bot.limits", "take")

    async def take(
        self, name: LimitName, person: str, what: str, *, amount: int = 1, share: float = 1.0
    ) -> float:
        """Count *what* (an id) of *person*; return 0.0, or the seconds until there is room for it.

        The same id counts once, so that a job may ask again.

        Args:
            name: Which limit.
            person: Whose; "" has none.
            what: Id of what is counted.
            amount: How much of it.
            share: Of the limit, for somebody who has less.
        """
        if not person:
            return 0.0
        most = int(self.hourly.most(name) * share)
        key = f"{self._root}:{name}:{person}"
        return int(await self._take(keys=[key], args=[what, amount, most, _HOUR_MS])) / 1000

    async def forget(self, person: str) -> int:
        """Forget what *person* has used; return how many of the limits knew of it."""
        keys = [f"{self._root}:{name}:{person}" for name in get_args(LimitName)]
        return int(await self._client.execute_command("DEL", *keys))
