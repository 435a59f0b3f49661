"""The chore that reminds experts, and ends what nobody answers."""

from collections.abc import Sequence

import structlog
from slack_sdk.errors import SlackApiError

from bot.experts import was_asked
from bot.language import language_of
from bot.reminders import due
from bot.slack import texts
from bot.slack.clients import UNCERTAIN
from bot.slack.handing import HandOverDesk
from bot.slack.people import mention
from bot.slack.places import Place
from bot.types import HandOver

_DAY = 86_400.0
_log = structlog.get_logger(__name__)


class Reminding:
    """Posts each reminder at most once, and tells those who wait when it comes to nothing.

    Args:
        desk: Tells people.
        times: When there are reminders, in seconds after the asking.
    """

    name = "reminders"

    def __init__(self, desk: HandOverDesk, times: Sequence[float]) -> None:
        self.desk = desk
        self.times = times

    async def __call__(self, now: float) -> None:
        """Remind and end what is due."""
        for handover in await self.desk.handovers.pending():
            if now - handover.at >= self.desk.days * _DAY:
                await self._end(handover)
            else:
                await self._remind(handover, due(self.times, now - handover.at))

    async def _end(self, handover: HandOver) -> None:
        # Told before it is noted: the tellings are claimed, so that a crash doubles none of them.
        if was_asked(handover):
            await self.desk.tell_waiting(handover, "expired")
        await self.desk.handovers.end(handover.id, "expired")
        _log.info("handover_expired", handover=handover.id)

    async def _remind(self, handover: HandOver, number: int) -> None:
        who = mention(handover.owner)
        if number <= handover.reminders or not who or not was_asked(handover):
            return
        # Claimed before it is posted: a crash in between leaves one out, and nobody misses it. The
        # other way round somebody would be nagged twice, by a bot that should save them work.
        if not await self.desk.handovers.remind(handover.id, number):
            return
        language = language_of(handover.text)
        thread = Place.parse(handover.thread)
        asked = str(thread) if handover.private else handover.id
        link = await self.desk.link(asked, texts.THE_QUESTION.to(language))
        text = texts.REMINDER.to(language, owner=who, link=link)
        try:
            await self.desk.clients.posting.chat_postMessage(
                channel=thread.channel,
                thread_ts=thread.ts,
                text=text,
                unfurl_links=False,
                unfurl_media=False,
            )
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("reminder_not_posted", handover=handover.id, error=str(error))
