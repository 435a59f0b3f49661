"""Weekly metrics; unknown values are left out."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.agent.chat_model import QUOTES_ONLY
from bot.analytics.outcomes import AnsweredDocument, HandoffOutcome, outcome_of
from bot.analytics.sparkline import draw_trend
from bot.analytics.weekly_metrics import (
    LOOK_BACK,
    WeekMetrics,
    handed_over_texts,
    last_mondays,
    monday_of,
    percentile,
    repeats,
    start_of,
    weekly,
)
from bot.core.types import (
    Answer,
    Citation,
    Feedback,
    Handoff,
    LabelVerdict,
    Question,
    QuestionId,
    ThreadId,
)
from bot.records.ledger import LedgerRecord
from bot.text.question_similarity import QuestionSimilarity
from knowledge.model.types import Principal

TOKYO = ZoneInfo("Asia/Tokyo")
MONDAY = dt.date(2026, 11, 16)
DAY = 86_400.0
START = start_of(MONDAY, TOKYO)


def outcome(
    day: float, text: str = "?", status: str = "answered", **values: object
) -> HandoffOutcome:
    at = START + day * DAY
    made = HandoffOutcome(QuestionId(f"q{day}{text}"), text, Principal("C1"), "U1", at, status)
    return replace(made, **values)  # type: ignore[arg-type] # the fields of an outcome


def asked(day: float, minutes: float | None) -> Handoff:
    at = START + day * DAY
    answered_at = 0.0 if minutes is None else at + 60 * minutes
    return Handoff(
        QuestionId(f"h{day}"), "?", Principal("C1"), "U2", ThreadId("t"), at, language="en",
        answered_at=answered_at,
    )  # fmt: skip


def week_of(
    outcomes: Sequence[HandoffOutcome],
    handoffs: Sequence[Handoff] = (),
    verdicts: dict[str, dict[str, LabelVerdict]] | None = None,
) -> WeekMetrics:
    [week] = weekly(outcomes, handoffs, verdicts or {}, set(), TOKYO, [MONDAY])
    return week


def test_weeks_begin_on_monday_where_the_team_is() -> None:
    """Sunday 15:00 UTC is Monday in Tokyo; a week can span two years."""
    assert monday_of(START, TOKYO) == MONDAY
    assert monday_of(START - 1, TOKYO) == MONDAY - dt.timedelta(days=7)
    assert monday_of(START, dt.UTC) == MONDAY - dt.timedelta(days=7)
    assert last_mondays(START + 3 * DAY, TOKYO, 3) == [
        dt.date(2026, 11, 2), dt.date(2026, 11, 9), MONDAY
    ]  # fmt: skip
    assert WeekMetrics(dt.date(2026, 12, 28)).name == "2026-W53"
    new_york = ZoneInfo("America/New_York")
    assert monday_of(start_of(dt.date(2026, 3, 9), new_york), new_york) == dt.date(2026, 3, 9)


def test_a_week_is_counted() -> None:
    week = week_of(
        [
            outcome(0, "a", up=2),
            outcome(1, "b", down=1),
            outcome(2, "c"),
            outcome(3, "d", "handed_over"),
            outcome(4, "e", "clarify"),
            outcome(5, "f", "failed"),
            outcome(6, "g", "found"),
            outcome(6, "thanks", "chat"),
            outcome(7, "next week"),
            outcome(-1, "last week"),
        ],
        [asked(0, 10), asked(1, 30), asked(2, 600), asked(3, None)],
        {outcome(0, "a").id: {"K": "right"}, outcome(1, "b").id: {"K": "partly"}, "other": {}},
    )
    assert (week.questions, week.found, week.without_people) == (7, 1, 0.6)
    assert (week.up, week.down, week.judged, week.precision) == (2, 1, 2, 0.5)
    assert (week.median_minutes, week.slow_minutes, week.asked_people) == (30, 600, 4)
    assert week.precision_interval is not None
    assert week.precision_interval.low < 0.02
    assert week.precision_interval.high > 0.98


def test_an_unknown_value_is_none() -> None:
    """An empty week has no shares, and no price is not the price 0."""
    empty = week_of([])
    metrics = [
        empty.without_people, empty.repeat_rate, empty.median_minutes, empty.slow_minutes,
        empty.cost_of_answer, empty.precision, empty.precision_interval,
    ]  # fmt: skip
    assert metrics == [None] * 7
    unpriced = week_of([outcome(0, "a"), outcome(1, "b", "failed", priced=False)])
    assert (unpriced.cost_of_answer, unpriced.unpriced) == (None, 1)


def test_the_cost_of_an_answer_includes_unanswered_questions() -> None:
    """Unknown costs are left out of both sums, and counted."""
    week = week_of(
        [
            outcome(0, "a", cost_usd=0.02),
            outcome(1, "b", cost_usd=0.04),
            outcome(2, "c", "handed_over", cost_usd=0.06),
            outcome(3, "d"),
        ]
    )
    assert week.cost_of_answer == pytest.approx(0.06)
    assert week.unpriced == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("来客用の駐車場はどこですか？", "来客用の駐車場の場所を教えてください"),
        ("Who helps with visas?", "Who can help me with a visa?"),
    ],
)
async def test_the_same_question_handed_over_again_is_a_repeat(one: str, other: str) -> None:
    """In other words and by anybody; not after an answer, and not a quarter later."""
    outcomes = [
        outcome(0, one, "handed_over"),
        outcome(1, "An answered question", person="U9"),
        outcome(2, other, "handed_over", person="U2"),
        outcome(3, f"{one} ", "handed_over", person="U3"),
        outcome(4, "Who painted the wall?", "handed_over"),
        outcome(3 + LOOK_BACK.days + 1, one, "handed_over"),
    ]
    same = await QuestionSimilarity().pairs(handed_over_texts(outcomes))
    again = repeats(outcomes, same)
    assert again == {outcomes[2].id, outcomes[3].id}
    [week] = weekly(outcomes, [], {}, same, TOKYO, [MONDAY])
    assert week.repeat_rate == 1.0


def test_an_answer_from_a_saved_answer_is_no_repeat() -> None:
    """The more earlier handoffs are answered from saved answers, the lower the rate."""
    saved = replace(
        outcome(2, "来客用の駐車場は？"), documents=(AnsweredDocument("saved/a.md", "駐車場", ""),)
    )
    outcomes = [
        outcome(0, "Who helps with visas?", "handed_over"),
        outcome(1, "Who helps with visas?", "handed_over", person="U2"),
        saved,
        replace(saved, id=QuestionId("another")),
        replace(saved, id=QuestionId("failed"), status="failed"),
    ]
    [week] = weekly(outcomes, [], {}, [], TOKYO, [MONDAY])
    assert (week.repeats, week.from_saved) == (1, 2)
    assert week.repeat_rate == pytest.approx(1 / 3)


def test_a_record_of_the_ledger_becomes_an_outcome() -> None:
    """The time of the question counts, not the last write of its record."""
    question = Question(
        QuestionId("slack:T:C1:1.0"), ThreadId("t"), "有給は？", Principal("C1", member=True),
        person="U1", received_at=5.0,
    )  # fmt: skip
    source = Citation(1, "休暇", "https://docs/leave", "10日", "hr/leave.md")
    answer = Answer("handed_over", "…", (source, source), owner="@keiko")
    feedback = (
        Feedback(question.id, "U2", "down", "button", reason="missing_source"),
        Feedback(question.id, "U3", "up", "reaction"),
    )
    found = outcome_of(LedgerRecord(question, answer, 9.0, feedback=feedback))
    assert (found.at, found.status, found.owner, found.cost_usd) == (
        5.0,
        "handed_over",
        "@keiko",
        None,
    )
    assert (found.up, found.down, found.unsourced, found.priced) == (1, 1, True, True)
    assert [document.title for document in found.documents] == ["休暇"]
    assert found.asker == question.asker


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1.0))
def test_a_percentile_is_the_nearest_rank(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6
    assert sum(value < found for value in values) < share * len(values) + 1e-6


def test_a_missing_value_is_a_dot_and_zero_is_the_lowest_bar() -> None:
    assert draw_trend([0.0, None, 0.5, 1.0]) == "▁·▅█"
    assert draw_trend([0.2, 0.4], top=1.0) == "▂▄"
    assert draw_trend([0.0, 0.0]) == "▁▁"
    assert draw_trend([None]) == "·"
    assert draw_trend([]) == ""


@pytest.mark.parametrize(
    ("model", "cost_usd", "known"),
    [(QUOTES_ONLY, None, 0.0), ("gpt-9", None, None), ("gpt-9", 0.02, 0.02), ("", None, None)],
)
def test_without_a_model_nothing_is_spent(
    model: str, cost_usd: float | None, known: float | None
) -> None:
    """Then the price is known; that of a model may not be."""
    question = Question(QuestionId("q"), ThreadId("t"), "費用は?", Principal("C"), "U")
    answer = Answer("answered", "無料です", model=model, cost_usd=cost_usd)
    assert outcome_of(LedgerRecord(question, answer, 9.0)).cost_usd == known
