"""The durable queue, as its users see it."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.types import DeadLetter, Job, JobKind


@dataclass(frozen=True, slots=True)
class WaitingJobs:
    """Jobs of one kind and format that no worker has.

    Attributes:
        kind: One of `JobKind`, or one of another version of the program.
        format: Of what they hold; see `JOB_FORMATS`.
        count: How many there are.
        oldest_seconds: How long the first of them has waited.
    """

    kind: str
    format: int
    count: int
    oldest_seconds: float


class Lease(Protocol):
    """A worker's claim to one job. Every method raises `LeaseLostError` once the claim is lost."""

    @property
    def job(self) -> Job: ...
    @property
    def attempt(self) -> int:
        """1 for the first try."""
        ...

    @property
    def notes(self) -> Mapping[str, str]:
        """What this try and earlier ones saved with `save`."""
        ...

    @property
    def lost(self) -> asyncio.Event:
        """Set when the lease is lost or the job was cancelled: stop the work."""
        ...

    async def save(self, **notes: str) -> None:
        """Make *notes* durable before going on (only while the lease is owned)."""
        ...

    async def check(self) -> None:
        """Raise if the lease is lost: call before every effect that others see."""
        ...

    async def finish(self) -> None:
        """Remove the job from its partition; the next job there becomes ready."""
        ...

    async def retry(self, delay: float, reason: str, *, counts: bool = True) -> None:
        """Try again in *delay* seconds; the partition waits, so that jobs stay in order.

        *counts* is False if the job did not cause the failure: `attempt` stays the same then.
        """
        ...

    async def dead_letter(self, reason: str) -> None:
        """Move the job to the dead letters; the next job of its partition becomes ready."""
        ...

    async def release(self) -> None:
        """Make the job ready for another worker at once, such as at shutdown."""
        ...

    async def excuse(self) -> None:
        """After the loss of the lease: this process was only slow, so the try does not count.

        A process that died never says so. A job is excused a few times at most. It raises nothing.
        """
        ...


class Queue(Protocol):
    """A durable queue: the jobs of a partition are done in order, partitions side by side."""

    async def put(self, job: Job, *, spare: bool = False) -> bool:
        """Store *job*; return False, and store nothing, if its id was seen before.

        Args:
            job: What is to be done.
            spare: Use the reserve that is kept for telling senders that the queue is full.

        Raises:
            RedisUnavailableError: Nothing was stored; the sender must send again.
            QueueFullError: Nothing was stored; its partition or the whole queue is full.
            PersonFullError: Nothing was stored; its person has as many open questions as one may.
        """
        ...

    async def take(self, wait: float, left: Collection[JobKind] = ()) -> Lease | None:
        """Return the next job whose partition is free, or None after *wait* seconds.

        Jobs of the kinds *left* wait for other workers, and so do jobs of another version of the
        program that this one does not understand.
        """
        ...

    async def cancel(self, job_id: str) -> bool:
        """Ask the present or next worker of the job to stop; return False if it is not open."""
        ...

    async def open_jobs(self, partitions: str) -> list[Job]:
        """Return the open jobs of all partitions whose names begin with *partitions*, in order."""
        ...

    async def cancel_first(self, order: str, job_ids: Iterable[str]) -> str:
        """Cancel the first of *job_ids* that is open and not cancelled; return its id, or "".

        *order* is an id, like that of a job: the same order again returns the same id and cancels
        nothing more.
        """
        ...

    async def backlog(self) -> Mapping[str, int]:
        """Return `ready`, `running`, `delayed`, `dead` counts."""
        ...

    async def waiting_formats(self) -> Sequence[WaitingJobs]:
        """Return how many jobs wait, by their kind and format, understood or not."""
        ...

    async def dead_letters(self) -> list[DeadLetter]:
        """Return the jobs that were given up, oldest first; one that cannot be read is left out."""
        ...
