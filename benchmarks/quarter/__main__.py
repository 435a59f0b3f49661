"""`python -m benchmarks.quarter`: a simulated quarter of use, with and without saved replies.

It runs locally on the sample documents, without a model, with an embedded Redis. The plot goes to
docs/images/quarter.svg.
"""

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from benchmarks.quarter.plot import drawn
from benchmarks.quarter.questions import WEEK, WEEKS, questions
from benchmarks.quarter.simulation import Bot, Outcome, Quarter
from benchmarks.quarter.weeks import Week, weeks
from bot.app.container import (
    gate_of,
    open_agent,
    open_knowledge,
    open_saved,
    open_store,
)
from bot.cli.context import SAMPLES
from bot.evaluation.binomial import clopper_pearson
from bot.handoff.people import OwnerKind
from bot.handoff.service import HandoffService
from bot.handoff.store import HandoffStore
from bot.handoff.terminal import TerminalReaders
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.settings.settings import Settings
from bot.text.question_similarity import QuestionSimilarity
from knowledge.model.types import Principal

PLOT = Path(__file__).parents[2] / "docs" / "images" / "quarter.svg"


class SimulatedPeople:
    """Resolves everybody by the name in the documents."""

    def kind(self, owner: str) -> OwnerKind:  # noqa: ARG002 - everybody is one person
        return "person"

    async def find(self, name: str) -> str:
        return name

    async def named(self, owner: str) -> str:
        return owner

    async def stand_ins(self) -> Sequence[str]:
        return ()

    async def members(self, owner: str) -> frozenset[str]:  # noqa: ARG002 - there are no groups
        return frozenset()


async def _reads_all(documents: Sequence[str], reader: Principal) -> bool:  # noqa: ARG001
    return True


@asynccontextmanager
async def _bot(folder: Path, *, learning: bool) -> AsyncIterator[Bot]:
    """Build the parts on a copy of the samples, with a new Redis."""
    shutil.copytree(SAMPLES.parent, folder / "samples")
    settings = Settings(
        knowledge_config=folder / "samples" / SAMPLES.name,
        data_dir=folder / "data",
        openai_api_key=None,
        openai_base_url=None,
        redis_url=None,
    )
    async with AsyncExitStack() as closing:
        base = open_knowledge(settings)
        closing.push_async_callback(base.aclose)
        await base.sync(force=True)
        store = await closing.enter_async_context(open_store(settings))
        agent = await closing.enter_async_context(open_agent(settings, base))
        handoffs = HandoffStore(store.commands)
        queue = RedisQueue(store)
        closing.push_async_callback(queue.aclose)
        experts = HandoffService(
            handoffs,
            queue,
            Ledger(store.commands),
            SimulatedPeople(),
            TerminalReaders(Principal("members", member=True), _reads_all),
            QuestionSimilarity(base.embed),
        )
        saved = open_saved(settings, base, store) if learning else None
        yield Bot(
            agent,
            gate_of(settings, agent, base),
            experts,
            handoffs,
            saved,
        )


async def _simulated(seed: int, *, learning: bool) -> Quarter:
    with tempfile.TemporaryDirectory() as folder:
        async with _bot(Path(folder), learning=learning) as bot:
            quarter = Quarter(bot, seed)
            await quarter.run(questions(SAMPLES.parent / "cases.jsonl", seed))
            return quarter


def _print(name: str, quarters: Sequence[Quarter], found: Sequence[Week]) -> None:
    outcomes = [outcome for quarter in quarters for outcome in quarter.outcomes]
    saved = sum(quarter.saved for quarter in quarters)
    print(f"\n{name}: {len(outcomes)} questions, {saved} entries saved")
    print("week  asked  answered  right  handed over  asked again  handed over again  hours")
    for number, week in enumerate(found, 1):
        hours = f"{week.hours:.1f}" if week.hours is not None else "–"
        print(
            f"{number:4}  {week.asked:5}  {week.answered:8.0%}  {week.precision:5.0%}"
            f"  {week.handed_over:11}  {week.before:11}  {week.again:17.0%}  {hours:>5}"
        )
    middle = WEEKS * WEEK / 2
    _print_right("first half", [outcome for outcome in outcomes if outcome.asked.at < middle])
    _print_right("second half", [outcome for outcome in outcomes if outcome.asked.at >= middle])


def _print_right(name: str, outcomes: Sequence[Outcome]) -> None:
    for source, saved in {"documents": False, "saved entries": True}.items():
        shown = [one for one in outcomes if one.shown and one.from_entry == saved]
        if shown:
            right = sum(one.right for one in shown)
            sure = clopper_pearson(right, len(shown))
            print(
                f"{name}, from {source}: {right} of {len(shown)} right, {right / len(shown):.1%}"
                f" (95 % interval {sure.low:.1%} … {sure.high:.1%})"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="number of simulated quarters")
    parser.add_argument("--plot", type=Path, default=PLOT)
    options = parser.parse_args()
    seeds = range(1, options.seeds + 1)
    simulated = list[Sequence[Week]]()
    for name, learning in {"nothing is saved": False, "experts' replies are saved": True}.items():
        begun = time.monotonic()
        quarters = [asyncio.run(_simulated(seed, learning=learning)) for seed in seeds]
        simulated.append(weeks([one for quarter in quarters for one in quarter.outcomes]))
        _print(name, quarters, simulated[-1])
        print(f"({time.monotonic() - begun:.0f} s)", flush=True)
    options.plot.write_text(drawn(*simulated), encoding="utf-8")
    print(f"\nThe plot is {options.plot}")


if __name__ == "__main__":
    main()
