"""The weekly post: what was answered, what waits, what is old, and what to do next."""

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.analytics.number_format import duration, percent, spent
from bot.analytics.weekly_metrics import WeekMetrics
from bot.channels.store import ChannelSettingsStore
from bot.core.errors import AdapterUnavailableError, BotError
from bot.core.language import Language
from bot.core.message_ref import MessageRef
from bot.core.types import Job
from bot.queue.queue import Lease
from bot.slack.answers.blocks import Block, Posting, notice
from bot.slack.client.clients import error_of
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.escape import mrkdwn
from bot.slack.client.forms import context, plain, section
from bot.slack.client.outbox import Outbox
from bot.slack.client.view_rights import safe_line
from bot.slack.commands import texts
from bot.slack.commands.gaps import SHOWN_WEEKS, GapBoard, trend_lines
from knowledge.model.types import Principal

_GAPS = 5
_STALE = 5
_LONGEST_TEXT = 2_900
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WeekReport:
    """What the post tells of the last whole week.

    Attributes:
        weeks: The last whole weeks, the one that it is about at the end.
        gaps: Unanswered questions, as lines in Slack's own markup.
        stale: Sources in which nothing was changed for long, as plain lines.
    """

    weeks: Sequence[WeekMetrics]
    gaps: Sequence[str]
    stale: Sequence[str]


def weekly_job(slot: int) -> Job:
    """Return the job of the post that is due at *slot*, in seconds since the epoch."""
    return Job(f"schedule:weekly:{slot}", "weekly", "weekly", {"at": slot, "person": ""})


def preview_job(job_id: str, person: str) -> Job:
    """Return the job that shows *person*, an operator, what would be posted now."""
    return Job(job_id, "weekly", "weekly", {"at": time.time(), "person": person})


class WeeklyPost:
    """Posts the last whole week to a channel, once; everybody there reads the same.

    Args:
        board: The figures, and the gaps as far as the channel may know of them.
        operations: Names the sources that are old.
        channels: Says in which language to post.
        outbox: Posts.
        channel: `#name` or id of the channel; "" to post nowhere.
        command: The slash command, which the next steps name.
    """

    def __init__(
        self,
        board: GapBoard,
        operations: OperatorActions,
        channels: ChannelSettingsStore,
        outbox: Outbox,
        channel: str,
        command: str,
    ) -> None:
        self.board = board
        self.operations = operations
        self.channels = channels
        self.outbox = outbox
        self.channel = channel
        self.command = command
        self.principals = board.rights.principals

    async def __call__(self, lease: Lease) -> None:
        """Do a job of the kind `weekly`: post to the channel, or show an operator what it gets.

        Raises:
            BotError: it cannot be posted; the text says what an operator can do.
        """
        at, person = float(str(lease.job.payload["at"])), str(lease.job.payload["person"])
        if person:
            await self._show(lease, person, at)
        elif self.channel:
            await self._post(lease, at)

    async def give_up(self, lease: Lease, message: str) -> None:
        """Leave the post out: `kotae queue list` names the reason."""

    async def _show(self, lease: Lease, person: str, at: float) -> None:
        """Send it to *person*, if they are an operator still; what goes wrong is told instead."""
        if not await self.principals.is_operator(person):
            return
        language = await self.principals.language(person)
        try:
            reader = await self._reader(await self._channel()) if self.channel else Principal("")
            report = await self._report(reader, language)
            posting = self._laid_out(report, language)
        except AdapterUnavailableError:
            raise
        except BotError as error:
            posting = notice(f"⚠️ {mrkdwn(str(error))}")
        await self.outbox.direct_message_once(lease, person, posting, at)

    async def _post(self, lease: Lease, at: float) -> None:
        """Post what everybody in the channel may know of."""
        channel = await self._channel()
        place = MessageRef(self.principals.me.team, channel, "")
        language = (await self.channels.of(place)).language or "en"
        report = await self._report(await self._reader(channel), language)
        try:
            await self.outbox.post_once(lease, place, self._laid_out(report, language), at)
        except SlackApiError as error:
            raise BotError(
                f"the weekly post: Slack refuses to post in {self.channel} "
                f"({error_of(error)}): invite the bot there, or change WEEKLY_CHANNEL"
            ) from error

    def _laid_out(self, report: WeekReport, language: Language) -> Posting:
        """Lay out with a chart, or with bars of characters where Slack does not know charts yet."""
        charted = blocks_of(report, self.command, language, charted=True)
        drawn = blocks_of(report, self.command, language)
        return Posting(title(report, language), charted, drawn)

    async def _channel(self) -> str:
        channel = await self.principals.names.id_of(self.channel)
        if not channel:
            raise BotError(texts.WEEKLY_NO_CHANNEL.in_both(channel=self.channel))
        return channel

    async def _reader(self, channel: str) -> Principal:
        reader = await self.board.rights.reader("", channel)
        if not reader.member:
            raise BotError(texts.WEEKLY_OUTSIDERS.in_both(channel=self.channel))
        return reader

    async def _report(self, reader: Principal, language: Language) -> WeekReport:
        overview = self.board.overview
        inputs = await overview.inputs_for(SHOWN_WEEKS + 1)
        weeks = await overview.weeks_in(inputs, SHOWN_WEEKS + 1)
        gaps = await overview.gaps_in(inputs)
        today = dt.datetime.now(dt.UTC).date()
        return WeekReport(
            weeks[:-1],
            await self.board.of(gaps, reader, _GAPS, language),
            [
                texts.STALE_SOURCE.to(language, name=name, date=newest)
                for name, newest in self.operations.stale_sources(reader, today)
            ],
        )


