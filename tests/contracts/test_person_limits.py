"""The contract of `PersonLimits`: so much within any hour, counted once, whoever counts."""

import asyncio

import pytest

from bot.limits.person_limits import HourlyLimits, PersonLimits
from bot.limits.texts import in_words
from bot.redis.connection import RedisConnection


async def test_a_person_has_so_much_and_others_have_theirs(store: RedisConnection) -> None:
    """The answer says after how many seconds there is room again; each limit counts by itself."""
    limits = PersonLimits(store.commands, HourlyLimits(questions=2, entries=1))
    assert [await limits.take("questions", "U1", f"質問{n}") for n in range(2)] == [0.0, 0.0]
    assert 3_590 < await limits.take("questions", "U1", "third") <= 3_600
    assert await limits.take("questions", "U2", "third") == 0.0
    assert await limits.take("entries", "U1", "form") == 0.0
    assert await limits.take("questions", "", "of nobody") == 0.0


async def test_a_job_that_comes_again_counts_once(store: RedisConnection) -> None:
    """Also when the limit is reached, and when several workers ask at once."""
    limits = PersonLimits(store.commands, HourlyLimits(questions=1))
    asked = (limits.take("questions", "U1", "the same") for _ in range(9))
    assert set(await asyncio.gather(*asked)) == {0.0}
    tried = (limits.take("questions", "U1", f"another {n}") for n in range(9))
    assert min(await asyncio.gather(*tried)) > 0
    assert await limits.take("questions", "U1", "the same") == 0.0


async def test_there_is_room_again_an_hour_later(store: RedisConnection) -> None:
    """Any hour, not that of the clock; nothing of a person is kept for longer."""
    limits = PersonLimits(store.commands, HourlyLimits(attachments=100))
    assert await limits.take("attachments", "U1", "a", amount=60) == 0.0
    assert await limits.take("attachments", "U1", "b", amount=40) == 0.0
    (key,) = [key async for key in store.commands.scan_iter()]
    assert 3_500 < await store.commands.ttl(key) <= 3_600
    now = (await store.commands.time())[0] * 1000
    await store.commands.zadd(key, {"60 a": now - 3_000_000})
    wait = await limits.take("attachments", "U1", "c", amount=50)
    assert 590 < wait <= 600
    assert 3_590 < await limits.take("attachments", "U1", "d", amount=70) <= 3_600
    assert await limits.take("attachments", "U1", "e", amount=101) == 3_600
    await store.commands.zadd(key, {"60 a": now - 3_600_001})
    assert await limits.take("attachments", "U1", "c", amount=50) == 0.0


async def test_somebody_from_outside_may_have_less(store: RedisConnection) -> None:
    limits = PersonLimits(store.commands, HourlyLimits(questions=2))
    assert await limits.take("questions", "U1", "a", share=0.5) == 0.0
    assert await limits.take("questions", "U1", "b", share=0.5) > 0
    assert await limits.take("questions", "U1", "b") == 0.0


@pytest.mark.parametrize(
    ("seconds", "en", "ja"),
    [(0.2, "in about a minute", "約 1 分後"), (61, "in about 2 minutes", "約 2 分後")],
)
def test_when_there_is_room_is_said_in_whole_minutes(seconds: float, en: str, ja: str) -> None:
    assert (in_words(seconds, "en"), in_words(seconds, "ja")) == (en, ja)
