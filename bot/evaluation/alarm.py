"""Tests a certificate after launch: do labels of shown answers still fit the promised error rate?

The test bets against the promise. While the promise holds, the wealth of a bettor who starts with 1
exceeds 1/delta with probability at most delta, at any time and for any length (Ville, 1939).
"""

from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean

from bot.evaluation.certificate import Certificate

STAKES = (2.0, 5.0, 10.0, 20.0, 40.0)
"""Sizes of the bets that the error rate is too high; the wealth is the mean over all of them."""


def fortunes(wrong: Iterable[bool], error_rate: float) -> Iterator[float]:
    """Yield the bettor's wealth after each label in *wrong*, oldest first.

    Args:
        wrong: Whether each sampled answer was wrong. Sampled without looking at it.
        error_rate: The promised share of wrong answers, above 0 and below 1.
    """
    stakes = [stake for stake in STAKES if stake * error_rate < 1]
    bets = [1.0] * len(stakes)
    for outcome in wrong:
        gain = outcome - error_rate
        bets = [bet * (1 + stake * gain) for bet, stake in zip(bets, stakes, strict=True)]
        yield fmean(bets)


def alarmed(wrong: Iterable[bool], error_rate: float, delta: float) -> bool:
    """Tell whether the wealth ever reached 1/*delta*; an alarm is final."""
    return any(value >= 1 / delta for value in fortunes(wrong, error_rate))


def new_floor(certificate: Certificate, labelled: Sequence[tuple[float, bool]]) -> float | None:
    """Return the threshold that still holds with the labels made since the calibration.

    Higher thresholds that passed the same test keep their proof; the lowest of them without an
    alarm is returned.

    Args:
        certificate: The certificate under test.
        labelled: Confidence and wrongness of sampled shown answers, oldest label first.

    Returns:
        `certificate.floor` when there is no alarm, None when no threshold holds.
    """
    error_rate, delta = 1 - certificate.accuracy, 1 - certificate.confidence
    floors = [certificate.floor, *sorted(t for t in certificate.proven if t > certificate.floor)]
    for floor in floors:
        wrong = [is_wrong for confidence, is_wrong in labelled if confidence >= floor]
        if not alarmed(wrong, error_rate, delta):
            return floor
    return None
