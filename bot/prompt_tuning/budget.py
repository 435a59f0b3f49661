"""What an evolution may spend, in US dollars or in runs, and stops before it would spend more."""

from dataclasses import dataclass, field

from bot.core.errors import BotError

HEADROOM = 1.5
"""A run is begun only if it may cost so many times as much as the dearest one so far."""


class BudgetUsedUpError(BotError):
    """The next step does not fit the budget; whoever tries candidates stops with what it has."""


@dataclass
class TuningBudget:
    """Counts runs of cases, calls of the writing model, and what they cost.

    What is kept from an earlier, broken run counts as it did then, so that a run that goes on
    stops where it would have stopped.

    Attributes:
        most_usd: None: money is not counted, since nobody knows the price.
        most_runs: None: as many as the money allows.
        kept_usd: Set aside for the last test.
        kept_runs: The same, in runs.
    """

    most_usd: float | None = None
    most_runs: int | None = None
    spent_usd: float = 0.0
    runs: int = 0
    writings: int = 0
    dearest_usd: float = 0.0
    kept_usd: float = 0.0
    kept_runs: int = 0
    _runs_usd: float = field(default=0.0, repr=False)

    @property
    def mean_usd(self) -> float:
        """What a run has cost on average."""
        return self._runs_usd / self.runs if self.runs else 0.0

    @property
    def cost_usd(self) -> float | None:
        """What was spent; None where nobody knows the price (never 0)."""
        return self.spent_usd or None

    @property
    def share(self) -> float:
        """How much of the budget is spent, 0..1."""
        shares = [0.0]
        if self.most_usd:
            shares.append(self.spent_usd / self.most_usd)
        if self.most_runs:
            shares.append(self.runs / self.most_runs)
        return min(1.0, max(shares))

    def expect(self, runs: int) -> None:
        """Raise `BudgetUsedUpError` if *runs* more do not fit, judged by those so far."""
        if self.most_runs is not None and self.runs + runs > self.most_runs - self.kept_runs:
            raise BudgetUsedUpError("The number of runs is used up.")
        if self.most_usd is not None and runs * self.mean_usd > self._left_usd:
            raise BudgetUsedUpError("The money is used up.")

    def allow(self, runs: int) -> float | None:
        """Return how many US dollars each of *runs* may cost at most; None: any.

        Raises:
            BudgetUsedUpError: that is too little for a run like those before.
        """
        self.expect(runs)
        if self.most_usd is None or not runs:
            return None
        each = self._left_usd / runs
        if each <= 0 or each < HEADROOM * self.dearest_usd:
            raise BudgetUsedUpError("The money is used up.")
        return each

    def ran(self, cost_usd: float | None) -> None:
        """Count a run; one that failed, of unknown cost, counts as the dearest."""
        self.runs += 1
        cost = self.dearest_usd if cost_usd is None else cost_usd
        self.dearest_usd = max(self.dearest_usd, cost)
        self.spent_usd += cost
        self._runs_usd += cost

    def allow_writing(self, expected_usd: float | None) -> None:
        """Raise `BudgetUsedUpError` if a call of the writing model does not fit."""
        if self.most_usd is not None and (expected_usd or 0.0) > self._left_usd:
            raise BudgetUsedUpError("The money is used up.")

    def wrote(self, cost_usd: float | None) -> None:
        """Count a call of the writing model."""
        self.writings += 1
        self.spent_usd += cost_usd or 0.0

    def set_aside(self, runs: int) -> None:
        """Keep back what *runs* more will cost, with some to spare."""
        self.kept_runs = runs
        self.kept_usd = max(HEADROOM * runs * self.mean_usd, HEADROOM * self.dearest_usd)

    def release(self) -> None:
        """Free what was set aside."""
        self.kept_runs, self.kept_usd = 0, 0.0

    @property
    def _left_usd(self) -> float:
        return (self.most_usd or 0.0) - self.kept_usd - self.spent_usd
