"""Everything that is kept, on a Redis Cluster: no script and no command crosses its slots."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.answering.memory import ThreadMemory
from bot.core.errors import RedisUnavailableError
from bot.core.types import Answer, Feedback, Job, Question, QuestionId, ThreadId, Turn
from bot.queue.queue import Lease
from bot.queue.redis_lease import RedisLease
from bot.queue.redis_queue import RedisQueue
from bot.queue.worker import Worker
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection, open_redis
from bot.slack.client.rate_limit_store import CallRate, RateLimitStore
from bot.slack.intake.presence import PresenceStore
from knowledge.model.types import Principal
from tests.support.redis_cluster import redis_cluster
from tests.support.waiting import wait_until

PLACE = "slack:T1:C1:1700000000.000200"


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[RedisConnection]:
    """A connection to three masters, by the address of one of them."""
    try:
        async with redis_cluster(tmp_path) as url, open_redis(url) as connection:
            yield connection
    except RedisUnavailableError as error:
        pytest.skip(f"no redis-server that can do it: {error}")


async def test_all_state_works_on_a_cluster(cluster: RedisConnection) -> None:
    """Queue, ledger, memory, budgets and presence: each script, and each command beside them."""
    await the_queue(cluster)
    await the_records(cluster)
    await the_rest(cluster)
    await a_worker(cluster)


async def the_queue(cluster: RedisConnection) -> None:
    """Go through every script of the queue."""
    queue = RedisQueue(cluster)
    for number in range(4):
        assert await queue.put(Job(f"経費{number}", "partition", "question"))
    assert not await queue.put(Job("経費0", "partition", "question"))
    assert await queue.cancel_first("stop", ["経費3"]) == "経費3"
    for lease, place in await queue.waiting("question", 0, most=9):
        assert place == (-1 if lease.job.id == "経費3" else int(lease.job.id[-1]))
        await lease.notified(place)
    lease = await taken(queue)
    await lease.save(note="値")
    await lease.check()
    await lease._renew()
    await lease.retry(0, "reason", counts=False)
    await (await taken(queue)).release()
    lease = await taken(queue)
    assert (lease.notes, lease.attempt) == ({"note": "値"}, 1)
    await lease.dead_letter("reason")
    assert [letter.job.id for letter in await queue.dead_letters()] == ["経費0"]
    assert await queue.retry_dead_letter("経費0")
    assert len(await queue.open_jobs("pa")) == 4
    for _ in range(3):
        await (await taken(queue)).finish()
    await (await taken(queue)).dead_letter("again")
    assert await queue.drop("経費0")
    assert not await queue.put_on_schedule("night", 1, Job("night 1", "reindex", "reindex"))
    assert await queue.put_on_schedule("night", 2, Job("night 2", "reindex", "reindex"))
    assert await queue.cancel("night 2")
    await (await taken(queue)).finish()
    assert await queue.take(wait=1.5) is None
    assert not any((await queue.backlog()).values())
    await queue.aclose()


async def taken(queue: RedisQueue) -> RedisLease:
    """Take a job that must be there."""
    lease = await queue.take(wait=5)
    assert lease is not None
    return lease


async def the_records(cluster: RedisConnection) -> None:
    """Record, find, rate, read."""
    ledger = Ledger(cluster.commands)
    question = Question(QuestionId(PLACE), ThreadId(PLACE), "有給は？", Principal("C1"))
    await ledger.record(question, Answer("answered", "10日です。"), [PLACE])
    assert await ledger.find(PLACE) == PLACE
    assert await ledger.rate(Feedback(question.id, "U1", "up", "button"))
    assert (await ledger.recent(9))[0] == await ledger.get(question.id)
    assert (await ledger.counts())["up"] == 1


async def the_rest(cluster: RedisConnection) -> None:
    """Memory, budgets, presence."""
    memory, thread = ThreadMemory(cluster.commands), ThreadId(PLACE)
    await memory.remember(thread, Turn("q", "a", QuestionId("1")))
    await memory.join(thread)
    assert (len(await memory.recall(thread)), await memory.joined(thread)) == (1, True)
    await memory.forget(thread)
    assert (await memory.recall(thread), await memory.joined(thread)) == ((), False)
    budgets = RateLimitStore(cluster.commands)
    assert await budgets.reserve("m", CallRate(60, 2), longest=0) == (True, 0.0)
    await budgets.close("m", CallRate(60, 2), 5)
    assert not (await budgets.reserve("m", CallRate(60, 2), longest=0))[0]
    presence = PresenceStore(cluster.commands)
    await presence.mark(5.0)
    assert (await presence.heard_until(), await presence.claim(5)) == (5.0, True)
    await presence.release()


async def a_worker(cluster: RedisConnection) -> None:
    """Each partition in its order, and woken by new work."""
    queue, handler = RedisQueue(cluster), Collector()
    worker = Worker(queue, {"question": handler})
    working = asyncio.create_task(worker.run())
    for number in range(60):
        await queue.put(Job(f"{number:02}", f"partition {number % 6}", "question"))
    await wait_until(lambda: len(handler.done) == 60)
    worker.stop()
    await working
    for partition in range(6):
        mine = [job_id for job_id in handler.done if int(job_id) % 6 == partition]
        assert mine == sorted(mine)


class Collector:
    """Notes what it is given."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def __call__(self, lease: Lease) -> None:
        self.done.append(lease.job.id)

    async def give_up(self, lease: Lease, message: str) -> None:
        raise AssertionError(message)
