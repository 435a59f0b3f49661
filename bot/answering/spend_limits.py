"""Budgets on Redis: money is set aside before an answer and settled after it, atomically."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.core.types import Allowance, Question, SpendScope
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.redis.lua_scripts import load_script

_DAY = 86_400
_MICRO = 1_000_000
"""Money is counted in whole millionths of a dollar: sums of floats drift."""

LEAST_SHARE = 0.05
"""Share of an answer's limit. With less than this left, an answer would be cut off."""

SCOPES: tuple[SpendScope, ...] = ("person", "channel", "day")


@dataclass(frozen=True, slots=True)
class DailyLimits:
    """US dollars a day (of UTC), None for no limit.

    Attributes:
        person: For all questions of one person.
        channel: For all questions in one channel, or in one person's direct messages.
        day: For everybody together.
        answer: For one answer; so much is set aside while it is being worked out.
    """

    person: float | None = None
    channel: float | None = None
    day: float | None = None
    answer: float = 1.0


class SpendLimits:
    """Keeps the day's totals. With no limit at all, nothing is counted."""

    def __init__(
        self,
        client: RedisClient,
        limits: DailyLimits,
        clock: Callable[[], float] = time.time,
        namespace: str = "kotae",
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._root = f"{key_root(namespace)}:budget"
        load = partial(load_script, client, "bot.answering")
        self._reserve, self._settle = map(load, ("spend/reserve", "spend/settle"))

    async def reserve(self, question: Question) -> Allowance:
        """Set aside what an answer may cost; a repeated call for one question changes nothing."""
        limits = [self._limits.person, self._limits.channel, self._limits.day]
        now = self._clock()
        day = int(now // _DAY)
        most = round(self._limits.answer * _MICRO)
        if all(limit is None for limit in limits):
            return Allowance(self._limits.answer, day)
        written = ["" if limit is None else round(limit * _MICRO) for limit in limits]
        least = round(most * LEAST_SHARE)
        allowed, scarce = await self._reserve(
            keys=self._keys(question, day),
            args=[question.id, most, least, 2 * _DAY, *written],
        )
        if allowed:
            return Allowance(int(allowed) / _MICRO, day)
        scope = SCOPES[int(scarce) - 1]
        hours = (_DAY - now % _DAY) / 3600
        return Allowance(0.0, day, scope, limits[int(scarce) - 1] or 0.0, hours)

    async def settle(
        self, question: Question, allowance: Allowance, cost_usd: float | None
    ) -> None:
        """Replace the money set aside by the cost; an unknown cost counts as all of it."""
        cost = "" if cost_usd is None else round(cost_usd * _MICRO)
        await self._settle(keys=self._keys(question, allowance.day), args=[question.id, cost])

    def _keys(self, question: Question, day: int) -> list[str]:
        root = f"{self._root}:{day}"
        return [
            f"{root}:reserved",
            f"{root}:person:{question.person or question.asker.id}",
            f"{root}:channel:{question.asker.id}",
            f"{root}:all",
        ]
