"""Takes jobs from the queue and runs the handler of their kind."""

import asyncio
import random
import secrets
import time
from asyncio import FIRST_COMPLETED
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import structlog
from structlog.contextvars import bound_contextvars

from bot.core.errors import (
    AdapterUnavailableError,
    BotError,
    CancelledByPersonError,
    ContextTooLongError,
    LeaseLostError,
    ModelBusyError,
    ModelRejectedError,
    ModelUnavailableError,
    NotDueError,
    RedisUnavailableError,
    SettingsError,
)
from bot.core.i18n import Text
from bot.core.types import Job, JobKind
from bot.queue import texts
from bot.queue.queue import Lease, Queue

JOB_SECONDS: Mapping[JobKind, float] = {
    "question": 300.0,
    "auto_answer": 300.0,
    "workflow_step": 300.0,
    "notice": 60.0,
    "periodic": 600.0,
    "entry": 600.0,
    "handoff": 60.0,
    "weekly": 300.0,
    "reindex": 6 * 3_600.0,
}
"""Hard limit of one try. Embedding a large collection may take hours; nobody waits for that."""

TAKE_SECONDS = 1.0
"""How long one request to the queue waits, and the pause after a failed one."""

GRACE_SECONDS = 60.0
LONGEST_BACKOFF_SECONDS = 60.0

OUTAGE_SECONDS = 24 * 3_600.0
"""How long a job waits until its result can be shown; nobody waits longer for an answer."""

LONGEST_OUTAGE_BACKOFF_SECONDS = 300.0

_log = structlog.get_logger(__name__)


class JobHandler(Protocol):
    """Handles jobs of one kind. After a crash it gets a job again, with the notes of that try."""

    async def __call__(self, lease: Lease) -> None:
        """Do `lease.job`. The call is cancelled when the lease is lost; its return ends the job.

        Raises:
            BotError: There will be no result; the text is shown when no try is left.
            AdapterUnavailableError: The result cannot be shown now; the job is retried for a day.
            NotDueError: It is too early; the job comes back when it is due.
            CancelledByPersonError: A person stopped it, and has already seen so.
        """
        ...

    async def give_up(self, lease: Lease, message: str) -> None:
        """Tell whoever waits for `lease.job` that there will be no result; repeatable."""
        ...


