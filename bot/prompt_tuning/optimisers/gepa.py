"""GEPA (Agrawal et al., 2025, arXiv 2507.19457), by the package `gepa` (extra of that name).

It changes one text at a time in view of a few cases, keeps a change that is better on them, and
draws parents from the Pareto front over the cases to choose by. It gets no folder, because its
state would be a pickle: a continued run starts again with the same seed, and stored answers make
that free.
"""

import asyncio
import itertools
import random
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from bot.core.errors import SettingsError
from bot.core.language import Language
from bot.evaluation.cases import Case
from bot.prompt_tuning.bench import TuningBench
from bot.prompt_tuning.objective import RIGHT_HANDOFF, PromptTrial
from bot.prompt_tuning.split import component_of

if TYPE_CHECKING:
    from gepa.core.adapter import EvaluationBatch

T = TypeVar("T")

GOOD_ENOUGH = RIGHT_HANDOFF / 2
"""Scores from here on are good outcomes: a batch of those teaches nothing."""


class _Halt(BaseException):
    """Ends the package's loop, which continues after any `Exception`."""


@dataclass(frozen=True, slots=True)
class Gepa:
    """Improves prompts by reflection on a Pareto front.

    Attributes:
        seed: Seed of all random choices.
        generations: Limit of generations, each of *population* proposals per language.
        population: Proposals per generation and language.
        minibatch: Number of cases that a proposal is made from and tried on.
    """

    seed: int = 0
    generations: int = 10
    population: int = 6
    minibatch: int = 4

    @property
    def name(self) -> str:
        return "gepa"

    async def improve(self, seed: Mapping[Language, str], bench: TuningBench) -> None:
        try:
            from gepa.api import optimize
        except ImportError:
            raise SettingsError("Install the extra: pip install 'kotae[gepa]'") from None
        proposals = self.population * max(len(bench.languages), 1)
        bridge = _Bridge(bench, asyncio.get_running_loop(), proposals, self.generations)
        own = [case for case in bench.tune if component_of(case) in bench.languages]

        def run() -> None:
            with suppress(_Halt):
                optimize(
                    seed_candidate={str(language): text for language, text in seed.items()},
                    trainset=own,
                    valset=list(bench.select),
                    adapter=bridge,
                    module_selector=bridge.component,
                    batch_sampler=_Batches(own, self.minibatch, self.seed),
                    perfect_score=GOOD_ENOUGH,
                    stop_callbacks=bridge.is_over,
                    callbacks=[cast(Any, bridge)],  # the missing methods are never called
                    logger=bridge,
                    seed=self.seed,
                )

        try:
            await asyncio.to_thread(run)
        finally:
            bridge.halt()
        if bridge.failure is not None:
            raise bridge.failure


class _Batches:
    """Draws batches of one language, in turn, each case once before any is repeated.

    In a mixed batch, only a part would show whether a new text is better.
    """

    def __init__(self, cases: Sequence[Case], size: int, seed: int) -> None:
        self._size = size
        self._chance = random.Random(seed)  # noqa: S311 - a repeatable choice, no secret
        places: dict[Language, list[int]] = {}
        for place, case in enumerate(cases):
            places.setdefault(component_of(case), []).append(place)
        self._turns = itertools.cycle(places.values())
        self._left: dict[int, list[int]] = {}

    def next_minibatch_ids(self, loader: object, state: object) -> list[int]:  # noqa: ARG002
        """Return the positions of the next batch's cases."""
        places = next(self._turns)
        left = self._left.setdefault(id(places), [])
        if len(left) < min(self._size, len(places)):
            left[:] = self._chance.sample(places, len(places))
        batch = left[: self._size]
        del left[: self._size]
        return batch


@dataclass
class _Bridge:
    """The package's adapter: it runs in a thread of its own, and the bench in the event loop."""

    bench: TuningBench
    loop: asyncio.AbstractEventLoop
    proposals: int
    generations: int
    failure: BaseException | None = None
    propose_new_texts: Any = None
    _iterations: int = 0
    _halted: bool = False
    _working: "Future[Any] | None" = field(default=None)

    def __post_init__(self) -> None:
        self.propose_new_texts = self._proposed

    def evaluate(
        self,
        batch: list[Case],
        candidate: dict[str, str],
        capture_traces: bool = False,  # noqa: FBT001, FBT002 - the package's
    ) -> "EvaluationBatch[PromptTrial, PromptTrial]":
        """Answer *batch* with *candidate*."""
        from gepa.core.adapter import EvaluationBatch

        trials = self._wait(self.bench.trials(_texts(candidate), batch))
        scores = [trial.score for trial in trials]
        return EvaluationBatch(trials, scores, trials if capture_traces else None)

    def make_reflective_dataset(
        self,
        _candidate: dict[str, str],
        evaluated: "EvaluationBatch[PromptTrial, PromptTrial]",
        components: list[str],
    ) -> dict[str, list[dict[str, Any]]]:
        """Return the failed cases of each of *components*."""
        failed = [trial for trial in evaluated.trajectories or () if not trial.good]
        return {
            name: [{"trial": trial} for trial in failed if component_of(trial.case) == name]
            for name in components
        }

    def component(
        self,
        state: object,  # noqa: ARG002 - the package's names
        trajectories: list[Any],
        subsample_scores: list[float],  # noqa: ARG002
        candidate_idx: int,  # noqa: ARG002
        candidate: dict[str, str],  # noqa: ARG002
    ) -> list[str]:
        """Choose the language of the batch."""
        return [component_of(trajectories[0].case)]

    def is_over(self, gepa_state: object) -> bool:  # noqa: ARG002 - the package's name
        """Tell whether the limit of proposals is reached."""
        return self._halted or self._iterations >= self.proposals * self.generations

    def on_valset_evaluated(self, event: Mapping[str, Any]) -> None:
        """Choose the best candidate by its score on the cases to choose by."""
        self._wait(self.bench.choose(_texts(event["candidate"])))

    def on_iteration_end(self, _: object) -> None:
        """Count the proposal, and note each full generation."""
        self._iterations += 1
        if self._iterations % self.proposals == 0:
            self._wait(self.bench.end_generation())

    def log(self, _: str) -> None:
        """Drop the message: it may quote cases."""

    def halt(self) -> None:
        """End the thread at its next step, and cancel the current step."""
        self._halted = True
        if self._working is not None:
            self._working.cancel()

    def _proposed(
        self,
        candidate: dict[str, str],
        lessons: Mapping[str, Sequence[Mapping[str, Any]]],
        components: list[str],
    ) -> dict[str, str]:
        found = dict[str, str]()
        for language, text in _texts(candidate).items():
            if language in components:
                trials = [row["trial"] for row in lessons[language]]
                written = self._wait(self.bench.rewritten(language, [text], trials))
                found[language] = written or text
        return found

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run *work* in the event loop; an exception ends the run."""
        if self._halted:
            work.close()
            raise _Halt
        self._working = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            result: T = self._working.result()
        except BaseException as error:
            self.failure, self._halted = error, True
            raise _Halt from error
        return result


def _texts(candidate: Mapping[str, str]) -> dict[Language, str]:
    return {language: candidate[language] for language in ("en", "ja") if language in candidate}
