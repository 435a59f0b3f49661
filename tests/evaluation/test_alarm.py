"""After launch: an alarm if the promise is broken, and hardly ever otherwise."""

import random
from dataclasses import replace

import pytest

from bot.evaluation.alarm import alarmed, fortunes, new_floor
from bot.evaluation.certificate import Certificate

CERTIFICATE = Certificate(
    threshold=0.7,
    accuracy=0.99,
    confidence=0.95,
    coverage=0.4,
    labels=500,
    errors=1,
    fingerprint="",
    created_at=0.0,
    proven=(0.9, 0.8, 0.7),
)


def sampled(share: float, count: int, seed: int) -> list[bool]:
    chance = random.Random(seed)
    return [chance.random() < share for _ in range(count)]


def test_a_true_promise_gives_a_false_alarm_in_at_most_one_of_twenty() -> None:
    """Even after 3,000 labels at exactly the promised rate."""
    alarms = sum(alarmed(sampled(0.01, 3000, seed), 0.01, 0.05) for seed in range(200))
    assert alarms <= 0.05 * 200


@pytest.mark.parametrize(("share", "labels"), [(0.03, 300), (0.05, 90), (0.10, 30)])
def test_a_broken_promise_is_detected_soon(share: float, labels: int) -> None:
    """Half of the time within about the number of labels that simulations predict."""
    found = sorted(
        next(n for n, value in enumerate(fortunes(sampled(share, 5000, seed), 0.01)) if value >= 20)
        for seed in range(100)
    )
    assert found[50] < 1.3 * labels


def test_one_right_and_one_wrong_answer_by_hand() -> None:
    """At 20 % wrong promised, only the stake 2 is possible: 1 - 2*.2, then times 1 + 2*.8."""
    assert list(fortunes([False, True], 0.2)) == pytest.approx([0.6, 0.6 * 2.6])


def test_an_alarm_raises_the_threshold_to_one_that_was_proven_too() -> None:
    labelled = [(0.75, n % 3 == 0) for n in range(60)] + [(0.95, False)] * 60
    assert new_floor(CERTIFICATE, labelled) == 0.8


def test_without_a_valid_threshold_the_certificate_is_withdrawn() -> None:
    assert new_floor(CERTIFICATE, [(0.95, n % 3 == 0) for n in range(60)]) is None


def test_without_an_alarm_nothing_changes() -> None:
    assert new_floor(CERTIFICATE, [(0.95, False)] * 100) == 0.7
    raised = replace(CERTIFICATE, raised_to=0.8)
    assert new_floor(raised, [(0.75, True)] * 100) == 0.8
