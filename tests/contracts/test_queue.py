"""The contract of `Queue` and `Lease`: partitions keep their order, no job is lost or doubled."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import (
    LeaseLostError,
    PersonFullError,
    QueueFullError,
    RedisUnavailableError,
)
from bot.core.types import Job, JobKind
from bot.queue.formats import JOB_FORMATS
from bot.queue.lua_scripts import QueueLimits, QueuePeriods
from bot.queue.redis_lease import RedisLease
from bot.queue.redis_queue import RedisQueue
from bot.redis.connection import RedisConnection, open_redis
from bot.redis.embedded import embedded_redis
from tests.support.redis import frozen, process_id
from tests.support.waiting import wait_until

QUESTIONS: tuple[JobKind, ...] = ("question",)
NEEDS_INDEX: tuple[JobKind, ...] = ("question", "entry")
LEASE = 1.0
"""Seconds of a lease in the tests that see one end; elsewhere a slow machine must not end one."""
Ending = Callable[[RedisLease], Awaitable[None]]

ENDINGS: list[Ending] = [
    RedisLease.finish,
    RedisLease.release,
    RedisLease.check,
    lambda lease: lease.save(note="text"),
    lambda lease: lease.retry(0, "reason"),
    lambda lease: lease.dead_letter("reason"),
]


@asynccontextmanager
async def opened(store: RedisConnection, lease: float = LEASE) -> AsyncIterator[RedisQueue]:
    """Open the queue as one more process would."""
    queue = RedisQueue(store, QueuePeriods(lease=lease))
    try:
        yield queue
    finally:
        await queue.aclose()


@pytest.fixture
async def queue(store: RedisConnection) -> AsyncIterator[RedisQueue]:
    """An empty queue."""
    async with opened(store, lease=60) as queue:
        yield queue


@pytest.fixture
async def brief(store: RedisConnection) -> AsyncIterator[RedisQueue]:
    """An empty queue with short leases."""
    async with opened(store) as queue:
        yield queue


@pytest.fixture
async def own_store(tmp_path: Path) -> AsyncIterator[RedisConnection]:
    """A Redis that this test may break."""
    async with embedded_redis(tmp_path) as server, open_redis(server.url) as connection:
        yield connection


def job(number: int | str, partition: str = "slack:T1:C1:経費") -> Job:
    """Make a job."""
    return Job(f"slack:T1:C1:{number}", partition, "question", {"text": "有給は何日? How many?"})


async def taken(queue: RedisQueue) -> RedisLease:
    """Take a job that must be there."""
    lease = await queue.take(wait=10)
    assert lease is not None
    return lease


async def test_a_job_comes_out_as_it_was_put_in(queue: RedisQueue) -> None:
    """Any text of any language travels unchanged."""
    sent = Job(
        "id", "partition", "reindex", {"text": '改行\n"\x00"😀', "n": [1, None], "o": {"k": 0.5}}
    )
    assert await queue.put(sent)
    assert (await taken(queue)).job == sent


async def test_a_job_is_accepted_once_for_ever(queue: RedisQueue) -> None:
    """A redelivery is refused while the job waits, while it is in work, and when it is done."""
    outcomes = await asyncio.gather(*(queue.put(job(1)) for _ in range(20)))
    assert sorted(outcomes) == [False] * 19 + [True]
    lease = await taken(queue)
    assert not await queue.put(job(1))
    await lease.finish()
    assert not await queue.put(job(1))
    assert await queue.take(wait=0) is None


async def test_a_put_whose_reply_was_lost_may_be_repeated(queue: RedisQueue) -> None:
    """A client that asks again after a cut connection hears that its job is stored, once."""
    words = ("put", "id", "partition", "question", 1, "{}", "")
    for _ in range(2):
        assert await queue._scripts.run(*words, "nonce", 60, 9, 9, 9) == "stored"
    assert await queue._scripts.run(*words, "other", 60, 9, 9, 9) == "duplicate"
    assert (await queue.backlog())["ready"] == 1


async def test_jobs_of_a_partition_run_one_after_the_other(queue: RedisQueue) -> None:
    """The second job of a thread waits for the first, in the order of arrival."""
    for number in range(3):
        await queue.put(job(number))
    for number in range(3):
        lease = await taken(queue)
        assert lease.job == job(number)
        assert await queue.take(wait=0) is None
        await lease.finish()


async def test_partitions_run_side_by_side_and_take_turns(queue: RedisQueue) -> None:
    """A busy thread neither blocks others nor overtakes them."""
    for number in range(3):
        await queue.put(job(number, "busy"))
    await queue.put(job("other", "quiet"))
    first, other = await taken(queue), await taken(queue)
    assert (first.job.partition, other.job.partition) == ("busy", "quiet")
    await queue.put(job("third", "late"))
    await first.finish()
    assert (await taken(queue)).job.partition == "late"


async def test_a_waiting_worker_gets_a_new_job_at_once(queue: RedisQueue) -> None:
    """Nothing is polled for: the stream wakes who waits."""
    waiting = asyncio.create_task(queue.take(wait=120))
    await wait_until(lambda: waits(queue))
    await queue.put(job(1))
    async with asyncio.timeout(30):
        assert await waiting is not None


async def waits(queue: RedisQueue) -> bool:
    """Tell whether somebody waits in `take`."""
    return int((await queue._connection.commands.info("clients"))["blocked_clients"]) > 0


async def test_a_retry_keeps_its_place_its_notes_and_counts(queue: RedisQueue) -> None:
    """The partition waits for the retry, so that order holds; notes of earlier tries are there."""
    await queue.put(job(1))
    await queue.put(job(2))
    lease = await taken(queue)
    assert lease.attempt == 1
    await lease.save(placeholder="1700.1", answer="10日です。")
    await lease.retry(0.1, "ModelUnavailableError")
    assert await queue.take(wait=0) is None
    again = await taken(queue)
    assert (again.job, again.attempt) == (job(1), 2)
    assert again.notes == {"placeholder": "1700.1", "answer": "10日です。"}


async def test_a_dead_letter_lets_its_partition_go_on(queue: RedisQueue) -> None:
    """A poison job is kept with its reason and blocks nobody."""
    await queue.put(job(1))
    await queue.put(job(2))
    await (await taken(queue)).dead_letter("理由 reason")
    assert (await taken(queue)).job == job(2)
    (letter,) = await queue.dead_letters()
    assert (letter.job, letter.reason) == (job(1), "理由 reason")
    assert letter.at > 1_700_000_000


async def test_a_dead_job_can_be_given_a_fresh_start(queue: RedisQueue) -> None:
    """A retried dead letter goes to the end of its partition, as if never tried."""
    await queue.put(job(1))
    await (await taken(queue)).dead_letter("reason")
    assert await queue.retry_dead_letter(job(1).id)
    assert not await queue.retry_dead_letter(job(1).id)
    assert await queue.dead_letters() == []
    lease = await taken(queue)
    assert (lease.job, lease.attempt) == (job(1), 1)


async def test_a_fresh_start_keeps_what_people_see(queue: RedisQueue) -> None:
    """The same message becomes the answer; how the job ended before is forgotten."""
    await queue.put(job(1))
    lease = await taken(queue)
    await lease.save(
        failure_message="Sorry", dead_letter="KeyError", done="1", answer="{}", **{"ts.0": "1.2"}
    )
    await lease.dead_letter("KeyError")
    await queue.retry_dead_letter(job(1).id)
    assert (await taken(queue)).notes == {"answer": "{}", "ts.0": "1.2"}


async def test_a_dead_job_can_be_dropped(queue: RedisQueue, store: RedisConnection) -> None:
    """Then nothing of it is left but that its id was seen."""
    await queue.put(job(1))
    assert not await queue.drop(job(1).id)
    await (await taken(queue)).dead_letter("reason")
    assert await queue.drop(job(1).id)
    assert not await queue.retry_dead_letter(job(1).id)
    assert await queue.dead_letters() == []
    assert not await queue.put(job(1))
    assert not await store.commands.exists(f"{queue._scripts.root}:job:{job(1).id}")


async def test_a_try_that_does_not_count_is_not_counted(queue: RedisQueue) -> None:
    """What failed for no reason of its own has its tries still before it."""
    await queue.put(job(1))
    for _ in range(3):
        lease = await taken(queue)
        assert lease.attempt == 1
        await lease.retry(0, "SurfaceUnavailableError", counts=False)


async def test_a_job_that_is_released_is_ready_at_once(queue: RedisQueue) -> None:
    """A try that a shutdown broke off does not count."""
    await queue.put(job(1))
    await (await taken(queue)).release()
    lease = await queue.take(wait=0)
    assert lease is not None
    assert lease.attempt == 1


async def test_a_take_that_is_cancelled_leaves_no_job_behind(queue: RedisQueue) -> None:
    """Whoever stops waiting, at any moment, blocks nobody for the length of a lease."""
    await queue.put(job(1))
    for yields in range(30):
        taking = asyncio.create_task(queue.take(wait=10))
        for _ in range(yields):
            await asyncio.sleep(0)
        taking.cancel()
        await asyncio.wait([taking])
        if not taking.cancelled():
            await (await taking).release()  # type: ignore[union-attr] # it had waited for it
        assert await queue.backlog() == {"ready": 1, "running": 0, "delayed": 0, "dead": 0}


async def test_a_renewed_job_stays_with_its_worker(
    brief: RedisQueue, store: RedisConnection
) -> None:
    """A job may take many times its lease."""
    await brief.put(job(1))
    lease = await taken(brief)
    async with opened(store) as other:
        assert await other.take(wait=3 * LEASE) is None
    await lease.finish()


@pytest.mark.parametrize("ending", ENDINGS)
async def test_whoever_has_lost_a_job_can_do_nothing_to_it(
    store: RedisConnection, ending: Ending
) -> None:
    """Every method of a lost lease raises and changes nothing for its new holder."""
    async with opened(store) as queue, opened(store) as other:
        await queue.put(job(1))
        lost = await taken(queue)
        await queue.aclose()  # as if its process hung
        lease = await taken(other)
        assert lease.attempt == 2
        await wait_until(lambda: now() > lost.ours_until)
        with pytest.raises(LeaseLostError):
            await ending(lost)
        assert lost.lost.is_set()
        await lease.finish()
        assert not any((await queue.backlog()).values())


def now() -> float:
    """Return the loop's time."""
    return asyncio.get_running_loop().time()


