"""`kotae report`: how the bot did, week by week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import command_settings
from bot.cli.options import HTML, JSON, SAMPLES
from bot.cli.output import print_json
from bot.core.errors import BotError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.table import Table

    from bot.analytics.weekly_metrics import WeekMetrics
    from bot.settings.settings import Settings

_LEGEND = """[dim]alone: answered without a person · repeats: asked before, handed over again
person: median time until a person answered · cost: per answer, + with unknown prices
right: share of the reviewed answers[/dim]"""


@click.command()
@click.option("--weeks", default=13, show_default=True, type=click.IntRange(1, 57))
@HTML
@JSON
@SAMPLES
def report(*, weeks: int, html: Path | None, as_json: bool, samples: bool) -> None:
    """Show the metrics of the last weeks.

    Example: kotae report --weeks 4 --html report.html
    """
    import asyncio

    from bot.analytics.sparkline import draw_trend
    from bot.analytics.weekly_page import write_weekly_report
    from bot.cli.console import Console

    found = asyncio.run(_weeks(command_settings(samples=samples), weeks))
    if html:
        try:
            write_weekly_report(html, found)
        except OSError as error:
            raise BotError(f"{html} cannot be written: {error.strerror}") from None
    if as_json:
        print_json([week_data(week) for week in found])
        return
    console = Console()
    console.print(_table(found))
    console.print(f"alone   {draw_trend([week.without_people for week in found], 1.0)}")
    console.print(f"repeats {draw_trend([week.repeat_rate for week in found], 1.0)}")
    console.print(_LEGEND)
    if html:
        console.print(f"The page is {html}", soft_wrap=True)


def _table(weeks: Sequence[WeekMetrics]) -> Table:
    """Return the weeks as a table that fits into eighty columns."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from bot.analytics.number_format import duration, percent

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
            cost_of(week),
            f"{week.up}/{week.down}",
            percent(week.precision),
        )
    return table


def cost_of(week: WeekMetrics) -> str:
    """Return what an answer cost; "+" says that some have an unknown price, "?" that all have."""
    from bot.analytics.number_format import dollars

    if not week.cost_of_answer and week.unpriced:
        return "?"
    return dollars(week.cost_of_answer) + ("+" if week.unpriced else "")


def week_data(week: WeekMetrics) -> dict[str, Any]:
    """Return *week* as JSON data; an unknown value is null."""
    interval = week.precision_interval
    return {
        "week": week.name,
        "monday": week.monday.isoformat(),
        "questions": week.questions,
        "answered": week.answered,
        "found": week.found,
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


async def _weeks(settings: Settings, weeks: int) -> Sequence[WeekMetrics]:
    from contextlib import aclosing

    from bot.app.container import open_knowledge, open_store, overview_of

    async with open_store(settings) as store, aclosing(open_knowledge(settings, store)) as base:
        return await overview_of(settings, store, base).trend(weeks)
