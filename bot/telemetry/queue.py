"""Counts how jobs end, by watching a queue and its leases, and sums up each question."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import structlog

from bot.core.errors import LeaseLostError, QueueFullError
from bot.core.types import Answer, DeadLetter, Job, JobKind
from bot.queue.queue import Lease, Queue, WaitingJobs
from bot.telemetry.metrics import Metrics, QuestionOutcome, Stage
from bot.telemetry.privacy import PrivateText

_log = structlog.get_logger(__name__)

JobReport = Callable[[Lease, "JobTimeline", str], None]
"""Is told of a job that has left the queue: its last lease, its stages, and how it ended."""


def _no_report(_: Lease, __: "JobTimeline", ___: str) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class JobTimeline:
    """One try at a question: when it reached which stage, and its answer.

    Attributes:
        received_at: When the question was received, by the clock of the receiving process, in
            seconds since the epoch; 0.0 if that was not noted.
        reached: Seconds from then to each stage; never below 0, even if clocks differ.
    """

    received_at: float
    reached: dict[Stage, float] = field(default_factory=dict)
    answer: Answer | None = None

    @classmethod
    def of(cls, job: Job) -> Self:
        """Start the timeline of *job*."""
        received_at = job.payload.get("received_at")
        return cls(float(received_at) if isinstance(received_at, int | float) else 0.0)

    def reach(self, stage: Stage) -> float:
        """Note that *stage* is reached now; return the seconds since the receipt."""
        seconds = max(0.0, time.time() - self.received_at) if self.received_at else 0.0
        self.reached[stage] = seconds
        return seconds

    def summary(self) -> Mapping[str, object]:
        """Return what the log keeps: numbers and our own names, no text."""
        told: dict[str, object] = {
            f"{stage}_ms": round(seconds * 1000) for stage, seconds in self.reached.items()
        }
        if (answer := self.answer) is not None:
            told |= {
                "reason": answer.termination_reason,
                "run_ms": answer.latency_ms,
                "steps": len(answer.steps),
                "model_calls": answer.usage.calls,
                "input_tokens": answer.usage.input_tokens,
                "cached_tokens": answer.usage.cached_tokens,
                "output_tokens": answer.usage.output_tokens,
                "cost_usd": answer.cost_usd,
                "model": answer.model,
                "index_version": answer.index_version,
            }
        return told


class WatchedQueue:
    """A queue that counts its jobs.

    Args:
        report: Also told of each job that has left the queue.
    """

    def __init__(self, queue: Queue, metrics: Metrics, report: JobReport = _no_report) -> None:
        self._queue = queue
        self._metrics = metrics
        self._report = report

    async def put(self, job: Job, *, spare: bool = False) -> bool:
        try:
            new = await self._queue.put(job, spare=spare)
        except QueueFullError:
            self._metrics.refused(job.kind)
            raise
        self._metrics.received(job.kind, new=new)
        return new

    async def take(self, wait: float, left: Collection[JobKind] = ()) -> "WatchedLease | None":
        lease = await self._queue.take(wait, left)
        return None if lease is None else WatchedLease(lease, self._metrics, self._report)

    async def cancel(self, job_id: str) -> bool:
        return await self._queue.cancel(job_id)

    async def open_jobs(self, partitions: str) -> list[Job]:
        return await self._queue.open_jobs(partitions)

    async def cancel_first(self, order: str, job_ids: Iterable[str]) -> str:
        return await self._queue.cancel_first(order, job_ids)

    async def backlog(self) -> Mapping[str, int]:
        return await self._queue.backlog()

    async def waiting_formats(self) -> Sequence[WaitingJobs]:
        return await self._queue.waiting_formats()

    async def dead_letters(self) -> list[DeadLetter]:
        return await self._queue.dead_letters()


class WatchedLease:
    """A lease that counts how it ends.

    Attributes:
        timeline: When the try reached which stage; logged at the end of a question.
    """

    def __init__(self, lease: Lease, metrics: Metrics, report: JobReport = _no_report) -> None:
        self._lease = lease
        self._metrics = metrics
        self._report = report
        self._is_question = lease.job.kind == "question"
        self._lost_counted = False
        self._private = PrivateText(lease.job.id, str(lease.job.payload.get("text", "")))
        self.timeline = JobTimeline.of(lease.job)
        if self._is_question:
            seconds = self.timeline.reach("taken")
            if lease.attempt == 1:
                metrics.reached("taken", seconds)

    @property
    def job(self) -> Job:
        return self._lease.job

    @property
    def attempt(self) -> int:
        return self._lease.attempt

    @property
    def notes(self) -> Mapping[str, str]:
        return self._lease.notes

    @property
    def lost(self) -> asyncio.Event:
        return self._lease.lost

    async def save(self, **notes: str) -> None:
        with _CountsLoss(self):
            await self._lease.save(**notes)

    async def check(self) -> None:
        with _CountsLoss(self):
            await self._lease.check()

    async def finish(self) -> None:
        with _CountsLoss(self):
            await self._lease.finish()
        self._metrics.finished(self.job.kind)
        answer = self.timeline.answer
        unanswered: QuestionOutcome = "refused" if "refused" in self.notes else "cancelled"
        self._end(unanswered if answer is None else answer.status)

    async def retry(self, delay: float, reason: str, *, counts: bool = True) -> None:
        with _CountsLoss(self):
            await self._lease.retry(delay, reason, counts=counts)
        self._metrics.retried(self.job.kind)

    async def dead_letter(self, reason: str) -> None:
        with _CountsLoss(self):
            await self._lease.dead_letter(reason)
        self._metrics.dead_letter(self.job.kind)
        self._end("dead")

    async def release(self) -> None:
        with _CountsLoss(self):
            await self._lease.release()

    async def excuse(self) -> None:
        await self._lease.excuse()

    def _end(self, outcome: QuestionOutcome) -> None:
        """Tell that a job has left the queue, and sum up a question; its last holder does so."""
        self._report(self, self.timeline, outcome if self._is_question else self._done(outcome))
        if not self._is_question:
            return
        self._metrics.question_ended(outcome)
        if (seconds := self.timeline.reached.get("final")) is not None:
            self._metrics.reached("final", seconds)
        _log.info("question_ended", outcome=outcome, **self.timeline.summary())

    @staticmethod
    def _done(outcome: QuestionOutcome) -> str:
        return "dead" if outcome == "dead" else "done"

    def note_lost(self) -> None:
        """Count a lost lease, once."""
        if not self._lost_counted:
            self._lost_counted = True
            self._metrics.lease_lost()


class _CountsLoss:
    """Counts the lease if a call in the block finds it lost."""

    def __init__(self, lease: WatchedLease) -> None:
        self._lease = lease

    def __enter__(self) -> None:
        """Do nothing yet."""

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, LeaseLostError):
            self._lease.note_lost()
