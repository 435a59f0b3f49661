"""When something is an alarm, and what it says to do."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.machines.store import MachineState, Publication
from bot.operator_page.alarms import (
    BUDGET_SHARE,
    LAG_SECONDS,
    OLDEST_SECONDS,
    PAGES,
    AlarmKind,
    alarms_of,
)
from bot.operator_page.report import OperatorNow
from bot.queue.queue import WaitingJobs
from knowledge.model.types import Access, KnowledgeStatus, SourceStatus

ROOT = Path(__file__).parents[2]
NOON = 1_800_000_000.0
WORKER = MachineState(
    id="a", host="a", folder="a", answers=True, index_version="version-1", created_at=NOON - 900
)
OTHER = WORKER.model_copy(update={"id": "b", "host": "b"})
WELL = OperatorNow(
    NOON,
    {"ready": 0, "running": 2, "delayed": 1, "dead": 0},
    0.0,
    (WORKER, OTHER),
    index=KnowledgeStatus(sources=(SourceStatus("wiki"),)),
    lapsed="",
    budget_used=BUDGET_SHARE - 0.01,
)
RECEIVER = WORKER.model_copy(update={"answers": False})
BEHIND = OTHER.model_copy(update={"created_at": NOON - 90_000})
JUST_NOW = WORKER.model_copy(update={"created_at": NOON - LAG_SECONDS + 1})


def kinds(now: OperatorNow) -> list[AlarmKind]:
    return [alarm.kind for alarm in alarms_of(now)]


def test_a_bot_that_is_well_has_no_alarm() -> None:
    """Work in hand, a retry, a budget nearly at its limit, and no certificate are none."""
    assert kinds(WELL) == []
    assert kinds(replace(WELL, lapsed=None, budget_used=None, index=None)) == []
    assert kinds(replace(WELL, oldest_seconds=OLDEST_SECONDS)) == []


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        (replace(WELL, machines=(RECEIVER,)), "workers"),
        (replace(WELL, machines=()), "workers"),
        (replace(WELL, oldest_seconds=OLDEST_SECONDS + 1), "queue"),
        (replace(WELL, backlog={**WELL.backlog, "dead": 1}), "dead"),
        (replace(WELL, unclaimed=(WaitingJobs("question", 2, 3, 9.0),)), "unclaimed"),
        (replace(WELL, late={"wiki"}), "late"),
        (replace(WELL, machines=(WORKER, BEHIND)), "index"),
        (replace(WELL, lapsed="the model was changed"), "certificate"),
        (replace(WELL, budget_used=BUDGET_SHARE), "budget"),
    ],
)
def test_each_condition_is_one_alarm(now: OperatorNow, kind: AlarmKind) -> None:
    assert kinds(now) == [kind]


def test_a_machine_may_take_its_time_to_fetch() -> None:
    """Of a version that was published a moment ago."""
    assert kinds(replace(WELL, machines=(JUST_NOW, BEHIND))) == []


def test_a_machine_is_behind_since_the_first_version_that_it_missed() -> None:
    """However often others come, also when one goes back to an earlier version."""
    stuck = WORKER.model_copy(update={"shares": True, "index_version": "version-1", "analysis": 2})
    current = stuck.model_copy(update={"id": "b", "host": "b", "index_version": "version-9"})
    fresh = stuck.model_copy(update={"index_version": "", "created_at": 0.0})
    others = [Publication(NOON - 60 * n, f"version-{20 - n}", 2) for n in range(12, 1, -1)]
    told = [
        Publication(NOON - 7_200, "version-1", 2),
        *others,
        Publication(NOON - 40, "version-8", 1),
        Publication(NOON - 30, "version-9", 2),
    ]
    now = replace(WELL, machines=(stuck, current), publications=told)
    assert now.behind_since(stuck) == NOON - 720
    assert now.behind_since(current) is None
    assert kinds(now) == ["index"]
    assert alarms_of(now)[0].values["names"] == ["a"]

    back = replace(now, publications=[*told, Publication(NOON - 10, "version-1", 2)])
    assert back.behind_since(stuck) is None
    assert back.behind_since(current) == NOON - 10
    assert kinds(back) == []

    long_ago = replace(now, publications=told[1:])
    assert long_ago.behind_since(stuck) == NOON - 720
    assert now.behind_since(fresh) == WORKER.created_at


def test_an_alarm_about_a_source_for_few_has_no_name() -> None:
    closed = SourceStatus("salaries", access=Access("groups", frozenset({"C1"})))
    index = KnowledgeStatus(sources=(SourceStatus("wiki"), closed))
    (alarm,) = alarms_of(replace(WELL, index=index, late={"wiki", "salaries"}))

    assert alarm.values == {"count": 2, "names": ["wiki"]}


@pytest.mark.parametrize("page", [*PAGES.values(), "docs/how-to/operations.md#redis"])
def test_what_explains_an_alarm_is_there(page: str) -> None:
    """The page, and the heading in it."""
    name, _, anchor = page.partition("#")
    text = (ROOT / name).read_text("utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)

    assert anchor in {"", *(heading.lower().replace(" ", "-") for heading in headings)}
