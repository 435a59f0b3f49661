"""Budgets on Redis: money is set aside before an answer and settled after it, atomically."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Self

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
        calls: Model calls, for everybody together, whatever they cost.
    """

    person: float | None = None
    channel: float | None = None
    day: float | None = None
    answer: float = 1.0
    calls: int | None = None


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose budgets something counts against, besides that of the day.

    Attributes:
        id: Of what is paid for; the same id pays once.
        person: Who has caused it, "" for nobody.
        channel: Where the answer is read, "" for nowhere.
    """

    id: str
    person: str = ""
    channel: str = ""

    @classmethod
    def of(cls, question: Question) -> Self:
        """Return who pays for the answer to *question*; unasked, its channel alone."""
        person = "" if question.unaddressed else question.person or question.asker.id
        return cls(question.id, person, question.asker.id)


class SpendLimits:
    """Keeps the day's totals. With no limit at all, nothing is counted."""

    def __init__(
        self,
        client: RedisClient,
        limits: DailyLimits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._limits = limits
        self._clock = clock
        self._root = f"{key_root(client)}:budget"
        load = partial(load_script, client, "bot.answering")
        self._reserve, self._settle = map(load, ("spend/reserve", "spend/settle"))

    async def reserve(self, payer: Payer) -> Allowance:
        """Set aside what an answer may cost; a repeated call for one payer changes nothing."""
        limits = [
            self._limits.person if payer.person else None,
            self._limits.channel if payer.channel else None,
            self._limits.day,
        ]
        now = self._clock()
        day = int(now // _DAY)
        hours = (_DAY - now % _DAY) / 3600
        most = round(self._limits.answer * _MICRO)
        if self._limits.calls is not None and await self._calls(day) >= self._limits.calls:
            return Allowance(0.0, day, "day", hours=hours, limit_calls=self._limits.calls)
        if all(limit is None for limit in limits):
            return Allowance(self._limits.answer, day)
        written = ["" if limit is None else round(limit * _MICRO) for limit in limits]
        least = round(most * LEAST_SHARE)
        allowed, scarce = await self._reserve(
            keys=self._keys(payer, day),
            args=[payer.id, most, least, 2 * _DAY, *written],
        )
        if allowed:
            return Allowance(int(allowed) / _MICRO, day)
        scope = SCOPES[int(scarce) - 1]
        return Allowance(0.0, day, scope, limits[int(scarce) - 1] or 0.0, hours)

    async def settle(self, payer: Payer, allowance: Allowance, cost_usd: float | None) -> None:
        """Replace the money set aside by the cost; an unknown cost counts as all of it."""
        cost = "" if cost_usd is None else round(cost_usd * _MICRO)
        await self._settle(keys=self._keys(payer, allowance.day), args=[payer.id, cost])

    async def used_share(self) -> float | None:
        """Return which share of today's budget for everybody is used, 1 for all of it.

        Of money or of calls, whichever is scarcer; what is set aside counts. None without a limit.
        """
        day = int(self._clock() // _DAY)
        shares = list[float]()
        if self._limits.day is not None:
            spent = await self._client.execute_command("GET", f"{self._root}:{day}:all")
            limit = self._limits.day * _MICRO
            shares.append(int(spent or 0) / limit if limit else 1.0)
        if self._limits.calls is not None:
            calls = await self._calls(day)
            shares.append(calls / self._limits.calls if self._limits.calls else 1.0)
        return max(shares, default=None)

    async def count_call(self) -> None:
        """Count one model call of today."""
        if self._limits.calls is None:
            return
        key = self._calls_key(int(self._clock() // _DAY))
        await self._client.execute_command("INCR", key)
        await self._client.execute_command("EXPIRE", key, 2 * _DAY)

    async def _calls(self, day: int) -> int:
        return int(await self._client.execute_command("GET", self._calls_key(day)) or 0)

    def _calls_key(self, day: int) -> str:
        return f"{self._root}:{day}:calls"

    def _keys(self, payer: Payer, day: int) -> list[str]:
        root = f"{self._root}:{day}"
        return [
            f"{root}:reserved",
            f"{root}:person:{payer.person}",
            f"{root}:channel:{payer.channel}",
            f"{root}:all",
        ]
