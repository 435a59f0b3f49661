"""Reads everything that a Redis holds."""

from typing import Any

from bot.redis.connection import RedisConnection


async def value_of(client: Any, key: str) -> Any:
    """Return what *key* holds, read plainly."""
    match await client.type(key):
        case "string":
            return await client.get(key)
        case "hash":
            return await client.hgetall(key)
        case "list":
            return await client.lrange(key, 0, -1)
        case "set":
            return await client.smembers(key)
        case "zset":
            return await client.zrange(key, 0, -1, withscores=True)
        case "none":  # it has expired meanwhile
            return None
        case "stream":
            return await client.xrange(key)
        case other:
            raise AssertionError(other)


async def keys_with(store: RedisConnection, pattern: str, words: str) -> list[str]:
    """Return the keys that match *pattern* and hold *words* anywhere."""
    client: Any = store.commands
    keys = [str(key) for key in await client.keys(pattern)]
    return [key for key in keys if words in str(await value_of(client, key))]
