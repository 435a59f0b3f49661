"""The metrics of one process, in Prometheus' text format. Only this file imports its library.

Each process counts its own work, so that sums over all processes are right, whichever receive and
whichever answer. No label names a person, a channel or a text.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from bot.core.types import AnswerStatus, JobKind, Usage
from knowledge.model.types import SourceStatus

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

QuestionOutcome = Literal[AnswerStatus, "refused", "cancelled", "dead"]
"""How a question left the queue: with an answer of that status, or refused, cancelled or
dead-lettered."""

Stage = Literal["taken", "first_sign", "first_step", "final"]
"""The stage of a question: a worker has it, its placeholder, its first tool call, its answer."""

_ACK_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Slack sends an event again after three seconds."""

_QUESTION_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 900.0)
_MODEL_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)
_SLACK_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@dataclass(frozen=True, slots=True)
class SharedStanding:
    """How the whole bot stands; None where it is not known, or where there is no such thing.

    Attributes:
        workers: Processes that answer questions.
        certificate_holds: Whether the certificate holds; None where there is none.
        budget_used: Share of today's budget that is used; None without a budget.
        unclaimed: Jobs that no running worker understands.
    """

    workers: int | None = None
    certificate_holds: bool | None = None
    budget_used: float | None = None
    unclaimed: int | None = None


@dataclass(frozen=True, slots=True)
class SharedValues:
    """The state of the queue and of the index, which every process sees alike.

    Attributes:
        backlog: Jobs by state (`ready`, `running`, `delayed`, `dead`).
        oldest_seconds: How long the oldest job without a worker has waited.
        published_at: When the index was published, in seconds since the epoch; None if there is
            no index on this machine.
        chunks: Chunks of the index.
        documents: Documents of the index.
        sources: The configured sources.
        late: Names of those that may be out of date.
        standing: What else is the same in every process.
    """

    backlog: dict[str, int] | None
    oldest_seconds: float | None
    published_at: float | None
    chunks: int = 0
    documents: int = 0
    sources: Sequence[SourceStatus] = ()
    late: Collection[str] = ()
    standing: SharedStanding = SharedStanding()


