"""The contract of `Spending`: nobody spends more than there is, however many ask at once."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answering.spend_limits import DailyLimits, Payer, SpendLimits
from bot.core.types import QuestionId
from bot.redis.connection import RedisConnection
from knowledge.model.types import Principal
from tests.support.shelf import ask

NOON = 20_000 * 86_400 + 43_200.0


def question(number: int, person: str = "U1", channel: str = "C1") -> Payer:
    asked = replace(ask("?"), id=QuestionId(f"q{number}"), person=person, asker=Principal(channel))
    return Payer.of(asked)


def budgets(store: RedisConnection, limits: DailyLimits, at: float = NOON) -> SpendLimits:
    return SpendLimits(store.commands, limits, clock=lambda: at)


async def test_what_is_left_limits_an_answer(store: RedisConnection) -> None:
    """The first sets its limit aside; the second gets the rest; a settled cost gives some back."""
    kept = budgets(store, DailyLimits(person=1.5, answer=1.0))
    first = await kept.reserve(question(1))
    second = await kept.reserve(question(2))
    third = await kept.reserve(question(3))
    await kept.settle(question(1), first, 0.2)
    fourth = await kept.reserve(question(4))

    assert (first.most_usd, second.most_usd) == (1.0, 0.5)
    assert (third.most_usd, third.scope, third.limit_usd) == (0.0, "person", 1.5)
    assert fourth.most_usd == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("limits", "scope"),
    [
        (DailyLimits(person=0.5, answer=0.5), "person"),
        (DailyLimits(channel=0.5, answer=0.5), "channel"),
        (DailyLimits(day=0.5, answer=0.5), "day"),
    ],
)
async def test_each_budget_counts_its_own(
    store: RedisConnection, limits: DailyLimits, scope: str
) -> None:
    kept = budgets(store, limits)
    await kept.reserve(question(1))
    same = await kept.reserve(question(2))
    other_person = await kept.reserve(question(3, person="U2"))
    other_place = await kept.reserve(question(4, person="U3", channel="C2"))

    assert same.scope == scope
    assert (other_person.scope == "") == (scope == "person")
    assert (other_place.scope == "") == (scope != "day")


async def test_a_retry_uses_what_was_set_aside(store: RedisConnection) -> None:
    """A job that runs again after a crash is not charged twice; settling twice changes nothing."""
    kept = budgets(store, DailyLimits(day=1.0, answer=1.0))
    first = await kept.reserve(question(1))
    again = await kept.reserve(question(1))
    await kept.settle(question(1), again, 0.25)
    await kept.settle(question(1), again, 0.25)

    assert first == again
    assert (await kept.reserve(question(2))).most_usd == 0.75


async def test_an_unknown_cost_is_all_that_was_set_aside(store: RedisConnection) -> None:
    """Never 0: a budget that cannot be measured must not be endless."""
    kept = budgets(store, DailyLimits(day=1.0, answer=0.75))
    await kept.settle(question(1), await kept.reserve(question(1)), None)

    assert (await kept.reserve(question(2))).most_usd == 0.25


async def test_a_new_day_begins_at_midnight_utc(store: RedisConnection) -> None:
    limits = DailyLimits(day=1.0, answer=1.0)
    await budgets(store, limits).reserve(question(1))
    late = await budgets(store, limits).reserve(question(2))
    tomorrow = await budgets(store, limits, NOON + 43_200).reserve(question(3))

    assert (late.scope, late.hours) == ("day", 12.0)
    assert tomorrow.most_usd == 1.0


async def test_with_no_limit_nothing_is_counted(store: RedisConnection) -> None:
    kept = budgets(store, DailyLimits(answer=0.3))
    allowance = await kept.reserve(question(1))

    assert (allowance.most_usd, allowance.scope) == (0.3, "")
    assert await store.commands.execute_command("DBSIZE") == 0


async def test_a_budget_of_nothing_answers_nothing(store: RedisConnection) -> None:
    assert (await budgets(store, DailyLimits(person=0.0)).reserve(question(1))).scope == "person"


@settings(max_examples=15, deadline=None)
@given(costs=st.lists(st.floats(0, 0.4), min_size=1, max_size=12), limit=st.floats(0.1, 2.0))
async def test_questions_at_the_same_time_cannot_overspend(
    costs: list[float], limit: float
) -> None:
    """Each spends no more than it was allowed; together they stay within the day's budget."""
    from bot.redis.connection import open_redis

    async with open_redis(_url[0]) as store:
        await store.commands.flushall()
        kept = budgets(store, DailyLimits(day=limit, answer=0.4))

        async def answer(number: int, cost: float) -> float:
            allowance = await kept.reserve(question(number))
            spent = min(cost, allowance.most_usd)
            await kept.settle(question(number), allowance, spent)
            return spent

        spent = await asyncio.gather(*(answer(n, cost) for n, cost in enumerate(costs)))

    assert sum(spent) <= limit + 1e-5


_url = [""]


@pytest.fixture(autouse=True)
def _where(redis_url: str) -> None:
    _url[0] = redis_url


async def test_operators_see_how_much_of_the_day_is_used(store: RedisConnection) -> None:
    """Of money and of calls, whichever is scarcer; without a limit there is no share."""
    limits = DailyLimits(day=2.0, calls=4, answer=1.0)
    kept = budgets(store, limits)
    assert await kept.used_share() == 0.0
    await kept.reserve(question(1))
    assert await kept.used_share() == pytest.approx(0.5)
    for _ in range(3):
        await kept.count_call()

    assert await kept.used_share() == pytest.approx(0.75)
    assert await budgets(store, limits, NOON + 86_400).used_share() == 0.0
    assert await budgets(store, DailyLimits()).used_share() is None
    assert await budgets(store, DailyLimits(day=0.0)).used_share() == 1.0
