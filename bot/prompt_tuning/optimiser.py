"""What improves prompts, and what it works with."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.core.types import Language
from bot.evaluation.cases import Case
from bot.prompt_tuning.objective import PromptTrial


class Workbench(Protocol):
    """What an optimiser of prompts works with. All of it may raise `BudgetUsedUpError`."""

    @property
    def languages(self) -> tuple[Language, ...]:
        """Whose texts can be improved."""
        ...

    @property
    def tune(self) -> Sequence[Case]:
        """The cases whose failures may be looked at."""
        ...

    @property
    def select(self) -> Sequence[Case]:
        """The cases that candidates are chosen by."""
        ...

    async def trials(
        self, candidate: Mapping[Language, str], cases: Sequence[Case]
    ) -> list[PromptTrial]:
        """Answer *cases* under *candidate*, in their order; what was answered before is free."""
        ...

    async def rewritten(
        self, language: Language, texts: Sequence[str], trials: Sequence[PromptTrial]
    ) -> str | None:
        """Have a text made of one, or of two, in view of *trials*; None if it was refused."""
        ...

    async def choose(self, candidate: Mapping[Language, str]) -> float:
        """Keep of *candidate* what is better than the best so far; return the best's score."""
        ...

    async def end_generation(self, tune_score: float | None = None) -> None:
        """Note how far it is; *tune_score* is the best on all of `tune`, where that is known."""
        ...


class Optimiser(Protocol):
    """Improves prompts by trying others, told in words what went wrong."""

    @property
    def name(self) -> str: ...

    async def improve(self, seed: Mapping[Language, str], bench: Workbench) -> None:
        """Try candidates until its rounds are over; the bench keeps the best.

        The same seed, the same answers and the same writing give the same candidates.

        Args:
            seed: The texts to begin with, by language.
            bench: Answers, writes, and chooses.

        Raises:
            BudgetUsedUpError: the rounds did not fit the budget.
        """
        ...