class Metrics:
    """Counts, and renders the counts. Never waits, never fails.

    Args:
        of_process: Also tell of the process itself; not for one of several bots in it.
    """

    def __init__(self, *, of_process: bool = True) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # the start is in process_start_time
        self.registry = CollectorRegistry()
        if of_process:
            ProcessCollector(registry=self.registry)
            PlatformCollector(registry=self.registry)
        self._deliveries = self._counter(
            "slack_deliveries", "Requests and envelopes from Slack, by our reply.", "outcome"
        )
        self._acknowledgement = self._histogram(
            "acknowledgement_seconds",
            "From a delivery's arrival to our reply; its content is stored by then.",
            _ACK_SECONDS,
        )
        self._received = self._counter(
            "jobs_received", "Jobs put into the queue, and duplicates of them.", "kind", "new"
        )
        self._refused = self._counter("jobs_refused", "Jobs that the full queue refused.", "kind")
        self._retried = self._counter("jobs_retried", "Failed tries, then repeated.", "kind")
        self._dead = self._counter("jobs_dead", "Jobs given up, with a message.", "kind")
        self._finished = self._counter("jobs_finished", "Jobs done or stopped.", "kind")
        self._leases_lost = self._counter("leases_lost", "Jobs that another worker took over.")
        self._questions = self._counter("questions", "Questions, by outcome.", "outcome")
        self._stages = self._histogram(
            "question_stage_seconds",
            "From a question's receipt to each stage; once a question, or a try.",
            _QUESTION_SECONDS,
            "stage",
        )
        self._model_calls = self._counter("model_calls", "Model calls.", "model", "outcome")
        self._model_first = self._histogram(
            "model_first_output_seconds",
            "From a model call to its first text, or to its tool calls.",
            _MODEL_SECONDS,
            "model",
        )
        self._model_seconds = self._histogram(
            "model_call_seconds", "Whole model calls.", _MODEL_SECONDS, "model"
        )
        self._tokens = self._counter(
            "model_tokens", "Tokens; `input` includes `cached`.", "model", "kind"
        )
        self._cost = self._counter(
            "model_cost_usd", "Cost in US dollars of the calls with a known price.", "model"
        )
        self._unpriced = self._counter("model_calls_unpriced", "Calls of unknown price.", "model")
        self._slack = _SlackMetrics(self.registry)
        self._directory_lookups = self._counter(
            "directory_lookups", "Look-ups of the groups of a person.", "directory", "outcome"
        )
        self._mcp = _McpMetrics(self.registry)
        self._redis_failures = self._counter(
            "redis_connection_failures", "Connections to Redis that were lost or refused."
        )
        self._loop_lag = Gauge(
            "kotae_loop_lag_seconds",
            "Longest delay of the event loop in the last ten seconds.",
            registry=self.registry,
        )

    def share(self, latest: Callable[[], SharedValues | None]) -> Callable[[], None]:
        """Also render *latest* at each scrape; return what ends that."""
        collector = _SharedCollector(latest)
        self.registry.register(collector)
        return partial(self.registry.unregister, collector)

    def render(self) -> bytes:
        """Return all metrics in the format of `CONTENT_TYPE`."""
        return generate_latest(self.registry)

    def delivered(self, seconds: float, *, acknowledged: bool) -> None:
        """Count a delivery from Slack after our reply."""
        self._deliveries.labels("acknowledged" if acknowledged else "refused").inc()
        if acknowledged:
            self._acknowledgement.observe(seconds)

    def received(self, kind: JobKind, *, new: bool) -> None:
        """Count a job that was put into the queue, or was there already."""
        self._received.labels(kind, "yes" if new else "no").inc()

    def refused(self, kind: JobKind) -> None:
        """Count a job that the full queue refused."""
        self._refused.labels(kind).inc()

    def retried(self, kind: JobKind) -> None:
        """Count a failed try that another one will follow."""
        self._retried.labels(kind).inc()

    def finished(self, kind: JobKind) -> None:
        """Count a job that is done."""
        self._finished.labels(kind).inc()

    def dead_letter(self, kind: JobKind) -> None:
        """Count a job that was dead-lettered."""
        self._dead.labels(kind).inc()

    def lease_lost(self) -> None:
        """Count a job that another worker took over."""
        self._leases_lost.inc()

    def reached(self, stage: Stage, seconds: float) -> None:
        """Note when a question reached *stage*, in seconds since its receipt."""
        self._stages.labels(stage).observe(seconds)

    def question_ended(self, outcome: QuestionOutcome) -> None:
        """Count a question that has left the queue."""
        self._questions.labels(outcome).inc()

    def model_first_output(self, model: str, seconds: float) -> None:
        """Note how long *model* took to its first output."""
        self._model_first.labels(model).observe(seconds)

    def model_called(self, model: str, outcome: str, seconds: float) -> None:
        """Count a call that has ended, in whatever way."""
        self._model_calls.labels(model, outcome).inc()
        self._model_seconds.labels(model).observe(seconds)

    def model_used(self, model: str, usage: Usage, cost_usd: float | None) -> None:
        """Add the usage of a call; *cost_usd* is None if its price is unknown."""
        self._tokens.labels(model, "input").inc(usage.input_tokens)
        self._tokens.labels(model, "cached").inc(usage.cached_tokens)
        self._tokens.labels(model, "output").inc(usage.output_tokens)
        if cost_usd is not None:
            self._cost.labels(model).inc(cost_usd)
        elif usage.input_tokens + usage.output_tokens:
            self._unpriced.labels(model).inc()

    def slack_called(self, method: str, outcome: str, seconds: float) -> None:
        """Count a call of Slack's Web API that took *seconds*."""
        self._slack.calls.labels(method, outcome).inc()
        self._slack.seconds.labels(method).observe(seconds)

    def directory_asked(self, directory: str, outcome: str) -> None:
        """Count a look-up of a person's groups."""
        self._directory_lookups.labels(directory, outcome).inc()

    def mcp_called(self, tool: str, outcome: str, seconds: float) -> None:
        """Count a call of one of our tools by another program."""
        self._mcp.calls.labels(tool, outcome).inc()
        self._mcp.seconds.labels(tool).observe(seconds)

    def redis_failed(self) -> None:
        """Count a connection to Redis that failed."""
        self._redis_failures.inc()

    def loop_lagged(self, seconds: float) -> None:
        """Note the longest recent delay of the event loop."""
        self._loop_lag.set(seconds)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"kotae_{name}", text, labels, registry=self.registry)

    def _histogram(
        self, name: str, text: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(f"kotae_{name}", text, labels, registry=self.registry, buckets=buckets)


class _SlackMetrics:
    """Counts and times the calls of Slack's Web API."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.calls = Counter(
            "kotae_slack_calls",
            "Web API calls, with repetitions.",
            ("method", "outcome"),
            registry=registry,
        )
        self.seconds = Histogram(
            "kotae_slack_call_seconds",
            "Web API calls.",
            ("method",),
            registry=registry,
            buckets=_SLACK_SECONDS,
        )


class _McpMetrics:
    """Counts and times the calls of our tools by other programs."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.calls = Counter(
            "kotae_mcp_calls",
            "Calls of the tools of `kotae mcp --http`.",
            ("tool", "outcome"),
            registry=registry,
        )
        self.seconds = Histogram(
            "kotae_mcp_call_seconds",
            "From such a call to its result.",
            ("tool",),
            registry=registry,
            buckets=_QUESTION_SECONDS,
        )


