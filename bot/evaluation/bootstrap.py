"""Bootstrap over groups: intervals of means, and tests of paired differences."""

import random
from collections.abc import Hashable, Sequence
from statistics import fmean

from bot.evaluation.binomial import Interval

RESAMPLES = 2_000


def bootstrap(
    values: Sequence[float],
    groups: Sequence[Hashable],
    *,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Return the percentile interval of the mean of *values*, drawing whole *groups*.

    Answers within a group (a thread, a person) are not independent: drawing single answers would
    make the interval too short.
    """
    if not values:
        return Interval(0.0, 0.0)
    sums: dict[Hashable, tuple[float, int]] = {}
    for value, group in zip(values, groups, strict=True):
        total, count = sums.get(group, (0.0, 0))
        sums[group] = total + value, count + 1
    parts = list(sums.values())
    chance = random.Random(seed)  # noqa: S311 - a repeatable simulation, no secret
    means = sorted(
        sum(total for total, _ in drawn) / sum(count for _, count in drawn)
        for drawn in (chance.choices(parts, k=len(parts)) for _ in range(resamples))
    )
    cut = round((1 - confidence) / 2 * resamples)
    return Interval(means[cut], means[-1 - cut])


def sign_flip_test(
    differences: Sequence[float], *, resamples: int = RESAMPLES, seed: int = 0
) -> float:
    """Return the two-sided p-value of paired *differences* being zero on average.

    Under that hypothesis each difference has either sign with equal probability (Fisher's
    permutation test). The observed signs count as one draw, so p is never 0.
    """
    moved = [value for value in differences if value]
    if not moved:
        return 1.0
    observed = abs(fmean(moved))
    chance = random.Random(seed)  # noqa: S311 - a repeatable simulation, no secret
    extreme = sum(
        abs(fmean(value if chance.random() < 0.5 else -value for value in moved))  # noqa: PLR2004
        >= observed - 1e-12
        for _ in range(resamples)
    )
    return (1 + extreme) / (1 + resamples)
