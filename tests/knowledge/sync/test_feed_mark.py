"""How far the changes of a list are known."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.model.errors import CursorExpiredError
from knowledge.sync.feed_mark import ChangeStamp, FeedMark, changed_since

BEGIN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def moment(minutes: int) -> dt.datetime:
    return BEGIN + dt.timedelta(minutes=minutes)


def newest_of(items: Mapping[int, ChangeStamp], since: dt.datetime | None) -> list[ChangeStamp]:
    """Return what a vendor tells, three items on a page."""
    listed = sorted(items.values(), key=lambda stamp: stamp.updated, reverse=True)
    pages = (listed[place : place + 3] for place in range(0, len(listed) + 1, 3))
    return changed_since(pages, lambda stamp: stamp.updated, since)


STEPS = st.lists(st.sampled_from(["add", "edit", "delete", "ask", "wait"]), max_size=40)


@given(STEPS)
def test_no_deletion_is_left_out(steps: list[str]) -> None:
    """Whatever happens, also within one second: changes are told, or all has to be listed."""
    items = {0: ChangeStamp("0", moment(0), moment(0))}
    known, mark, now = dict(items), FeedMark.of(newest_of(items, None), 1), 0
    for number, step in enumerate([*steps, "ask"], 1):
        now += step == "wait"
        oldest = min(items, default=-1)
        if step == "add":
            items[number] = ChangeStamp(str(number), moment(now), moment(now))
        elif step == "edit" and items:
            items[oldest] = replace(items[oldest], updated=moment(now))
        elif step == "delete" and items:
            del items[oldest]
        elif step == "ask":
            changed = newest_of(items, mark.newest)
            try:
                mark = mark.after(changed, len(items))
                known |= {int(stamp.key): stamp for stamp in changed}
            except CursorExpiredError:
                mark, known = FeedMark.of(newest_of(items, None), len(items)), dict(items)
            assert known == items


def test_other_readers_and_a_day_that_passed_need_a_complete_listing() -> None:
    """Rights may be lost without a change of a page."""
    now = dt.datetime.now(dt.UTC)
    mark = FeedMark.of([], 0, "a")
    old = mark.model_copy(update={"listed": now - dt.timedelta(hours=25)})

    assert mark.after([], 0, "a") == mark
    ahead = mark.model_copy(update={"listed": now + dt.timedelta(hours=1)})  # by a wrong clock
    for asked, readers in ((mark, "b"), (old, "a"), (ahead, "a")):
        with pytest.raises(CursorExpiredError):
            asked.after([], 0, readers)
