"""Finds the lowest threshold above which enough answers are proven to be right.

Fixed-sequence testing: the thresholds are fixed before the labels are seen, one of them is the
start, and each lower one is tested exactly until one fails. No correction is needed (Bauer 1991;
Learn then Test, Angelopoulos et al. 2021). The proof holds as long as future questions are like
the calibration questions.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

from bot.evaluation.binomial import allowed_errors, binomial_cdf, trials_needed

STEPS = 100
"""Number of thresholds: coverage 1, 2, … 100 %."""


class Scored(NamedTuple):
    """A labelled answer.

    Attributes:
        confidence: The score of the answer; below 0 when none was given (a handoff).
        wrong: People's verdict; meaningless for a handoff.
        group: The thread or person that it comes from.
        asked_at: Seconds since the epoch, 0 if unknown.
    """

    confidence: float
    wrong: bool
    group: str
    asked_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """The result of a calibration.

    Attributes:
        threshold: The lowest proven threshold, None if not certified.
        proven: All thresholds that passed, highest first.
        labels: Answers at or above it in the calibration part.
        errors: How many of them were wrong.
        coverage: Share of the calibration questions with such an answer.
        questions: Size of the calibration part.
        tuned_on: Size of the tuning part.
        more_labels: If not certified, how many more labelled answers would prove it at the present
            error rate; None if no number would.
    """

    threshold: float | None
    proven: tuple[float, ...]
    labels: int
    errors: int
    coverage: float
    questions: int
    tuned_on: int
    more_labels: int | None = None


def split(cases: Sequence[Scored], share: float = 0.5) -> tuple[list[Scored], list[Scored]]:
    """Split *cases* into a tuning part and a calibration part; groups stay together.

    If times are known, the older groups tune and the newer ones calibrate, because they are more
    like future questions; otherwise a hash of the group's name decides.
    """
    groups: dict[str, list[Scored]] = {}
    for case in cases:
        groups.setdefault(case.group, []).append(case)

    def order(name: str) -> tuple[float, str]:
        newest = max(case.asked_at for case in groups[name])
        return newest, hashlib.sha256(name.encode()).hexdigest()

    tune, calibrate = list[Scored](), list[Scored]()
    for name in sorted(groups, key=order):
        (tune if len(tune) < share * len(cases) else calibrate).extend(groups[name])
    return tune, calibrate


def one_of_each(cases: Sequence[Scored]) -> list[Scored]:
    """Keep the first case of each group.

    Cases of a group are not independent: ten answers of one thread prove no more than one of them.
    """
    return list({case.group: case for case in reversed(cases)}.values())[::-1]


def thresholds(tune: Sequence[Scored], steps: int = STEPS) -> list[float]:
    """Return the thresholds to consider, highest first: equal steps of coverage on *tune*."""
    scores = sorted((case.confidence for case in tune), reverse=True)
    places = (math.ceil(step * len(scores) / steps) - 1 for step in range(1, steps + 1))
    return sorted({scores[place] for place in places if scores[place] >= 0}, reverse=True)


def starting_point(
    tune: Sequence[Scored], grid: Sequence[float], questions: int, error_rate: float, delta: float
) -> int:
    """Return the position in *grid* where the first test is most likely to pass.

    Args:
        tune: Labelled cases that are not used for the proof.
        grid: Thresholds, highest first.
        questions: How many cases the proof will have.
        error_rate: Share of wrong answers that must not be exceeded.
        delta: Probability with which the proof may fail.
    """
    chances = list[float]()
    for threshold in grid:
        shown = [case.wrong for case in tune if case.confidence >= threshold]
        expected = round(len(shown) / len(tune) * questions)
        allowed = allowed_errors(expected, error_rate, delta)
        share = (sum(shown) + 0.5) / (len(shown) + 1)  # no error seen: still possible
        chances.append(binomial_cdf(allowed, expected, share) if allowed >= 0 else 0.0)
    return max(range(len(grid)), key=chances.__getitem__)


def calibrate(
    tune: Sequence[Scored], proof: Sequence[Scored], accuracy: float, confidence: float
) -> Calibration:
    """Choose thresholds on *tune*, test them on *proof*, return the lowest that is proven.

    Args:
        tune: Labelled cases, at least one; they need not contain errors.
        proof: Labelled cases not used for tuning; one of each group counts.
        accuracy: Share of right answers among those shown that is to be proven, 0..1.
        confidence: Confidence of the proof, 0..1.
    """
    error_rate, delta = 1 - accuracy, 1 - confidence
    proof = one_of_each(proof)
    grid = thresholds(tune)
    passed = list[float]()
    start = starting_point(tune, grid, len(proof), error_rate, delta) if grid else 0
    for threshold in grid[start:]:
        shown = [case.wrong for case in proof if case.confidence >= threshold]
        if not shown or binomial_cdf(sum(shown), len(shown), error_rate) > delta:
            break
        passed.append(threshold)
    tried = passed[-1] if passed else grid[start] if grid else math.inf
    shown = [case.wrong for case in proof if case.confidence >= tried]
    return Calibration(
        threshold=passed[-1] if passed else None,
        proven=tuple(passed),
        labels=len(shown),
        errors=sum(shown),
        coverage=len(shown) / len(proof) if proof else 0.0,
        questions=len(proof),
        tuned_on=len(tune),
        more_labels=None if passed else _more(shown, error_rate, delta),
    )


def _more(shown: Sequence[bool], error_rate: float, delta: float) -> int | None:
    """Estimate how many more labels would prove it at the error rate of *shown*.

    A normal approximation, and at least as many as a series without errors needs.
    """
    share = sum(shown) / len(shown) if shown else 0.0
    if share >= error_rate:
        return None
    z = NormalDist().inv_cdf(1 - delta)
    estimate = math.ceil(z**2 * error_rate * (1 - error_rate) / (error_rate - share) ** 2)
    return max(1, trials_needed(0, error_rate, delta) - len(shown), estimate - len(shown))
