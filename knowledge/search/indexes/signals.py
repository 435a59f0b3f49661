"""The spread of the scores of a result list."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean


@dataclass(frozen=True, slots=True)
class Distribution:
    """Statistics of the candidates' scores.

    Attributes:
        margin: `(s1 - s2) / s1` of the two best, 0..1; 1 for a single candidate.
        mean: Of all candidates.
        deviation: Standard deviation of all candidates.
    """

    margin: float
    mean: float
    deviation: float

    def z_score(self, score: float) -> float:
        """Return how many standard deviations *score* is above the mean; 0 if all are equal."""
        return (score - self.mean) / self.deviation if self.deviation > 0 else 0.0


def distribution(scores: Sequence[float]) -> Distribution:
    """Return the statistics of *scores*, which are sorted, best first, and not empty."""
    first = scores[0]
    second = scores[1] if len(scores) > 1 else 0.0
    margin = min(max((first - second) / first, 0.0), 1.0) if first > 0 else 0.0
    mean = fmean(scores)
    deviation = sqrt(fmean((score - mean) ** 2 for score in scores))
    return Distribution(margin, mean, deviation)
