"""The budget of a tuning run, in US dollars or in case runs; it is never exceeded."""

from dataclasses import dataclass, field

from bot.core.errors import BotError

HEADROOM = 1.5
"""A case run starts only if the budget allows this many times the most expensive run so far."""


class BudgetUsedUpError(BotError):
    """The next step does not fit the budget; the optimiser stops with the best so far."""


@dataclass
class TuningBudget:
    """Counts case runs, calls of the writing model, and their cost.

    Stored answers of an interrupted run count as they did then, so that the continued run stops
    where the first one would have stopped.

    Attributes:
        most_usd: Limit in US dollars; None if the price is unknown.
        most_runs: Limit of case runs; None for no limit but the money.
        kept_usd: US dollars reserved for the final test.
        kept_runs: Case runs reserved for the final test.
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
        """Mean cost of a run, in US dollars."""
        return self._runs_usd / self.runs if self.runs else 0.0

    @property
    def cost_usd(self) -> float | None:
        """US dollars spent; None (never 0) if the price is unknown."""
        return self.spent_usd or None

    @property
    def share(self) -> float:
        """The spent share of the budget, 0..1."""
        shares = [0.0]
        if self.most_usd:
            shares.append(self.spent_usd / self.most_usd)
        if self.most_runs:
            shares.append(self.runs / self.most_runs)
        return min(1.0, max(shares))

    def expect(self, runs: int) -> None:
        """Raise `BudgetUsedUpError` if *runs* more do not fit at the cost of those so far."""
        if self.most_runs is not None and self.runs + runs > self.most_runs - self.kept_runs:
            raise BudgetUsedUpError("The number of runs is used up.")
        if self.most_usd is not None and runs * self.mean_usd > self._left_usd:
            raise BudgetUsedUpError("The money is used up.")

    def allow(self, runs: int) -> float | None:
        """Return the limit for each of *runs* in US dollars; None for no limit.

        Raises:
            BudgetUsedUpError: the limit is too low for a run like those before.
        """
        self.expect(runs)
        if self.most_usd is None or not runs:
            return None
        each = self._left_usd / runs
        if each <= 0 or each < HEADROOM * self.dearest_usd:
            raise BudgetUsedUpError("The money is used up.")
        return each

    def ran(self, cost_usd: float | None) -> None:
        """Count a run; a failed one of unknown cost counts as the most expensive so far."""
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
        """Reserve the cost of *runs* more, with a margin."""
        self.kept_runs = runs
        self.kept_usd = max(HEADROOM * runs * self.mean_usd, HEADROOM * self.dearest_usd)

    def release(self) -> None:
        """Release the reserve."""
        self.kept_runs, self.kept_usd = 0, 0.0

    @property
    def _left_usd(self) -> float:
        return (self.most_usd or 0.0) - self.kept_usd - self.spent_usd
