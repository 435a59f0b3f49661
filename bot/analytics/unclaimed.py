"""Jobs that no running worker understands: a later version of the program has put them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

import structlog

from bot.machines.store import MachineState
from bot.queue.queue import Queue, WaitingJobs

_log = structlog.get_logger(__name__)


def unclaimed(
    waiting: Iterable[WaitingJobs], machines: Sequence[MachineState]
) -> Sequence[WaitingJobs]:
    """Return those of *waiting* that nobody does who runs, by kind and format.

    Without any worker there are none: then all jobs wait, and another alarm says so. A worker that
    does not say what it does takes everything.
    """
    workers = [machine.jobs for machine in machines if machine.answers]
    if not workers or not all(workers):
        return []
    left = [one for one in waiting if not any(_takes(jobs, one) for jobs in workers)]
    return sorted(left, key=lambda one: (one.kind, one.format))


def named(jobs: Iterable[WaitingJobs]) -> str:
    """Return *jobs* in a line: kinds, formats and numbers."""
    return ", ".join(f"{one.kind} {one.format}: {one.count}" for one in jobs)


def _takes(jobs: Mapping[str, int], one: WaitingJobs) -> bool:
    return jobs.get(one.kind, 0) >= one.format


class UnclaimedJobs:
    """A periodic task: warns in the log of jobs that nobody does."""

    name = "unclaimed jobs"

    def __init__(
        self, queue: Queue, machines: Callable[[], Awaitable[Sequence[MachineState]]]
    ) -> None:
        self._queue = queue
        self._machines = machines

    async def __call__(self, now: float) -> None:  # noqa: ARG002 - of the protocol
        """Look once."""
        if left := unclaimed(await self._queue.waiting_formats(), await self._machines()):
            waited = max(one.oldest_seconds for one in left)
            _log.warning("jobs_unclaimed", jobs=named(left), oldest_seconds=round(waited))
