"""Small worlds with hidden rules, and evolutions in them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.evolution.rules import RULES
from benchmarks.evolution.world import Asked, ScriptedModel, make_agent, make_world
from bot.agent.agent import Agent
from bot.core.types import Usage
from bot.prompt_tuning.run import PromptTuning, TuningGoal
from tests.support.shelf import ASKER

FEW = (*RULES[:3], *RULES[12:15])
"""Three hidden rules in each language."""

CASES = 30
"""Of each language."""


def cents(usage: Usage) -> float:
    """A price: a dollar for 100,000 tokens."""
    return (usage.input_tokens + usage.output_tokens) / 100_000


@dataclass
class House:
    """A world with its model and its agent."""

    world: Mapping[str, Asked]
    model: ScriptedModel
    agent: Agent

    @classmethod
    def build(cls, *, deaf: bool = False, cases: int = CASES) -> "House":
        world = make_world(0, cases, FEW)
        model = ScriptedModel(world, FEW, deaf=deaf)
        return cls(world, model, make_agent(world, model))

    def evolution(
        self,
        folder: Path,
        aim: TuningGoal,
        price: Callable[[Usage], float | None] = lambda _: None,
    ) -> PromptTuning:
        agent = replace(self.agent, price=price)
        cases = [asked.case for asked in self.world.values()]
        return PromptTuning(agent, cases, folder, "s", lambda _: ASKER, self.model, price, aim)