async def test_an_ending_whose_reply_was_lost_may_be_repeated(queue: RedisQueue) -> None:
    """A client that asks again after a cut connection hears that its job is finished."""
    await queue.put(job(1))
    await queue.put(job(2))
    lease = await taken(queue)
    ask = ("finish", lease.job.id, lease._fence, 60)
    assert await queue._scripts.run(*ask) == "released"
    assert await queue._scripts.run(*ask) == "again"
    assert (await taken(queue)).job == job(2)


async def test_a_running_job_learns_that_it_was_cancelled(
    queue: RedisQueue, store: RedisConnection
) -> None:
    """It is told to stop, wherever it runs, and still owns the job, to say so and finish."""
    await queue.put(job(1))
    lease = await taken(queue)
    async with opened(store, lease=60) as other:
        assert await other.cancel(job(1).id)
    await asyncio.wait_for(lease.lost.wait(), 60)
    await lease.check()
    await lease.finish()
    assert not await queue.cancel(job(1).id)


async def test_a_waiting_job_is_cancelled_before_it_starts(queue: RedisQueue) -> None:
    """Who takes it sees so at once, also when it waited for a far retry."""
    await queue.put(job(1))
    assert await queue.cancel(job(1).id)
    lease = await taken(queue)
    assert lease.lost.is_set()
    await lease.retry(1000, "reason")
    assert await queue.cancel(job(1).id)
    assert (await taken(queue)).lost.is_set()
    assert not await queue.cancel("unknown")


