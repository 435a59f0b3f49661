"""When something is an alarm, and what it says to do."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.machines.store import MachineState
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
