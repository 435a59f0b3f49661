"""The decision on a change: a non-inferiority test of the share of right answers among those shown.

The test compares cases in pairs: the answer of the present system and that of the changed one. Each
shown answer needs a verdict, right or wrong. The outcome is

- `better`: non-inferior, and the exact paired test proves that fewer wrong answers are shown, or
  that more questions are answered right;
- `non-inferior`: either there is no newly wrong answer (and the share of right answers falls by no
  more than the margin, which fewer answers can cause), or the share did not fall in the cases and,
  with 95 % confidence, falls by no more than the margin on other questions;
- `worse`: the exact paired test proves that more wrong answers are shown, and their share rose;
- `not proven`: anything else.

An answer without a verdict counts against the change, so that the outcome stays true whatever its
verdict will be.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from bot.evaluation.binomial import Interval, upper_bound
from bot.evaluation.bootstrap import RESAMPLES
from bot.evaluation.mcnemar import DiscordantPairs, mcnemar

MARGIN = 0.01
"""The non-inferiority margin: how far the share of right answers may fall."""

LEAST_CASES = 20
"""Fewest shown and judged answers for a decision."""

LEVEL = 0.05

PairOutcome = Literal["better", "non-inferior", "not proven", "worse"]
PROMOTABLE: frozenset[PairOutcome] = frozenset({"better", "non-inferior"})

DecisionReason = Literal[
    "fewer wrong answers",
    "more right answers",
    "no newly wrong answer",
    "within the margin",
    "more wrong answers",
    "answers failed",
    "too few cases",
    "answers to be judged",
    "the share of right answers fell",
    "too few cases for the margin",
]


class ShownAnswer(NamedTuple):
    """The outcome of a case in one system.

    Attributes:
        shown: Whether the asker gets an answer.
        right: Whether it is right; None without a verdict or an answer.
        failed: Whether the system failed on the case.
    """

    shown: bool
    right: bool | None = None
    failed: bool = False


class Pair(NamedTuple):
    """A case with its outcomes in both systems.

    Attributes:
        group: Cases of one group (a thread, a person) are not independent.
        answerable: Whether the documents answer it; if not, a handoff is the right outcome.
    """

    before: ShownAnswer
    after: ShownAnswer
    group: str
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """Counts of one system's answers; all shown answers are judged."""

    cases: int
    shown: int
    wrong: int

    @property
    def precision(self) -> float | None:
        """Share of right answers among those shown, None if none is shown."""
        return 1 - self.wrong / self.shown if self.shown else None

    @property
    def right(self) -> int:
        """Right answers."""
        return self.shown - self.wrong


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision on all pairs.

    Attributes:
        before: The present system on the judged pairs; `after` is the changed one.
        newly_wrong: Pairs with a wrong answer that was not shown before; `corrected` is the
            opposite.
        newly_right: Pairs with a right answer that was not there before; `lost` is the opposite.
        p_value: Of equally many wrong answers (McNemar, exact, two-sided, by group).
        p_right: Of equally many right answers, in the same way.
        interval: 95 % bootstrap interval of the difference of precision, over groups.
        most_fall: Upper bound of the fall of precision, with 95 % confidence.
        unjudged: Pairs that wait for a verdict.
        failed: Pairs in which a system failed.
        needed: About how many more judged cases would prove it; 0 if none are needed or no number
            would help.
    """

    outcome: PairOutcome
    reason: DecisionReason
    before: AnswerCounts
    after: AnswerCounts
    newly_wrong: int
    corrected: int
    newly_right: int
    lost: int
    p_value: float
    p_right: float
    interval: Interval
    most_fall: float
    margin: float
    unjudged: int = 0
    failed: int = 0
    needed: int = 0

    @property
    def promotable(self) -> bool:
        """Whether the change may be promoted."""
        return self.outcome in PROMOTABLE

    @property
    def difference(self) -> float | None:
        """Precision after minus before, None if one of them is unknown."""
        before, after = self.before.precision, self.after.precision
        return None if before is None or after is None else after - before


def decide(pairs: Sequence[Pair], margin: float = MARGIN) -> Decision:
    """Decide by *pairs* whether the change may be promoted; see the top of this file."""
    whole = [pair for pair in pairs if not (pair.before.failed or pair.after.failed)]
    judged = [pair for pair in whole if _is_judged(pair)]
    open_pairs = [pair for pair in whole if not _is_judged(pair)]
    failed = len(pairs) - len(whole)
    found = _decided(judged, margin)
    if open_pairs:
        against = _decided([*judged, *map(_against, open_pairs)], margin)
        in_favour = _decided([*judged, *map(_in_favour, open_pairs)], margin)
        found = _with_open(found, against, in_favour, len(open_pairs))
    if failed and found.outcome != "worse":
        found = replace(found, outcome="not proven", reason="answers failed", needed=0)
    return replace(found, failed=failed)


def _is_judged(pair: Pair) -> bool:
    return all(side.right is not None for side in pair[:2] if side.shown)


def _against(pair: Pair) -> Pair:
    """Return *pair* with the missing verdicts that are worst for the change."""
    return _filled(pair, before=True, after=False)


def _in_favour(pair: Pair) -> Pair:
    return _filled(pair, before=False, after=True)


def _filled(pair: Pair, *, before: bool, after: bool) -> Pair:
    def side(shown: ShownAnswer, verdict: bool) -> ShownAnswer:  # noqa: FBT001
        return shown._replace(right=verdict) if shown.shown and shown.right is None else shown

    return pair._replace(before=side(pair.before, before), after=side(pair.after, after))


def _with_open(found: Decision, against: Decision, in_favour: Decision, unjudged: int) -> Decision:
    """Return the numbers of the judged pairs with an outcome that no later verdict can change."""
    if against.promotable:
        outcome, reason = against.outcome, against.reason
    elif in_favour.outcome == "worse":
        outcome, reason = in_favour.outcome, in_favour.reason
    else:
        outcome, reason = "not proven", "answers to be judged"
    return replace(found, outcome=outcome, reason=reason, unjudged=unjudged, needed=0)


def _decided(pairs: Sequence[Pair], margin: float) -> Decision:
    wrong = _discordance(pairs, _wrong)
    right = _discordance(pairs, _right)
    before, after = _tally(pair.before for pair in pairs), _tally(pair.after for pair in pairs)
    interval, resampled = _difference(pairs)
    most = max(resampled, _exact_fall(pairs, after.shown))
    numbers = _Evidence(pairs, before, after, wrong, right, most, margin)
    outcome, reason = _outcome(numbers)
    return Decision(
        outcome,
        reason,
        before,
        after,
        newly_wrong=sum(_wrong(pair.after) and not _wrong(pair.before) for pair in pairs),
        corrected=sum(_wrong(pair.before) and not _wrong(pair.after) for pair in pairs),
        newly_right=sum(_right(pair.after) and not _right(pair.before) for pair in pairs),
        lost=sum(_right(pair.before) and not _right(pair.after) for pair in pairs),
        p_value=mcnemar(wrong),
        p_right=mcnemar(right),
        interval=interval,
        most_fall=most,
        margin=margin,
        needed=_needed(numbers) if outcome == "not proven" else 0,
    )


class _Evidence(NamedTuple):
    pairs: Sequence[Pair]
    before: AnswerCounts
    after: AnswerCounts
    wrong: DiscordantPairs
    right: DiscordantPairs
    most_fall: float
    margin: float

    @property
    def fall(self) -> float:
        """The fall of precision in these pairs; a system that shows nothing is never wrong."""
        before = 1.0 if self.before.precision is None else self.before.precision
        after = 1.0 if self.after.precision is None else self.after.precision
        return before - after

    @property
    def newly_wrong(self) -> int:
        return sum(_wrong(pair.after) and not _wrong(pair.before) for pair in self.pairs)


_ROUNDING = 1e-12


def _outcome(found: _Evidence) -> tuple[PairOutcome, DecisionReason]:
    proven = mcnemar(found.wrong) < LEVEL
    if proven and found.wrong.only_second > found.wrong.only_first and found.fall > _ROUNDING:
        return "worse", "more wrong answers"
    if found.after.shown < LEAST_CASES:
        return "not proven", "too few cases"
    reason = _non_inferior(found)
    if reason is None:
        fell = found.fall > _ROUNDING
        return "not proven", (
            "the share of right answers fell" if fell else "too few cases for the margin"
        )
    gained = mcnemar(found.right) < LEVEL and found.right.only_second > found.right.only_first
    fewer_right = mcnemar(found.right) < LEVEL and not gained
    if proven and found.fall < -_ROUNDING and not fewer_right:
        return "better", "fewer wrong answers"
    return ("better", "more right answers") if gained else ("non-inferior", reason)


def _non_inferior(found: _Evidence) -> DecisionReason | None:
    """Return the reason for non-inferiority, None if it is not proven."""
    if not found.newly_wrong and found.fall <= found.margin:
        return "no newly wrong answer"
    if found.fall > _ROUNDING:
        return None
    fewer = mcnemar(found.wrong) < LEVEL and found.wrong.only_first > found.wrong.only_second
    if fewer:
        return "fewer wrong answers"
    return "within the margin" if found.most_fall <= found.margin else None


def _needed(found: _Evidence) -> int:
    """Estimate how many more cases of this kind would prove it; 0 if no number would."""
    if found.after.shown < LEAST_CASES:
        shown = found.after.shown / len(found.pairs) if found.pairs else 1.0
        return math.ceil((LEAST_CASES - found.after.shown) / shown) if shown else 0
    if found.fall > _ROUNDING:
        return 0
    more = (found.most_fall - found.fall) / (found.margin - found.fall)
    return math.ceil(len(found.pairs) * (more**2 - 1))


def _wrong(side: ShownAnswer) -> bool:
    return side.shown and side.right is False


def _right(side: ShownAnswer) -> bool:
    return side.shown and bool(side.right)


def _tally(sides: Iterable[ShownAnswer]) -> AnswerCounts:
    found = list(sides)
    return AnswerCounts(len(found), sum(side.shown for side in found), sum(map(_wrong, found)))


def _discordance(pairs: Sequence[Pair], is_so: Callable[[ShownAnswer], bool]) -> DiscordantPairs:
    """Count the groups in which more cases satisfy *is_so* before, and after.

    Cases of a group are not independent, so each group counts once.
    """
    net: dict[str, int] = {}
    for pair in pairs:
        net[pair.group] = net.get(pair.group, 0) + is_so(pair.after) - is_so(pair.before)
    return DiscordantPairs(sum(n < 0 for n in net.values()), sum(n > 0 for n in net.values()))


def _difference(pairs: Sequence[Pair]) -> tuple[Interval, float]:
    """Return the 95 % interval of the difference of precision, and the bound of its fall.

    The bootstrap draws whole groups; a side that shows nothing in a draw is never wrong in it.
    """
    if not pairs:
        return Interval(0.0, 0.0), 1.0
    import numpy as np

    kinds = Counter(_sums(pairs).values())
    groups = kinds.total()
    shares = [count / groups for count in kinds.values()]
    draws = np.random.default_rng(0).multinomial(groups, shares, size=RESAMPLES)
    shown, wrong, shown_after, wrong_after = (draws @ np.array(list(kinds))).T
    before, after = wrong / np.maximum(shown, 1), wrong_after / np.maximum(shown_after, 1)
    drawn = np.sort(before - after)  # the gain in precision
    cut = round(0.025 * RESAMPLES)
    interval = Interval(float(drawn[cut]), float(drawn[-1 - cut]))
    return interval, max(0.0, -float(drawn[round(LEVEL * RESAMPLES)]))


def _sums(pairs: Sequence[Pair]) -> dict[str, tuple[int, int, int, int]]:
    """Return for each group how many answers are shown and wrong before, and after."""
    sums: dict[str, tuple[int, int, int, int]] = {}
    for before, after, group, _ in pairs:
        shown, wrong, shown_after, wrong_after = sums.get(group, (0, 0, 0, 0))
        sums[group] = (
            shown + before.shown,
            wrong + _wrong(before),
            shown_after + after.shown,
            wrong_after + _wrong(after),
        )
    return sums


def _exact_fall(pairs: Sequence[Pair], shown: int) -> float:
    """Return an upper bound of the fall of precision from the differing answers alone.

    Clopper and Pearson bound the share of newly wrong answers among them, also when there is none.
    The bootstrap cannot: it knows nothing of what it has not seen.
    """
    newly = sum(_wrong(pair.after) and not _wrong(pair.before) for pair in pairs)
    corrected = sum(_wrong(pair.before) and not _wrong(pair.after) for pair in pairs)
    if not shown:
        return 1.0
    if not newly:
        return upper_bound(0, shown, LEVEL)
    differing = newly + corrected
    share = upper_bound(newly, differing, LEVEL)
    return max(0.0, differing / shown * (2 * share - 1))