async def test_the_backlog_counts_jobs(queue: RedisQueue) -> None:
    """`ready` are jobs that wait for a worker or behind another of their partition."""
    for number in range(3):
        await queue.put(job(number, "first"))
    for partition in ("second", "third", "fourth"):
        await queue.put(job(partition, partition))
    await taken(queue)
    await (await taken(queue)).retry(1000, "reason")
    await (await taken(queue)).dead_letter("reason")
    assert await queue.backlog() == {"ready": 3, "running": 1, "delayed": 1, "dead": 1}


async def places(queue: RedisQueue, *, patience: float = 0.0) -> dict[str, int]:
    """Tell everybody who waits how many are ahead, and return what was told."""
    told = {}
    for lease, place in await queue.waiting("question", patience, most=100):
        told[lease.job.id.rpartition(":")[2]] = place
        await lease.notified(place)
    return told


async def test_those_who_wait_learn_how_many_are_ahead(queue: RedisQueue) -> None:
    """Those of its own partition, in work or not, and those of other partitions that come first."""
    for number, partition in enumerate(("busy", "busy", "busy", "second", "third")):
        await queue.put(job(number, partition))
    await taken(queue)
    assert await places(queue) == {"1": 1, "2": 2, "3": 0, "4": 1}
    assert await places(queue) == {}


async def test_a_place_is_told_again_when_half_as_many_come_first(queue: RedisQueue) -> None:
    """Few enough words to fit Slack's limits, enough to see that it goes on."""
    for number in range(9):
        await queue.put(job(number))
    assert (await places(queue))["8"] == 8
    heard = list[int]()
    for _ in range(8):
        await (await taken(queue)).finish()
        heard += filter(None, [(await places(queue)).get("8")])
    assert heard == [4, 2, 1]


async def test_only_those_who_wait_for_long_hear_of_it(queue: RedisQueue) -> None:
    """Nearly every question is taken at once; a notice is never announced."""
    await queue.put(job(1))
    await queue.put(Job("notice", "partition", "notice"))
    assert await places(queue, patience=60) == {}
    assert await places(queue) == {"1": 0}


