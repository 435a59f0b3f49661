"""Two versions of the program on one queue; `python -m tests.machines.upgrade` plays the rest."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from bot.core.serialization import question_from, question_job
from bot.queue.redis_queue import RedisQueue
from bot.redis.connection import RedisConnection
from tests.backup import world
from tests.machines.other_version import FORMAT, NEW_KIND, later_version

LATER = f"""
import asyncio, json, sys
from bot.core.serialization import question_from, question_job
from bot.core.types import Job, Question
from bot.queue.redis_queue import RedisQueue
from bot.redis.connection import open_redis
from knowledge.model.types import Principal

async def main(url, act):
    async with open_redis(url) as connection:
        queue, told = RedisQueue(connection), []
        if act == "put":
            asked = Question("slack:T1:C1:9.9", "slack:T1:C1:9.9", "Later?", Principal("C1"))
            await queue.put(question_job(asked))
            await queue.put(Job("survey", "survey", "{NEW_KIND}"))
        while act == "do" and (lease := await queue.take(1.0)):
            asks = lease.job.kind == "question"
            text = question_from(lease.job.payload).text if asks else ""
            told.append([lease.job.kind, text, lease.attempt])
            await lease.finish()
        await queue.aclose()
        print(json.dumps(told))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture(scope="session")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of a later version."""
    return later_version(tmp_path_factory.mktemp("later"))


async def run_later(later: Path, url: str, act: str) -> list[list[object]]:
    """Let a process of the later version put its jobs, or do what it can; return what it did."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", LATER, url, act),
        cwd=later,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(later)},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    done: list[list[object]] = json.loads(printed)
    return done


async def test_each_version_does_what_it_understands(
    later: Path, store: RedisConnection, redis_url: str
) -> None:
    """The earlier one leaves the rest, says so, and counts no try at it; the later one does all."""
    queue = RedisQueue(store)
    await run_later(later, redis_url, "put")
    await queue.put(question_job(world.question(1)))
    await queue.put(question_job(world.question(2)))

    lease = await queue.take(1.0)
    assert lease is not None
    assert question_from(lease.job.payload).text == world.question(1).text
    await lease.finish()
    second = await queue.take(1.0)
    assert second is not None
    assert await queue.take(0.5) is None
    await second.release()
    waiting = {(one.kind, one.format) for one in await queue.waiting_formats()}
    assert waiting == {("question", 1), ("question", FORMAT), (NEW_KIND, 1)}

    done = await run_later(later, redis_url, "do")
    assert sorted(done, key=str) == sorted(
        [
            ["question", world.question(2).text, 1],
            ["question", "Later?", 1],
            [NEW_KIND, "", 1],
        ],
        key=str,
    )
    assert await queue.backlog() == {"ready": 0, "running": 0, "delayed": 0, "dead": 0}
    await queue.aclose()
