"""Exact binomial bounds: what a count of errors says about the true share.

Pure Python, so that the running bot needs no scientific library.
"""

import math
from functools import lru_cache
from typing import NamedTuple

_BISECTIONS = 80
"""Halvings of an interval within 0..1 until a float cannot represent a smaller one."""
_NOTHING = 1e-17
"""Relative size below which a term does not change a sum."""


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float


def binomial_cdf(successes: int, trials: int, probability: float) -> float:
    """Return the probability of at most *successes* in *trials* of *probability* each.

    The sum starts at the largest term of the shorter tail and stops when terms no longer matter:
    after about the square root of *trials* terms.
    """
    if successes < 0:
        return 0.0
    if successes >= trials or probability <= 0:
        return 1.0
    if probability >= 1:
        return 0.0
    if successes > trials * probability:
        return max(0.0, 1 - binomial_cdf(trials - successes - 1, trials, 1 - probability))
    term = math.exp(
        math.lgamma(trials + 1)
        - math.lgamma(successes + 1)
        - math.lgamma(trials - successes + 1)
        + successes * math.log(probability)
        + (trials - successes) * math.log1p(-probability)
    )
    total, odds = term, (1 - probability) / probability
    for count in range(successes, 0, -1):
        term *= odds * count / (trials - count + 1)
        if term < total * _NOTHING:
            break
        total += term
    return min(1.0, total)


def upper_bound(errors: int, trials: int, delta: float) -> float:
    """Return the upper bound of the true share, with confidence 1 - *delta*.

    One-sided, exact (Clopper and Pearson, 1934); 1 when nothing was tried.
    """
    if trials == 0 or errors >= trials:
        return 1.0
    low, high = errors / trials, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if binomial_cdf(errors, trials, middle) > delta:
            low = middle
        else:
            high = middle
    return high


def clopper_pearson(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """Return the two-sided exact interval of a share; 0..1 when nothing was tried."""
    tail = (1 - confidence) / 2
    low = 1 - upper_bound(trials - successes, trials, tail)
    return Interval(low, upper_bound(successes, trials, tail))


def wilson(successes: int, trials: int, z: float = 1.959964) -> Interval:
    """Return the score interval of a share (Wilson, 1927): short, near its level on average.

    Args:
        successes: Number of successes.
        trials: Number of trials.
        z: Standard normal quantile; the default is for 95 %.
    """
    if trials == 0:
        return Interval(0.0, 1.0)
    share, weight = successes / trials, z * z / trials
    centre = (share + weight / 2) / (1 + weight)
    reach = z * math.sqrt(share * (1 - share) / trials + weight / (4 * trials)) / (1 + weight)
    return Interval(max(0.0, centre - reach), min(1.0, centre + reach))


@lru_cache(maxsize=4096)
def allowed_errors(trials: int, share: float, delta: float) -> int:
    """Return the most errors in *trials* that prove a rate below *share*, -1 if 0 do not."""
    low, high = -1, trials
    while high - low > 1:
        middle = (low + high) // 2
        if binomial_cdf(middle, trials, share) <= delta:
            low = middle
        else:
            high = middle
    return low


def trials_needed(errors: int, share: float, delta: float) -> int:
    """Return the fewest trials in which *errors* errors still prove a share below *share*."""
    low, high = errors, errors + 1
    while binomial_cdf(errors, high, share) > delta:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if binomial_cdf(errors, middle, share) > delta:
            low = middle
        else:
            high = middle
    return high
