"""What the operator's page tells, as it was read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bot.analytics.weekly_metrics import WeekMetrics
from bot.core.language import Language
from bot.machines.store import MachineState
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
