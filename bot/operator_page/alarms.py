"""What an operator should look at now: the conditions of `deploy/prometheus/alerts.yaml`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.core.i18n import Text
from bot.operator_page import texts
from bot.operator_page.report import READER, OperatorNow

AlarmKind = Literal[
    "late", "queue", "workers", "index", "dead", "unclaimed", "certificate", "budget"
]

OLDEST_SECONDS = 60
"""A job that has waited longer than this tells that workers do not keep up."""

LAG_SECONDS = 300
"""A machine may take this long to fetch the newest index version."""

BUDGET_SHARE = 0.8
"""Of today's budget."""

ALERTS: Mapping[AlarmKind, str] = {
    "late": "KotaeSourceLate",
    "queue": "KotaeQueueGrows",
    "workers": "KotaeNoWorker",
    "index": "KotaeIndexLags",
    "dead": "KotaeDeadLetters",
    "unclaimed": "KotaeJobsUnclaimed",
    "certificate": "KotaeCertificateLapsed",
    "budget": "KotaeBudgetNearlyUsed",
}
"""The rule with the same condition."""

PAGES: Mapping[AlarmKind, str] = {
    "late": "docs/how-to/sources/index.md#when-a-source-fails",
    "queue": "docs/how-to/operations.md#under-load",
    "workers": "docs/how-to/deploy.md#several-processes",
    "index": "docs/how-to/deploy/machines.md",
    "dead": "docs/how-to/operations.md#dead-letters",
    "unclaimed": "docs/how-to/deploy/update.md",
    "certificate": "docs/how-to/certificates.md",
    "budget": "docs/how-to/models.md#what-answers-may-cost",
}
"""Where each is explained, in the documentation."""

_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class OperatorAlarm:
    """Something that an operator should look at.

    Attributes:
        values: What the placeholders of `what` stand for; names are foreign text.
        do: What to do about it.
    """

    kind: AlarmKind
    what: Text
    do: Text
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """Where it is explained."""
        return PAGES[self.kind]


def alarms_of(now: OperatorNow) -> list[OperatorAlarm]:
    """Return what to look at, the most urgent first."""
    return [*_of_workers(now), *_of_sources(now), *_of_machines(now), *_of_the_rest(now)]


def lagging(now: OperatorNow) -> list[str]:
    """Return the hosts that lack an index version long after it was published."""
    since = ((machine.host, now.behind_since(machine)) for machine in now.machines)
    return sorted({host for host, at in since if at is not None and now.at - at > LAG_SECONDS})


def _of_workers(now: OperatorNow) -> Iterator[OperatorAlarm]:
    if not now.workers:
        yield OperatorAlarm("workers", texts.NO_WORKER, texts.NO_WORKER_DO)
    if now.oldest_seconds > OLDEST_SECONDS:
        values = {"seconds": round(now.oldest_seconds), "count": now.backlog["ready"]}
        yield OperatorAlarm("queue", texts.QUEUE_GROWS, texts.QUEUE_GROWS_DO, values)
    if dead := now.backlog["dead"]:
        yield OperatorAlarm("dead", texts.DEAD, texts.DEAD_DO, {"count": dead})
    if newer := now.unclaimed:
        values = {"count": sum(one.count for one in newer)}
        yield OperatorAlarm("unclaimed", texts.UNCLAIMED, texts.UNCLAIMED_DO, values)


def _of_sources(now: OperatorNow) -> Iterator[OperatorAlarm]:
    late = [source for source in now.sources if source.name in now.late]
    if not late:
        return
    named = [source.name for source in late if source.access.permits(READER)]
    values = {"count": len(late), "names": named[:_MOST_NAMES]}
    yield OperatorAlarm("late", texts.LATE, texts.LATE_DO, values)


def _of_machines(now: OperatorNow) -> Iterator[OperatorAlarm]:
    if hosts := lagging(now):
        values = {"count": len(hosts), "names": hosts[:_MOST_NAMES]}
        yield OperatorAlarm("index", texts.LAGS, texts.LAGS_DO, values)


def _of_the_rest(now: OperatorNow) -> Iterator[OperatorAlarm]:
    if now.lapsed:
        yield OperatorAlarm("certificate", texts.LAPSED, texts.LAPSED_DO)
    if (used := now.budget_used) is not None and used >= BUDGET_SHARE:
        values = {"percent": round(100 * used)}
        yield OperatorAlarm("budget", texts.BUDGET, texts.BUDGET_DO, values)