async def test_no_worker_takes_a_job_while_its_asker_is_told(
    brief: RedisQueue, store: RedisConnection
) -> None:
    """Two first signs would be two messages. A notifier that dies delays the job by a lease."""
    await brief.put(job(1))
    ((notifying, _),) = await brief.waiting("question", 0, most=1)
    async with opened(store) as other:
        assert await other.take(wait=2 * LEASE) is None
        assert await other.waiting("question", 0, most=1) == []
        taking = asyncio.create_task(other.take(wait=10))
        await notifying.save(placeholder="1700.1")
        await notifying.notified(0)
        lease = await taking
        assert lease is not None
        assert (lease.attempt, lease.notes) == (1, {"placeholder": "1700.1"})
        await lease.finish()

        await brief.put(job(2))
        ((dying, _),) = await brief.waiting("question", 0, most=1)
        brief._renewer._leases.discard(dying)
        lease = await other.take(wait=10)
        assert lease is not None
        await wait_until(lambda: now() > dying.ours_until)
        with pytest.raises(LeaseLostError):
            await dying.save(placeholder="1700.2")
        assert lease.notes == {}


async def test_a_cancelled_job_is_told_at_once(queue: RedisQueue) -> None:
    """Its asker need not wait for its turn to hear that it was stopped."""
    await queue.put(job(1))
    await queue.put(job(2))
    await taken(queue)
    await queue.cancel(job(2).id)
    assert await places(queue, patience=60) == {"2": -1}
    assert await places(queue) == {}


async def test_a_full_partition_and_a_full_queue_refuse(store: RedisConnection) -> None:
    """Refusals have a reserve; accepted work needs no new space."""
    queue = RedisQueue(store, limits=QueueLimits(partition=2, queue=3))
    await queue.put(job(1, "a"))
    await queue.put(job(2, "a"))
    with pytest.raises(QueueFullError):
        await queue.put(job(3, "a"))
    await queue.put(job(3, "b"))
    with pytest.raises(QueueFullError):
        await queue.put(job(4, "c"))
    assert not await queue.put(job(3, "b"))
    assert await queue.put(job("refusal", "d"), spare=True)
    await (await taken(queue)).finish()
    await (await taken(queue)).finish()
    assert await queue.put(job(4, "c"))


async def test_an_order_to_stop_stops_one_job(queue: RedisQueue) -> None:
    """The first that is open and not stopped yet; again, the same; and never a later one."""
    for number in range(3):
        await queue.put(job(number))
    ids = [job.id for job in await queue.open_jobs(job(0).partition)]
    assert ids == [job(number).id for number in range(3)]
    assert await queue.cancel_first("stop 1", ids) == ids[0]
    assert await queue.cancel_first("stop 1", ids) == ids[0]
    assert await queue.cancel_first("stop 2", ids) == ids[1]
    for _ in range(3):
        await (await taken(queue)).finish()
    assert await queue.cancel_first("stop 3", ids) == ""
    await queue.put(job(4))
    assert await queue.cancel_first("stop 3", [job(4).id]) == ""


async def test_a_slot_of_a_schedule_comes_once(queue: RedisQueue, store: RedisConnection) -> None:
    """However many machines ask; of slots that were missed, the last one."""
    async with opened(store, lease=60) as other:
        assert not await queue.put_on_schedule("nightly", 100, job("night 100"))
        due = [queue, other] * 5
        stored = [await one.put_on_schedule("nightly", 300, job("night 300")) for one in due]
    assert stored == [True] + [False] * 9
    assert not await queue.put_on_schedule("nightly", 200, job("night 200"))
    assert (await taken(queue)).job == job("night 300")
    assert (await queue.backlog())["ready"] == 0


@asynccontextmanager
async def full(store: RedisConnection) -> AsyncIterator[None]:
    """Let Redis have no memory left meanwhile."""
    await store.commands.config_set("maxmemory", 1)
    yield
    await store.commands.config_set("maxmemory", 0)


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_full_redis_takes_no_more_but_ends_what_it_has(
    own_store: RedisConnection, ending: Ending
) -> None:
    """The sender hears that nothing was stored; accepted work goes its way."""
    async with opened(own_store, lease=60) as queue:
        for number in range(3):
            await queue.put(job(number))
        lease = await taken(queue)
        async with full(own_store):
            with pytest.raises(RedisUnavailableError, match="is full"):
                await queue.put(job(3))
            await ending(lease)
            if lease._ended:
                lease = await taken(queue)
            await lease.finish()
            assert await queue.cancel_first("order", [job(2).id]) == job(2).id
            await (await taken(queue)).finish()
        assert await queue.put(job(3))


