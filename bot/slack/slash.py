"""The slash command, from Slack's request to its acknowledgement."""

import time
from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.errors import InboxFullError, RedisUnavailableError
from bot.limits import LONGEST_QUESTION
from bot.protocols import Inbox
from bot.records import question_data
from bot.slack import texts
from bot.slack.clients import UNCERTAIN, Clients
from bot.slack.commands import slash_command
from bot.slack.escaping import mrkdwn
from bot.slack.identity import Identity
from bot.slack.inbound import readable
from bot.slack.notices import Notices
from bot.slack.places import Place
from bot.slack.reindexing import Reindex, Reindexing, started
from bot.types import Job, Language, Question
from knowledge.types import Principal

_log = structlog.get_logger(__name__)


class SlashCommands:
    """Answers the slash command, always ephemerally, after what it asks for is stored.

    `ask` is answered by direct message. An ephemeral answer could not show its progress, would be
    lost on reload and could not be judged or followed up; a public one would surprise the person
    who typed a command that nobody else has seen.
    """

    def __init__(
        self,
        inbox: Inbox,
        clients: Clients,
        notices: Notices,
        reindexing: Reindexing,
        me: Identity,
    ) -> None:
        self.inbox = inbox
        self.clients = clients
        self.notices = notices
        self.reindexing = reindexing
        self.me = me

    async def run(self, ack: AsyncAck, command: Mapping[str, Any]) -> None:
        """Listen to the slash command."""
        person = str(command["user_id"])
        language = await self.notices.principals.language(person)
        try:
            text = await self._carry_out(command, person, language)
        except InboxFullError:
            text = texts.FULL.to(language)
        except (RedisUnavailableError, SlackApiError, *UNCERTAIN) as error:
            _log.warning("command_refused", error=str(error))
            text = texts.TRY_AGAIN.to(language)
        await ack(text)

    async def _carry_out(self, command: Mapping[str, Any], person: str, language: Language) -> str:
        """Do what is asked and return what to say."""
        asked = slash_command(str(command.get("text") or ""))
        match asked.name:
            case "ask":
                return await self._ask(readable(asked.argument), person, language)
            case "status":
                return await self.notices.status(person, language)
            case "reindex":
                return await self._reindex(asked.argument, command, person, language)
            case "help":
                return await self.notices.help(language)

    async def _ask(self, text: str, person: str, language: Language) -> str:
        if not text:
            return texts.ASK_WHAT.to(language, command=self.notices.command)
        if len(text) > LONGEST_QUESTION:
            return texts.TOO_LONG.to(language, length=len(text), limit=LONGEST_QUESTION)
        opened = await self.clients.repeating.conversations_open(users=person)
        channel = str(opened["channel"]["id"])
        quoted = texts.ASKED_HERE.to(language, question=mrkdwn(text[:2_000]))
        root = await self.clients.posting.chat_postMessage(
            channel=channel, text=quoted, unfurl_links=False, unfurl_media=False
        )
        place = Place(self.me.team, channel, str(root["ts"]))
        question = Question(
            place.question, place.thread, text, Principal(person), person, time.time()
        )
        await self.inbox.put(Job(question.id, question.thread, "question", question_data(question)))
        return texts.ANSWER_BY_DM.to(language, channel=channel)

    async def _reindex(
        self, source: str, command: Mapping[str, Any], person: str, language: Language
    ) -> str:
        if refusal := await self.reindexing.refusal(source, person, language):
            return refusal
        url = str(command.get("response_url") or "")
        request = Reindex(source, person, time.time(), response_url=url)
        await self.inbox.put(request.job(f"slack:{self.me.team}:command:{command['trigger_id']}"))
        return started(source, language)
