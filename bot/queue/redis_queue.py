"""The inbox on Redis: a mailbox for each lane, and one stream that says which lanes are ready.

A lane has one token as long as it has work. Whoever takes the token works on the lane's first job
and puts the token back, so jobs of a lane can neither overlap nor overtake each other, however
many workers there are. The state of all this is described in `lua/partitions.lua`.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any
from uuid import uuid4

from bot.core.errors import QueueFullError, RedisUnavailableError
from bot.core.types import DeadLetter, Job, JobKind
from bot.queue.heartbeat import LeaseRenewer
from bot.queue.lua_scripts import QueueLimits, QueuePeriods, QueueScripts
from bot.queue.redis_lease import RedisLease
from bot.redis.connection import RedisConnection

PUT_SECONDS = 2.0
"""Slack sends an event again when it is not acknowledged within 3 seconds."""

LONGEST_WAIT_SECONDS = 1.0
"""Between two looks for jobs whose worker has died; nothing announces those."""

ENDING_NOTES = ("failure_message", "dead_letter", "done", "unseen_since")
"""Notes of how a job came to its end; a fresh start is made without them."""


class RedisQueue:
    """The inbox of all processes that share a Redis and a *namespace*."""

    def __init__(
        self,
        connection: RedisConnection,
        periods: QueuePeriods = QueuePeriods(),  # noqa: B008 - frozen
        room: QueueLimits = QueueLimits(),  # noqa: B008 - frozen
        namespace: str = "kotae",
    ) -> None:
        self._connection = connection
        self._room = room
        self._scripts = QueueScripts(connection.commands, namespace, periods)
        self._longest_wait = min(LONGEST_WAIT_SECONDS, periods.lease / 4)
        self._renewer = LeaseRenewer(self._scripts)

    async def put(self, job: Job, *, spare: bool = False) -> bool:
        nonce = uuid4().hex
        more = 2 if spare else 1
        room = (self._room.partition * more, self._room.queue * more)
        try:
            async with asyncio.timeout(PUT_SECONDS):
                outcome = await self._scripts.run(
                    "put", *_words(job), nonce, self._scripts.periods.seen, *room
                )
        except TimeoutError:
            raise RedisUnavailableError("Redis does not answer in time.") from None
        if outcome == "full":
            raise QueueFullError
        return bool(outcome == "stored")

    async def put_on_schedule(self, schedule: str, slot: int, job: Job) -> bool:
        """Store *job* if *slot* (seconds since the epoch) is later than the last one; else False.

        However many processes ask, and however late, a slot comes once; of slots that were all
        missed only the last one comes. The first slot that is ever asked for is only noted.
        """
        return bool(await self._scripts.run("schedule", schedule, slot, *_words(job)))

    async def take(self, wait: float) -> RedisLease | None:
        loop = asyncio.get_running_loop()
        end = loop.time() + wait
        while True:
            fence, asked_at = uuid4().hex, loop.time()
            found, *reply = await self._look(fence)
            if found:
                job, fields = _job(reply)
                return self._lease(job, fields, fence=fence, taken_at=asked_at)
            left = end - loop.time()
            if left <= 0:
                return None
            last_token, due = reply
            await self._wait(last_token, min(left, self._longest_wait, _seconds(due)))

    async def cancel(self, job_id: str) -> bool:
        return bool(await self._scripts.run("cancel", job_id))

    async def backlog(self) -> Mapping[str, int]:
        """Return counts of jobs; `ready` are those that wait for a worker or for their lane."""
        still_open, running, delayed, dead = await self._scripts.run("backlog")
        ready = still_open - running - delayed
        return {"ready": ready, "running": running, "delayed": delayed, "dead": dead}

    async def open_jobs(self, partitions: str) -> list[Job]:
        return [Job(**json.loads(text)) for text in await self._scripts.run("open", partitions)]

    async def cancel_first(self, order: str, job_ids: Iterable[str]) -> str:
        seconds = self._scripts.periods.seen
        return str(await self._scripts.run("cancel_first", order, seconds, *job_ids))

    async def waiting(
        self, kind: JobKind, patience: float, most: int, pause: float = 0.0
    ) -> list[tuple[RedisLease, int]]:
        """Return jobs whose askers should hear how many come first; -1 for a cancelled one.

        That is after *patience* seconds, and then each time that the line is half as long. Until
        `RedisLease.told` is called, or the lease ends, no worker takes the job.

        Args:
            kind: Of the jobs.
            patience: Seconds before the first word.
            most: Jobs that are returned.
            pause: Seconds for which whoever else asks gets none; one looks for all.
        """
        fence, asked_at = uuid4().hex, asyncio.get_running_loop().time()
        period = int(self._scripts.periods.lease * 1000)
        times = (int(patience * 1000), most, int(pause * 1000))
        found = await self._scripts.run("waiting", fence, period, kind, *times)
        jobs = [(int(place), *_job(flat_hash)) for place, *flat_hash in found]
        return [
            (self._lease(job, fields, fence=fence, taken_at=asked_at), place)
            for place, job, fields in jobs
        ]

    async def oldest_seconds(self) -> float:
        """Return for how long the oldest job that nobody holds is waiting; 0.0 if there is none."""
        return max(0, int(await self._scripts.run("oldest"))) / 1000

    async def dead_letters(self) -> list[DeadLetter]:
        entries = await self._connection.commands.execute_command(
            "XRANGE", self._scripts.dead, "-", "+"
        )
        return [
            DeadLetter(
                job=Job(**json.loads(fields["job"])),
                reason=fields["reason"],
                at=int(entry.partition("-")[0]) / 1000,
            )
            for entry, fields in entries
        ]

    async def requeue(self, job_id: str) -> bool:
        """Give a dead job a fresh start at the end of its lane; False if it is not dead.

        It keeps the notes of what people see of it, and of an answer that was worked out.
        """
        return bool(await self._scripts.run("requeue", job_id, *ENDING_NOTES))

    async def drop(self, job_id: str) -> bool:
        """Forget a dead job; False if it is not dead."""
        return bool(await self._scripts.run("drop", job_id))

    async def aclose(self) -> None:
        """Let go of the leases that are still held; others can take their jobs when they end."""
        await self._renewer.aclose()

    async def _look(self, fence: str) -> list[Any]:
        """Ask for a job; one that arrives for a caller who is gone by then is handed back."""
        period = int(self._scripts.periods.lease * 1000)
        asking = asyncio.create_task(self._scripts.run("take", fence, period))
        try:
            reply: list[Any] = await asyncio.shield(asking)
        except asyncio.CancelledError:
            found, *reply = await asking
            if found:
                await self._scripts.run("release", _job(reply)[0].id, fence)
            raise
        return reply

    def _lease(
        self, job: Job, fields: Mapping[str, str], *, fence: str, taken_at: float
    ) -> RedisLease:
        lease = RedisLease(self._scripts, job, fields, fence=fence, taken_at=taken_at)
        self._renewer.keep(lease)
        return lease

    async def _wait(self, last_token: str, seconds: float) -> None:
        """Return when there is a newer token, or after *seconds*.

        Nothing is taken by waiting, so being cancelled here leaves no job behind.
        """
        milliseconds = max(1, int(seconds * 1000))  # 0 would be for ever
        await self._connection.blocking.xread(
            {self._scripts.ready: last_token}, count=1, block=milliseconds
        )


def _seconds(milliseconds: int) -> float:
    return milliseconds / 1000 if milliseconds >= 0 else float("inf")


def _words(job: Job) -> tuple[str, str, str, str]:
    """Write a job as the scripts take it."""
    return job.id, job.partition, job.kind, json.dumps(asdict(job), ensure_ascii=False)


def _job(flat_hash: list[str]) -> tuple[Job, Mapping[str, str]]:
    """Read a job's hash, as it comes from a script."""
    fields = dict(zip(flat_hash[::2], flat_hash[1::2], strict=True))
    return Job(**json.loads(fields["job"])), fields
