"""The weekly metrics as a page with plots, in English and Japanese."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from bot.analytics import texts
from bot.analytics.number_format import dollars, duration, percent
from bot.analytics.weekly_metrics import WeekMetrics
from bot.core.i18n import Text
from bot.evaluation.charts import Plot, Tick, round_ticks
from bot.evaluation.html_page import both, write_page

_MOST_DATES = 9
_UNBROKEN = "\u2011"
"""The non-breaking hyphen."""
_PERCENT: Sequence[Tick] = [(number / 5, f"{20 * number} %") for number in range(6)]

CellValue = Callable[[WeekMetrics], float | None]


@dataclass(frozen=True, slots=True)
class _Drawing:
    """One plot: its texts in both languages, and its values, the first solid, then dashed."""

    title: Text
    note: Text
    values: Sequence[CellValue]
    ticks: Callable[[float], Sequence[Tick]] = lambda _: _PERCENT
    whiskers: bool = False


def write_weekly_report(path: Path, weeks: Sequence[WeekMetrics]) -> None:
    """Write the page about *weeks*, oldest first; the last one is not over yet.

    Raises:
        OSError: the page cannot be written.
    """
    plots = [
        {
            "title": both(drawing.title),
            "note": both(drawing.note),
            "drawing": svg,
        }
        for drawing in _DRAWINGS
        if (svg := _plot(drawing, weeks))
    ]
    write_page(
        path,
        Path(__file__).with_suffix(".html"),
        f"Kotae: {weeks[0].name} – {weeks[-1].name}",
        texts=texts,
        plots=plots,
        headings=[
            both(texts.WEEK),
            *(both(heading) for heading, _ in _COLUMNS),
        ],
        rows=[
            (week.name.replace("-", _UNBROKEN), *(write(week) for _, write in _COLUMNS))
            for week in reversed(weeks)
        ],
    )


def _plot(drawing: _Drawing, weeks: Sequence[WeekMetrics]) -> Markup | None:
    """Draw the values of *weeks*; None if there are none."""
    lines = [[value(week) for week in weeks] for value in drawing.values]
    known = [found for line in lines for found in line if found is not None]
    if not known:
        return None
    up = drawing.ticks(max(known))
    plot = Plot(
        drawing.title.en,
        texts.WEEK_OF.in_both(),
        "",
        (-0.5, len(weeks) - 0.5),
        (up[0][0], up[-1][0]),
        x_ticks=_dates(weeks),
        y_ticks=up,
    )
    for place, week in enumerate(weeks):
        if drawing.whiskers and week.precision_interval:
            plot.whisker(place, *week.precision_interval)
    for line, style in zip(lines, ("line", "second"), strict=False):
        plot.broken_line(list(enumerate(line)), style)
    for place, found in enumerate(lines[0]):
        if found is not None:
            plot.dot(place, found, f"{weeks[place].name}: {_written(found, up)}")
    return Markup(plot.svg())  # noqa: S704 - the plot escapes its labels


def _written(value: float, ticks: Sequence[Tick]) -> str:
    """Return *value* in the format of *ticks*."""
    unit = ticks[-1][1]
    if unit.endswith("%"):
        return percent(value)
    if unit.startswith("$"):
        return dollars(value)
    return duration(value) if unit[-1].isalpha() else f"{value:g}"


def _dates(weeks: Sequence[WeekMetrics]) -> list[Tick]:
    """Return as many Mondays as there is room for, including the last one."""
    every = -(-len(weeks) // _MOST_DATES)
    return [
        (float(place), f"{week.monday.month}/{week.monday.day}")
        for place, week in enumerate(weeks)
        if (len(weeks) - 1 - place) % every == 0
    ]


def _time_ticks(top: float) -> list[float]:
    """Return round times in minutes up to *top*: multiples of minutes, hours or days."""
    unit = 1.0 if top < 100 else 60.0 if top < 100 * 60 else 1_440.0  # noqa: PLR2004
    return [unit * value for value in round_ticks(top / unit)]


def _cost(week: WeekMetrics) -> str:
    """Return what an answer cost, in words where there is no amount."""
    if not week.cost_of_answer:
        if week.unpriced:
            return both(texts.COST_UNKNOWN)
        return dollars(None) if week.cost_of_answer is None else both(texts.COST_NOTHING)
    return dollars(week.cost_of_answer) + (f" (+{week.unpriced}?)" if week.unpriced else "")


_COLUMNS: Sequence[tuple[Text, Callable[[WeekMetrics], str]]] = (
    (texts.ASKED, lambda week: str(week.questions)),
    (texts.ANSWERED, lambda week: str(week.answered)),
    (texts.FOUND, lambda week: str(week.found)),
    (texts.HANDED_OVER, lambda week: str(week.handed_over)),
    (texts.ALONE, lambda week: percent(week.without_people)),
    (texts.REPEATED, lambda week: percent(week.repeat_rate)),
    (
        texts.MEDIAN_WAIT,
        lambda week: duration(week.median_minutes),
    ),
    (
        texts.SLOW_WAIT,
        lambda week: duration(week.slow_minutes),
    ),
    (
        texts.COST,
        _cost,
    ),
    (texts.VOTES, lambda week: f"{week.up} / {week.down}"),
    (
        texts.RIGHT,
        lambda week: (
            f"{percent(week.precision)} ({week.right}/{week.judged})" if week.judged else "–"
        ),
    ),
)


_DRAWINGS: Sequence[_Drawing] = (
    _Drawing(
        texts.WITHOUT_PEOPLE,
        texts.WITHOUT_PEOPLE_NOTE,
        [lambda week: week.without_people],
    ),
    _Drawing(
        texts.REPEATS,
        texts.REPEATS_NOTE,
        [lambda week: week.repeat_rate],
    ),
    _Drawing(
        texts.WAITS,
        texts.WAITS_NOTE,
        [lambda week: week.median_minutes, lambda week: week.slow_minutes],
        lambda top: [(minutes, duration(minutes)) for minutes in _time_ticks(top)],
    ),
    _Drawing(
        texts.COSTS,
        texts.COSTS_NOTE,
        [lambda week: week.cost_of_answer or None],
        lambda top: [(value, dollars(value)) for value in round_ticks(top)],
    ),
    _Drawing(
        texts.JUDGED_RIGHT,
        texts.JUDGED_RIGHT_NOTE,
        [lambda week: week.precision],
        whiskers=True,
    ),
    _Drawing(
        texts.QUESTIONS,
        texts.QUESTIONS_NOTE,
        [lambda week: float(week.answered), lambda week: float(week.handed_over)],
        lambda top: [(value, f"{value:g}") for value in round_ticks(max(top, 4))],
    ),
)
