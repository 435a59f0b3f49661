"""`kotae review --gaps` and `--trend`: what nothing answers, and how the weeks went."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.analytics.gaps import Gap
from bot.analytics.number_format import dollars, duration, percent
from bot.analytics.sparkline import sparkline
from bot.analytics.weekly_metrics import WeekMetrics
from bot.analytics.weekly_page import write_trend
from bot.app.container import gate_of, open_agent, open_knowledge, open_store, overview_of
from bot.cli.evaluate import changed_settings
from bot.core.errors import BotError
from bot.core.types import Question, QuestionId, ThreadId
from bot.settings.settings import Settings

_LEGEND = """[dim]alone: answered without a person · repeats: handed over again, of what was before
person: median time until one answered · cost: of an answer, + with unknown ones
right: of what was judged[/dim]"""
IN_PRIVATE = "(asked in a direct message)"
"""Stands for words that are not shown to others."""


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What to show; see `kotae review --help`."""

    as_json: bool = False
    samples: bool = False
    weeks: int = 13
    html: Path | None = None
    try_again: bool = False


def show_gaps(look: ReportOptions) -> None:
    """Print what nothing answers, where most people wait first."""
    settings = changed_settings((), samples=look.samples)
    gaps, answered = asyncio.run(_gaps(settings, try_again=look.try_again))
    if look.as_json:
        rows = [gap_data(gap) for gap in gaps]
        print(json.dumps(rows, ensure_ascii=False))  # noqa: T201 - the contract
        return
    console = Console()
    if answered:
        console.print(f"[green]{answered} of them are answered now, and left out.[/green]")
    if not gaps:
        console.print("Nothing that was asked is without an answer.")
        return
    table = Table("question", "asked", "since", "state", "owner", "closest documents")
    for gap in gaps:
        table.add_row(*map(Text, gap_cells(gap, time.time())))
    console.print(table)


def show_trend(look: ReportOptions) -> None:
    """Print the figures of the last weeks, and write them as a page.

    Raises:
        BotError: the page cannot be written.
    """
    settings = changed_settings((), samples=look.samples)
    weeks = asyncio.run(_weeks(settings, look.weeks))
    if look.html:
        try:
            write_trend(look.html, weeks)
        except OSError as error:
            raise BotError(f"{look.html} cannot be written: {error.strerror}") from None
    if look.as_json:
        rows = [week_data(week) for week in weeks]
        print(json.dumps(rows, ensure_ascii=False))  # noqa: T201 - the contract
        return
    console = Console()
    console.print(_weeks_table(weeks))
    console.print(f"alone   {sparkline([week.without_people for week in weeks], 1.0)}")
    console.print(f"repeats {sparkline([week.repeat_rate for week in weeks], 1.0)}")
    console.print(_LEGEND)
    if look.html:
        console.print(f"The plots are in {look.html}", soft_wrap=True)


def _weeks_table(weeks: Sequence[WeekMetrics]) -> Table:
    """Set the weeks under each other, within eighty columns."""
    table = Table(box=SIMPLE_HEAD)
    table.add_column("week")
    for heading in ("asked", "alone", "repeats", "person", "cost", "👍/👎", "right"):
        table.add_column(heading, justify="right")
    for week in weeks:
        table.add_row(
            week.name,
            str(week.questions),
            percent(week.without_people),
            percent(week.repeat_rate),
            duration(week.median_minutes),
            dollars(week.cost_of_answer) + ("+" if week.unpriced else ""),
            f"{week.up}/{week.down}",
            percent(week.precision),
        )
    return table


def words_of(gap: Gap) -> str:
    """Return how *gap* was asked, as far as it was not asked in a direct message."""
    return next((text for id_, text in gap.questions if not _direct(id_)), IN_PRIVATE)


def gap_cells(gap: Gap, now: float) -> list[str]:
    """Return *gap* as it is written in a table."""
    closest = ", ".join(document.title for document in gap.closest)
    missing = "(another is needed)" if gap.state == "unsourced" else "(none: one is missing)"
    return [
        " ".join(words_of(gap).split()),
        f"{gap.times}× by {gap.people}",
        duration((now - gap.oldest) // 60),
        gap.state,
        gap.owner or "–",
        closest or missing,
    ]


def gap_data(gap: Gap) -> dict[str, Any]:
    """Return *gap* as JSON data; times are seconds since the epoch."""
    return {
        "question": words_of(gap),
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


def week_data(week: WeekMetrics) -> dict[str, Any]:
    """Return *week* as JSON data; what is not known is null."""
    interval = week.precision_interval
    return {
        "week": week.name,
        "monday": week.monday.isoformat(),
        "questions": week.questions,
        "answered": week.answered,
        "handed_over": week.handed_over,
        "clarified": week.clarified,
        "failed": week.failed,
        "answered_without_a_person": week.without_people,
        "repeats": week.repeats,
        "from_saved": week.from_saved,
        "repeat_rate": week.repeat_rate,
        "asked_people": week.asked_people,
        "people_answered": len(week.minutes),
        "minutes_median": week.median_minutes,
        "minutes_p90": week.slow_minutes,
        "cost_of_answer_usd": week.cost_of_answer,
        "unpriced": week.unpriced,
        "up": week.up,
        "down": week.down,
        "judged": week.judged,
        "right": week.right,
        "precision": week.precision,
        "precision_interval": list(interval) if interval else None,
    }


async def _gaps(settings: Settings, *, try_again: bool) -> tuple[list[Gap], int]:
    """Return the gaps, and how many are left out because the present index answers them."""
    base = open_knowledge(settings)
    try:
        async with open_store(settings) as store:
            gaps = await overview_of(settings, store, base).gaps()
        if not try_again:
            return gaps, 0
        async with open_agent(settings, base) as agent:
            gate, left = gate_of(settings, agent, base), list[Gap]()
            for gap in gaps:
                question_id, text = gap.questions[0]
                question = Question(
                    QuestionId(f"try:{question_id}"), ThreadId("try"), text, gap.asker
                )
                run = agent.start(question, ())
                async for _ in run.events():
                    pass
                answer = await gate.passed(question, run.answer())
                if answer.status != "answered":
                    left.append(gap)
            return left, len(gaps) - len(left)
    finally:
        await base.aclose()


async def _weeks(settings: Settings, weeks: int) -> Sequence[WeekMetrics]:
    base = open_knowledge(settings)
    try:
        async with open_store(settings) as store:
            return await overview_of(settings, store, base).trend(weeks)
    finally:
        await base.aclose()


def _direct(question_id: QuestionId) -> bool:
    """Tell whether it was asked in a direct message (Slack's ids of those begin with D)."""
    adapter, _, place = question_id.partition(":")
    return adapter == "slack" and place.split(":")[1][:1] == "D"
