"""A short selection of the fault table, and a short soak; `python -m tests.faults` runs it all."""

from pathlib import Path

import pytest

from tests.faults.bench import run_rows
from tests.faults.deployment import Mode
from tests.faults.soak import Plan, soak
from tests.faults.table import ROWS


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_no_promise_is_broken_by_the_usual_faults(tmp_path: Path, mode: Mode) -> None:
    """Whatever dies, each question ends in one visible outcome, in order."""
    quick = [row for row in ROWS if row.quick]
    rows = quick[::2] if mode == "socket" else quick[1::2]
    findings = [finding async for finding in run_rows(rows, tmp_path, mode=mode, patience=20.0)]
    assert [(f.name, *f.problems, *f.notes) for f in findings if f.problems] == []
    assert len(findings) == len(rows) > 3


@pytest.mark.timeout(600)
async def test_a_short_soak_leaves_nothing_over(tmp_path: Path) -> None:
    """Sixty mentions in eight threads while workers and Redis are killed and Slack fails."""
    # Killed so seldom that no question can lose three workers, which would rightly end it.
    plan = Plan(
        mentions=60,
        threads=8,
        workers=2,
        kill_every=5.0,
        redis_kills=1,
        lease=3.0,
        patience=20.0,
        settling=300.0,
        seed=4,
    )
    report = await soak(plan, tmp_path)
    assert report.details == []
    assert report.outcomes == {"answer": 60}
    assert report.injected["workers killed (kill -9)"] > 0
