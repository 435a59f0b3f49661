"""The test bench of candidates: frozen evidence, a budget, and a store of all answers."""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import TypeVar

from bot.agent.agent import Agent
from bot.agent.tool import Tool
from bot.core.errors import ModelUnavailableError
from bot.core.language import Language
from bot.core.types import Answer
from bot.evaluation.cases import Case
from bot.evaluation.runner import AnswerCache, answer_case
from bot.prompt_tuning.budget import TuningBudget
from bot.prompt_tuning.contract import PromptContract
from bot.prompt_tuning.frozen_evidence import FrozenEvidence, Recording, Replaying
from bot.prompt_tuning.leakage import LeakedTexts
from bot.prompt_tuning.objective import Objective, PromptTrial
from bot.prompt_tuning.rewriter import PromptRewriter
from bot.prompt_tuning.split import CaseSplit, component_of
from knowledge.model.types import Principal

T = TypeVar("T")

CHUNK = 2
"""The remaining money is divided by this many times the number of cases in work."""

_FEWEST_TO_BLAME_THE_MODEL = 3


@dataclass(frozen=True, slots=True)
class TuningGeneration:
    """The state after a generation of candidates.

    Attributes:
        score: Score of the best candidate on the cases to choose by.
        tune_score: Best score of the generation on the cases to improve on; None if unknown.
    """

    number: int
    score: float
    tune_score: float | None
    spent_usd: float
    runs: int


