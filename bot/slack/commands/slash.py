"""The slash command, from Slack's request to its acknowledgement."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.core.errors import PersonFullError, QueueFullError, RedisUnavailableError
from bot.core.language import Language
from bot.core.message_ref import MessageRef
from bot.slack.answers.blocks import notice
from bot.slack.client import texts as client_texts
from bot.slack.client.clients import UNCERTAIN
from bot.slack.client.command_words import Command, slash_command
from bot.slack.client.escape import mrkdwn
from bot.slack.client.identity import BotIdentity
from bot.slack.client.payloads import readable
from bot.slack.commands import texts
from bot.slack.commands.ask import AskCommand
from bot.slack.commands.channels import Announcement, operators_only
from bot.slack.commands.consent import OptOutCommand
from bot.slack.commands.notices import Notices
from bot.slack.commands.reindex import Reindex, ReindexHandler, started
from bot.slack.commands.review import ReviewForm
from bot.slack.commands.weekly_post import preview_job
from bot.slack.entries.actions import EntryActions

_log = structlog.get_logger(__name__)


class SlashCommands:
    """Answers the slash command, ephemerally, after what it asks for is stored.

    Only what concerns everybody in the channel is shown to them.

    A question, with or without `ask` before it, is answered by direct message, from where the
    answer can be shared with the channel.
    """

    def __init__(
        self,
        asking: AskCommand,
        notices: Notices,
        reindexing: ReindexHandler,
        review: ReviewForm,
        entries: EntryActions,
        me: BotIdentity,
        consent: OptOutCommand,
    ) -> None:
        self.consent = consent
        self.asking = asking
        self.review = review
        self.entries = entries
        self.notices = notices
        self.reindexing = reindexing
        self.me = me

    async def run(self, ack: AsyncAck, command: Mapping[str, Any]) -> None:
        """Listen to the slash command."""
        person = str(command["user_id"])
        language = await self.notices.principals.language(person)
        blocks: Sequence[dict[str, Any]] = ()
        asked = slash_command(str(command.get("text") or ""))
        if asked.name == "gaps":
            await ack()  # looking through the books may take longer than Slack waits
            await self._list_gaps(command, person, language)
            return
        try:
            if asked.name == "entries":
                text, blocks = await self._entries(asked.argument, person, language)
            else:
                text = await self._carry_out(asked, command, person, language)
        except PersonFullError as full:
            text = texts.PERSON_FULL.to(language, count=full.most)
        except QueueFullError:
            text = texts.FULL.to(language)
        except (RedisUnavailableError, SlackApiError, *UNCERTAIN) as error:
            _log.warning("command_refused", error=str(error))
            text = client_texts.TRY_AGAIN.to(language)
        if isinstance(text, Announcement):
            await ack(text, response_type="in_channel")
        else:
            await ack(text, blocks=blocks or None)

    async def reindex_from_home(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the button on the Home tab; the outcome comes by direct message."""
        await ack()
        person = str(body["user"]["id"])
        language = await self.notices.principals.language(person)
        if refusal := await self.reindexing.refusal("", person, language):
            await self.asking.outbox.direct_message(person, notice(refusal))
            return
        request = Reindex("", person, time.time(), language=language)
        job = request.job(f"slack:{self.me.team}:home:{body['trigger_id']}")
        await self.asking.queue.put(job)

    async def _list_gaps(self, command: Mapping[str, Any], person: str, language: Language) -> None:
        try:
            text = await self.notices.gaps(person, language)
        except RedisUnavailableError as error:
            _log.warning("command_refused", error=str(error))
            text = client_texts.TRY_AGAIN.to(language)
        await self.asking.outbox.respond(str(command["response_url"]), text)

    async def _entries(
        self, words: str, person: str, language: Language
    ) -> tuple[str, Sequence[dict[str, Any]]]:
        if not await self.notices.principals.is_member(person):
            return client_texts.MEMBERS_ONLY.to(language), ()
        return await self.entries.listing(person, words, language)

    async def _carry_out(
        self, asked: Command, command: Mapping[str, Any], person: str, language: Language
    ) -> str:
        """Do what is asked and return what to say."""
        channel = str(command.get("channel_id") or "")
        match asked.name:
            case "ask":
                said = await self._ask(readable(asked.argument), command, person, language)
            case "status":
                said = await self.notices.status(person, language)
            case "feedback":
                said = await self.notices.feedback(person, language)
            case "forget":
                said = texts.FORGET_IN_THREAD.to(language, bot=f"<@{self.me.user}>")
            case "channel":
                place = MessageRef(self.me.team, channel, "")
                said = await self.notices.channels.run(
                    place, asked.argument, person, language, alone=True
                )
            case "reindex" | "week":
                said = await self._order(asked, command, person, language)
            case "answers":
                said = await self.notices.answers(person, channel, asked.argument, language)
            case "review":
                said = await self.review.open(str(command["trigger_id"]), person, language)
            case "export":
                said = await self.consent.run(asked.argument, person, language)
            case _:
                said = await self._help(asked, str(command.get("text") or ""), person, language)
        return said

    async def _help(self, asked: Command, typed: str, person: str, language: Language) -> str:
        if asked.name != "misspelt":
            return await self.notices.help(person, language)
        words = {"command": self.notices.command, "name": asked.argument}
        return texts.DID_YOU_MEAN.to(language, typed=mrkdwn(typed.strip()), **words)

    async def _ask(
        self, text: str, command: Mapping[str, Any], person: str, language: Language
    ) -> str:
        if not text:
            return texts.ASK_WHAT.to(language, command=self.notices.command)
        return await self.asking.privately(text, person, language, str(command["channel_id"]))

    async def _order(
        self, asked: Command, command: Mapping[str, Any], person: str, language: Language
    ) -> str:
        """Order what takes longer than Slack waits for."""
        if asked.name == "week":
            return await self._week(command, person, language)
        return await self._reindex(asked.argument, command, person, language)

    async def _week(self, command: Mapping[str, Any], person: str, language: Language) -> str:
        if not await self.notices.principals.is_operator(person):
            return operators_only(self.notices.principals, language)
        job_id = f"slack:{self.me.team}:command:{command['trigger_id']}"
        await self.asking.queue.put(preview_job(job_id, person))
        return texts.WEEK_SENT.to(language)

    async def _reindex(
        self, source: str, command: Mapping[str, Any], person: str, language: Language
    ) -> str:
        if refusal := await self.reindexing.refusal(source, person, language):
            return refusal
        url = str(command.get("response_url") or "")
        request = Reindex(source, person, time.time(), response_url=url, language=language)
        await self.asking.queue.put(
            request.job(f"slack:{self.me.team}:command:{command['trigger_id']}")
        )
        return started(source, language)
