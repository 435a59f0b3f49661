"""A genetic algorithm in which a model does crossover and mutation.

Each language has its own population, because a case is answered with one text only. Parents are
selected by tournament; a child combines two of them, or changes one, in view of their failed cases.
Children are tried by successive halving (Karnin et al., 2013): all of them on a few cases, the
better half on twice as many, and so on; the remaining ones on all cases. The best of old and new
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.language import Language
from bot.evaluation.cases import Case
from bot.prompt_tuning.bench import TuningBench, mean_score, together
from bot.prompt_tuning.objective import PromptTrial
from bot.prompt_tuning.split import component_of


@dataclass(frozen=True, slots=True)
class Individual:
    """A text with its trials on all cases of its language."""

    text: str
    trials: tuple[PromptTrial, ...]

    @property
    def fitness(self) -> float:
        """Its mean score."""
        return mean_score(self.trials)

    @property
    def failed(self) -> list[PromptTrial]:
        """The cases that it fails."""
        return [trial for trial in self.trials if not trial.good]


@dataclass(frozen=True, slots=True)
class Genetic:
    """Evolves populations of prompts.

    Attributes:
        seed: Seed of all random choices.
        generations: Limit of generations.
        population: Number of texts per language, and of children per generation.
        tournament: Tournament size.
        minibatch: Number of cases on which children are tried first.
        crossover: Share of children with two parents.
        lessons: Number of failed cases that the writing model sees.
        survivors: Number of children that are tried on all cases.
    """

    seed: int = 0
    generations: int = 10
    population: int = 6
    tournament: int = 3
    minibatch: int = 4
    crossover: float = 0.4
    lessons: int = 4
    survivors: int = 2

    @property
    def name(self) -> str:
        return "genetic"

    async def improve(self, seed: Mapping[Language, str], bench: TuningBench) -> None:
        chance = random.Random(self.seed)  # noqa: S311 - a repeatable choice, no secret
        texts = dict(seed)
        cases = {
            language: [case for case in bench.tune if component_of(case) == language]
            for language in bench.languages
        }
        herds = {
            language: [await self._grown(bench, texts, language, texts[language], cases[language])]
            for language in bench.languages
        }
        for _ in range(self.generations):
            for language, herd in herds.items():
                children = await self._children(bench, language, herd, chance)
                order = chance.sample(cases[language], len(cases[language]))
                left = await self._halved(bench, texts, language, children, order)
                grown = [
                    await self._grown(bench, texts, language, text, cases[language])
                    for text in left
                ]
                ranked = sorted([*herd, *grown], key=lambda one: one.fitness, reverse=True)
                herds[language] = ranked[: self.population]
                await bench.choose({**texts, language: ranked[0].text})
            best = {language: herd[0].text for language, herd in herds.items()}
            await bench.end_generation(mean_score(await bench.trials(texts | best, bench.tune)))

    async def _children(
        self,
        bench: TuningBench,
        language: Language,
        herd: Sequence[Individual],
        chance: random.Random,
    ) -> list[str]:
        """Have children written; rejected ones and copies are dropped."""
        orders = [self._order(herd, chance) for _ in range(self.population)]
        written = await together(
            [bench.rewritten(language, texts, trials) for texts, trials in orders]
        )
        known = {one.text for one in herd}
        return [text for text in dict.fromkeys(written) if text and text not in known]

    def _order(
        self, herd: Sequence[Individual], chance: random.Random
    ) -> tuple[list[str], list[PromptTrial]]:
        """Choose the parents of a child, and the failures to fix."""
        parents = [self._drawn(herd, chance)]
        if chance.random() < self.crossover and len(herd) > 1:
            others = [one for one in herd if one is not parents[0]]
            parents.append(self._drawn(others, chance))
        failed = {trial.case.id: trial for one in parents for trial in one.failed}
        shown = chance.sample(list(failed.values()), min(self.lessons, len(failed)))
        return [one.text for one in parents], shown

    def _drawn(self, herd: Sequence[Individual], chance: random.Random) -> Individual:
        drawn = chance.sample(herd, min(self.tournament, len(herd)))
        return max(drawn, key=lambda one: one.fitness)

    async def _halved(
        self,
        bench: TuningBench,
        texts: Mapping[Language, str],
        language: Language,
        children: Sequence[str],
        cases: Sequence[Case],
    ) -> list[str]:
        """Return the children that remain after successive halving."""
        left, size = list(children), self.minibatch
        while len(left) > self.survivors and size < len(cases):
            scores = {
                text: mean_score(await bench.trials({**texts, language: text}, cases[:size]))
                for text in left
            }
            left.sort(key=scores.__getitem__, reverse=True)
            left = left[: max(self.survivors, len(left) // 2)]
            size *= 2
        return left[: self.survivors]

    async def _grown(
        self,
        bench: TuningBench,
        texts: Mapping[Language, str],
        language: Language,
        text: str,
        cases: Sequence[Case],
    ) -> Individual:
        return Individual(text, tuple(await bench.trials({**texts, language: text}, cases)))