class Worker:
    """Works on the jobs of several partitions at once, until it is stopped.

    Args:
        concurrency: The largest number of jobs at the same time.
        job_seconds: Hard time limit of one try, by kind.
        attempts: Tries before a job that fails is given up; tries of workers that died count.
        crashes: Tries after which a job is given up whose workers died. More than *attempts*, since
            most jobs of a worker that dies are not the reason.
        backoff_seconds: Pause before the second try; doubled for each further one.
        left: Returns the kinds of jobs that this process cannot do now, and leaves to others.
    """

    def __init__(  # noqa: PLR0913 - limits, each with a default
        self,
        queue: Queue,
        handlers: Mapping[JobKind, JobHandler],
        concurrency: int = 16,
        job_seconds: Mapping[JobKind, float] = JOB_SECONDS,
        attempts: int = 3,
        crashes: int = 5,
        backoff_seconds: float = 2.0,
        *,
        left: Callable[[], Awaitable[Collection[JobKind]]] | None = None,
    ) -> None:
        self._queue = queue
        self._left = left
        self._handlers = handlers
        self._concurrency = concurrency
        self._job_seconds = job_seconds
        self._attempts = attempts
        self._crashes = crashes
        self._backoff_seconds = backoff_seconds
        self._stopping = asyncio.Event()
        self._tasks = set[asyncio.Task[None]]()

    def stop(self, *, at_once: bool = False) -> None:
        """Take no more jobs; `run` returns when the running ones end, or after a grace time.

        With *at_once*, the running ones are released: what they do can reach nobody any more.
        """
        self._stopping.set()
        if at_once:
            for task in self._tasks:
                task.cancel()

    async def run(self, grace: float = GRACE_SECONDS) -> None:
        """Work until `stop` is called; release the jobs that are not done *grace* seconds later."""
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            while not self._stopping.is_set():
                if len(self._tasks) < self._concurrency:
                    await self._take(stopping)
                else:
                    await asyncio.wait({*self._tasks, stopping}, return_when=FIRST_COMPLETED)
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=grace)
        finally:
            await _end({*self._tasks, stopping})

    async def _take(self, stopping: asyncio.Task[Any]) -> None:
        """Start the next job, if one arrives in time."""
        left = await self._left() if self._left else ()
        taking = asyncio.create_task(self._queue.take(TAKE_SECONDS, left))
        try:
            await asyncio.wait({taking, stopping}, return_when=FIRST_COMPLETED)
        finally:
            await _end({taking})
        if taking.cancelled():
            return
        try:
            lease = taking.result()
        except Exception as error:  # noqa: BLE001 - a worker that gave up would look alive
            expected = isinstance(error, RedisUnavailableError)
            _log.warning("queue_unavailable", reason=str(error), exc_info=not expected)
            await asyncio.wait({stopping}, timeout=TAKE_SECONDS)
            return
        if lease is not None:
            task = asyncio.create_task(self._work(lease), name=f"job {lease.job.id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self, lease: Lease) -> None:
        """Do the job of *lease*; release it when cancelled."""
        job = lease.job
        with bound_contextvars(
            job=job.id, kind=job.kind, partition=job.partition, attempt=lease.attempt
        ):
            try:
                await self._attend(lease)
            except LeaseLostError:
                _log.warning("lease_lost")
                await lease.excuse()
            except asyncio.CancelledError:
                _log.info("job_released")
                with suppress(LeaseLostError):
                    await lease.release()
                raise

    async def _attend(self, lease: Lease) -> None:
        """Do the job; or, after it has failed for good, send its failure message."""
        failure_message = lease.notes.get("failure_message")
        try:
            if failure_message:
                async with asyncio.timeout(self._seconds(lease)):
                    await self._handlers[lease.job.kind].give_up(lease, failure_message)
            else:
                await self._do(lease)
        except LeaseLostError:
            raise
        except CancelledByPersonError:
            _log.info("job_stopped_by_person")
        except _StoppedError:
            await lease.check()
            await lease.save(failure_message=_in_words(texts.STOPPED, lease.job))
            await self._attend(lease)
            return
        except Exception as error:  # noqa: BLE001 - the one place where any failure is dealt with
            await self._after(error, lease)
            return
        if reason := lease.notes.get("dead_letter"):
            await lease.dead_letter(reason)
        else:
            await lease.finish()

    def _seconds(self, lease: Lease) -> float:
        return self._job_seconds[lease.job.kind]

    async def _do(self, lease: Lease) -> None:
        """Run the handler until it is done, the job is lost or cancelled, or the time is up."""
        if lease.attempt > self._crashes:
            raise _CrashedError
        if lease.lost.is_set():
            raise _StoppedError
        work = asyncio.ensure_future(self._handlers[lease.job.kind](lease))
        lost = asyncio.create_task(lease.lost.wait())
        try:
            seconds = self._seconds(lease)
            await asyncio.wait({work, lost}, timeout=seconds, return_when=FIRST_COMPLETED)
            if work.cancelled():
                raise _CrashedError
            if work.done():
                work.result()
            elif lost.done():
                raise _StoppedError
            else:
                raise _TimedOutError
        finally:
            await _end({work, lost})

    async def _after(self, error: Exception, lease: Lease) -> None:
        """Try again later; or, with no try left, send a failure message and dead-letter the job."""
        if isinstance(error, AdapterUnavailableError):
            await self._wait_for_adapter(error, lease)
            return
        if isinstance(error, NotDueError):
            await lease.retry(error.seconds, "not due", counts=False)
            return
        failure = type(error).__name__
        failed_before = "failure_message" in lease.notes
        tries = self._attempts * 2 if failed_before else self._attempts
        if lease.attempt < tries and not isinstance(error, LASTING_ERRORS):
            delay = self._backoff(lease.attempt)
            _log.warning("job_retried", seconds=round(delay, 1), exc_info=error)
            await lease.retry(delay, failure)
        elif failed_before:
            _log.error("failure_message_not_sent", exc_info=error)
            await lease.dead_letter(lease.notes.get("dead_letter", failure))
        else:
            reference = secrets.token_hex(3)
            _log.error("job_given_up", reference=reference, exc_info=error)
            text = f"{_readable(error, lease.job)} ({reference})"
            await lease.save(failure_message=text, dead_letter=f"{failure} ({reference})")
            await self._attend(lease)

    async def _wait_for_adapter(self, error: AdapterUnavailableError, lease: Lease) -> None:
        """Retry the job until its result can be shown; a finished answer is in its notes."""
        failure = type(error).__name__
        unseen_since = float(lease.notes.get("unseen_since", time.time()))
        waited = time.time() - unseen_since
        if waited >= OUTAGE_SECONDS:
            _log.error("job_not_shown_for_a_day", exc_info=error)
            await lease.dead_letter(lease.notes.get("dead_letter", failure))
            return
        if "unseen_since" not in lease.notes:
            await lease.save(unseen_since=f"{unseen_since:.3f}")
        # The longer the outage, the fewer the tries.
        pause = min(LONGEST_OUTAGE_BACKOFF_SECONDS, max(self._backoff_seconds, waited / 4))
        delay = max(error.seconds, _spread(pause))
        _log.warning("job_waits_for_adapter", seconds=round(delay, 1), exc_info=error)
        await lease.retry(delay, failure, counts=False)

    def _backoff(self, attempt: int) -> float:
        """Return the seconds before the next try: doubled each time, with jitter."""
        return _spread(min(LONGEST_BACKOFF_SECONDS, self._backoff_seconds * 2.0 ** (attempt - 1)))


class _CrashedError(Exception):
    """The job never ended: its worker died, or something cancelled it."""


class _StoppedError(Exception):
    """The job was cancelled through the queue, or the lease is lost."""


class _TimedOutError(BotError):
    """The job took longer than the hard time limit."""


LASTING_ERRORS = (ContextTooLongError, ModelRejectedError, SettingsError, _TimedOutError)
"""A second try would fail in the same way."""

_FAILURES: Mapping[type[Exception], Text] = {
    ModelBusyError: texts.BUSY,
    ModelUnavailableError: texts.UNREACHABLE,
    ModelRejectedError: texts.REFUSED,
    ContextTooLongError: texts.TOO_LONG,
    RedisUnavailableError: texts.BROKEN,
    _TimedOutError: texts.TIMED_OUT,
}


def _spread(seconds: float) -> float:
    """Return *seconds* with jitter of up to a half, so that retries do not come all at once."""
    return seconds * random.uniform(0.5, 1.5)  # noqa: S311 - no secret


def _readable(error: Exception, job: Job) -> str:
    """Return what the asker may be told of *error*: hosts and settings are in the log."""
    known = next((text for kind, text in _FAILURES.items() if isinstance(error, kind)), None)
    if known is None and isinstance(error, BotError):
        return str(error)
    return _in_words(known or texts.BROKEN, job)


def _in_words(text: Text, job: Job) -> str:
    """Return *text* in the language of *job*, in both if it does not say."""
    match job.payload.get("language"):
        case "en":
            return text.to("en")
        case "ja":
            return text.to("ja")
        case _:
            return text.in_both()


async def _end(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel *tasks* and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
