"""A certificate is given when it is earned, and its promise is broken as rarely as it says."""

import random

import pytest

from bot.evaluation.calibration import Scored, calibrate, one_of_each, split, thresholds


def world(size: int, seed: int, *, exponent: float = 4.0) -> list[Scored]:
    """Questions whose answers are wrong with probability (1 - confidence) ** exponent."""
    chance = random.Random(seed)
    cases = []
    for number in range(size):
        confidence = chance.random()
        wrong = chance.random() < (1 - confidence) ** exponent
        cases.append(Scored(confidence, wrong, str(number)))
    return cases


def true_error(threshold: float, exponent: float = 4.0) -> float:
    """Return the real share of wrong answers above *threshold* in `world`."""
    return float((1 - threshold) ** exponent / (exponent + 1))


def test_the_promise_is_broken_in_one_of_twenty_at_most() -> None:
    """In 200 worlds at 95 %: nearly all are certified, most questions answered, few broken."""
    found = [
        calibrate(world(300, seed), world(500, 1000 + seed), 0.95, 0.95) for seed in range(200)
    ]
    certified = [item for item in found if item.threshold is not None]
    broken = [item for item in certified if true_error(item.threshold or 0) > 0.05]
    assert len(certified) > 180
    assert len(broken) <= 0.05 * 200
    assert sum(item.coverage for item in certified) / len(certified) > 0.5


def test_a_world_on_the_edge_is_hardly_ever_certified() -> None:
    """Where every answer is wrong with 5.1 %, the naive "5 % were wrong" would say yes in half."""

    def flat(size: int, seed: int) -> list[Scored]:
        chance = random.Random(seed)
        return [
            Scored(chance.random(), chance.random() < 0.051, str(number)) for number in range(size)
        ]

    found = [calibrate(flat(300, seed), flat(400, 500 + seed), 0.95, 0.95) for seed in range(200)]
    assert sum(item.threshold is not None for item in found) <= 0.08 * 200


def test_dependent_answers_do_not_break_the_promise() -> None:
    """Ten questions of a thread are all right or all wrong: they count as one case."""

    def threads(count: int, seed: int) -> list[Scored]:
        chance = random.Random(seed)
        return [
            Scored(0.5, wrong, str(number))
            for number in range(count)
            for wrong in [chance.random() < 0.11]
            for _ in range(10)
        ]

    found = [
        calibrate(threads(60, seed), threads(60, 900 + seed), 0.9, 0.95) for seed in range(200)
    ]
    assert sum(item.threshold is not None for item in found) <= 0.05 * 200


def test_the_number_of_missing_labels_is_reported() -> None:
    """100 answers without an error do not prove 99 %: 199 more would."""
    perfect = [Scored(0.9, wrong=False, group=str(number)) for number in range(200)]
    found = calibrate(perfect[:100], perfect[100:], 0.99, 0.95)
    assert (found.threshold, found.labels, found.errors) == (None, 100, 0)
    assert found.more_labels == 199


def test_more_labels_do_not_help_if_answers_are_wrong_too_often() -> None:
    bad = [Scored(0.9, wrong=number % 2 == 0, group=str(number)) for number in range(200)]
    assert calibrate(bad[:100], bad[100:], 0.99, 0.95).more_labels is None


def test_hand_overs_count_as_not_answered() -> None:
    cases = [
        Scored(0.9 if number % 4 == 0 else -1.0, wrong=False, group=str(number))
        for number in range(800)
    ]
    found = calibrate(cases[:400], cases[400:], 0.95, 0.95)
    assert found.coverage == pytest.approx(0.25)
    assert found.labels == 100


def test_groups_stay_together_and_the_newer_prove() -> None:
    cases = [
        Scored(0.5, wrong=False, group=f"thread {number // 3}", asked_at=float(number))
        for number in range(60)
    ]
    tune, proof = split(cases)
    assert not {case.group for case in tune} & {case.group for case in proof}
    assert max(case.asked_at for case in tune) < min(case.asked_at for case in proof)
    assert len(tune) + len(proof) == 60


def test_each_group_counts_once() -> None:
    cases = [Scored(0.1 * n, wrong=False, group="ab"[n % 2]) for n in range(4)]
    assert one_of_each(cases) == cases[:2]


def test_thresholds_are_steps_of_coverage() -> None:
    cases = [Scored(number / 100, wrong=False, group="") for number in range(100)]
    assert thresholds(cases, steps=4) == [0.75, 0.5, 0.25, 0.0]
