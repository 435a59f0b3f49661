"""The interface of an optimiser."""

from collections.abc import Mapping
from typing import Protocol

from bot.core.language import Language
from bot.prompt_tuning.bench import TuningBench


class Optimiser(Protocol):
    """Improves prompts by trying others, with textual feedback on failures."""

    @property
    def name(self) -> str: ...

    async def improve(self, seed: Mapping[Language, str], bench: TuningBench) -> None:
        """Try candidates for a number of generations; the bench keeps the best.

        It is deterministic for equal seeds, answers and written texts.

        Args:
            seed: The texts to start with, by language.
            bench: Answers, writes, and chooses.

        Raises:
            BudgetUsedUpError: the generations did not fit the budget.
        """
        ...
