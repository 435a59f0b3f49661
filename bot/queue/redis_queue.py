"""The queue on Redis: a list for each partition, and one stream of the partitions that are ready.

A partition has one token as long as it has work. A worker takes the token, does the partition's
first job and puts the token back. So the jobs of a partition can neither overlap nor overtake each
other, however many workers there are. Among partitions, the people whose jobs come first there take
turns: nobody waits for all that somebody else has asked. `lua/partitions.lua` describes the keys.
"""

import asyncio
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import uuid4

import structlog

from bot.core.errors import PersonFullError, QueueFullError, RedisUnavailableError
from bot.core.serialization import known_fields
from bot.core.types import DeadLetter, Job, JobKind
from bot.queue.formats import JOB_FORMATS
from bot.queue.heartbeat import LeaseRenewer
from bot.queue.lua_scripts import QueueLimits, QueuePeriods, QueueScripts
from bot.queue.queue import WaitingJobs
from bot.queue.redis_lease import RedisLease
from bot.redis.connection import RedisConnection

_log = structlog.get_logger(__name__)

PUT_SECONDS = 2.0
"""Slack sends an event again when it is not acknowledged within 3 seconds."""

LONGEST_WAIT_SECONDS = 1.0
"""Between two checks for jobs whose worker has died; nothing announces them."""

ENDING_NOTES = ("failure_message", "dead_letter", "done", "unseen_since")
"""Notes about the end of a job; a retried dead letter starts without them."""


