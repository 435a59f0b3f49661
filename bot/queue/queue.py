"""The durable queue, as those who use it see it."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Protocol

from bot.core.types import DeadLetter, Job


class Lease(Protocol):
    """One job in one worker's hands. Every method raises `LeaseLostError` when it no longer is."""

    @property
    def job(self) -> Job: ...
    @property
    def attempt(self) -> int:
        """1 for the first try."""
        ...

    @property
    def notes(self) -> Mapping[str, str]:
        """What earlier tries and this one saved with `save`."""
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
        """Done: take the job off its lane; the lane's next job becomes ready."""
        ...

    async def retry(self, delay: float, reason: str, *, counts: bool = True) -> None:
        """Try again in *delay* seconds; the lane waits, so that order holds.

        *counts* is False for a try that failed for no reason of its own; see `attempt`.
        """
        ...

    async def dead_letter(self, reason: str) -> None:
        """Move the job to the dead letters and let the lane go on."""
        ...

    async def release(self) -> None:
        """Make the job ready for another worker at once (shutdown)."""
        ...


class Queue(Protocol):
    """The durable mailbox: order within a lane, many lanes at once."""

    async def put(self, job: Job, *, spare: bool = False) -> bool:
        """Store *job*; False if its id was seen before (nothing is stored then).

        Args:
            job: What is to be done.
            spare: Use the room that is kept for telling senders that there is no room.

        Raises:
            RedisUnavailableError: nothing was stored; the sender must be told to send again.
            InboxFullError: nothing was stored; there are too many jobs in its lane, or in all.
        """
        ...

    async def take(self, wait: float) -> Lease | None:
        """Return the next job whose lane is free, or None after *wait* seconds."""
        ...

    async def cancel(self, job_id: str) -> bool:
        """Ask whoever runs or will run the job to stop; False if it is not open."""
        ...

    async def open_jobs(self, partitions: str) -> list[Job]:
        """Return the open jobs of all partitions whose names begin with *partitions*, in order."""
        ...

    async def cancel_first(self, order: str, job_ids: Iterable[str]) -> str:
        """Cancel the first of *job_ids* that is open and not cancelled; return its id, or "".

        An *order* that comes again (it is an id, as that of a job) returns the same and cancels
        nothing more.
        """
        ...

    async def backlog(self) -> Mapping[str, int]:
        """Return `ready`, `running`, `delayed`, `dead` counts."""
        ...

    async def dead_letters(self) -> list[DeadLetter]:
        """Return the jobs that were given up, oldest first."""
        ...
