"""McNemar's test: is one system better than another on the same questions?"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from bot.evaluation.binomial import binomial_cdf

_POWER_Z = 0.841621
"""Standard normal quantile for a power of 80 %."""

_LEVEL_Z = 1.959964
"""Standard normal quantile for 5 %, two-sided."""


class DiscordantPairs(NamedTuple):
    """Counts of the questions on which two systems differ; the test ignores the others."""

    only_first: int
    only_second: int


def discordance(first: Sequence[bool], second: Sequence[bool]) -> DiscordantPairs:
    """Count the questions on which only one system was right; both lists have the same order."""
    pairs = list(zip(first, second, strict=True))
    return DiscordantPairs(sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs))


def mcnemar(pair: DiscordantPairs) -> float:
    """Return the exact two-sided p-value of both being right equally often (McNemar, 1947)."""
    differing = sum(pair)
    return min(1.0, 2 * binomial_cdf(min(pair), differing, 0.5)) if differing else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """Return *p_values* adjusted for multiple tests (Holm, 1979), in the same order."""
    adjusted, worst = [0.0] * len(p_values), 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        worst = max(worst, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = worst
    return adjusted


def questions_needed(pair: DiscordantPairs, questions: int) -> int | None:
    """Estimate how many questions would prove a difference like the observed one.

    For McNemar's test at 5 % with power 80 % (Connor, 1987, without continuity correction).
    None without an observed difference.
    """
    if pair.only_first == pair.only_second or questions == 0:
        return None
    differing = sum(pair) / questions
    difference = abs(pair.only_first - pair.only_second) / questions
    spread = math.sqrt(max(differing - difference**2, 0.0))
    return math.ceil(((_LEVEL_Z * math.sqrt(differing) + _POWER_Z * spread) / difference) ** 2)
