"""The layout of the weekly post, with a chart and without."""

import dataclasses
import datetime as dt

import pytest

from bot.analytics.weekly_metrics import WeekMetrics
from bot.core.language import Language
from bot.slack.commands.weekly_post import WeekReport, blocks_of, title
from bot.workspace.blocks import problems
from bot.workspace.page.blocks import render
from bot.workspace.page.markup import MentionNames

MONDAY = dt.date(2026, 11, 16)
NAMES = MentionNames({}, {})


def report(*, questions: int = 3, lines: int = 2, unpriced: int = 0) -> WeekReport:
    """Eight weeks that grow to *questions* answered ones."""
    weeks = [
        WeekMetrics(
            MONDAY - dt.timedelta(weeks=7 - number),
            answered=questions * number // 7,
            handed_over=number % 2 if questions else 0,
            cost_usd=0.5 if questions and not unpriced else 0.0,
            unpriced=unpriced,
            minutes=(90.0,) if questions else (),
        )
        for number in range(8)
    ]
    return WeekReport(weeks, ["• gap <#C1>"] * lines, ["wiki <!channel>: 2001-02-03"] * lines)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("charted", [True, False])
@pytest.mark.parametrize(("questions", "lines"), [(0, 0), (7, 2), (70, 400)])
def test_slack_takes_it(language: Language, questions: int, lines: int, *, charted: bool) -> None:
    """However little or much there is to tell."""
    blocks = blocks_of(
        report(questions=questions, lines=lines), "/kotae", language, charted=charted
    )
    assert not problems(blocks)
    kinds = {block["type"] for block in blocks}
    assert ("data_visualization" in kinds) == (charted and questions > 0)


def test_it_tells_the_whole_week() -> None:
    shown = str(blocks_of(report(questions=7), "/kotae", "en"))
    assert title(report(), "en") == "Kotae: week of 2026-11-16 to 2026-11-22"
    assert "*8 asked*: 7 answered (88 % without a person)" in shown
    assert "The week before: 6 asked, 100 % answered without a person" in shown
    assert "1.5 h" in shown
    assert "cost $0.50" in shown


def test_it_tells_the_whole_week_in_japanese() -> None:
    shown = str(blocks_of(report(questions=7), "/kotae", "ja"))
    assert title(report(), "ja") == "Kotae: 2026-11-16〜2026-11-22 の週"
    assert "*質問 8 件*: 回答 7 件（人の手を借りずに 88 % に回答）" in shown
    assert "前の週: 質問 6 件・人の手を借りずに 100 % に回答" in shown
    assert "人が回答するまで 1.5 時間（中央値）" in shown


def test_an_unknown_price_is_no_zero() -> None:
    assert "cost unknown" in str(blocks_of(report(unpriced=2), "/kotae", "en"))
    assert "費用 不明" in str(blocks_of(report(unpriced=2), "/kotae", "ja"))


@pytest.mark.parametrize(("language", "said"), [("en", "cost nothing"), ("ja", "費用 なし")])
def test_a_week_without_a_model_says_that_nothing_was_spent(language: Language, said: str) -> None:
    week = dataclasses.replace(report().weeks[-1], cost_usd=0.0)
    assert said in str(blocks_of(WeekReport([week], [], []), "/kotae", language))


def test_foreign_words_call_nobody() -> None:
    assert "<!channel>" not in str(blocks_of(report(), "/kotae", "en"))


def test_the_page_draws_the_chart() -> None:
    """The local workspace shows the numbers that Slack would draw."""
    drawn = render(blocks_of(report(questions=7), "/kotae", "ja", charted=True), NAMES)
    assert "週ごとの質問" in drawn
    assert '<meter min="0" max="7" value="7"></meter> 7' in drawn
    assert "11-16" in drawn
