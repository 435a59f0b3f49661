"""Whatever becomes of a job is counted once, by the process in which it became that."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from structlog.testing import capture_logs

from bot.core.errors import LeaseLostError, QueueFullError
from bot.core.types import Answer, Job, Usage
from bot.queue.lua_scripts import QueueLimits, QueuePeriods
from bot.queue.redis_queue import RedisQueue
from bot.redis.connection import RedisConnection
from bot.telemetry.metrics import Metrics
from bot.telemetry.queue import WatchedLease, WatchedQueue
from tests.support.metrics import value
from tests.support.waiting import wait_until

QUESTION = Job("slack:T1:C1:1.1", "slack:T1:C1:1.1", "question", {"text": "秘密の質問"})


@asynccontextmanager
async def process(store: RedisConnection) -> AsyncIterator[tuple[WatchedQueue, Metrics]]:
    """Open the queue as a process with its own metrics does."""
    queue, metrics = RedisQueue(store, QueuePeriods(lease=0.3)), Metrics()
    try:
        yield WatchedQueue(queue, metrics), metrics
    finally:
        await queue.aclose()


@pytest.fixture
async def watched(store: RedisConnection) -> AsyncIterator[tuple[WatchedQueue, Metrics]]:
    """One process."""
    async with process(store) as opened:
        yield opened


async def taken(queue: WatchedQueue) -> WatchedLease:
    """Take the next job."""
    lease = await queue.take(5)
    assert lease is not None
    return lease


async def test_receiving_and_answering_are_counted_where_they_happen(
    store: RedisConnection,
) -> None:
    """With two processes, the sum over both is right."""
    async with process(store) as (receiver, received), process(store) as (worker, worked):
        assert await receiver.put(QUESTION)
        assert not await receiver.put(QUESTION)
        lease = await taken(worker)
        lease.timeline.answer = Answer("answered", "10日です。")
        await lease.finish()

    assert value(received, "kotae_jobs_received_total", kind="question", new="yes") == 1
    assert value(received, "kotae_jobs_received_total", kind="question", new="no") == 1
    assert value(worked, "kotae_questions_total", outcome="answered") == 1
    assert value(worked, "kotae_jobs_finished_total", kind="question") == 1
    assert b"kotae_jobs_received_total{" not in worked.render()
    assert b"kotae_questions_total{" not in received.render()


async def test_a_retry_and_a_dead_letter_are_counted(
    watched: tuple[WatchedQueue, Metrics],
) -> None:
    """A try that is tried again is no end of the question."""
    queue, metrics = watched
    await queue.put(QUESTION)
    await (await taken(queue)).retry(0, "ModelUnavailableError")
    assert b"kotae_questions_total{" not in metrics.render()
    await (await taken(queue)).dead_letter("ModelUnavailableError")

    assert value(metrics, "kotae_jobs_retried_total", kind="question") == 1
    assert value(metrics, "kotae_jobs_dead_total", kind="question") == 1
    assert value(metrics, "kotae_questions_total", outcome="dead") == 1
    assert value(metrics, "kotae_question_stage_seconds_count", stage="taken") == 1


async def test_a_question_that_ends_without_an_answer_was_cancelled(
    watched: tuple[WatchedQueue, Metrics],
) -> None:
    """Nothing else finishes a question."""
    queue, metrics = watched
    await queue.put(QUESTION)
    await (await taken(queue)).finish()

    assert value(metrics, "kotae_questions_total", outcome="cancelled") == 1


async def test_a_question_that_was_turned_away_at_the_door_was_refused(
    watched: tuple[WatchedQueue, Metrics],
) -> None:
    """Nobody has stopped it, and it has no answer."""
    queue, metrics = watched
    await queue.put(QUESTION)
    lease = await taken(queue)
    await lease.save(refused="1")
    await lease.finish()

    assert value(metrics, "kotae_questions_total", outcome="refused") == 1


async def test_a_job_without_room_is_counted(store: RedisConnection) -> None:
    """Refusals have a reserve of their own."""
    metrics = Metrics()
    queue = WatchedQueue(RedisQueue(store, limits=QueueLimits(partition=1, queue=1)), metrics)
    await queue.put(QUESTION)
    with pytest.raises(QueueFullError):
        await queue.put(Job("2", "another", "question"))
    assert await queue.put(Job("2", "another", "notice"), spare=True)

    assert value(metrics, "kotae_jobs_refused_total", kind="question") == 1
    assert value(metrics, "kotae_jobs_received_total", kind="notice", new="yes") == 1


async def test_a_lease_is_lost_once_and_its_job_not_counted_by_the_loser(
    store: RedisConnection, watched: tuple[WatchedQueue, Metrics]
) -> None:
    """The one who was too slow tells so; the one who has the job counts it."""
    queue, metrics = watched
    await queue.put(QUESTION)
    slow = await taken(queue)
    await store.commands.hset("{kotae}:v1:job:" + QUESTION.id, "fence", "another worker")
    for _ in range(2):
        with pytest.raises(LeaseLostError):
            await slow.finish()

    assert value(metrics, "kotae_leases_lost_total") == 1
    assert b"kotae_questions_total{" not in metrics.render()


async def test_a_question_ends_in_one_line_without_its_text(
    watched: tuple[WatchedQueue, Metrics],
) -> None:
    """Status, reason, times, tokens, cost, model and index: enough to look for what went wrong."""
    queue, _ = watched
    received_at = time.time() - 2
    payload = {"text": "秘密の質問", "received_at": received_at}
    await queue.put(Job(QUESTION.id, QUESTION.partition, "question", payload))
    lease = await taken(queue)
    lease.timeline.reach("final")
    lease.timeline.answer = Answer(
        "answered", "秘密の答え", usage=Usage(100, 20, 60, 2), cost_usd=0.01, latency_ms=900
    )
    with capture_logs() as lines:
        await lease.finish()

    (line,) = lines
    assert (line["event"], line["outcome"], line["reason"]) == (
        "question_ended",
        "answered",
        "finished",
    )
    assert (line["input_tokens"], line["cost_usd"]) == (100, 0.01)
    assert 2_000 <= line["taken_ms"] <= line["final_ms"] < 30_000
    assert "秘密" not in str(line)


async def test_a_clock_ahead_of_ours_makes_no_negative_time(
    watched: tuple[WatchedQueue, Metrics],
) -> None:
    """Two machines never agree to the millisecond."""
    queue, metrics = watched
    payload = {"received_at": time.time() + 60}
    await queue.put(Job(QUESTION.id, QUESTION.partition, "question", payload))
    await taken(queue)

    assert value(metrics, "kotae_question_stage_seconds_sum", stage="taken") == 0


async def test_the_oldest_waiting_job_is_timed(store: RedisConnection) -> None:
    """Neither a job in work counts, nor one behind a younger one of another partition."""
    queue = RedisQueue(store)
    assert await queue.oldest_seconds() == 0
    await queue.put(Job("1", "a", "question"))
    lease = await queue.take(1)
    assert lease is not None
    assert await queue.oldest_seconds() == 0
    await queue.put(Job("2", "a", "question"))
    await wait_until(partial(_waiting, queue, 0.05))
    await queue.put(Job("3", "b", "question"))

    assert 0.05 <= await queue.oldest_seconds() < 30
    assert len(await queue.waiting("question", 0, most=2)) == 2
    assert 0.05 <= await queue.oldest_seconds() < 30  # being told the position is waiting
    await lease.finish()
    await queue.aclose()


async def _waiting(queue: RedisQueue, seconds: float) -> bool:
    return await queue.oldest_seconds() >= seconds
