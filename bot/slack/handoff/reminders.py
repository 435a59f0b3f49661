"""The chore that reminds experts, and ends what nobody answers."""

from collections.abc import Sequence

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.language import language_of
from bot.core.message_ref import MessageRef
from bot.core.types import Handoff
from bot.handoff.reminder_times import due
from bot.handoff.service import was_asked
from bot.slack import texts
from bot.slack.client.clients import UNCERTAIN
from bot.slack.client.people import mention
from bot.slack.handoff.actions import HandoffHandler

_DAY = 86_400.0
_log = structlog.get_logger(__name__)


class HandoffReminders:
    """Posts each reminder at most once, and tells those who wait when it comes to nothing.

    Args:
        desk: Tells people.
        times: When there are reminders, in seconds after the asking.
    """

    name = "reminders"

    def __init__(self, desk: HandoffHandler, times: Sequence[float]) -> None:
        self.desk = desk
        self.times = times

    async def __call__(self, now: float) -> None:
        """Remind and end what is due."""
        for handoff in await self.desk.handoffs.pending():
            if now - handoff.at >= self.desk.days * _DAY:
                await self._end(handoff)
            else:
                await self._remind(handoff, due(self.times, now - handoff.at))

    async def _end(self, handoff: Handoff) -> None:
        # Told before it is noted: the tellings are claimed, so that a crash doubles none of them.
        if was_asked(handoff):
            await self.desk.tell_waiting(handoff, "expired")
        await self.desk.handoffs.end(handoff.id, "expired")
        _log.info("handover_expired", handoff=handoff.id)

    async def _remind(self, handoff: Handoff, number: int) -> None:
        who = mention(handoff.owner)
        if number <= handoff.reminders or not who or not was_asked(handoff):
            return
        # Claimed before it is posted: a crash in between leaves one out, and nobody misses it. The
        # other way round somebody would be nagged twice, by a bot that should save them work.
        if not await self.desk.handoffs.remind(handoff.id, number):
            return
        language = language_of(handoff.text)
        thread = MessageRef.parse(handoff.thread)
        asked = str(thread) if handoff.private else handoff.id
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
            _log.warning("reminder_not_posted", handoff=handoff.id, error=str(error))
