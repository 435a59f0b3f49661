"""Every alert rule over series that raise it, and over series that do not, by Prometheus itself."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.tools import KIT, promtool, run

ALERTS = KIT / "prometheus" / "alerts.yaml"

Series = Mapping[str, str]
"""Values at each minute by series, as promtool writes them: `0x5` is six times 0, `0+2x5` grows."""


@dataclass(frozen=True, slots=True)
class Raised:
    """What raises an alert.

    Attributes:
        series: What is scraped.
        at: When somebody is told.
        summary: What they are told.
        early: When nobody is told yet; "" if the alert does not wait.
        labels: Of the alert, without its severity.
        quiet: Series that look like it, and raise nothing at that time.
    """

    series: Series
    at: str
    summary: str
    early: str
    labels: Mapping[str, str]
    quiet: Sequence[Series]


def raised(
    series: Series,
    at: str,
    summary: str,
    *quiet: Series,
    early: str = "",
    **labels: str,
) -> Raised:
    return Raised(series, at, summary, early, labels, quiet)


def waits(slow: str, quick: str) -> Series:
    """Return how many acknowledgements took longer than a second, and how many did not."""
    name = "kotae_acknowledgement_seconds_bucket"
    every = f"{name}{{le='+Inf'}}"
    return {f"{name}{{le='1.0'}}": quick, f"{name}{{le='2.5'}}": slow, every: slow}


RAISED: Mapping[str, Raised] = {
    "KotaeNoWorker": raised(
        {"kotae_workers{instance='a'}": "1 1 0x9", "kotae_workers{instance='b'}": "1 1 0x9"},
        "5m",
        "No process answers questions.",
        {"kotae_workers{instance='a'}": "0x9", "kotae_workers{instance='b'}": "1x9"},
        {"kotae_workers{instance='a'}": "0 0 0 0 1x9"},
        early="3m",
    ),
    "KotaeQueueGrows": raised(
        {"kotae_oldest_waiting_job_seconds": "120x9"},
        "6m",
        "The oldest job has waited for 2m 0s.",
        {"kotae_oldest_waiting_job_seconds": "60x9"},
        {"kotae_oldest_waiting_job_seconds": "120 120 120 120 0 120x9"},
        early="4m",
    ),
    "KotaeDeadLetters": raised(
        {"kotae_jobs{state='dead'}": "0 2x9"},
        "1m",
        "There are 2 dead letters.",
        {"kotae_jobs{state='dead'}": "0x9", "kotae_jobs{state='ready'}": "9x9"},
        early="0m",
    ),
    "KotaeJobsUnclaimed": raised(
        {"kotae_unclaimed_jobs": "0 3x9"},
        "3m",
        "3 jobs wait for a worker of a newer version.",
        {"kotae_unclaimed_jobs": "0x9"},
        early="1m",
    ),
    "KotaeSourceLate": raised(
        {
            "kotae_source_late{source='規程',instance='a'}": "1x30",
            "kotae_source_late{source='規程',instance='b'}": "0x30",
            "kotae_source_late{source='wiki',instance='a'}": "0x30",
        },
        "16m",
        "The source 規程 may be out of date.",
        {"kotae_source_late{source='規程'}": "0x30"},
        {"kotae_source_late{source='規程'}": "1x13 0x30"},
        early="14m",
        source="規程",
    ),
    "KotaeIndexLags": raised(
        {
            "kotae_index_published_timestamp_seconds{instance='a'}": "1000x9",
            "kotae_index_published_timestamp_seconds{instance='b'}": "2000x9",
        },
        "6m",
        "A machine does not have the newest index version.",
        {"kotae_index_published_timestamp_seconds{instance='a'}": "1000x9"},
        {
            "kotae_index_published_timestamp_seconds{instance='a'}": "1000x2 2000x9",
            "kotae_index_published_timestamp_seconds{instance='b'}": "2000x9",
        },
        early="4m",
    ),
    "KotaeCertificateLapsed": raised(
        {"kotae_certificate_holds": "0x9"},
        "6m",
        "The certificate does not hold.",
        {"kotae_certificate_holds": "1x9"},
        {"kotae_workers": "1x9"},  # there is no certificate
        early="4m",
    ),
    "KotaeBudgetNearlyUsed": raised(
        {"kotae_budget_used_ratio": "0.5 0.8x9"},
        "1m",
        "80% of today's budget is used.",
        {"kotae_budget_used_ratio": "0.79x9"},
        early="0m",
    ),
    "KotaeRedisUnreachable": raised(
        {"kotae_jobs{state='ready'}": "0 0 stale", "kotae_workers": "1x9"},
        "5m",
        "No process can read Redis, or none is scraped.",
        {"kotae_jobs{state='ready'}": "0x9"},
        early="3m",
    ),
    "KotaeSlackAcknowledgedLate": raised(
        waits(slow="0+100x20", quick="0+98x20"),
        "8m",
        "Slack waits 1.75s for its acknowledgement.",
        waits(slow="0+1000x20", quick="0+999x20"),
        waits(slow="0x20", quick="0x20"),  # nobody writes
        early="4m",
    ),
    "KotaeSlackLimits": raised(
        {"kotae_slack_calls_total{outcome='rate_limited',method='chat.update'}": "0+12x30"},
        "13m",
        "Slack limits the rate of Kotae's calls.",
        {
            "kotae_slack_calls_total{outcome='rate_limited',method='chat.update'}": "0+5x30",
            "kotae_slack_calls_total{outcome='ok',method='chat.update'}": "0+600x30",
        },
        early="9m",
    ),
    "KotaeDirectoryFails": raised(
        {
            "kotae_directory_lookups_total{directory='ldap',outcome='failed'}": "_x2 1+1x9",
            "kotae_directory_lookups_total{directory='entra',outcome='failed'}": "5x9",
        },
        "6m",
        "The directory ldap does not answer.",
        {"kotae_directory_lookups_total{directory='ldap',outcome='found'}": "0+9x9"},
        early="2m",
        directory="ldap",
    ),
    "KotaeSourceFailsAgain": raised(
        {
            "kotae_source_failures_total{source='wiki',kind='refused'}": "0+1x30",
            "kotae_source_failures_total{source='mail',kind='refused'}": "0x9 1x9 2x9",
        },
        "20m",
        "The source wiki fails again and again (refused).",
        {"kotae_source_failures_total{source='wiki',kind='refused'}": "0x5 1x5 2x5 3x9"},
        early="2m",
        source="wiki",
        kind="refused",
    ),
}


def rules() -> dict[str, dict[str, Any]]:
    """Return the alert rules by name."""
    found = yaml.safe_load(ALERTS.read_text("utf-8"))
    return {rule["alert"]: rule for group in found["groups"] for rule in group["rules"]}


def cases(name: str) -> list[dict[str, Any]]:
    """Return what promtool is to try with the rule *name*."""
    rule, case = rules()[name], RAISED[name]
    told = {
        "exp_labels": {**rule["labels"], **case.labels},
        "exp_annotations": {**rule["annotations"], "summary": case.summary},
    }
    expected = [(case.series, case.at, [told])]
    expected += [(case.series, case.early, [])] if case.early else []
    expected += [(series, case.at, []) for series in case.quiet]
    return [
        {
            "interval": "1m",
            "input_series": [{"series": one, "values": values} for one, values in series.items()],
            "alert_rule_test": [{"eval_time": at, "alertname": name, "exp_alerts": alerts}],
        }
        for series, at, alerts in expected
    ]


def tried(
    folder: Path, rules_file: Path, tests: Sequence[dict[str, Any]]
) -> subprocess.CompletedProcess[str]:
    """Have promtool try *tests* with the rules of a file."""
    file = folder / "tests.json"  # JSON is YAML
    file.write_text(json.dumps({"rule_files": [str(rules_file)], "tests": tests}), "utf-8")
    return run(promtool(), "test", "rules", file)


def test_prometheus_takes_the_rules() -> None:
    done = run(promtool(), "check", "rules", ALERTS)

    assert done.returncode == 0, done.stderr
    assert f"{len(rules())} rules found" in done.stdout


def test_every_alert_is_raised_when_it_should_be_and_not_else(tmp_path: Path) -> None:
    """Each is told as it is meant, not too early, and not by what only looks like it."""
    assert RAISED.keys() == rules().keys()

    done = tried(tmp_path, ALERTS, [case for name in RAISED for case in cases(name)])

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", RAISED)
@pytest.mark.parametrize("expression", ["vector(0) > 1", "vector(1)"], ids=["never", "always"])
def test_a_rule_that_is_wrong_is_noticed(tmp_path: Path, name: str, expression: str) -> None:
    """One that is never raised, and one that always is: so the series above prove something."""
    found = yaml.safe_load(ALERTS.read_text("utf-8"))
    for group in found["groups"]:
        group["rules"] = [
            {**rule, "expr": expression} for rule in group["rules"] if rule["alert"] == name
        ]
    wrong = tmp_path / "alerts.json"
    wrong.write_text(json.dumps(found), "utf-8")

    assert tried(tmp_path, wrong, cases(name)).returncode == 1
