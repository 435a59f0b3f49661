"""Parses `/metrics` as Prometheus does."""

from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from bot.telemetry.metrics import Metrics


def samples(metrics: Metrics | str) -> Iterator[Sample]:
    """Yield the samples of *metrics*, or of text that was rendered before."""
    text = metrics if isinstance(metrics, str) else metrics.render().decode()
    for family in text_string_to_metric_families(text):
        yield from family.samples


def value(metrics: Metrics | str, name: str, **labels: str) -> float:
    """Return the value of the only sample with this name and these labels."""
    found = [s.value for s in samples(metrics) if s.name == name and s.labels == labels]
    assert len(found) == 1, f"{name} {labels}: {found}"
    return found[0]
