"""The metrics of a process with several bots: those of each bot carry its workspace."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from bot.telemetry.metrics import Metrics

LABEL = "workspace"


class JoinedMetrics:
    """Renders the metrics of the process and of its bots as one page.

    Args:
        process: What the process counts once, such as its memory and the requests of Slack.
        bots: Returns what each bot counts, by the id of its workspace.
    """

    def __init__(self, process: Metrics, bots: Callable[[], Mapping[str, Metrics]]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Joined(process, bots))

    def render(self) -> bytes:
        """Return all metrics in the format of `CONTENT_TYPE`."""
        return generate_latest(self._registry)


class _Joined(Collector):
    def __init__(self, process: Metrics, bots: Callable[[], Mapping[str, Metrics]]) -> None:
        self._process = process
        self._bots = bots

    def collect(self) -> Iterable[Metric]:
        found = dict[str, Metric]()
        for team, metrics in {"": self._process, **self._bots()}.items():
            for one in metrics.registry.collect():
                whole = found.setdefault(
                    one.name, Metric(one.name, one.documentation, one.type, one.unit)
                )
                label = {LABEL: team} if team else {}
                whole.samples += [_with(sample, label) for sample in one.samples]
        return found.values()

    def describe(self) -> Iterable[Metric]:
        return ()


def _with(sample: Sample, label: Mapping[str, str]) -> Sample:
    return sample._replace(labels={**sample.labels, **label})
