"""`kotae eval generate`: questions from the documents, written to a file for people to check."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from rich.console import Console

from bot.app.container import open_agent, open_knowledge
from bot.cli.evaluate import changed_settings, index_samples
from bot.cli.readers import reader_named
from bot.core.errors import BotError
from bot.evaluation.cases import Case, write_cases
from bot.evaluation.question_generation import from_model, from_structure
from bot.settings.settings import Settings


def write_questions(
    output: Path, limit: int, reader: str, *, use_model: bool, samples: bool
) -> None:
    """Write about *limit* cases that nobody has checked yet."""
    settings = changed_settings((), samples=samples)
    console = Console()
    if samples:
        asyncio.run(index_samples(settings, console))
    cases = asyncio.run(_questions(settings, limit, reader, use_model=use_model))
    if not cases:
        raise BotError("The documents have no headings that ask and no tables to ask about.")
    write_cases(output, cases)
    kinds = Counter(case.tags[-1] for case in cases)
    without = sum(not case.answerable for case in cases)
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    console.print(
        f"{len(cases)} questions in {output} ({told}), {without} of them without an answer.\n"
        'Look at each; correct it or drop it, and remove `"checked":false` from those that stay.',
        soft_wrap=True,
    )


async def _questions(
    settings: Settings, limit: int, reader: str, *, use_model: bool
) -> Sequence[Case]:
    async with aclosing(open_knowledge(settings)) as base:
        passages = [passage async for passage in base.passages(reader_named(reader))]
        if not (use_model and settings.has_model):
            return from_structure(passages, limit)
        async with open_agent(settings, base) as agent:
            return [case async for case in from_model(agent.model, passages, limit)]
