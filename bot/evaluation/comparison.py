"""Compares two runs on the same cases: what differs, and whether the difference is proven."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.core.errors import BotError
from bot.core.language import Language
from bot.evaluation import texts
from bot.evaluation.binomial import Interval
from bot.evaluation.bootstrap import bootstrap, sign_flip_test
from bot.evaluation.mcnemar import discordance, holm, mcnemar, questions_needed
from bot.evaluation.results import EvaluationRun, Result

LEVEL = 0.05
"""Significance level: a difference with a smaller p-value is proven."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure of two runs on the same cases.

    Attributes:
        difference: Second minus first, in the measure's own unit.
        interval: 95 % bootstrap interval, over groups.
        p_value: Of no difference; adjusted when several runs are compared.
        cases: How many cases both runs have.
        needed: How many cases would prove the observed difference; 0 if unknown.
    """

    measure: str
    first: str
    second: str
    difference: float
    interval: Interval
    p_value: float
    cases: int
    needed: int = 0

    @property
    def proven(self) -> bool:
        """Whether the difference is proven."""
        return self.p_value < LEVEL

    def verdict(self, language: Language = "en") -> str:
        """Return the verdict as text."""
        if self.proven:
            higher = self.second if self.difference > 0 else self.first
            return texts.HIGHER.to(language, name=higher)
        if self.difference == 0:
            return texts.NO_DIFFERENCE.to(language)
        if self.needed:
            return texts.NO_PROOF_BUT_PLAN.to(language, needed=self.needed)
        return texts.NO_PROOF.to(language)


def compare(runs: Sequence[EvaluationRun]) -> list[Comparison]:
    """Compare every run with the first, on the cases that all of them have.

    Raises:
        BotError: when they have no cases in common.
    """
    shared = set.intersection(*({item.case.id for item in run.results} for run in runs))
    if not shared:
        raise BotError("The runs have no cases in common.")
    tables = [
        {item.case.id: item for item in run.results if item.case.id in shared} for run in runs
    ]
    ids = [item.case.id for item in runs[0].results if item.case.id in shared]
    first = [tables[0][id_] for id_ in ids]
    found = list[Comparison]()
    for run, table in zip(runs[1:], tables[1:], strict=True):
        second = [table[id_] for id_ in ids]
        names = runs[0].info.name, run.info.name
        found += [
            _outcomes("good outcomes", names, first, second, _good),
            _outcomes("answered", names, first, second, lambda item: item.shown),
            *_amounts(names, first, second),
        ]
    return _adjusted(found)


def _good(item: Result) -> bool:
    """Tell whether it is a right answer, or a handoff of a question without answer."""
    return bool(item.correct) if item.case.answerable else not item.shown


def _outcomes(
    measure: str,
    names: tuple[str, str],
    first: Sequence[Result],
    second: Sequence[Result],
    good: Callable[[Result], bool],
) -> Comparison:
    before, after = [good(item) for item in first], [good(item) for item in second]
    pair = discordance(before, after)
    differences = [float(b) - float(a) for a, b in zip(before, after, strict=True)]
    return Comparison(
        measure=measure,
        first=names[0],
        second=names[1],
        difference=sum(differences) / len(differences),
        interval=bootstrap(differences, [item.group for item in first]),
        p_value=mcnemar(pair),
        cases=len(first),
        needed=questions_needed(pair, len(first)) or 0,
    )


def _amounts(
    names: tuple[str, str], first: Sequence[Result], second: Sequence[Result]
) -> list[Comparison]:
    """Compare costs (where both are known) and seconds."""
    measures: list[tuple[str, Callable[[Result], float | None]]] = [
        ("cost of an answer (USD)", lambda item: item.cost_usd),
        ("time of an answer (seconds)", lambda item: item.latency_ms / 1000),
    ]
    found = list[Comparison]()
    for measure, amount in measures:
        rows = [
            (after - before, item.group)
            for item, other in zip(first, second, strict=True)
            if (before := amount(item)) is not None and (after := amount(other)) is not None
        ]
        if rows:
            differences = [difference for difference, _ in rows]
            found.append(
                Comparison(
                    measure=measure,
                    first=names[0],
                    second=names[1],
                    difference=sum(differences) / len(differences),
                    interval=bootstrap(differences, [group for _, group in rows]),
                    p_value=sign_flip_test(differences),
                    cases=len(rows),
                )
            )
    return found


def _adjusted(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Adjust the p-values of each measure for the number of compared runs."""
    adjusted = dict[int, float]()
    for measure in {item.measure for item in comparisons}:
        places = [n for n, item in enumerate(comparisons) if item.measure == measure]
        values = holm([comparisons[place].p_value for place in places])
        adjusted |= dict(zip(places, values, strict=True))
    return [replace(item, p_value=adjusted[n]) for n, item in enumerate(comparisons)]
