"""Certifies thresholds on random splits, and checks the promise on the untouched part."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

from bot.evaluation.binomial import binomial_cdf
from bot.evaluation.calibration import Scored, calibrate
from bot.evaluation.logistic import fit

TUNE, PROOF = 0.2, 0.6
"""Shares of the groups for tuning and for the proof; the rest is untouched."""
CONFIDENCE = 0.95
LEVELS = (0.90, 0.95, 0.99)


class Item(NamedTuple):
    """An answered question: features for the confidence, whether it is correct, its group."""

    features: dict[str, float]
    right: bool
    group: str


@dataclass(frozen=True)
class Outcome:
    """The result of one split.

    Attributes:
        certified: Whether a threshold was certified.
        coverage: Share of the untouched questions that are answered, 0..1.
        precision: Share of these that are correct, 0..1.
        population: The same share over the proof and the untouched part together, 0..1.
        refuted: Whether the untouched part alone disproves the promise (exact test at 5 %).
    """

    certified: bool
    coverage: float = 0.0
    precision: float = 1.0
    population: float = 1.0
    refuted: bool = False


def try_splits(
    items: Sequence[Item], splits: int, progress: Callable[[int], None] = lambda _: None
) -> dict[float, list[Outcome]]:
    """Return the results of *splits* random splits, by promised accuracy."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.group, []).append(item)
    outcomes: dict[float, list[Outcome]] = {level: [] for level in LEVELS}
    for seed in range(splits):
        names = sorted(groups)
        random.Random(seed).shuffle(names)
        first, second = int(TUNE * len(names)), int((TUNE + PROOF) * len(names))
        parts = [
            [item for name in part for item in groups[name]]
            for part in (names[:first], names[first:second], names[second:])
        ]
        tune, proof, untouched = scored(parts)
        for level in LEVELS:
            outcomes[level].append(outcome(tune, proof, untouched, level))
        progress(seed)
    return outcomes


def scored(parts: Sequence[Sequence[Item]]) -> list[list[Scored]]:
    """Fit the confidence on the first part and apply it to all parts."""
    model = fit([item.features for item in parts[0]], [item.right for item in parts[0]])
    return [
        [
            Scored(confidence, not item.right, item.group)
            for item, confidence in zip(
                part, model.probabilities([item.features for item in part]), strict=True
            )
        ]
        for part in parts
    ]


def outcome(
    tune: Sequence[Scored], proof: Sequence[Scored], untouched: Sequence[Scored], level: float
) -> Outcome:
    found = calibrate(tune, proof, level, CONFIDENCE)
    if found.threshold is None:
        return Outcome(certified=False)
    shown = [case.wrong for case in untouched if case.confidence >= found.threshold]
    both = [case.wrong for case in (*proof, *untouched) if case.confidence >= found.threshold]
    errors = sum(shown)
    chance = 1 - binomial_cdf(errors - 1, len(shown), 1 - level)
    return Outcome(
        certified=True,
        coverage=len(shown) / len(untouched),
        precision=1 - errors / len(shown) if shown else 1.0,
        population=1 - fmean(both),
        refuted=chance < 1 - CONFIDENCE,
    )


def row(name: str, level: float, outcomes: Sequence[Outcome]) -> str:
    proven = [item for item in outcomes if item.certified]
    share = 100 / len(outcomes)
    precision = f"{100 * fmean(item.precision for item in proven):.1f}" if proven else "-"
    return (
        f"| {name} | {100 * level:g} % | {share * len(proven):.0f} % | {precision} "
        f"| {share * sum(item.coverage for item in outcomes):.1f} "
        f"| {share * sum(item.population < level for item in proven):.1f} % "
        f"| {share * sum(item.refuted for item in proven):.1f} % "
        f"| {share * sum(item.precision < level for item in proven):.1f} % |"
    )
