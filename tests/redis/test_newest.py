"""What is read of a set that grows is bounded."""

import pytest

from bot.redis.connection import RedisConnection
from bot.redis.newest import newest_since


@pytest.mark.parametrize(
    ("most", "at", "kept"),
    [(10, 0.0, 5), (5, 0.0, 5), (4, 0.0, 4), (1, 0.0, 1), (4, 3.0, 2), (0, 0.0, 0)],
)
async def test_at_most_so_many_are_left(
    store: RedisConnection, most: int, at: float, kept: int
) -> None:
    await store.commands.zadd("times", {f"id-{n}": 1.1 * n for n in range(5)})

    since = await newest_since(store.commands, "times", most, at)
    assert since >= at
    assert await store.commands.zcount("times", since, "+inf") == kept


async def test_of_nothing_all_is_read(store: RedisConnection) -> None:
    assert await newest_since(store.commands, "times", 10, 7.0) == 7.0


async def test_what_came_at_the_same_time_stays_together(store: RedisConnection) -> None:
    """Rather none of them than too many."""
    await store.commands.zadd("times", {f"id-{n}": 1.0 for n in range(100)})

    since = await newest_since(store.commands, "times", 10, 0.0)
    assert await store.commands.zcount("times", since, "+inf") == 0
