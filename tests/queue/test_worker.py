"""The worker: every accepted job comes to exactly one end, whatever its handler does."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from redis.exceptions import ResponseError

from bot.core.errors import (
    AdapterUnavailableError,
    BotError,
    CancelledByPersonError,
    ContextTooLongError,
    ModelRejectedError,
    ModelUnavailableError,
    RedisUnavailableError,
)
from bot.core.i18n import Text
from bot.core.language import Language
from bot.core.types import Job, JobKind
from bot.queue import texts
from bot.queue.lua_scripts import QueuePeriods
from bot.queue.queue import Lease
from bot.queue.redis_queue import RedisQueue
from bot.queue.worker import Worker
from bot.redis.connection import RedisConnection, open_redis
from bot.redis.embedded import embedded_redis
from tests.support.redis import process_id
from tests.support.waiting import wait_until

LEASE = 0.5
IDLE = {"ready": 0, "running": 0, "delayed": 0, "dead": 0}
Action = Callable[[Lease], Awaitable[None]]


@dataclass
class Actions:
    """A handler that does what its actions say: one for each try, the last one for all further."""

    actions: list[Action]
    failure_messages: list[Action] = field(default_factory=list)
    tries: list[tuple[str, int]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    async def __call__(self, lease: Lease) -> None:
        self.tries.append((lease.job.id, lease.attempt))
        await self.actions[min(len(self.tries), len(self.actions)) - 1](lease)
        self.done.append(lease.job.id)

    async def give_up(self, lease: Lease, message: str) -> None:
        if self.failure_messages:
            await self.failure_messages.pop(0)(lease)
        self.told.append(message)


async def succeed(lease: Lease) -> None:
    """Do nothing, well."""


async def hang(lease: Lease) -> None:
    """Never end."""
    await asyncio.Event().wait()


def fail(error: BaseException) -> Action:
    """Make an action that fails with *error*."""

    async def action(lease: Lease) -> None:
        raise error

    return action


def job(number: int, partition: str = "partition") -> Job:
    """Make a job."""
    return Job(f"質問{number}", partition, "question")


@pytest.fixture
async def queue(store: RedisConnection) -> AsyncIterator[RedisQueue]:
    """An empty queue with short leases."""
    queue = RedisQueue(store, QueuePeriods(lease=LEASE))
    yield queue
    await queue.aclose()


def make_worker(
    queue: RedisQueue, handler: Actions, *, concurrency: int = 4, job_seconds: float = 30
) -> Worker:
    """Make a worker that does not wait long between tries."""
    limits: Mapping[JobKind, float] = {"question": job_seconds}
    return Worker(queue, {"question": handler}, concurrency, limits, backoff_seconds=0.01)


@asynccontextmanager
async def at_work(worker: Worker, grace: float = 10) -> AsyncIterator[None]:
    """Have *worker* work meanwhile."""
    running = asyncio.create_task(worker.run(grace))
    try:
        yield
    finally:
        worker.stop()
        await running


async def backlog_is(queue: RedisQueue, **counts: int) -> None:
    """Wait until the queue is idle but for *counts*."""

    async def settled() -> bool:
        return await queue.backlog() == {**IDLE, **counts}

    await wait_until(settled)


async def test_each_job_is_done_once_and_in_its_order(queue: RedisQueue) -> None:
    """Partitions side by side, each in order, nothing twice."""
    handler = Actions([succeed])
    for number in range(30):
        await queue.put(job(number, f"partition{number % 3}"))
    async with at_work(make_worker(queue, handler)):
        await backlog_is(queue)
    assert sorted(handler.done) == sorted(job(number).id for number in range(30))
    for partition in range(3):
        mine = [job(number).id for number in range(partition, 30, 3)]
        assert [done for done in handler.done if done in mine] == mine


async def test_no_more_jobs_run_than_there_are_slots(queue: RedisQueue) -> None:
    """What cannot be worked on stays in the queue, for other workers."""
    handler = Actions([hang])
    for number in range(5):
        await queue.put(job(number, f"partition{number}"))
    async with at_work(make_worker(queue, handler, concurrency=2), grace=0):
        await wait_until(lambda: len(handler.tries) == 2)
        assert await queue.backlog() == {**IDLE, "ready": 3, "running": 2}


async def test_a_passing_failure_is_tried_again(queue: RedisQueue) -> None:
    """The asker hears nothing of a failure that a later try does not meet."""
    handler = Actions([fail(ModelUnavailableError("busy")), fail(KeyError("bug")), succeed])
    await queue.put(job(1))
    async with at_work(make_worker(queue, handler)):
        await wait_until(lambda: handler.done == [job(1).id])
        await backlog_is(queue)
    assert handler.tries == [(job(1).id, attempt) for attempt in (1, 2, 3)]
    assert handler.told == []


@pytest.mark.parametrize(
    ("error", "tries", "failure"),
    [
        (ModelUnavailableError("HTTP 500 from llm.internal"), 3, texts.UNREACHABLE),
        (ModelRejectedError("The key is wrong."), 1, texts.REFUSED),
        (KeyError("secret"), 3, texts.BROKEN),
        (RedisUnavailableError("redis.internal:6379"), 3, texts.BROKEN),
        (ContextTooLongError("40,000 tokens"), 1, texts.TOO_LONG),
    ],
)
async def test_a_lasting_failure_ends_in_one_failure_message(
    queue: RedisQueue, error: Exception, tries: int, failure: Text
) -> None:
    """With a reference that is in the log and the dead letter; the thread goes on."""
    handler = Actions([fail(error)] * tries + [succeed])
    await queue.put(job(1))
    await queue.put(job(2))
    async with at_work(make_worker(queue, handler)):
        await wait_until(lambda: handler.done == [job(2).id])
        await backlog_is(queue, dead=1)
    assert len(handler.tries) == tries + 1
    (told,) = handler.told
    assert told.startswith(f"{failure.in_both()} (")
    (letter,) = await queue.dead_letters()
    reference = told.rpartition("(")[2]
    assert letter.job == job(1)
    assert letter.reason == f"{type(error).__name__} ({reference}"


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_a_failure_is_said_in_the_language_of_the_job(
    queue: RedisQueue, language: Language
) -> None:
    """A question knows it; only jobs that do not know theirs get both languages."""
    handler = Actions([fail(ModelRejectedError("The key is wrong."))])
    await queue.put(replace(job(1), payload={"language": language}))
    async with at_work(make_worker(queue, handler)):
        await backlog_is(queue, dead=1)
    assert handler.told[0].startswith(f"{texts.REFUSED.to(language)} (")


async def test_a_job_that_takes_too_long_is_stopped(queue: RedisQueue) -> None:
    """The hard time limit cancels the handler; a second try would take as long."""
    handler = Actions([hang])
    await queue.put(job(1))
    async with at_work(make_worker(queue, handler, job_seconds=0.05)):
        await backlog_is(queue, dead=1)
    assert len(handler.tries) == 1
    assert handler.told[0].startswith(texts.TIMED_OUT.in_both())


async def test_a_job_that_was_cancelled_is_stopped_and_said_to_be(queue: RedisQueue) -> None:
    """Stop means now: the run ends, the asker sees so, nothing is kept as dead."""
    handler = Actions([hang])
    await queue.put(job(1))
    async with at_work(make_worker(queue, handler)):
        await wait_until(lambda: bool(handler.tries))
        assert await queue.cancel(job(1).id)
        await backlog_is(queue)
    assert (handler.done, handler.told) == ([], [texts.STOPPED.in_both()])


async def test_a_job_that_was_cancelled_in_time_never_starts(queue: RedisQueue) -> None:
    """It is taken off its partition, and the asker sees so."""
    handler = Actions([succeed])
    await queue.put(job(1))
    await queue.cancel(job(1).id)
    async with at_work(make_worker(queue, handler)):
        await backlog_is(queue)
    assert (handler.tries, handler.told) == ([], [texts.STOPPED.in_both()])


async def test_a_stop_that_the_asker_has_seen_is_not_repeated(queue: RedisQueue) -> None:
    """Who deletes the answer while it is written wants no failure message."""
    handler = Actions([fail(CancelledByPersonError())])
    await queue.put(job(1))
    async with at_work(make_worker(queue, handler)):
        await wait_until(lambda: bool(handler.tries))
        await backlog_is(queue)
    assert handler.told == []


async def test_a_failure_message_that_fails_is_repeated(queue: RedisQueue) -> None:
    """Slack may be away just when something has to be said; the words stay the same."""
    handler = Actions([fail(ModelRejectedError("No."))], failure_messages=[fail(BotError("Slack"))])
    await queue.put(job(1))
    async with at_work(make_worker(queue, handler)):
        await backlog_is(queue, dead=1)
    assert len(handler.tries) == 1
    assert len(handler.told) == 1


async def test_a_failure_message_that_always_fails_ends_too(queue: RedisQueue) -> None:
    """The thread goes on even when nobody can be told."""
    handler = Actions(
        [fail(ModelRejectedError("No.")), succeed], failure_messages=[fail(BotError("Slack"))] * 6
    )
    await queue.put(job(1))
    await queue.put(job(2))
    async with at_work(make_worker(queue, handler)):
        await wait_until(lambda: handler.done == [job(2).id])
        await backlog_is(queue, dead=1)
    assert handler.told == []


@pytest.mark.parametrize("deaths", [4, 5])
async def test_a_job_that_kills_its_workers_is_given_up(queue: RedisQueue, deaths: int) -> None:
    """After five deaths; one that others died beside is answered before that."""
    handler = Actions([succeed])
    await queue.put(job(1))
    for attempt in range(1, deaths + 1):
        lease = await queue.take(wait=10)
        assert lease is not None
        assert lease.attempt == attempt
        await queue.aclose()  # as a crash does
    async with at_work(make_worker(queue, handler)):
        if deaths == 4:
            await wait_until(lambda: handler.done == [job(1).id])
            return
        await backlog_is(queue, dead=1)
    assert handler.tries == []
    assert handler.told[0].startswith(texts.BROKEN.in_both())


async def test_a_handler_that_cancels_itself_is_tried_again(queue: RedisQueue) -> None:
    """A cancellation that nobody asked for is a failure like others, and ends."""
    handler = Actions([fail(asyncio.CancelledError())])
    await queue.put(job(1))
    async with at_work(make_worker(queue, handler)):
        await backlog_is(queue, dead=1)
    assert len(handler.tries) == 3


async def test_a_worker_that_lost_its_job_stops_it_and_says_nothing(
    queue: RedisQueue, store: RedisConnection
) -> None:
    """Two answers are worse than one late."""
    handler = Actions([hang])
    await queue.put(job(1))
    async with at_work(make_worker(queue, handler)):
        await wait_until(lambda: bool(handler.tries))
        await store.commands.hset(f"{queue._scripts.root}:job:{job(1).id}", "fence", "another")
        await wait_until(
            lambda: not any(task.get_name().startswith("job ") for task in all_tasks())
        )
        assert (await queue.backlog())["running"] == 1
        assert (handler.done, handler.told) == ([], [])


async def test_a_slow_worker_that_lost_its_job_does_not_use_up_a_try(
    queue: RedisQueue, store: RedisConnection
) -> None:
    """It says that it is alive; of one that died nobody hears, so that its try counts."""
    handler = Actions([hang])
    key = f"{queue._scripts.root}:job:{job(1).id}"
    await queue.put(job(1))
    async with at_work(make_worker(queue, handler)):
        await wait_until(lambda: bool(handler.tries))
        own = str(await store.commands.execute_command("HGET", key, "fence"))
        await store.commands.execute_command(
            "HSET", key, "fence", "another", f"lost:{own}", 1, "attempt", 2
        )
        await wait_until(
            lambda: not any(task.get_name().startswith("job ") for task in all_tasks())
        )
    found = await store.commands.execute_command("HMGET", key, "attempt", "fence", f"lost:{own}")
    assert found == ["1", "another", None]


def all_tasks() -> set[asyncio.Task[object]]:
    """Return what runs now."""
    return asyncio.all_tasks()


async def test_stopping_lets_work_in_hand_come_to_its_end(queue: RedisQueue) -> None:
    """No new job is begun, and what is begun is finished."""
    go_on = asyncio.Event()

    async def wait(lease: Lease) -> None:
        await go_on.wait()

    handler = Actions([wait])
    await queue.put(job(1))
    await queue.put(job(2))
    worker = make_worker(queue, handler)
    running = asyncio.create_task(worker.run())
    await wait_until(lambda: bool(handler.tries))
    worker.stop()
    go_on.set()
    await running
    assert handler.done == [job(1).id]
    assert await queue.backlog() == {**IDLE, "ready": 1}


async def test_what_does_not_end_in_the_grace_time_is_released(queue: RedisQueue) -> None:
    """Another worker begins it at once, and the broken-off try does not count."""
    handler = Actions([hang])
    await queue.put(job(1))
    async with at_work(make_worker(queue, handler), grace=0.01):
        await wait_until(lambda: bool(handler.tries))
    lease = await queue.take(wait=0)
    assert lease is not None
    assert (lease.job, lease.attempt) == (job(1), 1)
    assert handler.told == []


async def test_a_job_waits_for_the_place_where_it_can_be_seen(queue: RedisQueue) -> None:
    """No try counts while that is away, and the asker need not ask again."""
    away = AdapterUnavailableError("Slack cannot be reached just now.")
    handler = Actions([fail(away)] * 6 + [succeed])
    await queue.put(job(1))
    await queue.put(job(2))
    async with at_work(make_worker(queue, handler)):
        await wait_until(lambda: handler.done == [job(1).id, job(2).id])
        await backlog_is(queue)
    assert handler.tries == [(job(1).id, 1)] * 7 + [(job(2).id, 1)]
    assert handler.told == []


async def test_a_failure_message_waits_for_that_place_too(queue: RedisQueue) -> None:
    """It is told once, when it can be."""
    away = AdapterUnavailableError("Slack cannot be reached just now.")
    handler = Actions([fail(ModelRejectedError("no"))], failure_messages=[fail(away)] * 8)
    await queue.put(job(1))
    async with at_work(make_worker(queue, handler)):
        await backlog_is(queue, dead=1)
    assert len(handler.told) == 1


async def test_after_a_day_nobody_waits_any_more(queue: RedisQueue) -> None:
    """The job is kept with the dead letters, and its thread goes on."""

    async def hopeless(lease: Lease) -> None:
        await lease.save(unseen_since=str(time.time() - 25 * 3_600))
        raise AdapterUnavailableError("Slack cannot be reached just now.")

    handler = Actions([hopeless, succeed])
    await queue.put(job(1))
    await queue.put(job(2))
    async with at_work(make_worker(queue, handler)):
        await wait_until(lambda: handler.done == [job(2).id])
        await backlog_is(queue, dead=1)


async def test_an_adapter_is_left_alone_as_long_as_it_asks(queue: RedisQueue) -> None:
    """Retry-After is not ours to shorten."""
    handler = Actions([fail(AdapterUnavailableError("busy", seconds=60)), succeed])
    await queue.put(job(1))
    async with at_work(make_worker(queue, handler)):
        await backlog_is(queue, delayed=1)
        delayed = f"{queue._scripts.root}:delayed"
        due = await queue._connection.commands.zscore(delayed, "partition")
        assert due is not None
        assert due > 1_000 * (time.time() + 50)
        await queue.cancel(job(1).id)
        await backlog_is(queue)


async def test_a_look_that_fails_does_not_end_the_worker(
    queue: RedisQueue, store: RedisConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is wrong with Redis: a worker that gave up would look alive."""
    handler = Actions([succeed])
    async with at_work(make_worker(queue, handler)):
        await store.commands.set(queue._scripts.ready, "not a stream")
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            await queue.take(wait=0)
        await wait_until(lambda: "WRONGTYPE" in capsys.readouterr().out)
        await store.commands.delete(queue._scripts.ready)
        await queue.put(job(1))
        await wait_until(lambda: handler.done == [job(1).id])


