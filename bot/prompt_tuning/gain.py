"""The gain of the best prompt over the first one, on the test cases."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.evaluation.binomial import Interval
from bot.evaluation.bootstrap import bootstrap, sign_flip_test
from bot.evaluation.comparison import LEVEL
from bot.evaluation.mcnemar import discordance, mcnemar, questions_needed
from bot.prompt_tuning.objective import PromptTrial


@dataclass(frozen=True, slots=True)
class GainedChange:
    """A measure with both prompts.

    Attributes:
        interval: 95 % bootstrap interval of the difference, over groups.
        p_value: Of no difference: McNemar's exact test for shares, a permutation test otherwise.
    """

    measure: str
    before: float
    after: float
    interval: Interval
    p_value: float

    @property
    def difference(self) -> float:
        """After minus before."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Gain:
    """The result on the test cases.

    Attributes:
        good: Share of right answers and right handoffs.
        wrong: Share of wrong answers that were shown.
        utility: Mean score, as the optimiser counts it.
        cases: Number of test cases.
        needed: How many cases would prove a difference like this; 0 if unknown.
        live: Whether the best prompt was tested with the real tools.
    """

    good: GainedChange
    wrong: GainedChange
    utility: GainedChange
    cases: int
    needed: int
    live: bool

    @property
    def proven(self) -> bool:
        """Whether good outcomes increased significantly and wrong answers did not increase."""
        worse = self.wrong.difference > 0 and self.wrong.p_value < LEVEL
        better = self.good.difference > 0 and self.good.p_value < LEVEL
        return better and not worse and self.utility.difference > 0


def gain(before: Sequence[PromptTrial], after: Sequence[PromptTrial], *, live: bool) -> Gain:
    """Compare the outcomes of the same cases, in the same order."""
    good = _share("good outcomes", before, after, lambda one: one.good)
    pair = discordance([one.good for one in before], [one.good for one in after])
    scores = [(one.score, other.score) for one, other in zip(before, after, strict=True)]
    differences = [after - before for before, after in scores]
    utility = GainedChange(
        "utility",
        sum(before for before, _ in scores) / len(scores),
        sum(after for _, after in scores) / len(scores),
        bootstrap(differences, [one.result.group for one in before]),
        sign_flip_test(differences),
    )
    return Gain(
        good=good,
        wrong=_share("wrong answers", before, after, _is_wrong),
        utility=utility,
        cases=len(before),
        needed=questions_needed(pair, len(before)) or 0,
        live=live,
    )


def _is_wrong(trial: PromptTrial) -> bool:
    return trial.result.shown and not trial.good


def _share(
    measure: str,
    before: Sequence[PromptTrial],
    after: Sequence[PromptTrial],
    holds: Callable[[PromptTrial], bool],
) -> GainedChange:
    first, second = [holds(one) for one in before], [holds(one) for one in after]
    differences = [float(b) - float(a) for a, b in zip(first, second, strict=True)]
    return GainedChange(
        measure,
        sum(first) / len(first),
        sum(second) / len(second),
        bootstrap(differences, [one.result.group for one in before]),
        mcnemar(discordance(first, second)),
    )