async def test_in_a_full_redis_telling_positions_costs_nobody_their_work(
    own_store: RedisConnection,
) -> None:
    """They are renewed together; telling a position needs memory, work needs none."""
    async with opened(own_store) as queue:
        for number in range(6):
            await queue.put(job(number, partition=str(number)))
        working = await taken(queue)
        assert len(await queue.waiting("question", 0, most=5)) == 5
        async with full(own_store):
            end = now() + 2 * LEASE
            await wait_until(lambda: now() > end)
            assert not working.lost.is_set()
            await working.finish()


async def test_the_queue_goes_on_after_somebody_emptied_redis(
    queue: RedisQueue, store: RedisConnection
) -> None:
    """FLUSHALL loses the jobs, not the service."""
    await queue.put(job(1))
    lease = await taken(queue)
    await store.commands.flushall()
    with pytest.raises(LeaseLostError):
        await lease.finish()
    assert await queue.put(job(1))
    assert (await taken(queue)).job == job(1)


async def test_keys_that_vanish_do_not_stop_a_partition(
    queue: RedisQueue, store: RedisConnection
) -> None:
    """A job whose record was deleted by hand is skipped."""
    for number in (1, 2):
        await queue.put(job(number))
    await store.commands.delete(f"{queue._scripts.root}:job:{job(1).id}")
    assert (await taken(queue)).job == job(2)


async def test_done_leaves_only_what_expires(queue: RedisQueue, store: RedisConnection) -> None:
    """Finished work does not fill Redis, and no text of it stays behind."""
    for number in range(3):
        await queue.put(job(number))
        lease = await taken(queue)
        await lease.save(answer="private")
        await lease.finish()
    record = await store.commands.hgetall(f"{queue._scripts.root}:job:{job(0).id}")
    assert "private" not in str(record)
    assert "How many" not in str(record)
    left = [key async for key in store.commands.scan_iter()]
    for_ever = {str(key) for key in left if await store.commands.ttl(key) < 0}
    assert for_ever == {queue._scripts.ready, f"{queue._scripts.root}:open"}
    assert await store.commands.get(f"{queue._scripts.root}:open") == "0"
    assert await store.commands.xlen(queue._scripts.ready) == 0


@asynccontextmanager
async def working(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a worker in another process, which has taken its job."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.worker_process", url, str(LEASE)),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()).startswith(b"took ")
    try:
        yield process
    finally:
        await process.communicate()


async def test_the_job_of_a_killed_worker_is_taken_by_another(
    brief: RedisQueue, redis_url: str
) -> None:
    """kill -9 in the middle of a job delays it by a lease; its partition keeps its order."""
    await brief.put(job(1))
    await brief.put(job(2))
    async with working(redis_url) as process:
        process.kill()
        before = now()
        lease = await taken(brief)
    assert (lease.job, lease.attempt) == (job(1), 2)
    assert now() - before < 2 * LEASE + 5
    await lease.finish()
    assert (await taken(brief)).job == job(2)


async def test_a_worker_that_was_frozen_past_its_lease_is_fenced(
    brief: RedisQueue, redis_url: str
) -> None:
    """What wakes up after another took its job does not finish it, and not the next one either."""
    await brief.put(job(1))
    await brief.put(job(2))
    async with working(redis_url) as process:
        with frozen(process.pid):
            lease = await taken(brief)
            assert (lease.job, lease.attempt) == (job(1), 2)
        assert process.stdout is not None
        assert await process.stdout.readline() == b"fenced\n"
    assert (await brief.backlog())["running"] == 1
    await lease.finish()
    assert (await taken(brief)).job == job(2)


async def test_a_put_that_redis_does_not_confirm_is_refused_in_time(
    own_store: RedisConnection,
) -> None:
    """The sender hears of it while it still listens, and sends again."""
    queue = RedisQueue(own_store)
    before = now()
    with frozen(await process_id(own_store)), pytest.raises(RedisUnavailableError):
        await queue.put(job(1))
    assert now() - before < 3


async def test_a_worker_that_cannot_renew_stops_by_itself(own_store: RedisConnection) -> None:
    """While Redis is away its clock tells a worker when others may have the job."""
    async with opened(own_store) as queue:
        await queue.put(job(1))
        lease = await taken(queue)
        with frozen(await process_id(own_store)):
            before = now()
            await lease.lost.wait()
            assert LEASE / 2 < now() - before < LEASE + 2
            with pytest.raises(LeaseLostError):
                await lease.check()


async def test_a_finish_outlasts_a_restart_of_redis(own_store: RedisConnection) -> None:
    """Work that is done is not done again because Redis was away for a moment."""
    queue = RedisQueue(own_store, QueuePeriods(lease=10))
    await queue.put(job(1))
    await queue.put(job(2))
    lease = await taken(queue)
    os.kill(await process_id(own_store), signal.SIGKILL)
    await lease.finish()
    assert (await taken(queue)).job == job(2)
    assert not await queue.put(job(1))
    await queue.aclose()


