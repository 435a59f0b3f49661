"""Gaps, and figures week by week, as lines in Slack's own markup."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from bot.analytics.gaps import Gap, GapState, VisibleGap
from bot.analytics.number_format import dollars, percent
from bot.analytics.overview import Overview
from bot.analytics.sparkline import draw_trend
from bot.analytics.weekly_metrics import WeekMetrics
from bot.core.i18n import Text
from bot.core.language import Language
from bot.slack.client.people import SlackPeople
from bot.slack.client.view_rights import ViewRights, instead_of, safe_line
from bot.slack.commands import texts
from knowledge.model.types import Principal

SHOWN_WEEKS = 8
"""Weeks that a row of bars shows."""

_LONGEST_LINE = 160
_MOST_TITLES = 3
_STATES: Mapping[GapState, Text] = {
    "open": texts.GAP_OPEN,
    "answered": texts.GAP_ANSWERED,
    "expired": texts.GAP_EXPIRED,
    "unsourced": texts.GAP_UNSOURCED,
}
_AGES = ((86_400, texts.DAYS), (3_600, texts.HOURS), (60, texts.MINUTES))


class GapBoard:
    """Shows gaps to who operates the bot, as far as the readers may know of them.

    Words are shown where the readers could have read them: of open channels and of their own;
    those of direct messages to nobody. Documents are named that the readers may read.
    """

    def __init__(self, overview: Overview, rights: ViewRights) -> None:
        self.overview = overview
        self.rights = rights
        self.people = SlackPeople(rights.principals)

    async def lines(self, reader: Principal, limit: int, language: Language) -> list[str]:
        """Return a line for each of the first *limit* gaps, for a person or a channel."""
        return await self.of(await self.overview.gaps(), reader, limit, language)

    async def of(
        self, gaps: Sequence[Gap], reader: Principal, limit: int, language: Language
    ) -> list[str]:
        """Return a line for each of the first *limit* of *gaps*."""
        asked = [id_ for gap in gaps[:limit] for id_, _ in gap.questions]
        channels = await self.rights.open_channels(asked, reader)
        return [await self._line(gap, reader, channels, language) for gap in gaps[:limit]]

    async def _line(
        self, gap: Gap, reader: Principal, channels: Collection[str], language: Language
    ) -> str:
        facts = [
            texts.GAP_PEOPLE.to(language, people=gap.people, times=gap.times),
            texts.GAP_SINCE.to(language, age=_age(time.time() - gap.oldest, language)),
            _STATES[gap.state].to(language),
        ]
        told = " · ".join(facts)
        if gap.owner:  # named, not called: a list is no reason to disturb anybody
            told += f" → {safe_line(await self.people.named(gap.owner))}"
        words = await self._words(gap, reader, channels, language)
        closest = await self._closest(gap, reader, language)
        return f"• {words}\n> {told}\n> {closest}"

    async def visible(self, reader: Principal, limit: int) -> list[VisibleGap]:
        """Return the first *limit* gaps as *reader* may see them."""
        gaps = (await self.overview.gaps())[:limit]
        asked = [id_ for gap in gaps for id_, _ in gap.questions]
        channels = await self.rights.open_channels(asked, reader)
        found = list[VisibleGap]()
        for gap in gaps:
            words = await self._readable(gap, reader, channels)
            closest = [one for one in gap.closest if await self.rights.may_read([one.id], reader)]
            owner = await self.people.named(gap.owner) if gap.owner else ""
            found.append(replace(VisibleGap.of(gap, words, closest), owner=owner))
        return found

    async def _words(
        self, gap: Gap, reader: Principal, channels: Collection[str], language: Language
    ) -> str:
        if text := await self._readable(gap, reader, channels):
            return safe_line(text, _LONGEST_LINE)
        return instead_of([question_id for question_id, _ in gap.questions]).to(language)

    async def _readable(self, gap: Gap, reader: Principal, channels: Collection[str]) -> str:
        """Return how *gap* was asked where *reader* could read it, "" if nowhere."""
        for question_id, text in gap.questions:
            if await self.rights.may_see(question_id, reader, channels=channels):
                return text
        return ""

    async def _closest(self, gap: Gap, reader: Principal, language: Language) -> str:
        if gap.state == "unsourced":
            return texts.GAP_OTHER_SOURCE.to(language)
        if not gap.closest:
            return texts.GAP_NO_DOCUMENT.to(language)
        titles = await self.rights.titles(gap.closest[:_MOST_TITLES], reader, _LONGEST_LINE)
        if not titles:
            return texts.GAP_HIDDEN_DOCUMENT.to(language)
        return texts.GAP_CLOSEST.to(language, titles=", ".join(titles))


def trend_lines(weeks: Sequence[WeekMetrics], language: Language) -> list[str]:
    """Return a line for each figure that there is: a row of bars, the last week at the right."""
    shown = weeks[-SHOWN_WEEKS:]
    rows: Sequence[tuple[Text, list[float | None], float, Callable[[float], str]]] = (
        (texts.TREND_WITHOUT, [week.without_people for week in shown], 1.0, percent),
        (texts.TREND_REPEATS, [week.repeat_rate for week in shown], 1.0, percent),
        (
            texts.TREND_MINUTES,
            [week.median_minutes for week in shown],
            0.0,
            lambda minutes: _age(60 * minutes, language),
        ),
        (texts.TREND_COST, [week.cost_of_answer or None for week in shown], 0.0, dollars),
        (texts.TREND_RIGHT, [week.precision for week in shown], 1.0, percent),
    )
    return [
        f"`{draw_trend(values, top)}` {label.to(language)} *{written(known[-1])}*"
        for label, values, top, written in rows
        if (known := [value for value in values if value is not None])
    ]


def _age(seconds: float, language: Language) -> str:
    for unit, text in _AGES:
        if seconds >= unit:
            return text.to(language, count=int(seconds // unit))
    return texts.MINUTES.to(language, count=0)
