"""Rate limits that all processes share: each call takes a share of a budget that refills."""

from dataclasses import dataclass

from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.redis.lua_scripts import load_script

_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class CallRate:
    """So many calls a minute, and at most *burst* of them at once.

    In no minute there are more than the sum of both.
    """

    per_minute: float
    burst: int

    @property
    def cost(self) -> float:
        """Milliseconds after which one call is paid back."""
        return _MINUTE / self.per_minute


class RateLimitStore:
    """Budgets by name, shared by all that use one Redis and namespace."""

    def __init__(self, client: RedisClient) -> None:
        self._root = f"{key_root(client)}:budget"
        self._reserve = load_script(client, "bot.slack.client", "reserve")
        self._close = load_script(client, "bot.slack.client", "close")

    async def reserve(
        self, name: str, rate: CallRate, longest: float, reserve: float = 0.0
    ) -> tuple[bool, float]:
        """Take a call out of the budget *name*.

        Args:
            name: Of the budget.
            rate: What it allows.
            longest: Seconds that the caller would wait at most.
            reserve: Share of the burst, 0..1, that is left to others.

        Returns:
            Whether the call was taken, and the seconds to wait before it, or before asking again.

        Raises:
            RedisUnavailableError: nobody knows what the budget is.
        """
        burst = rate.burst * (1 - reserve) * rate.cost
        arguments = [rate.cost, burst, int(longest * 1000)]
        wait = int(await self._reserve(keys=[f"{self._root}:{name}"], args=arguments))
        return wait >= 0, abs(wait) / 1000

    async def close(self, name: str, rate: CallRate, seconds: float) -> None:
        """Let nobody call for *seconds*, as whoever is called has asked."""
        arguments = [int(seconds * 1000), int(rate.burst * rate.cost)]
        await self._close(keys=[f"{self._root}:{name}"], args=arguments)
