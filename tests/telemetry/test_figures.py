"""What `/metrics` says is Prometheus' text format, and tells of nobody."""

import pytest

from bot.telemetry.figures import Figures, Shared
from bot.types import Usage
from tests.support.figures import samples, value

LABELS = {"outcome", "kind", "new", "stage", "model", "method", "state", "le"}
"""All that may distinguish two series of ours: none is a person, a place or a text."""


@pytest.fixture
def figures() -> Figures:
    """Figures in which everything has happened once."""
    figures = Figures()
    figures.delivered(0.004, acknowledged=True)
    figures.delivered(2.5, acknowledged=False)
    figures.received("question", new=True)
    figures.received("question", new=False)
    figures.retried("question")
    figures.finished("notice")
    figures.buried("reindex")
    figures.lease_lost()
    figures.reached("first_sign", 0.7)
    figures.question_ended("handed_over")
    figures.model_began_to_speak("gpt-6-luna", 0.3)
    figures.model_called("gpt-6-luna", "ok", 1.2)
    figures.model_used("gpt-6-luna", Usage(100, 20, 60, 1), 0.002)
    figures.slack_called("chat.postMessage", "rate_limited")
    figures.redis_failed()
    figures.loop_lagged(0.03)
    figures.share(lambda: Shared({"ready": 3, "dead": 1}, 12.5, 1_700_000_000.0, 40, 7))
    return figures


def test_everything_can_be_read_by_prometheus(figures: Figures) -> None:
    """Each name begins with the program's, each label is one of the few that are allowed."""
    ours = [sample for sample in samples(figures) if sample.name.startswith("kotae_")]

    assert len({sample.name for sample in ours}) > 20
    assert {label for sample in ours for label in sample.labels} <= LABELS


def test_counts_and_times_arrive(figures: Figures) -> None:
    """What was counted is what is read; a refused delivery is no acknowledgement."""
    assert value(figures, "kotae_jobs_received_total", kind="question", new="yes") == 1
    assert value(figures, "kotae_jobs_received_total", kind="question", new="no") == 1
    assert value(figures, "kotae_questions_total", outcome="handed_over") == 1
    assert value(figures, "kotae_slack_deliveries_total", outcome="refused") == 1
    assert value(figures, "kotae_acknowledgement_seconds_count") == 1
    assert value(figures, "kotae_acknowledgement_seconds_bucket", le="0.005") == 1
    assert value(figures, "kotae_acknowledgement_seconds_bucket", le="0.0025") == 0
    assert value(figures, "kotae_jobs", state="ready") == 3
    assert value(figures, "kotae_oldest_waiting_job_seconds") == 12.5


def test_an_unknown_price_is_told_and_never_zero(figures: Figures) -> None:
    """The cost of unpriced calls is missing from the sum; how many there are is known."""
    figures.model_used("local", Usage(100, 20), None)

    costs = [s.labels["model"] for s in samples(figures) if s.name == "kotae_model_cost_usd_total"]
    assert costs == ["gpt-6-luna"]
    assert value(figures, "kotae_model_calls_unpriced_total", model="local") == 1
    assert value(figures, "kotae_model_tokens_total", model="local", kind="output") == 20


def test_what_is_not_known_is_not_rendered() -> None:
    """An alarm can tell a missing figure from zero."""
    figures = Figures()
    figures.share(lambda: Shared(None, None, None))

    names = {sample.name for sample in samples(figures)}
    assert not names & {"kotae_jobs", "kotae_oldest_waiting_job_seconds", "kotae_index_chunks"}


def test_processes_count_for_themselves() -> None:
    """Two sets of figures in one process do not mix."""
    first, second = Figures(), Figures()
    first.lease_lost()

    assert value(first, "kotae_leases_lost_total") == 1
    assert value(second, "kotae_leases_lost_total") == 0
