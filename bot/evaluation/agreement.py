"""Agreement beyond chance of two people, or of a person and a judge."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Return kappa of two raters over the same items (Cohen, 1960); None where it is undefined.

    1 is full agreement, 0 is that of chance. Undefined without items, or when both only ever gave
    the same verdict.
    """
    pairs = list(zip(first, second, strict=True))
    if not pairs:
        return None
    observed = sum(a == b for a, b in pairs) / len(pairs)
    ones, others = Counter(first), Counter(second)
    chance = sum(ones[verdict] * others[verdict] for verdict in ones) / len(pairs) ** 2
    return None if chance == 1 else (observed - chance) / (1 - chance)


def krippendorff_alpha(ratings: Sequence[Mapping[str, Hashable]]) -> float | None:
    """Return alpha for nominal verdicts of any number of raters, missing ones allowed.

    Each item maps a rater to a verdict; items with a single verdict say nothing about agreement
    (Krippendorff, 2004, section 11.3). None where it is undefined.
    """
    coincidences = defaultdict[tuple[Hashable, Hashable], float](float)
    for item in ratings:
        verdicts = list(item.values())
        if len(verdicts) < 2:  # noqa: PLR2004 - a pair
            continue
        for place, one in enumerate(verdicts):
            for other in verdicts[:place] + verdicts[place + 1 :]:
                coincidences[one, other] += 1 / (len(verdicts) - 1)
    totals = defaultdict[Hashable, float](float)
    for (verdict, _), count in coincidences.items():
        totals[verdict] += count
    everything = sum(totals.values())
    expected = everything**2 - sum(count**2 for count in totals.values())
    if not expected:
        return None
    differing = sum(count for (one, other), count in coincidences.items() if one != other)
    return 1 - (everything - 1) * differing / expected
