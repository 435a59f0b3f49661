"""What improves prompts, and what it works with."""

from collections.abc import Mapping
from typing import Protocol

from bot.core.types import Language
from bot.prompt_tuning.bench import TuningBench


class Optimiser(Protocol):
    """Improves prompts by trying others, told in words what went wrong."""

    @property
    def name(self) -> str: ...

    async def improve(self, seed: Mapping[Language, str], bench: TuningBench) -> None:
        """Try candidates until its rounds are over; the bench keeps the best.

        The same seed, the same answers and the same writing give the same candidates.

        Args:
            seed: The texts to begin with, by language.
            bench: Answers, writes, and chooses.

        Raises:
            BudgetUsedUpError: the rounds did not fit the budget.
        """
        ...
