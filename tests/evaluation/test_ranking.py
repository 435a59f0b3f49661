"""Ranks, risk against coverage, and calibration of confidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.ranking import (
    area_under_risk,
    discounted_gain,
    gold_rank,
    reliability,
    risk_coverage,
    separation,
)

SCORED = [(0.9, False), (0.9, False), (0.8, True), (0.4, False), (0.2, True)]
Scored = list[tuple[float, bool]]


def test_a_passage_counts_before_its_document() -> None:
    found = ["a.md#0", "b.md#3", "b.md#1"]
    assert gold_rank(found, ["b.md#1"], ["b.md"]) == 3
    assert gold_rank(found, [], ["b.md"]) == 2
    assert gold_rank(found, [], ["c.md"]) is None
    assert discounted_gain(1) == 1
    assert discounted_gain(3) == 0.5
    assert discounted_gain(11) == discounted_gain(None) == 0


def test_answers_of_equal_confidence_are_shown_together() -> None:
    points = risk_coverage(SCORED, 10)
    assert [(point.threshold, point.shown, point.errors) for point in points] == [
        (0.9, 2, 0),
        (0.8, 3, 1),
        (0.4, 4, 1),
        (0.2, 5, 2),
    ]
    assert [point.coverage for point in points] == [0.2, 0.3, 0.4, 0.5]
    assert area_under_risk(points) == pytest.approx((0.1 / 3 + 0.1 / 4 + 0.1 * 2 / 5) / 0.5)


def test_separation_is_the_share_of_pairs_in_order() -> None:
    assert separation(SCORED) == pytest.approx(5 / 6)
    assert separation([(0.5, False), (0.5, True)]) == 0.5
    assert separation([(0.5, False)]) is None


def test_calibrated_confidence_lies_on_the_diagonal() -> None:
    """Of answers that are 75 % sure, in whatever order, three of four are right."""
    scored = [(0.75, n % 4 == 0) for n in range(40)] + [(0.95, False)] * 40
    bins = reliability(scored)
    assert [part.confidence for part in bins] == pytest.approx([0.75, 0.95])
    assert [(part.accuracy, part.answers) for part in bins] == [(0.75, 40), (1.0, 40)]


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.booleans()), max_size=60))
def test_no_answer_is_lost_in_bins(scored: Scored) -> None:
    bins = reliability(scored)
    assert sum(part.answers for part in bins) == len(scored)
    assert sum(part.accuracy * part.answers for part in bins) == pytest.approx(
        sum(not wrong for _, wrong in scored)
    )
