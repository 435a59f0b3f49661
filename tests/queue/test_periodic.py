"""Periodic tasks: each is done, by one machine."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import structlog

from bot.core.errors import BotError, RedisUnavailableError
from bot.queue.periodic import EVERY_FIVE_MINUTES, PeriodicTasks, periodic_job
from bot.queue.redis_queue import RedisQueue
from bot.queue.scheduler import Scheduler
from bot.redis.connection import RedisConnection
from knowledge.model.errors import KnowledgeError
from knowledge.model.schedule import Schedule
from tests.queue.test_scheduler import TOKYO


@dataclass
class Sweeping:
    """A task that notes when it was done, or fails."""

    name: str = "sweeping"
    failure: Exception | None = None
    done_at: list[float] = field(default_factory=list)

    async def __call__(self, now: float) -> None:
        if self.failure is not None:
            raise self.failure
        self.done_at.append(now)


async def made(store: RedisConnection, periodic_tasks: Sequence[Sweeping], now: float) -> None:
    """Run the periodic tasks once, as a worker does."""
    queue = RedisQueue(store)
    await queue.put(periodic_job(300))
    lease = await queue.take(1.0)
    assert lease is not None
    await PeriodicTasks(periodic_tasks, lambda: now)(lease)
    await lease.finish()
    await queue.aclose()


@pytest.mark.parametrize(
    "failure", [RedisUnavailableError("gone"), KnowledgeError("消えた"), BotError("no")]
)
async def test_a_task_that_fails_does_not_stop_the_others(
    store: RedisConnection, failure: Exception
) -> None:
    """It is named in the log, and its turn comes again."""
    periodic_tasks = [Sweeping(), Sweeping("broken", failure), Sweeping()]
    with structlog.testing.capture_logs() as logs:
        await made(store, periodic_tasks, 1_000.0)
    assert [task.done_at for task in periodic_tasks] == [[1_000.0], [], [1_000.0]]
    assert [entry["task"] for entry in logs if entry["event"] == "periodic_task_failed"] == [
        "broken"
    ]


async def test_periodic_tasks_run_every_five_minutes_once(store: RedisConnection) -> None:
    """However many machines watch the clock."""
    schedule = Schedule(EVERY_FIVE_MINUTES, TOKYO)
    queues = [RedisQueue(store), RedisQueue(store)]
    clocks = [
        Scheduler(queue.put_on_schedule, "periodic", schedule, periodic_job) for queue in queues
    ]
    start = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    put = [
        await clock.look(start.replace(minute=minute))
        for minute in (0, 4, 5, 9)
        for clock in clocks
    ]
    assert put == [False, False, False, False, True, False, False, False]
    for queue in queues:
        await queue.aclose()
