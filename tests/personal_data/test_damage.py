"""A damaged record ends nothing: what can be read is deleted, and the rest is named."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.types import Waiter
from bot.personal_data.erasure import PersonStores, erase, unreadable
from bot.redis.connection import RedisConnection, open_redis
from bot.redis.keys import key_root
from tests.backup import world
from tests.support.redis import in_namespace

THEIRS, OTHERS, ASKED = world.question(1), world.question(2), world.question(10)
TEXTS = ("", "{", "null", "5", "[]", "{}", '"U1"', '{"person": "U1"}', '["U1"', "ことば U1", "\x00")

Damage = Callable[[RedisConnection, str], Awaitable[str]]
"""Writes a text where a record should be; returns what its place is called."""


def _at(*command: str, place: str) -> Damage:
    async def write(store: RedisConnection, text: str) -> str:
        name, key, *rest = command
        words = [name, f"{key_root(store.commands)}:{key}", *(rest or ()), text]
        await store.commands.execute_command(*words)
        return place

    return write


async def _field_of_labels(store: RedisConnection, text: str) -> str:
    key = f"{key_root(store.commands)}:labels"
    await store.commands.execute_command("HSET", key, text, "{}")
    return f"labels {text}"


async def _record_of_handoff(store: RedisConnection, text: str) -> str:
    """Damage a handoff for which somebody else waits as well."""
    root, asked, other = key_root(store.commands), world.question(11), world.question(12)
    waiter = json.dumps(asdict(Waiter(other.id, other.thread, "U2", 101.0)))
    await store.commands.execute_command("RPUSH", f"{root}:waiters:{asked.id}", waiter)
    await store.commands.execute_command("HSET", f"{root}:handoff:{asked.id}", "record", text)
    return f"handoff:{asked.id}, or waiters:{asked.id}"


async def _dead_letter(store: RedisConnection, text: str) -> str:
    key = f"{key_root(store.commands)}:dead"
    words = ("XADD", key, "*", "reason", "it failed", "job", text)
    return f"dead {await store.commands.execute_command(*words)}"


DAMAGES: Mapping[str, Damage] = {
    "waiter": _at(
        "RPUSH", f"waiters:{ASKED.id}", place=f"handoff:{ASKED.id}, or waiters:{ASKED.id}"
    ),
    "handoff": _record_of_handoff,
    "label": _at("HSET", "labels", '["a", "U9"]', place='labels ["a", "U9"]'),
    "field of labels": _field_of_labels,
    "token": _at("HSET", "mcp:tokens", "abc", place="mcp:tokens abc"),
    "dead letter": _dead_letter,
    "vote": _at(
        "HSET", f"votes:{OTHERS.id}", "U8", place=f"answer:{OTHERS.id}, or votes:{OTHERS.id}"
    ),
    "own vote": _at(
        "HSET", f"votes:{OTHERS.id}", "U1", place=f"answer:{OTHERS.id}, or votes:{OTHERS.id}"
    ),
    "answer": _at("SET", f"answer:{OTHERS.id}", place=f"answer:{OTHERS.id}, or votes:{OTHERS.id}"),
}


async def _deleted(redis: str, damaged: Mapping[str, str]) -> None:
    """Fill the stores, damage them, delete U1, and look at what is left."""
    async with open_redis(redis) as connection:
        store = in_namespace(connection, uuid4().hex)
        await world.fill(store)
        stores = PersonStores.of(store)
        try:
            places = {await DAMAGES[kind](store, text) for kind, text in damaged.items()}
            done = await erase(stores, "U1")
            assert done["questions with their answers"] == 2
            assert done["verdicts on their answers"] == 1
            assert done["tokens of programs"] == 1
            assert await stores.ledger.get(THEIRS.id) is None
            assert await stores.memory.recall(THEIRS.thread) == ()
            assert set(await unreadable(stores)) == places
            for number in (10, 11):
                key = f"{key_root(store.commands)}:waiters:{world.question(number).id}"
                waiting = await store.commands.lrange(key, 0, -1)
                assert [one for one in waiting if '"person": "U1", "at"' in one] == []

            await _mend(store)
            await erase(stores, "U1")
            assert await unreadable(stores) == []
            assert await erase(stores, "U1") == {}
        finally:
            await stores.queue.aclose()


async def _mend(store: RedisConnection) -> None:
    """Delete what is damaged, as an operator would."""
    root, client = key_root(store.commands), store.commands
    await client.delete(f"{root}:labels", f"{root}:mcp:tokens", f"{root}:dead")
    await client.delete(f"{root}:answer:{OTHERS.id}", f"{root}:votes:{OTHERS.id}")
    for number in (10, 11):
        asked = world.question(number).id
        await client.delete(f"{root}:handoff:{asked}", f"{root}:waiters:{asked}")


@pytest.mark.parametrize("kind", DAMAGES)
async def test_a_damaged_record_of_any_kind_holds_nothing_up(redis_url: str, kind: str) -> None:
    """And it is named, so that somebody can look at it."""
    await _deleted(redis_url, {kind: "{"})


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    damaged=st.dictionaries(st.sampled_from(sorted(DAMAGES)), st.sampled_from(TEXTS), min_size=1)
)
def test_damage_in_several_stores_holds_nothing_up(redis_url: str, damaged: dict[str, str]) -> None:
    """Whatever stands there, and wherever it does at once."""
    asyncio.run(_deleted(redis_url, damaged))
