"""Tells the people of a channel once that its messages become a source, and that they are none."""

import time
from dataclasses import replace

import structlog
from slack_sdk.errors import SlackApiError

from bot.channels.store import ChannelSettingsStore
from bot.core.errors import CancelledByPersonError
from bot.core.i18n import Text
from bot.core.message_ref import MessageRef
from bot.slack.answers.blocks import notice
from bot.slack.client.clients import error_of, reaching_slack
from bot.slack.client.connection import SlackConnection
from bot.slack.client.messages import MessageMark
from bot.slack.history import texts
from bot.slack.history.log import ChannelStart, HistoryLog

PATIENCE_SECONDS = 60.0
"""After so long without an outcome, another process tells the people in place of the first."""

_log = structlog.get_logger(__name__)


class HistoryAnnouncer:
    """Posts in the channel's language, or in both if it has chosen none."""

    def __init__(
        self, slack: SlackConnection, log: HistoryLog, channels: ChannelSettingsStore
    ) -> None:
        self._slack = slack
        self._log = log
        self._channels = channels
        self._url = ""

    async def begin(self, channel: str, days: int) -> bool:
        """Tell the people of *channel*, once; return whether they know.

        Raises:
            BotError: Slack or Redis cannot be reached.
        """
        now = time.time()
        start = ChannelStart(now, now)
        first = await self._log.begin(channel, start)
        if not first:
            start = (await self._log.channels()).get(channel, start)
            if start.told:
                return True
            if now - start.tried < PATIENCE_SECONDS:
                return False
            start = replace(start, tried=now)
            await self._log.announced(channel, start)
        ts = await self._post(channel, start, texts.BEGUN, again=not first, days=days)
        if not ts:
            await self._log.end(channel)
            return False
        await self._log.announced(channel, replace(start, told=ts))
        _log.info("history_announced", channel=channel)
        return True

    async def end(self, channel: str) -> None:
        """Tell the people of *channel*, once, if the bot can still write there.

        Raises:
            BotError: Slack or Redis cannot be reached.
        """
        start = (await self._log.channels()).get(channel)
        if start is not None and await self._log.end(channel) and start.told:
            await self._post(channel, start, texts.ENDED, again=False)

    async def workspace_url(self) -> str:
        """Return the address of the workspace, with a slash at its end."""
        if not self._url:
            with reaching_slack():
                told = await self._slack.clients.repeating.auth_test()
            self._url = f"{str(told['url']).rstrip('/')}/"
        return self._url

    async def _post(
        self, channel: str, start: ChannelStart, text: Text, *, again: bool, **values: object
    ) -> str:
        """Post *text* and return the message's ts, "" if Slack refuses it.

        With *again*, it may be there already.
        """
        place = MessageRef(self._slack.me.team, channel, "")
        language = (await self._channels.of(place)).language
        said = text.to(language, **values) if language else text.in_both(**values)
        mark = MessageMark(f"history:{channel}:{start.at}", 0)
        messages = self._slack.messages
        try:
            with reaching_slack():
                found = await messages.find(place, f"{start.at:.6f}", mark) if again else None
                return found or await messages.post(place, notice(said), mark)
        except SlackApiError as error:
            _log.warning("history_not_announced", channel=channel, error=error_of(error))
        except CancelledByPersonError:
            pass
        return ""
