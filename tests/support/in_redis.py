"""Looks for words in everything that a Redis holds."""

from typing import Any

from bot.redis.connection import RedisConnection


async def keys_with(store: RedisConnection, pattern: str, words: str) -> list[str]:
    """Return the keys that match *pattern* and hold *words* anywhere."""
    client: Any = store.commands
    found = list[str]()
    for key in await client.keys(pattern):
        match await client.type(key):
            case "string":
                held = await client.get(key)
            case "hash":
                held = await client.hgetall(key)
            case "list":
                held = await client.lrange(key, 0, -1)
            case "set":
                held = await client.smembers(key)
            case "zset":
                held = await client.zrange(key, 0, -1)
            case "stream":
                held = await client.xrange(key)
            case other:
                raise AssertionError(other)
        if words in str(held):
            found.append(str(key))
    return found
