"""What is older than its days is deleted, also where it was written when they were more."""

import time
from dataclasses import replace

import pytest

from bot.core.types import Answer, Feedback, Handoff
from bot.handoff.store import HandoffStore
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from tests.backup import world

DAY = 86_400


async def _aged(store: RedisConnection, key: str, days: int) -> None:
    """Let everything in the set *key* be *days* older."""
    root = "{kotae}:v1:"
    for member in await store.commands.execute_command("ZRANGE", root + key, 0, -1):
        await store.commands.execute_command("ZINCRBY", root + key, -days * DAY, member)


async def test_records_older_than_their_days_go_with_the_next_answer(
    store: RedisConnection,
) -> None:
    """With votes and places; younger ones stay."""
    before = Ledger(store.commands, days=400)
    for number in range(2):
        place = f"slack:T1:C1:{number}.9"
        await before.record(world.question(number), Answer("answered", "10日です。"), [place])
        await before.rate(Feedback(world.question(number).id, "U1", "up", "button"))
        if not number:
            await _aged(store, "answers", 31)
    await Ledger(store.commands, days=30).record(world.question(2), Answer("answered", "10 days."))
    kept = [record.question.id async for record in before.since(0.0)]

    assert kept == [world.question(1).id, world.question(2).id]
    assert await before.get(world.question(0).id) is None
    assert await before.find("slack:T1:C1:0.9") is None
    assert await before.find("slack:T1:C1:1.9") == world.question(1).id
    assert (await before.counts())["answered"] == 3


@pytest.mark.parametrize(
    "damaged", ["", "5", "null", '"a"', '{"places": null}', "{", '{"places": 3}']
)
async def test_a_damaged_old_record_stops_no_new_one(store: RedisConnection, damaged: str) -> None:
    """It is deleted like the others; the answer or the handoff that comes is kept."""
    root, ledger = "{kotae}:v1:", Ledger(store.commands, days=30)
    asked, gone = world.question(1), world.question(0)
    handoff = Handoff(
        *(asked.id, asked.text, world.READER, "U1", asked.thread, time.time()), language="ja"
    )
    for name, key in (("answers", f"answer:{gone.id}"), ("handoffs", "")):
        await store.commands.execute_command("ZADD", root + name, 1, gone.id)
        if key:
            await store.commands.set(root + key, damaged)
    await store.commands.execute_command("HSET", f"{root}handoff:{gone.id}", "record", damaged)
    await ledger.record(asked, Answer("answered", "10日です。"))
    opened = await HandoffStore(store.commands, days=30).open(handoff)

    assert opened
    assert [record.question.id async for record in ledger.since(0.0)] == [asked.id]
    assert not await store.commands.exists(f"{root}answer:{gone.id}", f"{root}handoff:{gone.id}")


async def test_handoffs_older_than_their_days_go_with_the_next_one(store: RedisConnection) -> None:
    """Open ones as well: nobody would be asked any more."""
    asked = world.question(1)
    first = Handoff(
        *(asked.id, asked.text, world.READER, "U1", asked.thread, time.time()), language="ja"
    )
    await HandoffStore(store.commands, days=400).open(first)
    await _aged(store, "handoffs", 31)
    handoffs = HandoffStore(store.commands, days=30)
    second = replace(first, id=world.question(2).id, thread=world.question(2).thread)
    await handoffs.open(second)

    assert [one.id for one in await handoffs.pending()] == [second.id]
    assert await handoffs.get(first.id) is None
