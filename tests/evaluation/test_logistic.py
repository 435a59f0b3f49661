"""The regression recovers the model behind the data, and gives equal results in bulk and singly."""

import math
import random

import pytest

from bot.evaluation.logistic import fit


def test_the_fit_recovers_the_curve_behind_the_data() -> None:
    chance = random.Random(5)

    def truth(x: float) -> float:
        return 1 / (1 + math.exp(-(2 * x - 0.5)))

    rows = [{"x": chance.gauss(0, 1), "noise": chance.gauss(0, 1)} for _ in range(4000)]
    model = fit(rows, [chance.random() < truth(row["x"]) for row in rows])
    for x in (-1.0, 0.0, 1.0):
        assert model.probability({"x": x, "noise": 0.0}) == pytest.approx(truth(x), abs=0.05)
    assert model.probabilities(rows[:20]) == pytest.approx(
        [model.probability(row) for row in rows[:20]]
    )


def test_a_fit_to_right_answers_only_stays_finite() -> None:
    model = fit([{"x": float(n)} for n in range(20)], [True] * 20)
    assert 0.9 < model.probability({"x": 3.0}) <= 1
    assert all(math.isfinite(weight) for weight in model.weights)