class _SharedCollector(Collector):
    """Renders the shared metrics; unknown ones are missing, so that alarms can see that."""

    def __init__(self, latest: Callable[[], SharedValues | None]) -> None:
        self._latest = latest

    def collect(self) -> Iterable[Metric]:
        shared = self._latest()
        if shared is None:
            return
        if shared.backlog is not None:
            jobs = GaugeMetricFamily("kotae_jobs", "Jobs in the queue by state.", labels=("state",))
            for state, count in shared.backlog.items():
                jobs.add_metric((state,), count)
            yield jobs
        yield from _gauge(
            "oldest_waiting_job_seconds",
            "How long the oldest job without a worker has waited; 0 if there is none.",
            shared.oldest_seconds,
        )
        if shared.published_at is not None:
            yield from _gauge(
                "index_published_timestamp_seconds",
                "When the index in use was published.",
                shared.published_at,
            )
            yield from _gauge("index_chunks", "Chunks of the index in use.", shared.chunks)
            yield from _gauge("index_documents", "Documents of the index in use.", shared.documents)
        yield from _of_standing(shared.standing)
        if shared.sources:
            yield from _of_sources(shared.sources, shared.late)


def _of_standing(standing: SharedStanding) -> Iterable[Metric]:
    holds = standing.certificate_holds
    yield from _gauge("workers", "Processes that answer questions.", standing.workers)
    yield from _gauge(
        "certificate_holds",
        "1 while the certificate holds, 0 when it does not; missing where there is none.",
        None if holds is None else float(holds),
    )
    yield from _gauge(
        "budget_used_ratio",
        "Used share of today's budget for everybody, of money or of calls: the scarcer.",
        standing.budget_used,
    )
    yield from _gauge(
        "unclaimed_jobs",
        "Waiting jobs of a newer version that no running worker understands.",
        standing.unclaimed,
    )


def _of_sources(sources: Sequence[SourceStatus], late: Collection[str]) -> Iterable[Metric]:
    """Yield how each source is doing; the names of sources are those of `knowledge.toml`."""
    is_late = GaugeMetricFamily(
        "kotae_source_late",
        "1 while a source may be out of date: it fails, or two times of its schedule have passed.",
        labels=("source",),
    )
    documents = GaugeMetricFamily(
        "kotae_source_documents", "Documents of a source in the index in use.", labels=("source",)
    )
    succeeded = GaugeMetricFamily(
        "kotae_source_last_success_timestamp_seconds",
        "When a source was last brought up to date; missing if it never was.",
        labels=("source",),
    )
    failures = CounterMetricFamily(
        "kotae_source_failures", "Failed syncs of a source, by reason.", labels=("source", "kind")
    )
    fetched = CounterMetricFamily(
        "kotae_source_fetched_bytes",
        "Bytes of documents that were fetched from a source elsewhere.",
        labels=("source",),
    )
    seconds = SummaryMetricFamily(
        "kotae_source_sync_seconds",
        "Syncs that brought a source up to date, and how long they took together.",
        labels=("source",),
    )
    for source in sources:
        name, totals = (source.name,), source.health.totals
        documents.add_metric(name, source.documents)
        is_late.add_metric(name, float(source.name in late))
        if source.health.synced_at:
            succeeded.add_metric(name, source.health.synced_at)
        for kind, count in totals.failures.items():
            failures.add_metric((*name, kind), count)
        fetched.add_metric(name, totals.fetched_bytes)
        seconds.add_metric(name, count_value=totals.syncs, sum_value=totals.seconds)
    yield from (documents, is_late, succeeded, failures, fetched, seconds)


def _gauge(name: str, text: str, value: float | None) -> Iterable[GaugeMetricFamily]:
    if value is not None:
        yield GaugeMetricFamily(f"kotae_{name}", text, value)
