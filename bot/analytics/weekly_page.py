"""The weekly metrics as a page with plots, in English and Japanese."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from bot.analytics.number_format import dollars, duration, percent
from bot.analytics.weekly_metrics import WeekMetrics
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

    title: str
    title_ja: str
    note: str
    note_ja: str
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
            "title": both(drawing.title, drawing.title_ja),
            "note": both(drawing.note, drawing.note_ja),
            "drawing": svg,
        }
        for drawing in _DRAWINGS
        if (svg := _plot(drawing, weeks))
    ]
    write_page(
        path,
        Path(__file__).with_suffix(".html"),
        f"Kotae: {weeks[0].name} – {weeks[-1].name}",
        plots=plots,
        headings=[
            both("week", "週"),
            *(both(english, japanese) for english, japanese, _ in _COLUMNS),
        ],
        rows=[
            (week.name.replace("-", _UNBROKEN), *(write(week) for _, _, write in _COLUMNS))
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
        drawing.title,
        "week of / 週",
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


_COLUMNS: Sequence[tuple[str, str, Callable[[WeekMetrics], str]]] = (
    ("asked", "質問", lambda week: str(week.questions)),
    ("answered", "回答", lambda week: str(week.answered)),
    ("handed over", "引き継ぎ", lambda week: str(week.handed_over)),
    ("alone", "人手なし", lambda week: percent(week.without_people)),
    ("repeats", "繰り返し", lambda week: percent(week.repeat_rate)),
    (
        "median wait",
        "人の回答まで",
        lambda week: duration(week.median_minutes),
    ),
    (
        "90 % wait",
        "90%点",
        lambda week: duration(week.slow_minutes),
    ),
    (
        "cost",
        "回答の費用",
        lambda week: (
            ("–" if week.cost_of_answer is None else dollars(week.cost_of_answer))
            + (f" (+{week.unpriced}?)" if week.unpriced else "")
        ),
    ),
    ("👍 / 👎", "👍 / 👎", lambda week: f"{week.up} / {week.down}"),
    (
        "right",
        "正しい判定",
        lambda week: (
            f"{percent(week.precision)} ({week.right}/{week.judged})" if week.judged else "–"
        ),
    ),
)


_DRAWINGS: Sequence[_Drawing] = (
    _Drawing(
        "Answered without a person",
        "人の手を借りずに回答",
        "Share of the questions that were answered or handed over.",
        "回答または引き継ぎになった質問のうち。",
        [lambda week: week.without_people],
    ),
    _Drawing(
        "Handed over again",
        "繰り返しの引き継ぎ",
        "Of the questions that people had been asked in the 90 days before, in any wording; "
        "the rest was answered from saved answers.",
        "直前90日以内に人に尋ねた内容のうち、再び引き継いだ割合。残りは保存された回答から答えました。",
        [lambda week: week.repeat_rate],
    ),
    _Drawing(
        "Time until a person answered",
        "人が回答するまでの時間",
        "Solid: the median; dashed: the 90th percentile. Open questions are not included.",
        "実線は中央値、破線は90%点。まだ回答がないものは含みません。",
        [lambda week: week.median_minutes, lambda week: week.slow_minutes],
        lambda top: [(minutes, duration(minutes)) for minutes in _time_ticks(top)],
    ),
    _Drawing(
        "Cost of an answer",
        "回答1件あたりの費用",
        "Total cost per answer. Unknown prices are left out, not counted as 0.",
        "使った費用の合計を回答数で割った値。価格が不明なものは除きます（0とは数えません）。",
        [lambda week: week.cost_of_answer],
        lambda top: [(value, dollars(value)) for value in round_ticks(top)],
    ),
    _Drawing(
        "Judged right",
        "判定のうち正しい",
        "Share of the answers that people judged, with the exact 95 % interval.",
        "人が判定した回答について。縦線は正確な95%区間。",
        [lambda week: week.precision],
        whiskers=True,
    ),
    _Drawing(
        "Questions",
        "質問数",
        "Solid: answered; dashed: handed over.",
        "実線は回答、破線は引き継ぎ。",
        [lambda week: float(week.answered), lambda week: float(week.handed_over)],
        lambda top: [(value, f"{value:g}") for value in round_ticks(max(top, 4))],
    ),
)
