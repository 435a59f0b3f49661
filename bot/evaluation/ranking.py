"""Metrics of ranking: of search results, and of answers by confidence."""

import math
from collections.abc import Collection, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from bot.evaluation.binomial import Interval, clopper_pearson


def gold_rank(
    found: Sequence[str], chunks: Collection[str], documents: Collection[str]
) -> int | None:
    """Return the rank, from 1, of the first passage that supports the answer, or None.

    Args:
        found: Passages (`document_id#ordinal`), best first.
        chunks: Right passages; if there are any, *documents* is ignored.
        documents: Right documents.
    """
    for place, passage in enumerate(found, 1):
        right = passage in chunks if chunks else passage.rpartition("#")[0] in documents
        if right:
            return place
    return None


def discounted_gain(rank: int | None, cutoff: int = 10) -> float:
    """Return nDCG at *cutoff* with a single relevant passage, 0..1."""
    return 1 / math.log2(rank + 1) if rank is not None and rank <= cutoff else 0.0


class RiskPoint(NamedTuple):
    """The effect of a threshold: how much is answered, and how much of that is wrong."""

    threshold: float
    coverage: float
    risk: float
    band: Interval
    shown: int
    errors: int


def risk_coverage(scored: Sequence[tuple[float, bool]], questions: int) -> list[RiskPoint]:
    """Return a point for each distinct confidence, highest first.

    Args:
        scored: Confidence and wrongness of shown, labelled answers.
        questions: Number of all questions, handed-over ones included.
    """
    points, errors = list[RiskPoint](), 0
    ordered = sorted(scored, key=lambda item: -item[0])
    for shown, (confidence, wrong) in enumerate(ordered, 1):
        errors += wrong
        if shown < len(ordered) and ordered[shown][0] == confidence:
            continue
        band = clopper_pearson(errors, shown)
        points.append(RiskPoint(confidence, shown / questions, errors / shown, band, shown, errors))
    return points


def area_under_risk(points: Sequence[RiskPoint]) -> float | None:
    """Return the area under the risk-coverage curve (AURC); lower is better."""
    if not points:
        return None
    area, before = 0.0, 0.0
    for point in points:
        area += point.risk * (point.coverage - before)
        before = point.coverage
    return area / before


def separation(scored: Sequence[tuple[float, bool]]) -> float | None:
    """Return how often a right answer beats a wrong one in confidence (AUROC); ties count half.

    None when all are right, or all wrong.
    """
    right = [confidence for confidence, wrong in scored if not wrong]
    wrong = [confidence for confidence, wrong in scored if wrong]
    if not right or not wrong:
        return None
    ranks, place = dict[float, float](), 0
    values = sorted(right + wrong)
    while place < len(values):
        end = place
        while end < len(values) and values[end] == values[place]:
            end += 1
        ranks[values[place]] = (place + 1 + end) / 2
        place = end
    total = sum(ranks[confidence] for confidence in right)
    return (total - len(right) * (len(right) + 1) / 2) / (len(right) * len(wrong))


class Bin(NamedTuple):
    """Answers of about equal confidence: the mean confidence, and the share of right answers."""

    confidence: float
    accuracy: float
    band: Interval
    answers: int


def reliability(scored: Sequence[tuple[float, bool]], bins: int = 8) -> list[Bin]:
    """Group answers by confidence into at most *bins* of about equal size; ties stay together.

    Args:
        scored: Confidence and wrongness of shown, labelled answers.
        bins: Fewer are used if there are fewer than five answers for each.
    """
    wanted = max(5, math.ceil(len(scored) / bins))
    parts = list[list[tuple[float, bool]]]()
    for _, alike in groupby(sorted(scored, key=itemgetter(0)), key=itemgetter(0)):
        if parts and len(parts[-1]) < wanted:
            parts[-1] += alike
        else:
            parts.append(list(alike))
    if len(parts) > 1 and len(parts[-1]) < wanted / 2:
        parts[-2:] = [parts[-2] + parts[-1]]
    return [_bin(part) for part in parts]


def _bin(part: Sequence[tuple[float, bool]]) -> Bin:
    right = sum(not wrong for _, wrong in part)
    mean = sum(confidence for confidence, _ in part) / len(part)
    return Bin(mean, right / len(part), clopper_pearson(right, len(part)), len(part))
