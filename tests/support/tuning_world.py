"""Small worlds with hidden rules, and prompt tuning in them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.agent.agent import Agent
from bot.core.types import Usage
from bot.prompt_tuning.run import PromptTuning, TuningGoal
from tests.support.prompt_rules import RULES
from tests.support.prompt_world import WorldCase, WorldModel, make_agent, make_world
from tests.support.shelf import ASKER

FEW = (*RULES[:3], *RULES[12:15])
"""Three hidden rules in each language."""

CASES = 30
"""Number of cases in each language."""


def cents(usage: Usage) -> float:
    """Return the price in dollars: one for 100,000 tokens."""
    return (usage.input_tokens + usage.output_tokens) / 100_000


@dataclass
class TuningWorld:
    """A world with its model and agent, for prompt tuning."""

    world: Mapping[str, WorldCase]
    model: WorldModel
    agent: Agent

    @classmethod
    def build(cls, *, random_only: bool = False, cases: int = CASES) -> "TuningWorld":
        world = make_world(0, cases, FEW)
        model = WorldModel(world, FEW, random_only=random_only)
        return cls(world, model, make_agent(world, model))

    def tuning(
        self,
        folder: Path,
        goal: TuningGoal,
        price: Callable[[Usage], float | None] = lambda _: None,
    ) -> PromptTuning:
        agent = replace(self.agent, price=price)
        cases = [asked.case for asked in self.world.values()]
        return PromptTuning(agent, cases, folder, "s", lambda _: ASKER, self.model, price, goal)