async def test_an_idle_worker_stops_at_once(
    queue: RedisQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not wait for its request to the queue to end."""
    monkeypatch.setattr("bot.queue.worker.TAKE_SECONDS", 120.0)
    worker = make_worker(queue, Actions([succeed]))
    running = asyncio.create_task(worker.run())
    await wait_until(lambda: len(asyncio.all_tasks()) > 2)
    worker.stop()
    async with asyncio.timeout(30):
        await running


async def test_a_worker_survives_a_restart_of_redis(tmp_path: Path) -> None:
    """It goes on by itself, and what was accepted is done."""
    async with embedded_redis(tmp_path) as server, open_redis(server.url) as store:
        queue, handler = RedisQueue(store), Actions([succeed])
        await queue.put(job(1))
        async with at_work(make_worker(queue, handler)):
            await wait_until(lambda: handler.done == [job(1).id])
            os.kill(await process_id(store), signal.SIGKILL)
            await wait_until(lambda: put(queue, job(2)))
            await wait_until(lambda: handler.done == [job(1).id, job(2).id])


async def put(queue: RedisQueue, new: Job) -> bool:
    """Put *new* as a sender does that sends again until it is told that it arrived."""
    try:
        await queue.put(new)
    except RedisUnavailableError:
        return False
    return True
