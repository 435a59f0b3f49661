"""One evolution from its first answer to its verdict."""

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
from bot.core.types import Language, QuestionId, Usage
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
from bot.prompt_tuning.split import CaseSplit, three_parts
from knowledge.model.types import Principal

StopReason = Literal["rounds", "budget", "interrupted"]
"""Why no more candidates were tried."""


@dataclass(frozen=True, slots=True)
class TuningGoal:
    """What an evolution is to reach, and with what.

    Attributes:
        accuracy: Wanted share of right answers among those given.
        budget_usd: Most money; None where the price is not known.
        runs: Most runs of cases; None: as many as the money allows.
        live: Test the best prompt with the real tools.
        parallel: How many cases are worked on at a time.
    """

    accuracy: float = 0.9
    budget_usd: float | None = None
    runs: int | None = None
    live: bool = False
    parallel: int = 4


@dataclass(frozen=True, slots=True)
class TuningResult:
    """What came of an evolution.

    Attributes:
        best: The best texts, those of the beginning where nothing was better.
        gain: On the untouched cases; None where they were not answered.
        left_out: Cases whose words do not tell right from wrong.
        spent_usd: None where nobody knows the price.
    """

    algorithm: str
    stopped: StopReason
    seed: Mapping[Language, str]
    best: Mapping[Language, str]
    generations: Sequence[TuningGeneration]
    gain: Gain | None
    parts: CaseSplit
    left_out: int
    spent_usd: float | None
    runs: int
    writings: int
    rejected: Mapping[str, int]

    @property
    def changed(self) -> bool:
        """Whether there is another prompt to look at."""
        return dict(self.best) != dict(self.seed)

    @property
    def proven(self) -> bool:
        """Whether the untouched cases prove that it is better."""
        return self.changed and self.gain is not None and self.gain.proven


@dataclass
class PromptTuning:
    """Everything that an evolution needs.

    Attributes:
        agent: Whose prompt is to be improved.
        cases: With or without words that tell right from wrong; the latter are left out.
        folder: Where answers, evidence and texts are kept, so that it can go on.
        system: Names what answers depend on, beside the prompt.
        reader: Who asks a case.
        model: Writes.
        price: What its tokens cost.
        told: Called with the bench whenever something has happened.
        ended: Called with what there is when it is broken off.
    """

    agent: Agent
    cases: Sequence[Case]
    folder: Path
    system: str
    reader: Callable[[Case], Principal]
    model: ChatModel
    price: Callable[[Usage], float | None]
    aim: TuningGoal
    told: Callable[[TuningBench], None] = lambda _: None
    ended: Callable[[TuningResult], object] = lambda _: None
    _parts: CaseSplit = field(init=False)

    def __post_init__(self) -> None:
        self._usable = [case for case in self.cases if not case.answerable or case.has_reference]
        self._parts = three_parts(self._usable)

    async def run(self, optimiser: Optimiser) -> TuningResult:
        """Answer the cases, let *optimiser* try candidates, and test the best.

        Broken off (`asyncio.CancelledError`), it tells `ended` of the best so far.

        Raises:
            BotError: the budget does not reach for a beginning, or the model fails.
        """
        bench = self._bench()
        try:
            await bench.begin()
        except BudgetUsedUpError as error:
            raise BotError(self._too_little(bench)) from error
        bench.private = private_text(self._parts.all, bench.evidence)
        stopped: StopReason = "rounds"
        try:
            await optimiser.improve(bench.seed, bench)
        except BudgetUsedUpError:
            stopped = "budget"
        except asyncio.CancelledError:
            self.ended(self._outcome(bench, optimiser, "interrupted", None))
            raise
        return self._outcome(bench, optimiser, stopped, await self._tested(bench))

    async def _tested(self, bench: TuningBench) -> Gain | None:
        if not bench.changed:
            return None
        try:
            before, after = await bench.test(live=self.aim.live)
        except BudgetUsedUpError:
            return None
        return gain(before, after, live=self.aim.live)

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
            parts=self._parts,
            left_out=len(self.cases) - len(self._usable),
            spent_usd=bench.budget.cost_usd,
            runs=bench.budget.runs,
            writings=bench.budget.writings,
            rejected=dict(bench.rejected),
        )

    def _bench(self) -> TuningBench:
        budget = TuningBudget(self.aim.budget_usd, self.aim.runs)
        objective = Objective(self.aim.accuracy)
        seed = dict(self.agent.prompt.system)
        writer = PromptRewriter(
            self.model, self.price, budget, self.folder / "texts", objective.wrong_costs
        )
        return TuningBench(
            agent=self.agent,
            parts=self._parts,
            seed=seed,
            budget=budget,
            objective=objective,
            writer=writer,
            contracts=contracts(seed),
            evidence=FrozenEvidence(self.folder / "evidence"),
            folder=self.folder / "answers",
            reader=self.reader,
            system=self.system,
            parallel=self.aim.parallel,
            told=self.told,
        )

    def _too_little(self, bench: TuningBench) -> str:
        cases, test = len(self._parts.all), len(self._parts.test)
        needed = cases + test
        plan = (
            f"{cases} cases have to be answered once before anything can be tried, and {test} of "
            "them once more for the test"
        )
        if self.aim.runs is not None and self.aim.runs <= needed:
            return f"{plan}: give more than {needed} runs, or fewer cases."
        cost = bench.budget.mean_usd * needed
        return f"{plan}, for about ${cost:.2f}: give a larger --budget, or fewer cases."


def private_text(cases: Iterable[Case], evidence: FrozenEvidence) -> LeakedTexts:
    """Return what prompts must not tell of *cases*, and of the passages found for them."""
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
    """Return what any prompt may say: the texts that come with the program."""
    prompts = [Prompt.load(strategy) for strategy in STRATEGIES]
    return [
        text
        for prompt in prompts
        for part in (prompt.system, prompt.frame, prompt.examples)
        for text in (part.get(language, "") for language in LANGUAGES)
        if text
    ]


def tuning_key(*parts: object) -> str:
    """Return six hexadecimal digits that name everything that an evolution depends on."""
    written = json.dumps([str(part) for part in parts])
    return hashlib.sha256(written.encode()).hexdigest()[:6]
