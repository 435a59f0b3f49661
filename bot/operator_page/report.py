"""What the operator's page tells, as it was read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bot.analytics.weekly_metrics import WeekMetrics
from bot.core.language import Language
from bot.machines.store import MachineState, Publication
from bot.queue.queue import WaitingJobs
from knowledge.model.types import KnowledgeStatus, Principal, SourceStatus

READER = Principal("", member=True)
"""Who reads the page: nobody knows. They are shown what every member may know."""


@dataclass(frozen=True, slots=True)
class OperatorNow:
    """How the bot is doing at this moment. Times are in seconds since the epoch.

    Attributes:
        at: When it was read.
        backlog: Jobs by state (`ready`, `running`, `delayed`, `dead`).
        oldest_seconds: How long the oldest job without a worker has waited.
        machines: The processes that run.
        publications: The latest index versions that all machines are to have, oldest first.
        heard: How many seconds ago each has reported last, by its id.
        index: The index of this machine; None where it cannot be described.
        late: Names of the sources that may be out of date.
        next_runs: When each source is synced next, by name.
        lapsed: Why the certificate does not hold, "" while it does; None where there is none.
        standing: The certificate in a line, by language.
        budget_used: Share of today's budget that is used; None without a budget.
        unclaimed: Jobs that no running worker understands.
    """

    at: float
    backlog: Mapping[str, int]
    oldest_seconds: float
    machines: Sequence[MachineState] = ()
    publications: Sequence[Publication] = ()
    heard: Mapping[str, float] = field(default_factory=dict)
    index: KnowledgeStatus | None = None
    late: Collection[str] = ()
    next_runs: Mapping[str, float] = field(default_factory=dict)
    lapsed: str | None = None
    standing: Mapping[Language, str] = field(default_factory=dict)
    budget_used: float | None = None
    unclaimed: Sequence[WaitingJobs] = ()

    @property
    def sources(self) -> Sequence[SourceStatus]:
        """The configured sources."""
        return self.index.sources if self.index else ()

    def behind_since(self, machine: MachineState) -> float | None:
        """Return since when *machine* lacks a newer index version; None if it has the newest.

        Of one without any, and where each machine has an index of its own, that is the time of the
        newest version.
        """
        versions = [one for one in self.publications if one.analysis == machine.analysis]
        if not (machine.shares and machine.index_version and versions):
            newest = max((other.created_at for other in self.machines), default=0.0)
            return newest if machine.created_at < newest else None
        names = [one.index_version for one in versions]
        known = machine.index_version in names
        missed = names[::-1].index(machine.index_version) if known else len(names)
        return versions[-missed].at if missed else None

    @property
    def workers(self) -> int:
        """Processes that answer questions."""
        return sum(machine.answers for machine in self.machines)


@dataclass(frozen=True, slots=True)
class OwnerGaps:
    """The gaps of one expert.

    Attributes:
        owner: Their name for people; "" where nobody is named, or whom Slack does not know.
        gaps: How many; `people` asked them, and `open` of them wait for a person.
        oldest: When the first of them was first asked, in seconds since the epoch.
    """

    owner: str
    gaps: int
    people: int
    open: int
    oldest: float


@dataclass(frozen=True, slots=True)
class HandoffAges:
    """Open handoffs of one age.

    Attributes:
        hours: They are not older than this; None for all that are older than the others.
        handoffs: How many; of `unasked` of them, nobody was asked.
    """

    hours: int | None
    handoffs: int
    unasked: int


@dataclass(frozen=True, slots=True)
class OperatorPast:
    """How the last weeks were, and what is left of them.

    Attributes:
        weeks: Oldest first; the last one is not over.
        owners: Those with most gaps first.
        more_owners: How many others have gaps.
        since: From when on questions were counted, in seconds since the epoch.
        whole: Whether these are all questions of that time.
    """

    weeks: Sequence[WeekMetrics]
    owners: Sequence[OwnerGaps]
    more_owners: int
    ages: Sequence[HandoffAges]
    since: float
    whole: bool


@dataclass(frozen=True, slots=True)
class OperatorReport:
    """All that the page tells."""

    now: OperatorNow
    past: OperatorPast
