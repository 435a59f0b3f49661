"""From when on there are only so many: bounds what is read of a set that grows for a year."""

import math

from bot.redis.connection import RedisClient


async def newest_since(client: RedisClient, key: str, most: int, at: float) -> float:
    """Return the time from which the sorted set *key* has at most *most* members.

    Args:
        client: Redis.
        key: A sorted set by time, in seconds since the epoch.
        most: Number of members.
        at: It is not earlier than this.
    """
    found: list[str] = await client.execute_command("ZREVRANGE", key, most, most)
    if not found:
        return at
    score = await client.execute_command("ZSCORE", key, found[0])
    return at if score is None else max(at, math.nextafter(float(score), math.inf))
