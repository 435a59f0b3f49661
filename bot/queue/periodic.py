"""The round: what has to be looked after from time to time, such as reminders and expiry.

The clock puts one job for each slot into the inbox, however many machines there are, so that a
round is made by one of them, and by another one if that crashes.
"""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from bot.core.errors import BotError
from bot.core.types import Job
from bot.queue.queue import Lease
from knowledge.model.errors import KnowledgeError

EVERY_FIVE_MINUTES = "*/5 * * * *"

_log = structlog.get_logger(__name__)


class PeriodicTask(Protocol):
    """One thing that is looked after in each round. It must bear being done twice."""

    @property
    def name(self) -> str:
        """What it is, for the log."""
        ...

    async def __call__(self, now: float) -> None:
        """Do what is due at *now*, in seconds since the epoch.

        Raises:
            BotError: it could not be done now; the next round tries again.
            KnowledgeError: likewise.
        """
        ...


class PeriodicTasks:
    """Does the jobs of the kind `round`: its chores, one after the other."""

    def __init__(
        self, periodic_tasks: Sequence[PeriodicTask], clock: Callable[[], float] = time.time
    ) -> None:
        self.periodic_tasks = periodic_tasks
        self._clock = clock

    async def __call__(self, lease: Lease) -> None:
        """Do all chores; one that fails is logged and keeps no other from being done."""
        for task in self.periodic_tasks:
            await lease.check()
            try:
                await task(self._clock())
            except (BotError, KnowledgeError) as error:
                _log.warning("periodic_task_failed", task=task.name, reason=str(error))

    async def give_up(self, lease: Lease, message: str) -> None:
        """Leave it to the next round: nobody waits for this one."""


def periodic_job(slot: int) -> Job:
    """Make the job for the round of *slot*, in seconds since the epoch."""
    return Job(f"schedule:periodic:{slot}", "periodic", "periodic")
