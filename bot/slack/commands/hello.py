"""The hello of the bot when somebody invites it to a channel."""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot.channels.store import ChannelSettingsStore
from bot.core.errors import RedisUnavailableError
from bot.core.message_ref import MessageRef, channel_key
from bot.slack.answers.blocks import notice
from bot.slack.client.clients import UNCERTAIN
from bot.slack.client.identity import BotIdentity
from bot.slack.client.outbox import Outbox
from bot.slack.client.permissions import Principals
from bot.slack.commands import texts

_log = structlog.get_logger(__name__)


class Hello:
    """Says once in each channel what the bot does there."""

    def __init__(
        self,
        channels: ChannelSettingsStore,
        outbox: Outbox,
        principals: Principals,
        me: BotIdentity,
    ) -> None:
        self.channels = channels
        self.outbox = outbox
        self.principals = principals
        self.me = me

    async def joined(self, event: Mapping[str, Any]) -> None:
        """Listen to `member_joined_channel`: the bot itself says hello, others are let in peace.

        It speaks the language of whoever invited it.
        """
        if event.get("user") != self.me.user:
            return
        place = MessageRef(self.me.team, str(event["channel"]), "")
        try:
            if not await self.channels.greet(channel_key(place)):
                return
            language = await self.principals.language(str(event.get("inviter") or ""))
            said = texts.HELLO.to(language, bot=f"<@{self.me.user}>")
            await self.outbox.post(place, notice(said))
        except (RedisUnavailableError, SlackApiError, *UNCERTAIN) as error:
            _log.warning("hello_not_said", channel=place.channel, error=str(error))
