"""The inbox against a model of it in plain Python, over random histories."""

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

from bot.errors import LeaseLostError
from bot.inbox.lanes import Periods
from bot.inbox.lease import RedisLease
from bot.inbox.redis import RedisInbox
from bot.redis.connection import RedisConnection, open_redis
from bot.types import Job

State = Literal["ready", "held", "expired", "delayed", "far"]
"""Of a lane's head. `expired`: held, but anybody may take it; `far`: delayed for long."""

LEASE = 1_000.0
IDS = [f"質問{number}" for number in range(8)]


@dataclass
class Lane:
    """What the model knows of a lane."""

    jobs: list[str] = field(default_factory=list)
    state: State = "ready"
    lease: RedisLease | None = None

    @property
    def takeable(self) -> bool:
        """Whether a worker may take the head now."""
        return bool(self.jobs) and self.state in {"ready", "expired", "delayed"}


class InboxModel(RuleBasedStateMachine):
    """Nothing is lost, nothing is doubled, lanes keep their order and never overlap."""

    def __init__(self, runner: asyncio.Runner, connection: RedisConnection) -> None:
        super().__init__()
        self.run = runner.run
        self.connection = connection
        self.inbox = RedisInbox(connection, Periods(lease=LEASE), namespace=uuid4().hex)
        self.lanes = {name: Lane() for name in ("甲", "b", "c")}
        self.seen = dict[str, str]()
        self.attempts = Counter[str]()
        self.dead = set[str]()
        self.cancelled = set[str]()
        self.zombies = list[RedisLease]()

    def held(self) -> list[Lane]:
        """Return the lanes whose head is in somebody's hands."""
        return [lane for lane in self.lanes.values() if lane.state in {"held", "expired"}]

    def end(self, data: st.DataObject) -> tuple[Lane, RedisLease]:
        """Choose a lease that is about to end; its lane goes on."""
        lane = data.draw(st.sampled_from(self.held()))
        assert lane.lease is not None
        lease, lane.lease, lane.state = lane.lease, None, "ready"
        return lane, lease

    @rule(job_id=st.sampled_from(IDS), name=st.sampled_from(["甲", "b", "c"]))
    def put(self, job_id: str, name: str) -> None:
        """A job is accepted once for ever."""
        stored = self.run(self.inbox.put(Job(job_id, name, "question")))
        assert stored == (job_id not in self.seen)
        if stored:
            self.seen[job_id] = name
            self.lanes[name].jobs.append(job_id)

    @rule()
    def take(self) -> None:
        """What is taken is the head of a lane that nobody holds."""
        lease = self.run(self.inbox.take(wait=0))
        takeable = [lane for lane in self.lanes.values() if lane.takeable]
        for lane in takeable:
            lane.state = "ready" if lane.state == "delayed" else lane.state
        if lease is None:
            assert not takeable
            return
        lane = self.lanes[lease.job.lane]
        assert lane in takeable
        assert lease.job.id == lane.jobs[0]
        assert lease.lost.is_set() == (lease.job.id in self.cancelled)
        self.attempts[lease.job.id] += 1
        assert lease.attempt == self.attempts[lease.job.id]
        if lane.lease is not None:
            self.zombies.append(lane.lease)
        lane.lease, lane.state = lease, "held"

    @precondition(lambda self: bool(self.held()))
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        """Done: the lane goes on."""
        lane, lease = self.end(data)
        self.run(lease.finish())
        lane.jobs.pop(0)

    @precondition(lambda self: bool(self.held()))
    @rule(data=st.data())
    def bury(self, data: st.DataObject) -> None:
        """Given up: the lane goes on."""
        lane, lease = self.end(data)
        self.run(lease.bury("reason"))
        self.dead.add(lane.jobs.pop(0))

    @precondition(lambda self: bool(self.held()))
    @rule(data=st.data(), far=st.booleans())
    def retry(self, data: st.DataObject, *, far: bool) -> None:
        """Later again: the lane waits."""
        lane, lease = self.end(data)
        self.run(lease.retry(10_000 if far else 0, "reason"))
        lane.state = "far" if far else "delayed"

    @precondition(lambda self: bool(self.held()))
    @rule(data=st.data())
    def hand_back(self, data: st.DataObject) -> None:
        """Somebody else is to do it: the try does not count."""
        lane, lease = self.end(data)
        self.run(lease.hand_back())
        self.attempts[lane.jobs[0]] -= 1

    @precondition(lambda self: bool(self.held()))
    @rule(data=st.data())
    def expire(self, data: st.DataObject) -> None:
        """The holder gives no sign of life for the length of a lease."""
        lane = data.draw(st.sampled_from(self.held()))
        assert lane.lease is not None
        self.inbox._keeper._leases.discard(lane.lease)
        lane.state = "expired"
        self.run(self.age(lane.jobs[0]))

    async def age(self, job_id: str) -> None:
        """Make Redis believe that the job was renewed long ago."""
        commands, lanes = self.connection.commands, self.inbox._lanes
        token = await commands.hget(f"{lanes.root}:job:{job_id}", "token")
        idle = ("IDLE", int(LEASE * 2_000), "JUSTID")
        await commands.execute_command(
            "XCLAIM", lanes.ready, "workers", "worker", 0, str(token), *idle
        )

    @precondition(lambda self: bool(self.zombies))
    @rule(data=st.data())
    def zombie(self, data: st.DataObject) -> None:
        """Whoever lost a job can do nothing."""
        lease = self.zombies.pop()
        action = data.draw(st.sampled_from(["finish", "hand_back", "save", "bury", "retry"]))
        arguments = {"bury": ("reason",), "retry": (0, "reason")}.get(action, ())
        with pytest.raises(LeaseLostError):
            self.run(getattr(lease, action)(*arguments))

    @rule(job_id=st.sampled_from(IDS))
    def cancel(self, job_id: str) -> None:
        """Open jobs can be cancelled; a delayed one comes at once."""
        lane = self.lanes[self.seen.get(job_id, "b")]
        assert self.run(self.inbox.cancel(job_id)) == (job_id in lane.jobs)
        if job_id in lane.jobs:
            self.cancelled.add(job_id)
            if lane.jobs[0] == job_id and lane.state in {"far", "delayed"}:
                lane.state = "ready"

    @rule(most=st.integers(1, 8))
    def tell(self, most: int) -> None:
        """Telling people their place changes nothing; only jobs that wait are told."""
        waiting = {
            job
            for lane in self.lanes.values()
            for job in (lane.jobs if lane.state == "ready" else lane.jobs[1:])
        }
        for lease, place in self.run(self.inbox.waiting("question", 0, most)):
            assert lease.job.id in waiting
            assert (place == -1) == (lease.job.id in self.cancelled)
            self.run(lease.told(place))

    @rule(job_id=st.sampled_from(IDS))
    def requeue(self, job_id: str) -> None:
        """Dead jobs can start afresh, at the end of their lane."""
        assert self.run(self.inbox.requeue(job_id)) == (job_id in self.dead)
        if job_id in self.dead:
            self.dead.remove(job_id)
            self.cancelled.discard(job_id)
            self.attempts[job_id] = 0
            self.lanes[self.seen[job_id]].jobs.append(job_id)

    @invariant()
    def counts(self) -> None:
        """The backlog is what the model says."""
        lanes = self.lanes.values()
        running = len(self.held())
        delayed = sum(lane.state in {"delayed", "far"} for lane in lanes)
        ready = sum(len(lane.jobs) for lane in lanes) - running - delayed
        expected = {"ready": ready, "running": running, "delayed": delayed, "dead": len(self.dead)}
        assert self.run(self.inbox.backlog()) == expected

    def teardown(self) -> None:
        """Everything that was accepted and is not dead can be brought to its end, in order."""
        for lane in self.lanes.values():
            if lane.lease is not None:
                self.run(lane.lease.hand_back())
            if lane.jobs:
                self.run(self.inbox.cancel(lane.jobs[0]))  # wakes a delayed one
        left = {name: lane.jobs for name, lane in self.lanes.items() if lane.jobs}
        assert self.run(self.drain()) == left
        self.run(self.inbox.aclose())

    async def drain(self) -> dict[str, list[str]]:
        """Finish everything, and return what it was."""
        done = dict[str, list[str]]()
        while lease := await self.inbox.take(wait=0):
            done.setdefault(lease.job.lane, []).append(lease.job.id)
            await lease.finish()
        return done


@pytest.mark.timeout(300)  # hypothesis needs time to make a failing history short
def test_the_inbox_behaves_as_its_model(redis_url: str) -> None:
    """Any history of puts, takes, endings, crashes and cancellations."""
    with asyncio.Runner() as runner:
        opening = open_redis(redis_url)
        connection = runner.run(opening.__aenter__())

        class Model(InboxModel):
            def __init__(self) -> None:
                super().__init__(runner, connection)

        run_state_machine_as_test(
            Model, settings=settings(max_examples=40, stateful_step_count=30, deadline=None)
        )
        runner.run(opening.__aexit__(None, None, None))
