"""`kotae queue` as an operator runs it."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.core.types import Job
from bot.queue.redis_queue import RedisQueue
from bot.redis.connection import open_redis
from tests.support.command import kotae

IDS = [f"slack:T1:C1:1700000000.00010{number}" for number in range(4)]


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> dict[str, str]:
    """One question that waits, and three that were given up."""

    async def fill() -> None:
        async with open_redis(redis_url) as store:
            await store.commands.flushall()
            queue = RedisQueue(store)
            for job_id in IDS:
                asked = {"text": "有給は何日？ How many?"}
                await queue.put(Job(job_id, IDS[0], "question", asked))
            for _ in range(3):
                lease = await queue.take(wait=5)
                assert lease is not None
                await lease.dead_letter("ModelUnavailableError (ab12cd)")
            await queue.aclose()

    asyncio.run(fill())
    return {"REDIS_URL": redis_url}


def test_dead_letters_are_listed_without_what_was_asked(
    settings: dict[str, str], tmp_path: Path
) -> None:
    """Unless the operator asks for them."""
    listed = kotae(tmp_path, "queue", "list", **settings)
    assert listed.returncode == 0
    assert listed.stdout.count("ModelUnavailableError (ab12cd)") == 3
    assert IDS[1] in listed.stdout
    assert "有給" not in listed.stdout
    rows = json.loads(kotae(tmp_path, "queue", "list", "--json", **settings).stdout)
    assert [row["id"] for row in rows] == IDS[:3]
    assert set(rows[0]) == {"id", "thread", "kind", "reason", "at"}
    shown = kotae(tmp_path, "queue", "list", "--text", **settings)
    assert shown.stdout.count("有給は何日？ How many?") == 3


def test_dead_letters_are_retried_and_dropped(settings: dict[str, str], tmp_path: Path) -> None:
    """By their ids or all at once; a wrong id is named."""
    assert kotae(tmp_path, "queue", "retry", **settings).returncode == 2
    assert "Retrying 1 of 1" in kotae(tmp_path, "queue", "retry", IDS[1], **settings).stdout
    wrong = kotae(tmp_path, "queue", "retry", IDS[1], **settings)
    assert (wrong.returncode, f"no dead letter {IDS[1]}" in wrong.stderr) == (1, True)
    assert "Dropped 1 of 1" in kotae(tmp_path, "queue", "drop", IDS[0], "-y", **settings).stdout
    assert "Retrying 1 of 1" in kotae(tmp_path, "queue", "retry", "--all", **settings).stdout
    counts = kotae(tmp_path, "queue", "status", "--json", **settings)
    counted = {"ready": 3, "running": 0, "delayed": 0, "dead": 0}
    assert json.loads(counts.stdout) == {**counted, "unclaimed": []}
    assert "3 waiting" in kotae(tmp_path, "queue", "status", **settings).stdout
