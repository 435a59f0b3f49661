"""`python -m benchmarks.fairness`: how long another person's question waits behind a flood.

Real workers on a real Redis, with a handler that takes as long as a model. The same flood comes
twice: first its questions name nobody, so that threads take turns in the order of their arrival, as
they did before people took turns; then they name their person.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.types import Job
from bot.queue.lua_scripts import QueueLimits
from bot.queue.queue import Lease
from bot.queue.redis_queue import RedisQueue
from bot.queue.worker import Worker
from bot.redis.connection import RedisConnection, open_redis
from bot.redis.embedded import embedded_redis
from tests.support.redis import in_namespace

OTHER = "the other person's question"
_ROOM = QueueLimits(partition=10_000, queue=10_000, person=10_000)


@dataclass
class Model:
    """Answers after *seconds*, and notes when the other person has theirs."""

    seconds: float
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, lease: Lease) -> None:
        await asyncio.sleep(self.seconds)
        if lease.job.id == OTHER:
            self.done.set()

    async def give_up(self, lease: Lease, message: str) -> None:
        raise AssertionError(f"{lease.job.id}: {message}")


def flood(questions: int, threads: int, *, named: bool) -> Iterator[Job]:
    """Yield the questions of one person; with *named* false they name nobody."""
    about = {"person": "U1"} if named else {}
    for number in range(questions):
        yield Job(f"flood {number}", f"thread {number % threads}", "question", about)


async def waited(
    connection: RedisConnection, options: argparse.Namespace, *, named: bool, questions: int
) -> float:
    """Return the seconds from another person's question to its answer."""
    model = Model(options.seconds)
    own = in_namespace(connection, f"{named}{questions}")
    queues = [RedisQueue(own, limits=_ROOM) for _ in range(options.workers)]
    slots = max(1, options.slots // options.workers)
    workers = [Worker(queue, {"question": model}, slots) for queue in queues]
    for job in flood(questions, options.threads, named=named):
        await queues[0].put(job)
    running = [asyncio.create_task(worker.run()) for worker in workers]
    await asyncio.sleep(options.seconds * 1.2)  # the flood is in work
    asked = time.monotonic()
    about = {"person": "U2"} if named else {}
    await queues[0].put(Job(OTHER, "thread of the other", "question", about))
    await model.done.wait()
    seconds = time.monotonic() - asked
    for worker in workers:
        worker.stop()
    await asyncio.gather(*running)
    for queue in queues:
        await queue.aclose()
    return seconds


async def main(options: argparse.Namespace) -> None:
    """Measure, and print a table."""
    async with AsyncExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        server = await closing.enter_async_context(embedded_redis(folder))
        connection = await closing.enter_async_context(open_redis(server.url))
        rows = [
            ("alone", await waited(connection, options, named=True, questions=0)),
            (
                "in the order of arrival",
                await waited(connection, options, named=False, questions=options.questions),
            ),
            (
                "people take turns",
                await waited(connection, options, named=True, questions=options.questions),
            ),
        ]
    print(
        f"{options.questions} questions of one person in {options.threads} threads, "
        f"{options.slots} slots in {options.workers} workers, {options.seconds} s a question"
    )
    for name, seconds in rows:
        print(f"{name:<28}{seconds:>8.1f} s until the other person's answer")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fairness")
    parser.add_argument("--questions", type=int, default=30, help="of the flood")
    parser.add_argument("--threads", type=int, default=30, help="that the flood is spread over")
    parser.add_argument("--slots", type=int, default=2, help="jobs at the same time, in all")
    parser.add_argument("--workers", type=int, default=2, help="that share one Redis")
    parser.add_argument("--seconds", type=float, default=0.5, help="that a question takes")
    asyncio.run(main(parser.parse_args()))