class RedisQueue:
    """The queue of all processes that share a Redis and a namespace.

    Args:
        formats: The kinds of jobs that this program does, and the latest format of each.
    """

    def __init__(
        self,
        connection: RedisConnection,
        periods: QueuePeriods = QueuePeriods(),  # noqa: B008 - frozen
        limits: QueueLimits = QueueLimits(),  # noqa: B008 - frozen
        formats: Mapping[JobKind, int] = JOB_FORMATS,
    ) -> None:
        self._formats = formats
        self._connection = connection
        self._limits = limits
        self._scripts = QueueScripts(connection.commands, periods)
        self._longest_wait = min(LONGEST_WAIT_SECONDS, periods.lease / 4)
        self._renewer = LeaseRenewer(self._scripts)

    async def put(self, job: Job, *, spare: bool = False) -> bool:
        nonce = uuid4().hex
        factor = 2 if spare else 1
        most = self._limits
        person = most.queue if spare else most.person  # who is full is to be told so
        limits = (most.partition * factor, most.queue * factor, person)
        try:
            async with asyncio.timeout(PUT_SECONDS):
                outcome = await self._scripts.run(
                    "put", *self._words(job), nonce, self._scripts.periods.seen, *limits
                )
        except TimeoutError:
            raise RedisUnavailableError("Redis does not answer in time.") from None
        if outcome == "person_full":
            raise PersonFullError(self._limits.person)
        if outcome == "full":
            raise QueueFullError
        return bool(outcome == "stored")

    async def put_on_schedule(self, schedule: str, slot: int, job: Job) -> bool:
        """Store *job* if *slot* (seconds since the epoch) is later than the last one; else False.

        A slot gets one job, however many processes ask and however late. Of missed slots, only the
        last one gets a job. The first slot of a new schedule gets none.
        """
        return bool(await self._scripts.run("schedule", schedule, slot, *self._words(job)))

    async def take(self, wait: float, left: Collection[JobKind] = ()) -> RedisLease | None:
        loop = asyncio.get_running_loop()
        end = loop.time() + wait
        while True:
            fence, asked_at = uuid4().hex, loop.time()
            found, *reply = await self._ask(fence, left)
            if found:
                job, fields = _job(reply)
                return self._lease(job, fields, fence=fence, taken_at=asked_at)
            remaining = end - loop.time()
            if remaining <= 0:
                return None
            last_token, due = reply
            await self._wait(last_token, min(remaining, self._longest_wait, _seconds(due)))

    async def cancel(self, job_id: str) -> bool:
        return bool(await self._scripts.run("cancel", job_id))

    async def backlog(self) -> Mapping[str, int]:
        """Return counts of jobs; `ready` ones wait for a worker or for their partition."""
        still_open, running, delayed, dead = await self._scripts.run("backlog")
        ready = still_open - running - delayed
        return {"ready": ready, "running": running, "delayed": delayed, "dead": dead}

    async def open_jobs(self, partitions: str) -> list[Job]:
        return [_read(text) for text in await self._scripts.run("open", partitions)]

    async def cancel_first(self, order: str, job_ids: Iterable[str]) -> str:
        seconds = self._scripts.periods.seen
        return str(await self._scripts.run("cancel_first", order, seconds, *job_ids))

    async def waiting(
        self, kind: JobKind, patience: float, most: int, pause: float = 0.0
    ) -> list[tuple[RedisLease, int]]:
        """Return jobs whose askers should be told how many come first; -1 for a cancelled one.

        A job is returned after *patience* seconds, and again each time that half as many come
        first. No worker takes it until `RedisLease.notified` is called or the lease ends.

        Args:
            kind: The kind of jobs to return.
            patience: Seconds before an asker is told for the first time.
            most: The largest number of jobs to return.
            pause: Seconds for which other processes get none: one checks for all.
        """
        fence, asked_at = uuid4().hex, asyncio.get_running_loop().time()
        period = int(self._scripts.periods.lease * 1000)
        times = (int(patience * 1000), most, int(pause * 1000))
        kinds = (kind, self._formats[kind])
        found = await self._scripts.run("waiting", fence, period, *kinds, *times)
        jobs = [(int(place), *_job(flat_hash)) for place, *flat_hash in found]
        return [
            (self._lease(job, fields, fence=fence, taken_at=asked_at), place)
            for place, job, fields in jobs
        ]

    async def waiting_formats(self) -> list[WaitingJobs]:
        words = iter(await self._scripts.run("formats"))
        return [
            WaitingJobs(kind, int(format_), int(count), int(age) / 1000)
            for kind, format_, count, age in zip(words, words, words, words, strict=True)
        ]

    async def oldest_seconds(self) -> float:
        """Return how long the oldest job without a worker has waited; 0.0 if there is none."""
        return max(0, int(await self._scripts.run("oldest"))) / 1000

    async def dead_letters(self) -> list[DeadLetter]:
        return [letter for _, letter in await self._dead() if letter]

    async def unreadable(self) -> Sequence[str]:
        """Return where something is that is no dead letter."""
        return [f"dead {entry}" for entry, letter in await self._dead() if letter is None]

    async def _dead(self) -> list[tuple[str, DeadLetter | None]]:
        """Return the dead letters by their entries in the stream; None for what is none."""
        entries = await self._connection.commands.execute_command(
            "XRANGE", self._scripts.dead, "-", "+"
        )
        return [(entry, _letter(entry, fields)) for entry, fields in entries]

    async def retry_dead_letter(self, job_id: str) -> bool:
        """Put a dead job at the end of its partition, as if new; return False if it is not dead.

        It keeps its notes about visible messages and about a finished answer.
        """
        return bool(await self._scripts.run("retry_dead_letter", job_id, *ENDING_NOTES))

    async def drop(self, job_id: str) -> bool:
        """Delete a dead job; return False if it is not dead."""
        return bool(await self._scripts.run("drop", job_id))

    async def aclose(self) -> None:
        """Stop renewing leases; other workers can take the jobs when these expire."""
        await self._renewer.aclose()

    def _words(self, job: Job) -> tuple[str | int, ...]:
        """Return a job as arguments of a script."""
        text = json.dumps(asdict(job), ensure_ascii=False)
        format_ = self._formats[job.kind]
        return job.id, job.partition, job.kind, format_, text, _person(job)

    async def _ask(self, fence: str, left: Collection[JobKind]) -> list[Any]:
        """Ask for a job; release one that arrives after the caller was cancelled."""
        period = int(self._scripts.periods.lease * 1000)
        takes = (word for kind in self._formats.items() if kind[0] not in left for word in kind)
        asking = asyncio.create_task(self._scripts.run("take", fence, period, *takes))
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

        Waiting takes no job, so a cancelled wait loses none.
        """
        milliseconds = max(1, int(seconds * 1000))  # 0 would be for ever
        await self._connection.blocking.xread(
            {self._scripts.ready: last_token}, count=1, block=milliseconds
        )


def _seconds(milliseconds: int) -> float:
    return milliseconds / 1000 if milliseconds >= 0 else float("inf")


def _person(job: Job) -> str:
    """Return who has caused *job*, "" for the program itself: people take turns."""
    about = job.payload
    if isinstance(asked := about.get("question"), Mapping):
        about = asked
    return str(about.get("person") or "")


def _job(flat_hash: list[str]) -> tuple[Job, Mapping[str, str]]:
    """Read a job's hash, as a script returns it."""
    fields = dict(zip(flat_hash[::2], flat_hash[1::2], strict=True))
    return _read(fields["job"]), fields


def _letter(entry: str, fields: Mapping[str, str]) -> DeadLetter | None:
    try:
        job, at = _read(fields["job"]), int(entry.partition("-")[0]) / 1000
        if not isinstance(job.payload, Mapping):
            return None
        return DeadLetter(job, fields["reason"], at)
    except (ValueError, TypeError, LookupError):
        _log.warning("dead_letter_unreadable", entry=entry)
        return None


def _read(text: str) -> Job:
    """Read a job; a later program may have added fields, which its own workers find in Redis."""
    return Job(**known_fields(Job, json.loads(text)))
