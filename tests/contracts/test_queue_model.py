"""The queue against a model of it in plain Python, over random histories."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.core.errors import LeaseLostError
from bot.core.types import Job
from bot.queue.lua_scripts import QueuePeriods
from bot.queue.redis_lease import RedisLease
from bot.queue.redis_queue import RedisQueue
from bot.redis.connection import RedisConnection, open_redis
from tests.support.redis import in_namespace

State = Literal["ready", "held", "expired", "delayed", "far"]
"""Of a partition's first job. `expired`: held, but anybody may take it; `far`: delayed for long."""

LEASE = 1_000.0
IDS = [f"質問{number}" for number in range(8)]


@dataclass
class Partition:
    """What the model knows of a partition."""

    jobs: list[str] = field(default_factory=list)
    state: State = "ready"
    lease: RedisLease | None = None

    @property
    def takeable(self) -> bool:
        """Whether a worker may take the head now."""
        return bool(self.jobs) and self.state in {"ready", "expired", "delayed"}


class QueueModel(RuleBasedStateMachine):
    """Nothing is lost, nothing is doubled, partitions keep their order and never overlap."""

    def __init__(self, runner: asyncio.Runner, connection: RedisConnection) -> None:
        super().__init__()
        self.run = runner.run
        self.connection = connection
        self.queue = RedisQueue(in_namespace(connection, uuid4().hex), QueuePeriods(lease=LEASE))
        self.partitions = {name: Partition() for name in ("甲", "b", "c")}
        self.seen = dict[str, str]()
        self.attempts = Counter[str]()
        self.dead = set[str]()
        self.cancelled = set[str]()
        self.zombies = list[RedisLease]()

    def held(self) -> list[Partition]:
        """Return the partitions whose head is held by somebody."""
        return [
            partition
            for partition in self.partitions.values()
            if partition.state in {"held", "expired"}
        ]

    def end(self, data: st.DataObject) -> tuple[Partition, RedisLease]:
        """Choose a lease that is about to end; its partition goes on."""
        partition = data.draw(st.sampled_from(self.held()))
        assert partition.lease is not None
        lease, partition.lease, partition.state = partition.lease, None, "ready"
        return partition, lease

    @rule(job_id=st.sampled_from(IDS), name=st.sampled_from(["甲", "b", "c"]))
    def put(self, job_id: str, name: str) -> None:
        """A job is accepted once for ever."""
        stored = self.run(self.queue.put(Job(job_id, name, "question")))
        assert stored == (job_id not in self.seen)
        if stored:
            self.seen[job_id] = name
            self.partitions[name].jobs.append(job_id)

    @rule()
    def take(self) -> None:
        """What is taken is the head of a partition that nobody holds."""
        lease = self.run(self.queue.take(wait=0))
        takeable = [partition for partition in self.partitions.values() if partition.takeable]
        for partition in takeable:
            partition.state = "ready" if partition.state == "delayed" else partition.state
        if lease is None:
            assert not takeable
            return
        partition = self.partitions[lease.job.partition]
        assert partition in takeable
        assert lease.job.id == partition.jobs[0]
        assert lease.lost.is_set() == (lease.job.id in self.cancelled)
        self.attempts[lease.job.id] += 1
        assert lease.attempt == self.attempts[lease.job.id]
        if partition.lease is not None:
            self.zombies.append(partition.lease)
        partition.lease, partition.state = lease, "held"

    @precondition(lambda self: bool(self.held()))
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        """Done: the partition goes on."""
        partition, lease = self.end(data)
        self.run(lease.finish())
        partition.jobs.pop(0)

    @precondition(lambda self: bool(self.held()))
    @rule(data=st.data())
    def dead_letter(self, data: st.DataObject) -> None:
        """Given up: the partition goes on."""
        partition, lease = self.end(data)
        self.run(lease.dead_letter("reason"))
        self.dead.add(partition.jobs.pop(0))

    @precondition(lambda self: bool(self.held()))
    @rule(data=st.data(), far=st.booleans())
    def retry(self, data: st.DataObject, *, far: bool) -> None:
        """Later again: the partition waits."""
        partition, lease = self.end(data)
        self.run(lease.retry(10_000 if far else 0, "reason"))
        partition.state = "far" if far else "delayed"

    @precondition(lambda self: bool(self.held()))
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """Somebody else is to do it: the try does not count."""
        partition, lease = self.end(data)
        self.run(lease.release())
        self.attempts[partition.jobs[0]] -= 1

    @precondition(lambda self: bool(self.held()))
    @rule(data=st.data())
    def expire(self, data: st.DataObject) -> None:
        """The holder gives no sign of life for the length of a lease."""
        partition = data.draw(st.sampled_from(self.held()))
        assert partition.lease is not None
        self.queue._renewer._leases.discard(partition.lease)
        partition.state = "expired"
        self.run(self.age(partition.jobs[0]))

    async def age(self, job_id: str) -> None:
        """Make Redis believe that the job was renewed long ago."""
        commands, partitions = self.connection.commands, self.queue._scripts
        token = await commands.hget(f"{partitions.root}:job:{job_id}", "token")
        idle = ("IDLE", int(LEASE * 2_000), "JUSTID")
        await commands.execute_command(
            "XCLAIM", partitions.ready, "workers", "worker", 0, str(token), *idle
        )

    @precondition(lambda self: bool(self.zombies))
    @rule(data=st.data())
    def zombie(self, data: st.DataObject) -> None:
        """Whoever lost a job can do nothing."""
        lease = self.zombies.pop()
        action = data.draw(st.sampled_from(["finish", "release", "save", "dead_letter", "retry"]))
        arguments = {"dead_letter": ("reason",), "retry": (0, "reason")}.get(action, ())
        with pytest.raises(LeaseLostError):
            self.run(getattr(lease, action)(*arguments))

    @rule(job_id=st.sampled_from(IDS))
    def cancel(self, job_id: str) -> None:
        """Open jobs can be cancelled; a delayed one comes at once."""
        partition = self.partitions[self.seen.get(job_id, "b")]
        assert self.run(self.queue.cancel(job_id)) == (job_id in partition.jobs)
        if job_id in partition.jobs:
            self.cancelled.add(job_id)
            if partition.jobs[0] == job_id and partition.state in {"far", "delayed"}:
                partition.state = "ready"

    @rule(most=st.integers(1, 8))
    def tell(self, most: int) -> None:
        """Telling people their place changes nothing; only jobs that wait are told."""
        waiting = {
            job
            for partition in self.partitions.values()
            for job in (partition.jobs if partition.state == "ready" else partition.jobs[1:])
        }
        for lease, place in self.run(self.queue.waiting("question", 0, most)):
            assert lease.job.id in waiting
            assert (place == -1) == (lease.job.id in self.cancelled)
            self.run(lease.notified(place))

    @rule(job_id=st.sampled_from(IDS))
    def retry_dead_letter(self, job_id: str) -> None:
        """Dead jobs can start afresh, at the end of their partition."""
        assert self.run(self.queue.retry_dead_letter(job_id)) == (job_id in self.dead)
        if job_id in self.dead:
            self.dead.remove(job_id)
            self.cancelled.discard(job_id)
            self.attempts[job_id] = 0
            self.partitions[self.seen[job_id]].jobs.append(job_id)

    @invariant()
    def counts(self) -> None:
        """The backlog is what the model says."""
        partitions = self.partitions.values()
        running = len(self.held())
        delayed = sum(partition.state in {"delayed", "far"} for partition in partitions)
        ready = sum(len(partition.jobs) for partition in partitions) - running - delayed
        expected = {"ready": ready, "running": running, "delayed": delayed, "dead": len(self.dead)}
        assert self.run(self.queue.backlog()) == expected

    def teardown(self) -> None:
        """Everything that was accepted and is not dead can be brought to its end, in order."""
        for partition in self.partitions.values():
            if partition.lease is not None:
                self.run(partition.lease.release())
            if partition.jobs:
                self.run(self.queue.cancel(partition.jobs[0]))  # wakes a delayed one
        left = {
            name: partition.jobs for name, partition in self.partitions.items() if partition.jobs
        }
        assert self.run(self.drain()) == left
        self.run(self.queue.aclose())

    async def drain(self) -> dict[str, list[str]]:
        """Finish everything, and return what it was."""
        done = dict[str, list[str]]()
        while lease := await self.queue.take(wait=0):
            done.setdefault(lease.job.partition, []).append(lease.job.id)
            await lease.finish()
        return done


@pytest.mark.timeout(300)  # hypothesis needs time to make a failing history short
def test_the_queue_behaves_as_its_model(redis_url: str) -> None:
    """Any history of puts, takes, endings, crashes and cancellations."""
    with asyncio.Runner() as runner:
        opening = open_redis(redis_url)
        connection = runner.run(opening.__aenter__())

        class Model(QueueModel):
            def __init__(self) -> None:
                super().__init__(runner, connection)

        run_state_machine_as_test(
            Model, settings=settings(max_examples=40, stateful_step_count=30, deadline=None)
        )
        runner.run(opening.__aexit__(None, None, None))
