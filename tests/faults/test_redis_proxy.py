"""The proxy in which faults are injected changes nothing until it is told to."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.types import Job
from bot.queue.lua_scripts import QueuePeriods, QueueScripts
from bot.queue.redis_queue import RedisQueue
from bot.redis.connection import RedisConnection, open_redis
from tests.faults.observer import OBSERVED, Observer, left_in
from tests.faults.redis_proxy import SCRIPTS, Phase, RedisProxy, ScriptCall, Trap, redis_proxy
from tests.faults.resp import Reader, Value
from tests.faults.rows.workers import CHECKPOINTS
from tests.support.waiting import wait_until

JOB = Job("slack:T:C:1", "slack:T:C:1", "question", {"text": "受付時間は？"})
LONG = QueuePeriods(lease=60.0)


@pytest.fixture
def seen() -> list[ScriptCall]:
    """What the proxy has told."""
    return []


@pytest.fixture
async def proxy(
    redis_url: str, store: RedisConnection, seen: list[ScriptCall]
) -> AsyncIterator[RedisProxy]:
    """A proxy before the tests' Redis."""
    async with redis_proxy(Path(redis_url.removeprefix("unix://")), seen.append) as proxy:
        yield proxy


async def test_a_job_passes_and_its_steps_are_seen(
    proxy: RedisProxy, seen: list[ScriptCall]
) -> None:
    """Names, arguments and replies of the scripts, in order."""
    async with open_redis(proxy.url) as connection:
        queue = RedisQueue(connection, QueuePeriods(lease=5.0))
        assert await queue.put(JOB)
        lease = await queue.take(wait=1.0)
        assert lease is not None
        await lease.save(done="1")
        await lease.finish()
        await queue.aclose()
    assert [call.name for call in seen] == ["put", "take", "save", "finish"]
    assert seen[0].arguments[0] == JOB.id
    assert [call.reply for call in seen[2:]] == [b"held", b"released"]


@pytest.mark.parametrize(("phase", "stored"), [("before", False), ("after", True)])
async def test_a_trap_springs_before_or_behind_redis(
    proxy: RedisProxy, store: RedisConnection, phase: Phase, *, stored: bool
) -> None:
    """Before: Redis never hears of it. After: it has done it, and the caller never hears so."""
    sprung = asyncio.Event()

    def spring() -> None:
        sprung.set()
        proxy.refusing = True

    proxy.traps.append(Trap(phase, lambda call: call.name == "put", spring))
    async with open_redis(proxy.url) as connection:
        asking = asyncio.create_task(RedisQueue(connection).put(JOB))
        await asyncio.wait_for(sprung.wait(), 10)
        asking.cancel()
        await asyncio.wait({asking})
    assert bool(await store.commands.exists(f"{{kotae}}:v1:job:{JOB.id}")) == stored


async def test_an_end_is_seen_once_also_when_its_reply_was_lost(
    proxy: RedisProxy, store: RedisConnection, seen: list[ScriptCall]
) -> None:
    """Redis dies between the act and the reply, or behind it: the worker asks again."""
    async with open_redis(proxy.url) as connection:
        queue, unseen = RedisQueue(connection, LONG), QueueScripts(store.commands, LONG)
        for number in range(2):
            await queue.put(replace(JOB, id=f"{JOB.id}{number}"))
            lease = await queue.take(wait=1.0)
            assert lease is not None
            fence = next(call.arguments[0] for call in reversed(seen) if call.name == "take")
            if number == 0:
                assert await unseen.run("finish", lease.job.id, fence, 60) == "released"
            else:
                await lease.finish()
            await QueueScripts(connection.commands, LONG).run("finish", lease.job.id, fence, 60)
        await queue.aclose()
    observer = Observer()
    held = [observer.held_by("work 1", call) for call in seen]

    ends = [(one.act, one.job) for one in held if one and one.act == "finish"]
    assert [call.reply for call in seen if call.name == "finish"] == [
        *(b"again", b"released", b"again")
    ]
    assert ends == [("finish", f"{JOB.id}0"), ("finish", f"{JOB.id}1")]


async def test_what_redis_says_late_to_a_caller_that_is_gone_is_seen(
    proxy: RedisProxy, store: RedisConnection, seen: list[ScriptCall]
) -> None:
    """The machine is busy, and Redis takes a second for what a killed worker has asked for."""
    passed = asyncio.Event()

    def notes_it(call: ScriptCall) -> bool:
        if call.name == "put":
            passed.set()
        return False

    proxy.traps.append(Trap("before", notes_it, lambda: None))
    async with open_redis(proxy.url) as connection:
        await store.commands.execute_command("CLIENT", "PAUSE", 1_000)
        asking = asyncio.create_task(RedisQueue(connection).put(JOB))
        await asyncio.wait_for(passed.wait(), 60)
        asking.cancel()
        proxy.cut()
        await asyncio.wait({asking})
    await wait_until(lambda: any(call.name == "put" for call in seen), 60)


def test_every_script_that_a_fault_waits_for_exists() -> None:
    """A script that was renamed would never spring its trap, nor be seen."""
    steps = {step.step for step in CHECKPOINTS if step.step != "model" and "." not in step.step}

    assert {*steps, *OBSERVED} <= set(SCRIPTS.values())


async def test_what_is_left_in_redis_is_seen(store: RedisConnection) -> None:
    """A key that was renamed would look as if nothing were left over."""
    queue = RedisQueue(store)
    await queue.put(JOB)
    left = await left_in(store.commands)
    await queue.aclose()

    assert (left.partitions, left.active, left.ready) == ([JOB.partition], [JOB.partition], 1)
    assert left.open_jobs == [(JOB.id, "queued")]


VALUES: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.integers(-(2**62), 2**62) | st.binary(max_size=40),
    lambda items: st.lists(items, max_size=5),
    max_leaves=20,
)


def written(value: Value) -> bytes:
    """Write a value as Redis does."""
    match value:
        case None:
            return b"$-1\r\n"
        case int():
            return b":%d\r\n" % value
        case bytes():
            return b"$%d\r\n%b\r\n" % (len(value), value)
        case list():
            return b"*%d\r\n%b" % (len(value), b"".join(map(written, value)))
        case _:
            return b"-%b\r\n" % str(value).encode()


@given(st.lists(VALUES, max_size=6), st.data())
def test_values_are_cut_out_of_the_stream_wherever_it_is_torn(
    values: list[Value], data: st.DataObject
) -> None:
    """All of them, once each, with their own bytes, in whatever pieces they arrive."""
    stream = b"".join(map(written, values))
    cut = data.draw(st.integers(0, len(stream)))
    reader = Reader()
    found = [*reader.feed(stream[:cut]), *reader.feed(stream[cut:])]
    assert [value for value, _ in found] == values
    assert b"".join(raw for _, raw in found) == stream