def title(report: WeekReport, language: Language) -> str:
    """Return the heading of the post: which week it tells of."""
    monday = report.weeks[-1].monday
    sunday = monday + 6 * _DAY
    return texts.WEEK_TITLE.to(language, first=monday, last=sunday)


def blocks_of(
    report: WeekReport, command: str, language: Language, *, charted: bool = False
) -> list[Block]:
    """Lay out the post. Without a chart, a row of bars tells how the weeks went."""
    week = report.weeks[-1]
    blocks: list[Block] = [
        {"type": "header", "text": plain(title(report, language))},
        section("\n".join(_figures(report.weeks, language))),
    ]
    if charted and any(one.questions for one in report.weeks):
        blocks.append(_chart(report.weeks, language))
    elif drawn := trend_lines(report.weeks, language):
        blocks.append(section("\n".join(drawn)))
    for heading, lines in (
        (texts.HOME_GAPS, report.gaps),
        (texts.WEEK_STALE, [f"• {safe_line(line)}" for line in report.stale[:_STALE]]),
        (texts.HOME_NEXT, _next_steps(report, week, command, language)),
    ):
        if lines:
            blocks += [{"type": "divider"}, _list(heading.to(language), lines)]
    return [*blocks, context(texts.WEEK_FOOT.to(language))]


def _figures(weeks: Sequence[WeekMetrics], language: Language) -> list[str]:
    week, before = weeks[-1], weeks[-2] if len(weeks) > 1 else None
    if not week.questions:
        return [texts.WEEK_QUIET.to(language)]
    lines = [
        texts.WEEK_FIGURES.to(
            language,
            questions=week.questions,
            answered=week.answered,
            share=percent(week.without_people),
            found=week.found,
            handed_over=week.handed_over,
            failed=week.failed,
        )
    ]
    if before and before.questions:
        share = percent(before.without_people)
        lines.append(texts.WEEK_BEFORE.to(language, questions=before.questions, share=share))
    told = [f"👍 {week.up} · 👎 {week.down}"]
    if week.minutes:
        told.append(texts.WEEK_MINUTES.to(language, time=duration(week.median_minutes, language)))
    cost = spent(week.cost_usd, week.unpriced, language)
    told.append(texts.WEEK_COST.to(language, cost=cost))
    return [*lines, " · ".join(told)]


def _chart(weeks: Sequence[WeekMetrics], language: Language) -> Block:
    """Lay out a chart.

    See https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block.
    """
    labels = [f"{week.monday:%m-%d}" for week in weeks]
    series = [
        (texts.ANSWERED, [week.answered for week in weeks]),
        (texts.FOUND, [week.found for week in weeks]),
        (texts.HANDED_OVER, [week.handed_over for week in weeks]),
    ]
    return {
        "type": "data_visualization",
        "title": texts.WEEK_CHART.to(language),
        "chart": {
            "type": "bar",
            "series": [
                {
                    "name": name.to(language),
                    "data": [
                        {"label": label, "value": value}
                        for label, value in zip(labels, values, strict=True)
                    ],
                }
                for name, values in series
            ],
            "axis_config": {"categories": labels},
        },
    }


def _next_steps(
    report: WeekReport, week: WeekMetrics, command: str, language: Language
) -> list[str]:
    steps = [
        (texts.WEEK_NEXT_GAPS, report.gaps),
        (texts.WEEK_NEXT_STALE, report.stale),
        (texts.NEXT_COMPLAINTS, week.down),
        (texts.NEXT_REVIEW, week.answered > week.judged),
        (texts.WEEK_NEXT_ASK, not week.questions),
    ]
    return [f"• {text.to(language, command=command)}" for text, reason in steps if reason]


def _list(heading: str, lines: Sequence[str]) -> Mapping[str, Any]:
    shown = [f"*{heading}*"]
    for line in lines:  # whole lines: half of an escaped character would be another
        if len("\n".join([*shown, line])) > _LONGEST_TEXT:
            break
        shown.append(line)
    return section("\n".join(shown))
