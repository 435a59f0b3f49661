"""`kotae gaps` and `kotae report`, in the terminal and as a page."""

import datetime as dt
import json
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.analytics.gaps import Gap
from bot.analytics.number_format import dollars, duration, percent
from bot.analytics.outcomes import AnsweredDocument
from bot.analytics.weekly_metrics import WeekMetrics
from bot.analytics.weekly_page import write_weekly_report
from bot.app.container import open_store
from bot.cli.gaps import IN_PRIVATE, gap_cells, gap_data
from bot.cli.report import cost_of, week_data
from bot.core.types import Answer, Handoff, Question, QuestionId, ThreadId, Waiter
from bot.evaluation.charts import Plot, round_ticks
from bot.handoff.store import HandoffStore
from bot.records.ledger import Ledger
from bot.settings.settings import Settings
from knowledge.model.types import Principal
from tests.support.command import kotae

CHANNEL, DIRECT = QuestionId("slack:T1:C1:1.0"), QuestionId("slack:T1:D1:1.0")
LEAVE = AnsweredDocument("hr/leave.md", "休暇", "https://docs/leave")
MONDAY = dt.date(2026, 11, 16)


def gap(*questions: tuple[QuestionId, str], closest: tuple[AnsweredDocument, ...] = ()) -> Gap:
    return Gap(questions, Principal("C1"), 3, 2, "", 100.0, 200.0, "open", closest)


def test_words_of_direct_messages_are_not_printed() -> None:
    """If the same was asked in a channel, that wording is printed."""
    private = gap((DIRECT, "離婚したらどうなりますか"), closest=(LEAVE,))
    both = gap((DIRECT, "離婚したらどうなりますか"), (CHANNEL, "離婚した場合は？"))
    cells = gap_cells(private, 7_300.0)
    assert cells == [IN_PRIVATE, "3× by 2", "2 h", "open", "–", "休暇"]
    assert "離婚" not in json.dumps(gap_data(private), ensure_ascii=False)
    assert gap_cells(both, 200.0)[0] == "離婚した場合は？"
    assert "one is missing" in gap_cells(both, 200.0)[5]


def test_an_unknown_value_is_null() -> None:
    data = week_data(WeekMetrics(MONDAY, answered=1, unpriced=1))
    assert (data["week"], data["answered_without_a_person"]) == ("2026-W47", 1.0)
    unknown = {name for name, value in data.items() if value is None}
    assert unknown == {
        "repeat_rate", "minutes_median", "minutes_p90", "cost_of_answer_usd", "precision",
        "precision_interval",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "written"),
    [(None, "–"), (0, "0 min"), (7.25, "7.2 min"), (59.4, "59 min"), (60, "1 h"), (2_880, "2 d")],
)
def test_times_are_written_in_the_most_readable_unit(minutes: float | None, written: str) -> None:
    assert duration(minutes) == written


def test_small_sums_are_not_rounded_away() -> None:
    assert [dollars(value) for value in (None, 0.0, 0.0042, 0.01, 3.456)] == [
        "–", "$0.00", "$0.0042", "$0.010", "$3.46"
    ]  # fmt: skip
    assert (percent(None), percent(0.995)) == ("–", "100 %")


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        (0.0, [0.0, 1.0]),
        (7, [0, 2, 4, 6, 8]),
        (0.012, [0, 0.005, 0.01, 0.015]),
        (100, [0, 20, 40, 60, 80, 100]),
    ],
)
def test_ticks_are_round_and_reach_the_highest_value(highest: float, ticks: list[float]) -> None:
    assert round_ticks(highest) == pytest.approx(ticks)


def test_a_line_is_interrupted_where_there_is_no_value() -> None:
    """Two lines with a gap in between."""
    plot = Plot("t", "x", "y", (0, 4), (0, 1), x_ticks=[(0, "11/16")], y_ticks=[(1, "<b>")])
    plot.broken_line([(0, 0.1), (1, 0.2), (2, None), (3, 0.3), (4, 0.3)])
    drawn = plot.svg()
    assert [len(line.get("points", "").split()) for line in ET.fromstring(drawn)
            if line.tag == "polyline"] == [2, 2]  # fmt: skip
    assert "11/16" in drawn
    assert "&lt;b&gt;" in drawn