async def test_many_leases_are_renewed_together(store: RedisConnection) -> None:
    """Longer than a lease lasts, none is lost; each learns of its own cancellation."""
    lease, count = 3.0, 250  # more than go into one script
    loop = asyncio.get_running_loop()
    queue = RedisQueue(store, QueuePeriods(lease=lease))
    for number in range(count):
        await queue.put(job(number, partition=str(number)))
    leases = [await taken(queue) for _ in range(count)]
    await queue.cancel(leases[7].job.id)
    end = loop.time() + 1.5 * lease
    await wait_until(lambda: loop.time() > end)

    assert [held.job.id for held in leases if held.lost.is_set()] == [leases[7].job.id]
    assert (await queue.backlog())["running"] == count
    assert await queue.take(0) is None
    await queue.aclose()


def asked(person: str, number: int, partition: str = "") -> Job:
    """Make a question of *person*, in a thread of its own unless *partition* names one."""
    name = f"{person}{number}"
    return Job(name, partition or f"thread of {name}", "question", {"person": person})


async def order(queue: RedisQueue) -> list[str]:
    """Do all jobs, one at a time, and return their ids in that order."""
    done = list[str]()
    while lease := await queue.take(wait=0):
        done.append(lease.job.id)
        await lease.finish()
    return done


async def test_people_take_turns(queue: RedisQueue) -> None:
    """Whoever asks one question waits for one of those who asked thirty; each in order."""
    for number in range(5):
        await queue.put(asked("U1", number))
    first = await taken(queue)
    await queue.put(asked("U2", 0))
    await queue.put(asked("U2", 1))
    await queue.put(asked("U3", 0))
    await first.finish()
    assert await order(queue) == ["U20", "U30", "U11", "U21", "U12", "U13", "U14"]


async def test_nobody_saves_up_turns(queue: RedisQueue) -> None:
    """Whoever was quiet for long comes next, but not before everybody else several times."""
    for number in range(4):
        await queue.put(asked("U1", number))
        await (await taken(queue)).finish()
    for number in range(3):
        await queue.put(asked("U1", number + 4))
        await queue.put(asked("U2", number))
    assert await order(queue) == ["U20", "U14", "U21", "U15", "U22", "U16"]


async def test_a_turn_is_that_of_the_person_whose_question_comes_first(queue: RedisQueue) -> None:
    """In a thread of several people order counts, and each question takes its author's turn."""
    for number, person in enumerate(["U1", "U2", "U1"]):
        await queue.put(asked(person, number, "shared"))
    await queue.put(asked("U1", 9))
    await queue.put(asked("U3", 0))
    assert await order(queue) == ["U10", "U30", "U21", "U19", "U12"]


async def test_the_jobs_of_nobody_take_turns_by_their_partitions(queue: RedisQueue) -> None:
    """What the program itself has to do is not held up by a busy person."""
    for number in range(3):
        await queue.put(asked("U1", number))
    for name in ("a", "b"):
        await queue.put(Job(name, name, "periodic"))
    assert await order(queue) == ["U10", "a", "b", "U11", "U12"]


async def test_notices_and_forms_take_the_turns_of_whoever_caused_them(queue: RedisQueue) -> None:
    """A notice holds the question that it is about; a form names its person itself."""
    for number in range(3):
        about = {"question": {"person": "U1"}}
        await queue.put(Job(f"notice {number}", f"n{number}", "notice", about))
        await queue.put(Job(f"entry {number}", f"e{number}", "entry", {"person": "U1"}))
    await queue.put(asked("U2", 0))
    assert (await order(queue)).index("U20") == 1


async def test_jobs_of_an_earlier_version_still_run(
    queue: RedisQueue, store: RedisConnection
) -> None:
    """They name no person; some wait in the stream, one is in work, one waits for its next try."""
    commands, root = store.commands, queue._scripts.root
    for number in range(5):
        await queue.put(asked("U1", number))
    working = await taken(queue)
    await (await taken(queue)).retry(0, "reason")
    for key in [f"{root}:turns", f"{root}:turn", f"{root}:turns_had", f"{root}:turn_of:U1"]:
        await commands.delete(key)
    group = ("XGROUP", "SETID", queue._scripts.ready, "workers", await token_of(store, working))
    await commands.execute_command(*group)
    for number in range(5):
        await commands.hdel(f"{root}:job:U1{number}", "person")
    await queue.put(asked("U2", 0))
    await working.finish()
    assert sorted(await order(queue)) == ["U11", "U12", "U13", "U14", "U20"]


