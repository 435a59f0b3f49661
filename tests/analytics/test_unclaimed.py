"""Operators hear of jobs that no running worker understands."""

from collections.abc import Mapping

import structlog

from bot.analytics.unclaimed import UnclaimedJobs, unclaimed
from bot.core.types import Job
from bot.machines.store import MachineState
from bot.queue.formats import JOB_FORMATS
from bot.queue.queue import WaitingJobs
from bot.queue.redis_queue import RedisQueue
from bot.redis.connection import RedisConnection

QUESTIONS = WaitingJobs("question", 2, 3, 70.0)
SURVEYS = WaitingJobs("survey", 1, 1, 5.0)
NOTICES = WaitingJobs("notice", 1, 9, 1.0)


def worker(name: str, jobs: Mapping[str, int] | None = None) -> MachineState:
    """Return a process that answers."""
    return MachineState(id=name, host=name, folder=name, answers=True, jobs=jobs or {})


def test_what_one_of_the_workers_understands_is_claimed() -> None:
    """Old and new ones stand side by side during an update."""
    waiting = [SURVEYS, QUESTIONS, NOTICES]
    old = worker("old", {"question": 1, "notice": 1})
    new = worker("new", {"question": 2, "notice": 1, "survey": 1})
    receiver = MachineState(id="receiver", host="a", folder="a")
    assert unclaimed(waiting, [old, receiver]) == [QUESTIONS, SURVEYS]
    assert unclaimed(waiting, [old, new]) == []


def test_without_a_worker_no_version_is_to_blame() -> None:
    """Another alarm says so; and a program that does not say what it does takes all."""
    assert unclaimed([QUESTIONS], []) == []
    assert unclaimed([QUESTIONS], [worker("old", {"question": 1}), worker("silent")]) == []


async def test_the_log_names_what_waits(store: RedisConnection) -> None:
    """Every few minutes, from one of the processes."""
    later = RedisQueue(store, formats={**JOB_FORMATS, "question": 2})
    await later.put(Job("new", "thread", "question", {}))

    async def machines() -> list[MachineState]:
        return [worker("old", {str(kind): number for kind, number in JOB_FORMATS.items()})]

    with structlog.testing.capture_logs() as logs:
        await UnclaimedJobs(RedisQueue(store), machines)(0.0)
    assert [(log["event"], log["jobs"]) for log in logs] == [("jobs_unclaimed", "question 2: 1")]
    await later.aclose()