def test_the_page_draws_what_there_is_in_both_languages(tmp_path: Path) -> None:
    weeks = [
        WeekMetrics(MONDAY - dt.timedelta(weeks=1)),
        WeekMetrics(
            MONDAY, answered=3, handed_over=1, repeats=1, minutes=(30.0, 90.0), judged=2, right=1
        ),
    ]
    page = tmp_path / "report.html"
    write_weekly_report(page, weeks)
    text = page.read_text("utf-8")
    assert "Answered without a person" in text
    assert "人の手を借りずに回答" in text
    assert "75 %" in text
    assert "Cost of an answer" not in text  # no price is known
    assert text.count("<svg") == 5
    assert "50 % (1/2)" in text
    write_weekly_report(page, [WeekMetrics(MONDAY)])
    assert "2026‑W47" in page.read_text("utf-8")
    assert list(tmp_path.iterdir()) == [page]


async def keep(folder: Path, *texts: str) -> None:
    """Record in *folder* that each of *texts* was handed over, and that two people wait for it."""
    settings = Settings(_env_file=None, data_dir=folder / "data", redis_url=None)
    async with open_store(settings) as store:
        ledger, handoffs = Ledger(store.commands), HandoffStore(store.commands)
        for number, text in enumerate(texts):
            asked, thread = QuestionId(f"slack:T1:C1:{number}.0"), ThreadId(f"t{number}")
            reader = Principal("C1", member=True)
            await ledger.record(
                Question(asked, thread, text, reader, "U1"), Answer("handed_over", "…")
            )
            now = time.time()
            waiting = tuple(Waiter(asked, thread, person, now) for person in ("U1", "U2"))
            await handoffs.open(
                Handoff(asked, text, reader, "U9", thread, now, language="en", waiting=waiting)
            )


async def test_the_commands_read_the_ledger(tmp_path: Path) -> None:
    """Over the real Redis of the data folder: gaps, then the present week."""
    text = "来客用の駐車場はどこですか？"
    await keep(tmp_path, text)
    gaps = json.loads(kotae(tmp_path, "gaps", "--json").stdout)
    assert [(row["question"], row["people"], row["owner"]) for row in gaps] == [(text, 2, "U9")]
    report = kotae(tmp_path, "report", "--weeks", "2", "--json", "--html", "report.html")
    assert [(week["handed_over"], week["answered"]) for week in json.loads(report.stdout)] == [
        (0, 0),
        (1, 0),
    ]
    assert "<svg" in (tmp_path / "report.html").read_text("utf-8")


async def test_gaps_that_the_index_answers_now_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "parking.md").write_text(
        "# Guest parking\n\nGuests park in the yard behind the main building.\n", "utf-8"
    )
    (tmp_path / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n', "utf-8")
    own = {"KNOWLEDGE_CONFIG": "knowledge.toml"}
    assert kotae(tmp_path, "knowledge", "sync", **own).returncode == 0
    await keep(tmp_path, "Where do guests park?", "社長の誕生日はいつですか？")
    tried = kotae(tmp_path, "gaps", "--try", **own)
    assert "1 of them are answered now" in tried.stdout
    assert "guests" not in tried.stdout
    assert "誕生日" in "".join(tried.stdout.split())


@pytest.mark.parametrize(
    ("week", "table", "page"),
    [
        (WeekMetrics(MONDAY, answered=1, unpriced=1), "?", (">unknown<", ">不明<")),
        (WeekMetrics(MONDAY, answered=1, priced_answers=1), "$0.00", (">nothing<", ">なし<")),
        (
            WeekMetrics(MONDAY, answered=2, cost_usd=0.5, priced_answers=1, unpriced=1),
            "$0.50+",
            (">$0.50 (+1?)<",),
        ),
    ],
)
def test_what_an_answer_costs_is_not_taken_for_nothing(
    tmp_path: Path, week: WeekMetrics, table: str, page: tuple[str, ...]
) -> None:
    write_weekly_report(tmp_path / "week.html", [week])
    shown = (tmp_path / "week.html").read_text("utf-8")
    assert all(words in shown for words in page)
    assert cost_of(week) == table