async def token_of(store: RedisConnection, lease: RedisLease) -> str:
    """Return the token of a job in work."""
    key = f"{lease._scripts.root}:job:{lease.job.id}"
    return str(await store.commands.hget(key, "token"))


async def test_places_follow_the_turns(queue: RedisQueue) -> None:
    """What people are told is the order in which their questions are taken."""
    for number in range(4):
        await queue.put(asked("U1", number))
    await (await taken(queue)).finish()
    assert await places(queue) == {"U11": 0, "U12": 1, "U13": 2}
    for person in ("U2", "U3"):
        await queue.put(asked(person, 0))
    assert await places(queue) == {"U20": 0, "U30": 1, "U11": 2, "U12": 3, "U13": 4}
    assert await order(queue) == ["U20", "U30", "U11", "U12", "U13"]


async def test_one_person_has_so_many_open_questions_at_most(store: RedisConnection) -> None:
    """Those in work count; each one that ends makes room; notices and other people's do not."""
    queue = RedisQueue(store, limits=QueueLimits(person=3))
    for number in range(3):
        await queue.put(asked("U1", number))
    lease = await taken(queue)
    with pytest.raises(PersonFullError) as refused:
        await queue.put(asked("U1", 3))
    assert refused.value.most == 3
    assert not await queue.put(asked("U1", 0))
    assert await queue.put(asked("U2", 0))
    assert await queue.put(Job("notice", "n", "notice", {"question": {"person": "U1"}}))
    await lease.finish()
    assert await queue.put(asked("U1", 3))
    await (await taken(queue)).dead_letter("reason")
    await store.commands.delete(*[f"{queue._scripts.root}:job:U1{n}" for n in (1, 2, 3)])
    assert await queue.put(asked("U1", 4))
    await queue.aclose()


async def lost_by(queue: RedisQueue) -> RedisLease:
    """Take a job in a process that gives no sign of life until another may take it."""
    lease = await taken(queue)
    queue._renewer._leases.discard(lease)
    await wait_until(lambda: now() > lease.ours_until)
    return lease


async def test_a_try_of_a_process_that_was_slow_does_not_count(
    brief: RedisQueue, store: RedisConnection
) -> None:
    """It says so when it wakes up, before or after another has the job; a dead one never does."""
    await brief.put(job(1))
    async with opened(store) as other:
        slow = await lost_by(brief)
        lease = await taken(other)
        assert lease.attempt == 2
        await slow.excuse()
        await slow.excuse()
        await lease.retry(0, "reason")
        assert (await lost_by(other)).attempt == 2
        late = await lost_by(brief)
        assert late.attempt == 3
        await late.excuse()  # nobody has taken it meanwhile
        lease = await taken(other)
        assert lease.attempt == 3
        await late.excuse()
        await lease.check()


async def test_a_job_is_not_excused_for_ever(queue: RedisQueue, store: RedisConnection) -> None:
    """One that stops its process for longer than a lease, every time, comes to an end."""
    key = f"{queue._scripts.root}:job:{job(1).id}"
    await queue.put(job(1))
    for number in range(9):
        lease = await taken(queue)
        queue._renewer._leases.discard(lease)
        await store.commands.hset(key, f"lost:{lease._fence}", "1")
        await store.commands.hset(key, "fence", "another")
        await lease.excuse()
        await store.commands.hset(key, "fence", lease._fence)
        await queue._scripts.run("retry", job(1).id, lease._fence, 0, "reason", 1)
        assert lease.attempt == max(1, number - 5)


async def test_jobs_of_kinds_that_are_left_wait_for_another_worker(queue: RedisQueue) -> None:
    """They keep their order and their turn, and what can be done is done meanwhile."""
    for number, kind in enumerate(("question", "question", "notice", "entry")):
        payload = {"person": "U1"}
        await queue.put(Job(f"job-{number}", f"partition-{number}", kind, payload))  # type: ignore[arg-type]

    lease = await queue.take(wait=0, left=NEEDS_INDEX)
    assert lease is not None
    assert lease.job.id == "job-2"
    assert await queue.take(wait=0, left=NEEDS_INDEX) is None

    taken = [one.job.id for _ in range(3) if (one := await queue.take(wait=0))]
    assert taken == ["job-0", "job-1", "job-3"]


async def test_a_job_behind_one_that_is_left_keeps_its_place(queue: RedisQueue) -> None:
    """The jobs of a partition do not overtake each other for that."""
    await queue.put(Job("first", "thread", "question", {}))
    await queue.put(Job("second", "thread", "notice", {}))

    assert await queue.take(wait=0, left=QUESTIONS) is None
    first = await queue.take(wait=0)
    assert first is not None
    await first.finish()
    second = await queue.take(wait=0, left=QUESTIONS)
    assert second is not None
    assert (first.job.id, second.job.id) == ("first", "second")


