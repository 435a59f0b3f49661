"""Asks the cases of the sample documents without a model, and reports what people would see.

    python -m benchmarks.answers.samples
    python -m benchmarks.answers.samples cases.jsonl --show wrong

Every second case (by the hash of its id) is the tuning half; only the held-out half says how good
the bot is. A reply is right if the answer of the case stands in it, whether it is an answer or a
passage that was found. The AUROC compares the confidence in the best quotation, shown or not, with
whether the quotation is right.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.answers.cases import SAMPLES, is_held_out, open_samples, says_answer
from benchmarks.confidence.fit import auroc
from bot.agent.agent import Agent
from bot.agent.confidence import Weights
from bot.agent.prompt import Prompt
from bot.agent.run_limits import RunLimits
from bot.cli.context import SAMPLE_CASES, reader_named
from bot.core.types import Answer
from bot.evaluation.cases import Case, read_cases
from bot.evaluation.results import reference_verdict
from bot.evaluation.runner import answer_case
from bot.llm.extractive import ExtractiveModel
from bot.tools.search_knowledge import SearchKnowledge
from knowledge.base import KnowledgeBase


@dataclass(frozen=True)
class Asked:
    """A case with its reply, and with what the bot would have quoted in any case."""

    case: Case
    answer: Answer
    quoted: Answer
    passages: tuple[str, ...]

    @property
    def visible(self) -> bool:
        """Whether the right answer stands in the reply."""
        return says_answer(self.case, self.answer.text)

    @property
    def wrong(self) -> bool:
        """Whether it is an answer, and a wrong one."""
        shown = self.answer.status == "answered"
        return shown and reference_verdict(self.case, self.answer) is False

    @property
    def quoted_right(self) -> bool:
        return self.quoted.status == "answered" and bool(
            self.case.answerable and reference_verdict(self.case, self.quoted)
        )

    @property
    def held_out(self) -> bool:
        return is_held_out(self.case)


def agent_over(base: KnowledgeBase, *, always: bool = False) -> Agent:
    """Return the agent without a model; with *always* it quotes however unsure it is."""
    weights = Weights.load("extractive")
    if always:
        weights = replace(weights, shown_from=0.0)
    tools = (SearchKnowledge(base),)
    return Agent(ExtractiveModel(weights), tools, RunLimits(), Prompt.load(), lambda _: 0.0)


async def ask_all(base: KnowledgeBase, cases: Sequence[Case]) -> list[Asked]:
    asked = []
    for case in cases:
        reader = reader_named(case.reader)
        answer = await answer_case(agent_over(base), case, reader)
        quoted = await answer_case(agent_over(base, always=True), case, reader)
        found = [passage for step in answer.steps for passage in step.passages]
        asked.append(Asked(case, answer, quoted, tuple(dict.fromkeys(found))))
    return asked


def report(name: str, asked: Sequence[Asked]) -> None:
    answerable = [one for one in asked if one.case.answerable]
    others = [one for one in asked if not one.case.answerable]
    given = [one for one in asked if one.answer.status == "answered"]
    right = np.array([float(one.quoted_right) for one in asked])
    score = np.array([one.quoted.confidence or 0.0 for one in asked])
    print(
        f"{name:<14}{len(asked):>6}"
        f"{share(one.visible for one in answerable):>9}"
        f"{share(one.quoted_right for one in answerable):>9}"
        f"{share(one.answer.status == 'answered' for one in answerable):>10}"
        f"{share(not one.wrong for one in given):>8}"
        f"{share(one.wrong for one in asked):>8}"
        f"{share(one.answer.status == 'answered' for one in others):>8}"
        f"{share(one.answer.status == 'found' for one in asked):>8}"
        f"{auroc(score, right):>8.3f}"
    )


def share(values: object) -> str:
    known = list(values)  # type: ignore[call-overload] # an iterable of truth values
    return f"{100 * sum(known) / len(known):.1f} %" if known else "–"


def show(asked: Sequence[Asked], which: str) -> None:
    for one in asked:
        kinds = {
            "wrong": one.wrong,
            "unseen": one.case.answerable and not one.visible,
            "found": one.case.answerable and one.answer.status != "answered",
            "all": True,
        }
        if kinds[which]:
            case = one.case
            print(f"\n## {case.id} {case.question}  [{case.answers or case.must_include}]")
            print(f"   gold {case.gold_documents}; found {one.passages[:3]}")
            print(f"   {one.answer.status} {one.quoted.confidence}\n{one.answer.text}")
            print(f"   --- quoted: {one.quoted.text}\n   {dict(one.quoted.features)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("cases", nargs="?", type=Path, default=SAMPLE_CASES)
    parser.add_argument("--config", type=Path, default=SAMPLES, help="the documents")
    parser.add_argument("--folder", type=Path, help="keep the index here")
    parser.add_argument("--show", choices=("wrong", "unseen", "found", "all"))
    parser.add_argument("--all", action="store_true", help="show held-out cases as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        base = asyncio.run(open_samples(options.folder or Path(name), options.config))
        asked = asyncio.run(ask_all(base, read_cases(options.cases)))
    print(
        f"{'':<14}{'cases':>6}{'visible':>9}{'quoted':>9}{'answered':>10}{'right':>8}{'wrong':>8}"
        f"{'misses':>8}{'found':>8}{'AUROC':>8}"
    )
    report("all", asked)
    report("tuning", [one for one in asked if not one.held_out])
    report("held out", [one for one in asked if one.held_out])
    for language in ("ja", "en"):
        report(language, [one for one in asked if one.case.language == language])
    if options.show:
        show([one for one in asked if options.all or not one.held_out], options.show)


if __name__ == "__main__":
    main()
