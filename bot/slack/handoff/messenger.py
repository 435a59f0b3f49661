"""Says in Slack what happens to a handoff."""

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.errors import CancelledByPersonError
from bot.core.language import language_of
from bot.core.message_ref import MessageRef
from bot.core.types import Answer, Handoff, Language, ThreadId
from bot.handoff.messages import ExpertReply, HandoffMessage
from bot.handoff.service import in_terminal
from bot.queue.queue import Lease
from bot.slack import texts
from bot.slack.answers.blocks import Posting, asking_posting, notice, private_asking_posting
from bot.slack.client.clients import UNCERTAIN, reaching_slack
from bot.slack.client.escape import mrkdwn
from bot.slack.client.messages import Messages
from bot.slack.client.people import SlackPeople, mention
from bot.slack.client.permalink import permalink
from bot.slack.client.permissions import Principals
from bot.slack.client.post_once import post_once
from bot.slack.entries.forms import offer

_log = structlog.get_logger(__name__)


class SlackHandoffMessenger:
    """Posts in threads, and writes to experts.

    Args:
        messages: Posts messages.
        principals: Names people, and knows their language.
    """

    def __init__(self, messages: Messages, principals: Principals) -> None:
        self._messages = messages
        self._clients = messages.clients
        self._principals = principals
        self._people = SlackPeople(principals)

    async def say(
        self,
        handoff: Handoff,
        thread: ThreadId,
        message: HandoffMessage,
        lease: Lease,
        since: float,
        part: int = 0,
    ) -> None:
        posting = await self._posting(handoff, message)
        try:
            await post_once(self._messages, lease, MessageRef.parse(thread), posting, since, part)
        except CancelledByPersonError:
            _log.info("thread_gone", handoff=handoff.id)

    async def ask_privately(
        self, handoff: Handoff, owner: str, answer: Answer, lease: Lease, since: float
    ) -> ThreadId:
        with reaching_slack():
            opened = await self._clients.repeating.conversations_open(users=owner)
        team, channel = self._principals.me.team, str(opened["channel"]["id"])
        asker = "" if in_terminal(handoff.waiting[0].thread) else handoff.waiting[0].person
        posting = private_asking_posting(handoff, answer, asker, language_of(handoff.text))
        conversation = MessageRef(team, channel, "")
        ts = await post_once(self._messages, lease, conversation, posting, since)
        return MessageRef(team, channel, ts).thread

    async def remind(self, handoff: Handoff) -> None:
        language = language_of(handoff.text)
        thread = MessageRef.parse(handoff.thread)
        asked = handoff.id if handoff.thread == handoff.waiting[0].thread else handoff.thread
        link = await self._link(asked, texts.THE_QUESTION.to(language))
        text = texts.REMINDER.to(language, owner=mention(handoff.owner), link=link)
        try:
            await self._clients.posting.chat_postMessage(
                channel=thread.channel,
                thread_ts=thread.ts,
                text=text,
                unfurl_links=False,
                unfurl_media=False,
            )
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("reminder_not_posted", handoff=handoff.id, error=str(error))

    async def offer_saving(self, handoff: Handoff, reply: ExpertReply) -> None:
        language = await self._principals.language(reply.person)
        posting = offer(f"{handoff.id}|{reply.place}", language)
        try:
            await self._clients.hasty.chat_postEphemeral(
                channel=MessageRef.parse(reply.place).channel,
                user=reply.person,
                thread_ts=MessageRef.parse(reply.thread).ts,
                text=posting.text,
                blocks=list(map(dict, posting.blocks)),
            )
        except (SlackApiError, *UNCERTAIN) as error:
            _log.info("saving_not_offered", error=str(error))

    async def _posting(self, handoff: Handoff, message: HandoffMessage) -> Posting:
        language = language_of(handoff.text)
        person = mrkdwn(await self._people.named(message.person)) if message.person else ""
        match message.about:
            case "passed_on":
                return _passed_on(handoff, message, person, language)
            case "nobody_left":
                said = texts.NOBODY_LEFT_PRIVATE if handoff.private else texts.NOBODY_LEFT
                return notice(said.to(language, person=person))
            case "asked" | "not_asked":
                owner = mrkdwn(await self._people.named(message.owner)) if message.owner else ""
                said = texts.ASKED_PRIVATELY if owner else texts.NOT_ASKED
                return notice(said.to(language, owner=owner))
            case "relayed":
                return notice(texts.SAYS.to(language, person=person, text=mrkdwn(message.text)))
            case "expired":
                return notice(texts.EXPIRED.to(language, days=f"{message.days:g}"))
        link = await self._link(message.place, texts.IN_THREAD.to(language))
        if message.about == "answered":
            return notice(texts.HAS_ANSWERED.to(language, person=person, link=link))
        saved = texts.ANSWER_SAVED.to(language, text=mrkdwn(message.text), link=link)
        return notice(saved.strip())

    async def _link(self, place: str, words: str) -> str:
        """Return a link to the message at *place*, "" where it cannot be had."""
        address = await permalink(self._clients, place)
        return f"<{address}|{words}>" if address else ""


def _passed_on(
    handoff: Handoff, message: HandoffMessage, person: str, language: Language
) -> Posting:
    """Say who has declined, and ask the next with everything that the first one got."""
    answer = message.answer or Answer("handed_over", "")
    said = texts.PASSED_ON.to(language, person=person, owner=mention(message.owner))
    asking = asking_posting(handoff.id, handoff.text, answer, message.owner, language)
    return Posting(said, [*notice(said).blocks, *asking.blocks[1:]])
