"""`kotae gaps`: questions that the documents do not answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import command_settings
from bot.cli.options import JSON, SAMPLES
from bot.cli.output import print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.analytics.gaps import Gap
    from bot.settings.settings import Settings

IN_PRIVATE = "(asked in a direct message)"
"""Replaces the words of a question that others may not read."""


@click.command()
@click.option("--try", "ask_again", is_flag=True, help="Ask again; leave out what is answered now.")
@click.option("-k", "--limit", default=0, help="Show at most this many; 0 shows all.")
@JSON
@SAMPLES
def gaps(*, ask_again: bool, limit: int, as_json: bool, samples: bool) -> None:
    """List the unanswered questions, the most asked first.

    Example: kotae gaps --try -k 10
    """
    import asyncio

    from rich.table import Table
    from rich.text import Text

    from bot.cli.console import Console

    settings = command_settings(samples=samples)
    found = asyncio.run(_gaps(settings))
    left = asyncio.run(_unanswered(settings, found)) if ask_again else found
    shown = left[:limit] if limit else left
    if as_json:
        print_json([gap_data(gap) for gap in shown])
        return
    console = Console()
    if answered := len(found) - len(left):
        console.print(f"[green]{answered} of them are answered now, and left out.[/green]")
    if not shown:
        console.print("Every question has an answer.")
        return
    table = Table("question", "asked", "waiting", "state", "owner", "closest documents")
    for gap in shown:
        table.add_row(*map(Text, gap_cells(gap, time.time())))
    console.print(table)


def public_question(gap: Gap) -> str:
    """Return how *gap* was asked, unless it was asked in direct messages only."""
    from bot.analytics.gaps import public_words

    return public_words(gap) or IN_PRIVATE


def gap_cells(gap: Gap, now: float) -> list[str]:
    """Return *gap* as the cells of a table."""
    from bot.analytics.number_format import duration

    closest = ", ".join(document.title for document in gap.closest)
    missing = "(another is needed)" if gap.state == "unsourced" else "(none: one is missing)"
    return [
        " ".join(public_question(gap).split()),
        f"{gap.times}× by {gap.people}",
        duration((now - gap.oldest) // 60),
        gap.state,
        gap.owner or "–",
        closest or missing,
    ]


def gap_data(gap: Gap) -> dict[str, Any]:
    """Return *gap* as JSON data; times are seconds since the epoch."""
    return {
        "question": public_question(gap),
        "times": gap.times,
        "people": gap.people,
        "state": gap.state,
        "owner": gap.owner,
        "oldest": gap.oldest,
        "newest": gap.newest,
        "closest": [
            {"document_id": document.id, "title": document.title, "url": document.url}
            for document in gap.closest
        ],
    }


async def _gaps(settings: Settings) -> Sequence[Gap]:
    from contextlib import aclosing

    from bot.app.container import open_knowledge, open_store, overview_of

    async with open_store(settings) as store, aclosing(open_knowledge(settings, store)) as base:
        return await overview_of(settings, store, base).gaps()


async def _unanswered(settings: Settings, gaps: Sequence[Gap]) -> Sequence[Gap]:
    """Ask each gap again with the rights of its asker; return those without an answer."""
    from contextlib import aclosing

    from bot.app.container import gate_of, open_agent, open_knowledge
    from bot.core.types import Question, QuestionId, ThreadId

    left: list[Gap] = []
    async with aclosing(open_knowledge(settings)) as base, open_agent(settings, base) as agent:
        gate = gate_of(settings, agent, base)
        for gap in gaps:
            question_id, text = gap.questions[0]
            question = Question(QuestionId(f"try:{question_id}"), ThreadId("try"), text, gap.asker)
            run = agent.start(question, ())
            async for _ in run.events():
                pass
            answer = await gate.passed(question, run.answer())
            if answer.status != "answered":
                left.append(gap)
    return left