async def test_a_question_of_a_worker_that_died_is_left_too(brief: RedisQueue) -> None:
    """A worker without an index does not take it over; the next one that has one does."""
    await brief.put(Job("asked", "thread", "question", {}))
    await brief.put(Job("told", "other", "notice", {}))
    for _ in range(2):
        lease = await brief.take(wait=0)
        assert lease is not None
        brief._renewer._leases.discard(lease)  # its process has died

    taken = await brief.take(wait=5, left=QUESTIONS)
    assert taken is not None
    assert taken.job.id == "told"
    again = await brief.take(wait=5)
    assert again is not None
    assert again.job.id == "asked"


def later_queue(store: RedisConnection, **formats: int) -> RedisQueue:
    """Return the queue as a later version of the program has it."""
    known: Any = {**JOB_FORMATS} | formats
    return RedisQueue(store, QueuePeriods(lease=60), formats=known)


async def test_a_job_in_a_later_format_waits_for_a_later_program(
    queue: RedisQueue, store: RedisConnection
) -> None:
    """And so does one of a kind that is not known; nobody counts a try at them."""
    later = later_queue(store, question=2, survey=1)
    await later.put(Job("new", "thread", "question", {"person": "U1"}))
    await later.put(Job("behind", "thread", "notice", {"person": "U1"}))
    await later.put(Job("kind", "other", "survey", {}))  # type: ignore[arg-type]
    await queue.put(Job("old", "third", "question", {"person": "U1"}))

    taken = await queue.take(wait=0)
    assert taken is not None
    assert taken.job.id == "old"
    assert await queue.take(wait=0) is None
    waiting = {(one.kind, one.format): one.count for one in await queue.waiting_formats()}
    assert waiting == {("question", 2): 1, ("notice", 1): 1, ("survey", 1): 1}
    assert (await queue.backlog())["dead"] == 0

    found = [await later.take(wait=0) for _ in range(2)]
    assert {(one.job.id, one.attempt) for one in found if one} == {("new", 1), ("kind", 1)}
    await later.aclose()


async def test_a_later_program_does_what_an_earlier_one_has_put(
    queue: RedisQueue, store: RedisConnection
) -> None:
    """Also what has no format at all, as before there were any."""
    await queue.put(Job("old", "thread", "question", {}))
    await queue.put(Job("older", "other", "question", {}))
    await store.commands.hdel(f"{queue._scripts.root}:job:older", "format")
    later = later_queue(store, question=2)
    found = [await later.take(wait=0) for _ in range(2)]
    assert [one.job.id for one in found if one] == ["old", "older"]
    await later.aclose()


async def test_fields_that_a_later_program_has_added_are_kept(
    queue: RedisQueue, store: RedisConnection
) -> None:
    """They say nothing here, and are there for whoever takes the job next."""
    await queue.put(Job("job", "thread", "question", {"text": "?"}))
    key = f"{queue._scripts.root}:job:job"
    text = json.dumps(json.loads(str(await store.commands.hget(key, "job"))) | {"urgent": True})
    await store.commands.hset(key, "job", text)

    lease = await queue.take(wait=0)
    assert lease is not None
    assert lease.job == Job("job", "thread", "question", {"text": "?"})
    assert [job.id for job in await queue.open_jobs("thread")] == ["job"]
    await lease.dead_letter("reason")
    assert [letter.job.id for letter in await queue.dead_letters()] == ["job"]
    assert await store.commands.hget(key, "job") == text


async def test_many_jobs_of_dead_later_workers_hide_no_other(
    brief: RedisQueue, store: RedisConnection
) -> None:
    """More than are looked at in one go."""
    later = RedisQueue(store, QueuePeriods(lease=LEASE), formats={**JOB_FORMATS, "question": 2})
    for number in range(120):
        await later.put(Job(f"new-{number}", f"new-{number}", "question", {}))
    for _ in range(120):
        assert await later.take(wait=0)
    await brief.put(Job("old", "old", "question", {}))
    dead = await brief.take(wait=0)
    assert dead is not None
    for lease in list(later._renewer._leases):
        later._renewer._leases.discard(lease)
    brief._renewer._leases.discard(dead)

    taken = await brief.take(wait=10)
    assert taken is not None
    assert taken.job.id == "old"
    await later.aclose()


async def test_nobody_is_told_the_place_of_a_question_that_is_not_understood(
    queue: RedisQueue, store: RedisConnection
) -> None:
    """Its words are elsewhere."""
    later = later_queue(store, question=2)
    await later.put(Job("new", "thread", "question", {"person": "U1"}))
    assert await queue.waiting("question", 0, 10) == []
    assert [place for _, place in await later.waiting("question", 0, 10)] == [0]
    await later.aclose()
