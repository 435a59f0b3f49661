"""The alert rules and the dashboard: read as their programs do, over metrics that exist."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import promql_parser
import pytest
import yaml

from bot.operator_page.alarms import ALERTS, BUDGET_SHARE, LAG_SECONDS, OLDEST_SECONDS
from bot.telemetry.metrics import Metrics, SharedStanding, SharedValues
from knowledge.model.source_health import SourceHealth, SourceTotals
from knowledge.model.types import SourceStatus
from tests.deploy.tools import KIT, ROOT

DURATION = {"type": "string", "pattern": r"^(\d+(ms|[smhdwy]))+$"}
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
RULES = {
    "type": "object",
    "additionalProperties": False,
    "required": ["groups"],
    "properties": {
        "groups": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "rules"],
                "properties": {
                    "name": {"type": "string"},
                    "interval": DURATION,
                    "rules": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["alert", "expr", "labels", "annotations"],
                            "properties": {
                                "alert": {"type": "string", "pattern": "^Kotae[A-Za-z]+$"},
                                "expr": {"type": "string"},
                                "for": DURATION,
                                "labels": TEXTS,
                                "annotations": {
                                    **TEXTS,
                                    "required": ["summary", "description"],
                                },
                            },
                        },
                    },
                },
            },
        }
    },
}
"""See https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/."""

OF_PROMETHEUS = {"instance", "job"}
"""Labels that every series has once it is scraped."""


def rules() -> list[dict[str, Any]]:
    """Return the alert rules."""
    text = (KIT / "prometheus" / "alerts.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    jsonschema.validate(found, RULES)
    return [rule for group in found["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    """Return the panels of the dashboard, without the headings between them."""
    board: dict[str, Any] = json.loads((KIT / "grafana" / "kotae.json").read_text("utf-8"))
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries() -> dict[str, str]:
    """Return every query of the kit, by what it is for."""
    found = {rule["alert"]: rule["expr"] for rule in rules()}
    for panel in panels():
        found |= {f"{panel['title']} {one['refId']}": one["expr"] for one in panel["targets"]}
    return found


def metrics() -> dict[str, set[str]]:
    """Return every metric with its labels, once everything that is counted has happened."""
    metrics = Metrics()
    source = SourceStatus(
        "wiki", health=SourceHealth(synced_at=1.0, totals=SourceTotals(1, failures={"refused": 1}))
    )
    standing = SharedStanding(1, certificate_holds=True, budget_used=0.1, unclaimed=0)
    shared = SharedValues({"ready": 0}, 0.0, 0.0, sources=[source], standing=standing)
    metrics.share(lambda: shared)
    found = dict[str, set[str]]()
    for family in metrics.registry.collect():
        collector = metrics.registry._names_to_collectors.get(family.name)
        declared = set(getattr(collector, "_labelnames", ()))
        seen = {label for sample in family.samples for label in sample.labels}
        for suffix in {
            "counter": ("_total",),
            "histogram": ("_bucket", "_sum", "_count"),
            "summary": ("_sum", "_count"),
        }.get(family.type, ("",)):
            more = {"le"} if suffix == "_bucket" else set()
            found[f"{family.name}{suffix}"] = declared | seen | more
    return found


def selectors(expression: object) -> Iterator[Any]:
    """Yield what *expression* selects, anywhere in it."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
        return
    for name in ("expr", "lhs", "rhs", "param", "vector_selector", "vs", "args"):
        part = getattr(expression, name, None)
        for one in part if isinstance(part, list | tuple) else [part]:
            if one is not None:
                yield from selectors(one)


@pytest.mark.parametrize("name", queries())
def test_a_query_is_one_and_asks_for_metrics_that_exist(name: str) -> None:
    """With labels that they have: a query for nothing is silent for ever."""
    expression, known = promql_parser.parse(queries()[name]), metrics()
    found = list(selectors(expression))

    assert found
    for selector in found:
        assert selector.name in known
        wanted = {matcher.name for matcher in selector.matchers.matchers}
        assert wanted <= known[selector.name] | OF_PROMETHEUS
    grouped = re.findall(r"by \(([^)]*)\)", queries()[name])
    labels = {label.strip() for group in grouped for label in group.split(",")}
    assert labels <= set.union(*(known[one.name] for one in found)) | OF_PROMETHEUS


def test_the_operators_page_and_the_rules_have_the_same_conditions() -> None:
    """By name, and by their numbers: nobody is told two things."""
    by_name = {rule["alert"]: rule for rule in rules()}

    assert set(ALERTS.values()) <= by_name.keys()
    assert by_name[ALERTS["queue"]]["expr"].endswith(f"> {OLDEST_SECONDS}")
    assert by_name[ALERTS["index"]]["for"] == f"{LAG_SECONDS}s"
    assert by_name[ALERTS["budget"]]["expr"].endswith(f">= {BUDGET_SHARE}")


def test_each_alert_has_one_name_and_says_what_to_do() -> None:
    """In a sentence each, which ends."""
    names = [rule["alert"] for rule in rules()]

    assert len(names) == len(set(names))
    for rule in rules():
        assert rule["labels"]["severity"] in {"warning", "critical"}
        for text in rule["annotations"].values():
            assert text.endswith(".")


def test_every_rule_is_in_the_documentation() -> None:
    page = (ROOT / "docs" / "how-to" / "operations.md").read_text("utf-8")

    assert set(re.findall(r"`(Kotae[A-Z]\w+)`", page)) == {rule["alert"] for rule in rules()}


def test_the_dashboard_can_be_imported_anywhere() -> None:
    """It names no data source of ours; each panel has a place of its own and one title."""
    board = json.loads((KIT / "grafana" / "kotae.json").read_text("utf-8"))
    places = [
        (x, y)
        for panel in board["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    sources = {one["datasource"]["uid"] for panel in panels() for one in panel["targets"]}

    assert sources == {"${datasource}"}
    assert [one["name"] for one in board["templating"]["list"]] == ["datasource"]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) < 24
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    titles = [panel["title"] for panel in panels()]
    assert len(titles) == len(set(titles))
