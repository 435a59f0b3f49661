"""The contract of every optimiser, on real runs of the agent with a scripted model."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.agent.prompt import Prompt
from bot.agent.tool import ToolSpec
from bot.core.types import ChatMessage, ModelTurn, TextDelta
from bot.prompt_tuning.bench import TuningBench
from bot.prompt_tuning.optimiser import Optimiser
from bot.prompt_tuning.optimisers.genetic import Genetic
from bot.prompt_tuning.optimisers.gepa import Gepa
from bot.prompt_tuning.rewriter import HAND_IN
from bot.prompt_tuning.run import TuningGoal, TuningResult
from bot.prompt_tuning.split import component_of
from tests.support.prompt_world import WorldModel, WorldSearch
from tests.support.tuning_world import FEW, TuningWorld, cents

OPTIMISERS = [Genetic(seed=1, generations=3), Gepa(seed=1, generations=3)]

pytestmark = pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda one: one.name)


@dataclass
class Watched(WorldModel):
    """Notes what it answers under other prompts than the first, and what it is told."""

    answered: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    async def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        if force == HAND_IN.name:
            self.told.append(messages[-1].text)
        elif messages[0].text not in Prompt.load().system.values():
            self.answered += [message.question for message in messages if message.question]
        async for part in super().stream(messages, tools, force=force):
            yield part


async def test_it_finds_rules_in_both_languages(optimiser: Optimiser, tmp_path: Path) -> None:
    """With textual feedback on failures, it gains on cases that it has never seen."""
    optimiser = replace(optimiser, generations=6)  # type: ignore[type-var]
    outcome = await TuningWorld.build().tuning(tmp_path, TuningGoal(runs=1_000)).run(optimiser)

    assert outcome.proven
    assert outcome.gain is not None
    assert outcome.gain.good.interval.low > 0
    assert all(outcome.best[language] != outcome.seed[language] for language in outcome.seed)
    scores = [generation.score for generation in outcome.generations]
    assert scores == sorted(scores)


async def test_the_same_seed_finds_the_same(optimiser: Optimiser, tmp_path: Path) -> None:
    first = await TuningWorld.build().tuning(tmp_path / "a", TuningGoal(runs=300)).run(optimiser)
    second = await TuningWorld.build().tuning(tmp_path / "b", TuningGoal(runs=300)).run(optimiser)

    assert (first.best, first.runs) == (second.best, second.runs)


async def test_no_more_is_run_than_allowed(optimiser: Optimiser, tmp_path: Path) -> None:
    """The cost of the final test is reserved."""
    outcome = await TuningWorld.build().tuning(tmp_path, TuningGoal(runs=170)).run(optimiser)

    assert outcome.stopped == "budget"
    assert outcome.runs <= 170
    assert outcome.gain is not None or not outcome.changed


async def test_no_more_money_is_spent_than_allowed(optimiser: Optimiser, tmp_path: Path) -> None:
    tuning_world = TuningWorld.build()
    outcome = await tuning_world.tuning(tmp_path, TuningGoal(budget_usd=1.0), cents).run(optimiser)

    assert outcome.stopped == "budget"
    assert outcome.spent_usd is not None
    assert 0.5 < outcome.spent_usd <= 1.0


async def test_an_interrupted_run_continues(optimiser: Optimiser, tmp_path: Path) -> None:
    """It reaches the same result, and asks nothing twice."""
    whole = (
        await TuningWorld.build().tuning(tmp_path / "whole", TuningGoal(runs=300)).run(optimiser)
    )
    tuning_world, ended = TuningWorld.build(), list[TuningResult]()
    tuning = tuning_world.tuning(tmp_path / "broken", TuningGoal(runs=300))
    tuning.on_interrupt = ended.append

    def interrupt(bench: TuningBench) -> None:
        if bench.budget.runs > 150:
            running.cancel()

    tuning.on_progress = interrupt
    running = asyncio.ensure_future(tuning.run(optimiser))
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended[0].stopped == "interrupted"
    assert ended[0].gain is None

    again = (
        await TuningWorld.build().tuning(tmp_path / "broken", TuningGoal(runs=300)).run(optimiser)
    )
    assert (again.best, again.runs) == (whole.best, whole.runs)


async def test_the_test_cases_are_not_looked_at(optimiser: Optimiser, tmp_path: Path) -> None:
    """Only the first and the last candidate answer test cases.

    The writing model never sees those, nor the cases to choose by.
    """
    tuning_world, answered, told = TuningWorld.build(), list[str](), list[str]()
    tuning_world.model = Watched(tuning_world.world, FEW, answered=answered, told=told)
    tuning_world.agent = replace(tuning_world.agent, model=tuning_world.model)
    tuning, before = tuning_world.tuning(tmp_path, TuningGoal(runs=300)), list[str]()

    def note(bench: TuningBench) -> None:
        if bench.budget.kept_runs:
            before[:] = answered

    tuning.on_progress = note
    outcome = await tuning.run(optimiser)
    test = {case.question for case in outcome.split.test}
    untold = test | {case.question for case in outcome.split.select}

    assert told
    assert not [text for text in told if any(question in text for question in untold)]
    assert before
    assert not test & set(before)


async def test_without_a_possible_gain_none_is_proven(optimiser: Optimiser, tmp_path: Path) -> None:
    """Chance makes some candidate look better on the cases to choose by; the test does not."""
    outcome = (
        await TuningWorld.build(random_only=True)
        .tuning(tmp_path, TuningGoal(runs=400))
        .run(optimiser)
    )

    assert not outcome.proven


async def test_a_text_that_repeats_the_cases_is_rejected(
    optimiser: Optimiser, tmp_path: Path
) -> None:
    """Here every other text repeats a question that the model saw."""
    tuning_world = TuningWorld.build()
    tuning_world.model.repeats = 0.5
    tried = set[str]()
    tuning = tuning_world.tuning(tmp_path, TuningGoal(runs=400))
    tuning.on_progress = lambda bench: tried.update(text for text, *_ in bench._trials)
    outcome = await tuning.run(optimiser)

    assert any(kind.startswith("leak:") for kind in outcome.rejected)
    assert not [text for text in tried if any(question in text for question in tuning_world.world)]


@pytest.mark.parametrize(
    "aim", [TuningGoal(runs=400), TuningGoal(runs=400, live=True)], ids=["frozen", "live"]
)
async def test_only_the_first_answers_search(
    optimiser: Optimiser, tmp_path: Path, aim: TuningGoal
) -> None:
    """Everything else is on frozen evidence; the last test searches, too, if that is wished."""
    tuning_world = TuningWorld.build()
    outcome = await tuning_world.tuning(tmp_path, aim).run(optimiser)
    (library,) = tuning_world.agent.tools
    assert isinstance(library, WorldSearch)

    assert outcome.changed
    tested = {language: text != outcome.seed[language] for language, text in outcome.best.items()}
    again = [case for case in outcome.split.test if tested[component_of(case)]]
    assert library.searches == len(tuning_world.world) + (len(again) if aim.live else 0)
