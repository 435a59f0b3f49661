"""What `/metrics` says is Prometheus' text format, and tells of nobody."""

import pytest

from bot.core.types import Usage
from bot.telemetry.metrics import Metrics, SharedStanding, SharedValues
from knowledge.model.source_health import SourceHealth, SourceTotals
from knowledge.model.types import SourceStatus
from tests.support.metrics import samples, value

LABELS = {
    *("outcome", "kind", "directory", "new", "stage", "model", "method", "state", "le"),
    "source",
    "tool",
}
"""All that may distinguish two series of ours: none is a person, a place or a text."""

SOURCES = (
    SourceStatus(
        "wiki",
        documents=7,
        health=SourceHealth(
            synced_at=1_700_000_000.0,
            totals=SourceTotals(3, 4.5, 1_000, {"refused": 2, "throttled": 0}),
        ),
    ),
    SourceStatus("new"),
)


@pytest.fixture
def metrics() -> Metrics:
    """Metrics in which everything has happened once."""
    metrics = Metrics()
    metrics.delivered(0.004, acknowledged=True)
    metrics.delivered(2.5, acknowledged=False)
    metrics.received("question", new=True)
    metrics.received("question", new=False)
    metrics.retried("question")
    metrics.finished("notice")
    metrics.dead_letter("reindex")
    metrics.lease_lost()
    metrics.reached("first_sign", 0.7)
    metrics.question_ended("handed_over")
    metrics.model_first_output("gpt-6-luna", 0.3)
    metrics.model_called("gpt-6-luna", "ok", 1.2)
    metrics.model_used("gpt-6-luna", Usage(100, 20, 60, 1), 0.002)
    metrics.directory_asked("google", "failed")
    metrics.slack_called("chat.postMessage", "rate_limited", 0.2)
    metrics.mcp_called("ask", "ok", 0.4)
    metrics.redis_failed()
    metrics.loop_lagged(0.03)
    standing = SharedStanding(2, certificate_holds=False, budget_used=0.25, unclaimed=3)
    shared = SharedValues(
        {"ready": 3, "dead": 1}, 12.5, 1_700_000_000.0, 40, 7, SOURCES, {"new"}, standing
    )
    metrics.share(lambda: shared)
    return metrics


def test_everything_can_be_read_by_prometheus(metrics: Metrics) -> None:
    """Each name begins with the program's, each label is one of the few that are allowed."""
    ours = [sample for sample in samples(metrics) if sample.name.startswith("kotae_")]

    assert len({sample.name for sample in ours}) > 20
    assert {label for sample in ours for label in sample.labels} <= LABELS


def test_counts_and_times_arrive(metrics: Metrics) -> None:
    """What was counted is what is read; a refused delivery is no acknowledgement."""
    assert value(metrics, "kotae_jobs_received_total", kind="question", new="yes") == 1
    assert value(metrics, "kotae_jobs_received_total", kind="question", new="no") == 1
    assert value(metrics, "kotae_questions_total", outcome="handed_over") == 1
    assert value(metrics, "kotae_slack_deliveries_total", outcome="refused") == 1
    assert value(metrics, "kotae_acknowledgement_seconds_count") == 1
    assert value(metrics, "kotae_acknowledgement_seconds_bucket", le="0.005") == 1
    assert value(metrics, "kotae_acknowledgement_seconds_bucket", le="0.0025") == 0
    assert value(metrics, "kotae_jobs", state="ready") == 3
    assert value(metrics, "kotae_oldest_waiting_job_seconds") == 12.5


def test_each_source_says_how_it_is_doing(metrics: Metrics) -> None:
    """One that was never synced has no time of a success: an alarm can tell that from long ago."""
    name = "kotae_source"
    assert value(metrics, f"{name}_documents", source="wiki") == 7
    assert value(metrics, f"{name}_last_success_timestamp_seconds", source="wiki") == 1.7e9
    assert value(metrics, f"{name}_failures_total", source="wiki", kind="refused") == 2
    assert value(metrics, f"{name}_failures_total", source="wiki", kind="throttled") == 0
    assert value(metrics, f"{name}_fetched_bytes_total", source="wiki") == 1_000
    assert value(metrics, f"{name}_sync_seconds_count", source="wiki") == 3
    assert value(metrics, f"{name}_sync_seconds_sum", source="wiki") == 4.5
    never = [s.name for s in samples(metrics) if s.labels.get("source") == "new"]
    assert f"{name}_last_success_timestamp_seconds" not in never
    assert value(metrics, f"{name}_documents", source="new") == 0


def test_how_the_whole_bot_stands_arrives(metrics: Metrics) -> None:
    """Zero is not the same as unknown."""
    assert value(metrics, "kotae_workers") == 2
    assert value(metrics, "kotae_certificate_holds") == 0
    assert value(metrics, "kotae_budget_used_ratio") == 0.25
    assert value(metrics, "kotae_unclaimed_jobs") == 3
    assert value(metrics, "kotae_source_late", source="new") == 1
    assert value(metrics, "kotae_source_late", source="wiki") == 0


def test_an_unknown_price_is_told_and_never_zero(metrics: Metrics) -> None:
    """The cost of unpriced calls is missing from the sum; how many there are is known."""
    metrics.model_used("local", Usage(100, 20), None)

    costs = [s.labels["model"] for s in samples(metrics) if s.name == "kotae_model_cost_usd_total"]
    assert costs == ["gpt-6-luna"]
    assert value(metrics, "kotae_model_calls_unpriced_total", model="local") == 1
    assert value(metrics, "kotae_model_tokens_total", model="local", kind="output") == 20


def test_what_is_not_known_is_not_rendered() -> None:
    """An alarm can tell a missing metric from zero."""
    metrics = Metrics()
    end = metrics.share(lambda: SharedValues({"ready": 3}, 1.0, 1.0, 40, 7))
    end()  # as when a changed setting builds the bot anew
    metrics.share(lambda: SharedValues(None, None, None))

    names = {sample.name for sample in samples(metrics)}
    assert not names & {"kotae_jobs", "kotae_oldest_waiting_job_seconds", "kotae_index_chunks"}
    assert not names & {"kotae_workers", "kotae_certificate_holds", "kotae_budget_used_ratio"}


def test_processes_count_for_themselves() -> None:
    """Two sets of metrics in one process do not mix."""
    first, second = Metrics(), Metrics()
    first.lease_lost()

    assert value(first, "kotae_leases_lost_total") == 1
    assert value(second, "kotae_leases_lost_total") == 0
