"""What happened: everything that the checker needs to know, and nothing else.

Times are seconds since the epoch. A job has the id of its question, a partition that of its thread.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from math import inf
from pathlib import Path
from typing import Literal

Outcome = Literal["answer", "explanation", "failure_message", "nothing"]
"""`explanation` is a handoff, or a refusal because the queue is full; `nothing` is right for a
question whose placeholder somebody has deleted."""


@dataclass(slots=True)
class Asked:
    """A question that somebody wrote.

    Attributes:
        tag: A word that its answer must repeat, and no other answer.
        sent: When Slack first tried to deliver it.
        accepted: When Slack had an acknowledgement, None if it never came.
        expected: How it may end.
    """

    job: str
    partition: str
    tag: str
    sent: float
    accepted: float | None = None
    expected: tuple[Outcome, ...] = ("answer",)


@dataclass(frozen=True, slots=True)
class Held:
    """What a script of the queue did to a job.

    Attributes:
        act: `put`, `take`, `finish`, `retry`, `dead_letter`, `release`, or `done`: the note that
            says that the outcome is shown.
        process: Whose connection it came through.
    """

    at: float
    act: str
    job: str
    partition: str
    process: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the bot after a call that Slack has carried out.

    Attributes:
        content: A digest of its text and blocks, "" once it is deleted.
        words: What a person reads.
    """

    at: float
    method: str
    job: str
    partition: str
    ts: str
    content: str
    words: str


Harm = Literal["killed", "frozen", "cut off"]


@dataclass(frozen=True, slots=True)
class Struck:
    """A process that was kept from working, and the jobs that it held."""

    at: float
    process: str
    how: Harm
    jobs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which nothing could be done, whoever was alive: Redis was away."""

    start: float
    end: float
    what: str


@dataclass(slots=True)
class Present:
    """A worker, from when it could work until it could not."""

    process: str
    start: float
    end: float = inf


@dataclass(frozen=True, slots=True)
class Visible:
    """A message of the bot that people see in the end."""

    job: str
    partition: str
    ts: str
    words: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A job that was given up."""

    job: str
    reason: str


@dataclass(slots=True)
class Left:
    """What Redis holds when all is done.

    Attributes:
        open_jobs: Jobs that are neither done nor dead, with their state.
        turns: Of each thread, the questions that are remembered, oldest first.
    """

    partitions: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)
    ready: int = 0
    pending: int = 0
    delayed: list[str] = field(default_factory=list)
    open_jobs: list[tuple[str, str]] = field(default_factory=list)
    dead: list[Letter] = field(default_factory=list)
    turns: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class History:
    """One run.

    Attributes:
        lease: Seconds of the run's leases.
        concurrency: Jobs that a worker does at once.
        patience: Seconds that recovering may take on top of a lease and of a look that comes
            every quarter of it.
        injected_deaths: Jobs that were meant to be given up.
        notes: What was done to whom, for the report.
    """

    lease: float
    concurrency: int = 16
    patience: float = 2.0
    asked: list[Asked] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    struck: list[Struck] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    present: list[Present] = field(default_factory=list)
    visible: list[Visible] = field(default_factory=list)
    left: Left = field(default_factory=Left)
    injected_deaths: set[str] = field(default_factory=set)
    notes: list[tuple[float, str]] = field(default_factory=list)

    def acts(self, *names: str) -> Iterator[Held]:
        """Go through what was done to jobs, oldest first."""
        return (held for held in self.held if held.act in names)

    def in_work(self, process: str) -> tuple[str, ...]:
        """Return the jobs that *process* has taken and nobody has ended or taken since."""
        holders: dict[str, str] = {}
        for held in self.held:
            if held.act == "take":
                holders[held.job] = held.process
            elif held.act in ENDS:
                holders.pop(held.job, None)
        return tuple(job for job, holder in holders.items() if holder == process)

    def save(self, path: Path) -> None:
        """Write it as JSON, for a person to look into."""
        data = asdict(self) | {"injected_deaths": sorted(self.injected_deaths)}
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")


Span = tuple[float, float]

ENDS = ("finish", "retry", "dead_letter", "release")
"""With these its holder lets go of a job."""

CLOSES = ("finish", "dead_letter")
"""With these its partition goes on to the next job."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """From the end of a worker to the moment at which another one took its job up."""

    job: str
    struck_at: float
    seconds: float | None
    allowed: float


def recoveries(history: History) -> Sequence[Recovery]:
    """Return how long each job waited that a struck worker held, in order.

    Jobs are taken up one after the other, so each may come *patience* after the one before it.
    """
    away = _merged([*((o.start, o.end) for o in history.outages), *_no_slot_free(history)])
    found = list[Recovery]()
    for struck in history.struck:
        last = -inf
        for until, job in sorted(_taken_up(history, struck)):
            nobody = sum(max(0.0, min(end, until) - max(start, struck.at)) for start, end in away)
            allowed = max(history.lease * 1.25 + nobody, last) + history.patience
            last = until - struck.at
            found.append(Recovery(job, struck.at, last if until < inf else None, allowed))
    return found


def _taken_up(history: History, struck: Struck) -> Iterator[tuple[float, str]]:
    """Yield when each of its jobs was taken up again, `inf` for never."""
    for job in struck.jobs:
        if not _went_on(history, struck, job):
            taken = (h.at for h in history.acts("take") if h.job == job and h.at > struck.at)
            yield min(taken, default=inf), job


def _no_slot_free(history: History) -> Iterator[Span]:
    """Yield the times in which no worker was there, or none had a free slot."""
    events = [(h.at, h.act, h.job, h.process) for h in history.acts("take", *ENDS)]
    for present in history.present:
        events += [(present.start, "come", "", present.process)]
        events += [(present.end, "go", "", present.process)] if present.end < inf else []
    there = set[str]()
    holders: dict[str, str] = {}
    since: float | None = None
    for at, act, job, process in sorted(events):
        match act:
            case "come":
                there.add(process)
            case "go":
                there.discard(process)
            case "take":
                holders[job] = process
            case _:
                holders.pop(job, None)
        busy = sum(holder in there for holder in holders.values())
        if busy < history.concurrency * len(there):
            if since is not None:
                yield since, at
            since = None
        elif since is None:
            since = at
    if since is not None:
        yield since, inf


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Join spans that overlap."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _went_on(history: History, struck: Struck, job: str) -> bool:
    """Tell whether the struck process ended the job all the same.

    A frozen one may wake up in time; what a killed one has sent may still be under way.
    """
    later = [h for h in history.held if h.job == job and h.at > struck.at and h.act != "done"]
    return bool(later) and later[0].act in ENDS and later[0].process == struck.process
