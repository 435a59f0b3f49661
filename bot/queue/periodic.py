"""Periodic tasks, such as reminders and expiry.

A scheduler puts one job for each slot into the queue, however many machines there are. So one
machine does the tasks, and another one takes over if it crashes.
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
    """A task that is done every few minutes. Doing it twice must do no harm."""

    @property
    def name(self) -> str:
        """A name for the log."""
        ...

    async def __call__(self, now: float) -> None:
        """Do what is due at *now*, in seconds since the epoch.

        Raises:
            BotError: It cannot be done now; the next run tries again.
            KnowledgeError: Likewise.
        """
        ...


class PeriodicTasks:
    """Handles jobs of the kind `periodic`: does all tasks, one after the other."""

    def __init__(
        self, tasks: Sequence[PeriodicTask], clock: Callable[[], float] = time.time
    ) -> None:
        self.tasks = tasks
        self._clock = clock

    async def __call__(self, lease: Lease) -> None:
        """Do all tasks; a failure is logged and does not stop the others."""
        for task in self.tasks:
            await lease.check()
            try:
                await task(self._clock())
            except (BotError, KnowledgeError) as error:
                _log.warning("periodic_task_failed", task=task.name, reason=str(error))

    async def give_up(self, lease: Lease, message: str) -> None:
        """Leave the tasks to the next run: nobody waits for this one."""


def periodic_job(slot: int) -> Job:
    """Return the job of *slot*, in seconds since the epoch."""
    return Job(f"schedule:periodic:{slot}", "periodic", "periodic")
