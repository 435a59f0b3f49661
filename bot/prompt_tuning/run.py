"""A tuning run, from its first answer to its verdict."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bot.agent.agent import Agent
from bot.agent.chat_model import ChatModel
from bot.agent.prompt import LANGUAGES, STRATEGIES, Prompt
from bot.core.errors import BotError
from bot.core.language import Language
from bot.core.types import QuestionId, Usage
from bot.evaluation.cases import Case
from bot.prompt_tuning.bench import TuningBench, TuningGeneration
from bot.prompt_tuning.budget import BudgetUsedUpError, TuningBudget
from bot.prompt_tuning.contract import contracts
from bot.prompt_tuning.frozen_evidence import FrozenEvidence
from bot.prompt_tuning.gain import Gain, gain
from bot.prompt_tuning.leakage import LeakedTexts
from bot.prompt_tuning.objective import Objective
from bot.prompt_tuning.optimiser import Optimiser
from bot.prompt_tuning.rewriter import PromptRewriter
from bot.prompt_tuning.split import CaseSplit, split_cases
from knowledge.model.types import Principal

StopReason = Literal["rounds", "budget", "interrupted"]
"""Why the run ended."""


@dataclass(frozen=True, slots=True)
class TuningGoal:
    """The goal and the limits of a tuning run.

    Attributes:
        accuracy: Wanted share of right answers among those given.
        budget_usd: Limit in US dollars; None if the price is unknown.
        runs: Limit of case runs; None for no limit but the money.
        live: Whether to test the best prompt with the real tools.
        parallel: Number of cases in work at the same time.
    """

    accuracy: float = 0.9
    budget_usd: float | None = None
    runs: int | None = None
    live: bool = False
    parallel: int = 4


@dataclass(frozen=True, slots=True)
class TuningResult:
    """The result of a tuning run.

    Attributes:
        best: The best texts; the first ones if nothing was better.
        gain: The gain on the test cases; None if they were not answered.
        left_out: Number of cases without a reference to judge by.
        spent_usd: None if the price is unknown.
    """

    algorithm: str
    stopped: StopReason
    seed: Mapping[Language, str]
    best: Mapping[Language, str]
    generations: Sequence[TuningGeneration]
    gain: Gain | None
    split: CaseSplit
    left_out: int
    spent_usd: float | None
    runs: int
    writings: int
    rejected: Mapping[str, int]

    @property
    def changed(self) -> bool:
        """Whether there is a new prompt."""
        return dict(self.best) != dict(self.seed)

    @property
    def proven(self) -> bool:
        """Whether the test cases prove that the new prompt is better."""
        return self.changed and self.gain is not None and self.gain.proven


@dataclass
class PromptTuning:
    """A tuning run.

    Attributes:
        agent: The agent whose prompt is tuned.
        cases: The cases; those without a reference to judge by are left out.
        folder: Folder of answers, evidence and texts, from which a run can continue.
        system: Identifies what answers depend on, besides the prompt.
        reader: Returns who asks a case.
        model: The writing model.
        price: Returns the cost of the writing model's tokens in US dollars, None if unknown.
        on_progress: Called with the bench after each change.
        on_interrupt: Called with the result so far when the run is cancelled.
    """

    agent: Agent
    cases: Sequence[Case]
    folder: Path
    system: str
    reader: Callable[[Case], Principal]
    model: ChatModel
    price: Callable[[Usage], float | None]
    goal: TuningGoal
    on_progress: Callable[[TuningBench], None] = lambda _: None
    on_interrupt: Callable[[TuningResult], object] = lambda _: None
    _split: CaseSplit = field(init=False)

    def __post_init__(self) -> None:
        self._usable = [case for case in self.cases if not case.answerable or case.has_reference]
        self._split = split_cases(self._usable)

    async def run(self, optimiser: Optimiser) -> TuningResult:
        """Answer the cases, let *optimiser* try candidates, and test the best.

        When cancelled, it passes the result so far to `on_interrupt`.

        Raises:
            BotError: the budget is too small to start, or the model fails.
        """
        bench = self._bench()
        try:
            await bench.begin()
        except BudgetUsedUpError as error:
            raise BotError(self._too_little(bench)) from error
        bench.private = private_text(self._split.all, bench.evidence)
        stopped: StopReason = "rounds"
        try:
            await optimiser.improve(bench.seed, bench)
        except BudgetUsedUpError:
            stopped = "budget"
        except asyncio.CancelledError:
            self.on_interrupt(self._outcome(bench, optimiser, "interrupted", None))
            raise
        return self._outcome(bench, optimiser, stopped, await self._tested(bench))

    async def _tested(self, bench: TuningBench) -> Gain | None:
        if not bench.changed:
            return None
        try:
            before, after = await bench.test(live=self.goal.live)
        except BudgetUsedUpError:
            return None
        return gain(before, after, live=self.goal.live)

    def _outcome(
        self, bench: TuningBench, optimiser: Optimiser, stopped: StopReason, found: Gain | None
    ) -> TuningResult:
        return TuningResult(
            algorithm=optimiser.name,
            stopped=stopped,
            seed=dict(bench.seed),
            best=dict(bench.best),
            generations=tuple(bench.generations),
            gain=found,
            split=self._split,
            left_out=len(self.cases) - len(self._usable),
            spent_usd=bench.budget.cost_usd,
            runs=bench.budget.runs,
            writings=bench.budget.writings,
            rejected=dict(bench.rejected),
        )

    def _bench(self) -> TuningBench:
        budget = TuningBudget(self.goal.budget_usd, self.goal.runs)
        objective = Objective(self.goal.accuracy)
        seed = dict(self.agent.prompt.system)
        writer = PromptRewriter(
            self.model, self.price, budget, self.folder / "texts", objective.wrong_costs
        )
        return TuningBench(
            agent=self.agent,
            split=self._split,
            seed=seed,
            budget=budget,
            objective=objective,
            writer=writer,
            contracts=contracts(seed),
            evidence=FrozenEvidence(self.folder / "evidence"),
            folder=self.folder / "answers",
            reader=self.reader,
            system=self.system,
            parallel=self.goal.parallel,
            on_progress=self.on_progress,
        )

    def _too_little(self, bench: TuningBench) -> str:
        cases, test = len(self._split.all), len(self._split.test)
        needed = cases + test
        plan = (
            f"{cases} cases have to be answered once before anything can be tried, and {test} of "
            "them once more for the test"
        )
        if self.goal.runs is not None and self.goal.runs <= needed:
            return f"{plan}: give more than {needed} runs, or fewer cases."
        cost = bench.budget.mean_usd * needed
        return f"{plan}, for about ${cost:.2f}: give a larger --budget, or fewer cases."


def private_text(cases: Iterable[Case], evidence: FrozenEvidence) -> LeakedTexts:
    """Return the texts of *cases* and their passages that prompts must not repeat."""
    cases = list(cases)
    passages = [
        passage for case in cases for passage in evidence.passages(QuestionId(f"case:{case.id}"))
    ]
    said = [turn for case in cases for turn in case.history]
    answers = [
        text for case in cases for text in (*case.answers, *case.must_include, *case.must_not)
    ]
    return LeakedTexts(
        [
            *{f"{item.title}\n{chr(10).join(item.headings)}\n{item.text}" for item in passages},
            *(turn.answer for turn in said),
            *answers,
        ],
        public_texts(),
        answers=answers,
        questions=[*(case.question for case in cases), *(turn.question for turn in said)],
        names={item.owner for item in passages if item.owner},
    )


def public_texts() -> list[str]:
    """Return the texts that any prompt may contain: those that come with the program."""
    prompts = [Prompt.load(strategy) for strategy in STRATEGIES]
    return [
        text
        for prompt in prompts
        for part in (prompt.system, prompt.frame, prompt.examples)
        for text in (part.get(language, "") for language in LANGUAGES)
        if text
    ]


def tuning_key(*parts: object) -> str:
    """Return six hexadecimal digits that identify everything that a tuning run depends on."""
    written = json.dumps([str(part) for part in parts])
    return hashlib.sha256(written.encode()).hexdigest()[:6]
