"""Whether an automatic answer is welcome where a question was put, and the news about them."""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot.channels.store import ChannelSettingsStore
from bot.core.message_ref import MessageRef
from bot.core.types import Question
from bot.handoff.people import People
from bot.queue.queue import Lease
from bot.slack.answers.access import AccessPolicy
from bot.slack.answers.blocks import Posting, notice
from bot.slack.auto_answers import texts
from bot.slack.client.clients import error_of, reaching_slack
from bot.slack.client.connection import SlackConnection
from bot.slack.client.payloads import readable

_log = structlog.get_logger(__name__)


class SlackAutoAnswerPlace:
    """Asks Slack about the channel and the thread of a question."""

    def __init__(self, slack: SlackConnection, policy: AccessPolicy) -> None:
        self._slack = slack
        self._policy = policy

    async def permits(self, question: Question) -> bool:
        """Tell whether its person may be answered, and only the team reads its channel."""
        principals = self._slack.principals
        kind = await principals.kind(question.person)
        if kind not in {"member", "guest"} or self._policy.refuses(kind):
            return False
        reader = await principals.of(question)
        return MessageRef.parse(question.id).channel in reader.groups

    async def untouched(self, question: Question) -> bool:
        """Tell whether it is still there as it was, and nobody has replied to it."""
        place = MessageRef.parse(question.id)
        try:
            with reaching_slack():
                page = await self._slack.clients.repeating.conversations_replies(
                    channel=place.channel, ts=place.ts, limit=2
                )
        except SlackApiError as error:
            _log.info("thread_not_read", question=question.id, error=error_of(error))
            return False
        messages: list[Mapping[str, Any]] = page["messages"]
        match messages:
            case [{"ts": place.ts, "text": str(text)}]:
                return readable(text).strip() == question.text
            case _:
                return False


class SlackAutoAnswerNews:
    """Posts in the channel, in its language or in both, and writes to the operators."""

    def __init__(
        self, slack: SlackConnection, channels: ChannelSettingsStore, people: People
    ) -> None:
        self._slack = slack
        self._channels = channels
        self._people = people

    async def switched_off(
        self, lease: Lease, channel: MessageRef, unwanted: int, given: int
    ) -> None:
        """Tell the people of *channel*, and the operators."""
        since = channel.at
        place = MessageRef(channel.team, channel.channel, "")
        language = (await self._channels.of(place)).language
        command = self._slack.credentials.command
        about = {"unwanted": unwanted, "given": given, "command": command}
        text = texts.SWITCHED_OFF
        said = text.to(language, **about) if language else text.in_both(**about)
        outbox = self._slack.outbox
        try:
            await outbox.post_once(lease, place, notice(said), since)
        except SlackApiError as error:
            _log.warning("channel_not_told", channel=place.channel, error=error_of(error))
        for part, person in enumerate(await self._operators(), start=1):
            own = await self._slack.principals.language(person)
            told = texts.SWITCHED_OFF_THERE.to(own, channel=f"<#{place.channel}>", **about)
            await self._tell(lease, person, notice(told), since, part)

    async def _operators(self) -> Iterable[str]:
        found = list[str]()
        for owner in await self._people.stand_ins():
            found += sorted(await self._people.members(owner)) or [owner]
        return dict.fromkeys(found)

    async def _tell(
        self, lease: Lease, person: str, posting: Posting, since: float, part: int
    ) -> None:
        outbox = self._slack.outbox
        try:
            with reaching_slack():
                conversation = await outbox.conversation(person)
            await outbox.post_once(lease, conversation, posting, since, part)
        except SlackApiError as error:
            _log.warning("person_not_told", person=person, error=error_of(error))