@dataclass
class TuningBench:
    """Answers cases with candidates, has texts written, and keeps the best one of each language.

    Attributes:
        agent: The agent that answers; candidates replace its system texts.
        seed: The texts at the start.
        private: Texts that candidates must not repeat; None until the evidence is there.
        system: Identifies everything else that answers depend on.
        on_progress: Called after each change that is worth showing.
        rejected: Number of rejected texts, by reason.
    """

    agent: Agent
    split: CaseSplit
    seed: Mapping[Language, str]
    budget: TuningBudget
    objective: Objective
    writer: PromptRewriter
    contracts: Mapping[Language, PromptContract]
    evidence: FrozenEvidence
    folder: Path
    reader: Callable[[Case], Principal]
    system: str
    parallel: int = 4
    private: LeakedTexts | None = None
    on_progress: Callable[["TuningBench"], None] = lambda _: None
    best: dict[Language, str] = field(default_factory=dict)
    generations: list[TuningGeneration] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    _scores: dict[Language, float] = field(default_factory=dict)
    _trials: dict[tuple[str, str, bool], PromptTrial] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.best = dict(self.seed)

    # What an optimiser may use.

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages with cases to improve on and to choose by.

        Texts of other languages stay as they are.
        """
        tune, select = (set(map(component_of, part)) for part in self.split[:2])
        return tuple(language for language in self.seed if language in tune & select)

    @property
    def tune(self) -> Sequence[Case]:
        return self.split.tune

    @property
    def select(self) -> Sequence[Case]:
        return self.split.select

    async def trials(
        self, candidate: Mapping[Language, str], cases: Sequence[Case]
    ) -> list[PromptTrial]:
        return await self._answered(candidate, cases, self._frozen_tools, live=False)

    async def rewritten(
        self, language: Language, texts: Sequence[str], trials: Sequence[PromptTrial]
    ) -> str | None:
        lessons = [trial.lesson(language) for trial in trials]
        longest, reason = self.contracts[language].longest, ""
        for _ in range(2):
            text = await self.writer.write(language, texts, lessons, longest, refused=reason)
            kind, reason = self._refusal(language, text)
            if not reason:
                return text
            self.rejected[kind] += 1
        return None

    async def choose(self, candidate: Mapping[Language, str]) -> float:
        for language in self.languages:
            if candidate[language] in {self.best[language], self.seed[language]}:
                continue
            cases = [case for case in self.select if component_of(case) == language]
            score = mean_score(await self.trials(candidate, cases))
            if score > self._scores[language]:
                self._scores[language] = score
                self.best[language] = candidate[language]
                self.on_progress(self)
        return mean_score(await self.trials(self.best, self.select))

    async def end_generation(self, tune_score: float | None = None) -> None:
        score = mean_score(await self.trials(self.best, self.select))
        spent, runs = self.budget.spent_usd, self.budget.runs
        number = len(self.generations)
        self.generations.append(TuningGeneration(number, score, tune_score, spent, runs))
        self.on_progress(self)

    # The frame around an optimiser.

    async def begin(self) -> None:
        """Answer every case with the present prompt and the real tools, and store their results.

        Raises:
            BudgetUsedUpError: not even that fits the budget.
            ModelUnavailableError: the model fails.
        """
        tools = [Recording(tool, self.evidence) for tool in self.agent.tools]
        await self._answered(self.seed, self.split.all[:1], tools, live=False)
        self.budget.expect(len(self.split.all) - 1 + len(self.split.test))
        await self._answered(self.seed, self.split.all, tools, live=False)
        for language in self.languages:
            cases = [case for case in self.select if component_of(case) == language]
            self._scores[language] = mean_score(await self.trials(self.seed, cases))
        self.budget.set_aside(len(self.split.test))
        await self.end_generation(mean_score(await self.trials(self.seed, self.tune)))

    async def test(self, *, live: bool) -> tuple[list[PromptTrial], list[PromptTrial]]:
        """Answer the test cases with the first prompt and with the best one.

        Args:
            live: Whether to use the real tools instead of the frozen evidence.
        """
        self.budget.release()
        before = await self.trials(self.seed, self.split.test)
        tools = self.agent.tools if live else self._frozen_tools
        return before, await self._answered(self.best, self.split.test, tools, live=live)

    @property
    def changed(self) -> bool:
        """Whether the best prompt differs from the first one."""
        return self.best != dict(self.seed)

    @property
    def _frozen_tools(self) -> Sequence[Tool]:
        return [Replaying(tool, self.evidence) for tool in self.agent.tools]

    def _refusal(self, language: Language, text: str) -> tuple[str, str]:
        """Return why *text* is rejected: a kind to count, and a reason for the writer."""
        problem = self.contracts[language].problem(text)
        if problem:
            return "contract", problem
        assert self.private is not None, "candidates are written after the evidence is stored"
        leaks = self.private.find(text)
        if leaks:
            found = ", ".join(f"{leak.kind} ({leak.text})" for leak in leaks)
            return f"leak:{leaks[0].kind}", f"it repeats text of the cases: {found}"
        return "", ""

    async def _answered(
        self,
        candidate: Mapping[Language, str],
        cases: Sequence[Case],
        tools: Sequence[Tool],
        *,
        live: bool,
    ) -> list[PromptTrial]:
        def key(case: Case) -> tuple[str, str, bool]:
            text = candidate[component_of(case)]
            return text, case.id, live and text != self.seed[component_of(case)]

        missing = list(
            {key(case): case for case in cases if key(case) not in self._trials}.values()
        )
        self.budget.expect(len(missing))
        size = CHUNK * self.parallel
        for start in range(0, len(missing), size):
            chunk = missing[start : start + size]
            most = self.budget.allow(len(chunk))
            agent = self._agent(candidate, tools, most)
            answers = await self._together(agent, candidate, chunk, live=live)
            for case, answer in zip(chunk, answers, strict=True):
                self.budget.ran(self.agent.price(answer.usage))
                prompt = candidate[component_of(case)]
                self._trials[key(case)] = self.objective.trial(case, answer, prompt)
            self.on_progress(self)
            _check_the_model(answers)
        return [self._trials[key(case)] for case in cases]

    async def _together(
        self,
        agent: Agent,
        candidate: Mapping[Language, str],
        cases: Sequence[Case],
        *,
        live: bool,
    ) -> list[Answer]:
        waiting = asyncio.Semaphore(self.parallel)

        async def one(case: Case) -> Answer:
            text = candidate[component_of(case)]
            tried = hashlib.sha256(text.encode()).hexdigest()
            answers = AnswerCache(self.folder, json.dumps([self.system, tried, live]))
            found = answers.find(case)
            if found is None:
                async with waiting:
                    found = await answer_case(agent, case, self.reader(case))
                if found.status != "failed":
                    answers.keep(case, found)
            return found

        return await together([one(case) for case in cases])

    def _agent(
        self, candidate: Mapping[Language, str], tools: Sequence[Tool], most_usd: float | None
    ) -> Agent:
        limits = self.agent.limits
        if most_usd is not None:
            limits = replace(limits, cost_usd=min(limits.cost_usd, most_usd))
        prompt = replace(self.agent.prompt, system=dict(candidate))
        return replace(self.agent, prompt=prompt, tools=tools, limits=limits)


def mean_score(trials: Sequence[PromptTrial]) -> float:
    """Return the mean score of *trials*, 0 for none."""
    return fmean(trial.score for trial in trials) if trials else 0.0


async def together(works: Sequence[Awaitable[T]]) -> list[T]:
    """Await all *works* concurrently, each to its end; then raise the first failure, if any."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done = await asyncio.gather(*tasks, return_exceptions=True)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        raise
    for result in done:
        if isinstance(result, BaseException):
            raise result
    return [result for result in done if not isinstance(result, BaseException)]


def _check_the_model(answers: Sequence[Answer]) -> None:
    """Raise an error if all calls failed: scores of a model that is down are meaningless."""
    failed = [answer for answer in answers if answer.status == "failed"]
    if len(failed) == len(answers) >= _FEWEST_TO_BLAME_THE_MODEL:
        raise ModelUnavailableError(
            f"The model does not answer any more ({failed[0].text}). All answers are stored: the "
            "same command continues."
        )
