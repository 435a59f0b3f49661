"""Says in Slack what happens to a handoff."""

from collections.abc import Sequence
from dataclasses import replace

import structlog
from slack_sdk.errors import SlackApiError

from bot.agent import texts as agent_texts
from bot.core.errors import CancelledByPersonError
from bot.core.language import Language
from bot.core.message_ref import MessageRef
from bot.core.types import Answer, Handoff, ThreadId
from bot.handoff.messages import ExpertReply, HandoffMessage
from bot.handoff.service import in_terminal
from bot.limits.texts import in_words
from bot.queue.queue import Lease
from bot.slack.answers import texts as answer_texts
from bot.slack.answers.blocks import Posting, asking_posting, notice, private_asking_posting
from bot.slack.client.clients import UNCERTAIN, reaching_slack
from bot.slack.client.escape import mrkdwn
from bot.slack.client.outbox import Outbox
from bot.slack.client.people import SlackPeople, is_person, mention
from bot.slack.client.permissions import Principals
from bot.slack.entries.forms import offer
from bot.slack.handoff import texts

_log = structlog.get_logger(__name__)


class SlackHandoffMessenger:
    """Posts in threads, and writes to experts.

    Args:
        outbox: Posts messages.
        principals: Names people, and knows their language.
    """

    def __init__(self, outbox: Outbox, principals: Principals) -> None:
        self._outbox = outbox
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
            await self._outbox.post_once(lease, MessageRef.parse(thread), posting, since, part)
        except CancelledByPersonError:
            _log.info("thread_gone", handoff=handoff.id)

    async def ask_privately(
        self, handoff: Handoff, owner: str, answer: Answer, lease: Lease, since: float
    ) -> ThreadId:
        with reaching_slack():
            conversation = await self._outbox.conversation(owner)
        asker = "" if in_terminal(handoff.waiting[0].thread) else handoff.waiting[0].person
        posting = private_asking_posting(handoff, answer, asker, handoff.language)
        ts = await self._outbox.post_once(lease, conversation, posting, since)
        return replace(conversation, ts=ts).thread

    async def remind(self, handoff: Handoff) -> None:
        language = handoff.language
        thread = MessageRef.parse(handoff.thread)
        asked = handoff.id if handoff.thread == handoff.waiting[0].thread else handoff.thread
        link = await self._link(asked, texts.THE_QUESTION.to(language))
        text = texts.REMINDER.to(language, owner=mention(handoff.owner), link=link)
        try:
            await self._outbox.post(thread, Posting(text))
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("reminder_not_posted", handoff=handoff.id, error=str(error))

    async def gather(self, owner: str, handoffs: Sequence[Handoff]) -> None:
        first = handoffs[0]
        try:
            if self._people.kind(owner) == "person":
                thread = await self._outbox.conversation(owner)
                language = await self._principals.language(owner)
            else:
                thread, language = MessageRef.parse(first.thread), first.language
            # Only links: not everybody who is asked may read the channel.
            links = [await self._link(one.id, texts.THE_QUESTION.to(language)) for one in handoffs]
            listed = "".join(f"\n• {link}" for link in filter(None, links))
            text = texts.GATHERED.to(language, owner=mention(owner))
            await self._outbox.post(thread, Posting(f"{text}{listed}"))
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("questions_not_gathered", owner=owner, error=str(error))

    async def offer_saving(self, handoff: Handoff, reply: ExpertReply) -> None:
        language = await self._principals.language(reply.person)
        posting = offer(f"{handoff.id}|{reply.place}", language)
        await self._outbox.ephemeral(reply.person, MessageRef.parse(reply.thread), posting)

    async def _posting(  # noqa: C901 - one case for each message
        self, handoff: Handoff, message: HandoffMessage
    ) -> Posting:
        language = handoff.language
        person = await self._shown(message.person)
        match message.about:
            case "passed_on":
                return _passed_on(handoff, message, person, language)
            case "asking":
                found = message.answer or Answer("handed_over", "")
                return asking_posting(handoff.id, handoff.text, found, message.owner, language)
            case "own_subject":
                said = agent_texts.ASKER_IS_EXPERT.to(language)
            case "nobody_left":
                text = texts.NOBODY_LEFT_PRIVATE if handoff.private else texts.NOBODY_LEFT
                said = text.to(language, person=person)
            case "joined" | "asked" | "not_asked":
                owner = await self._shown(message.owner)
                text = texts.ASKED_PRIVATELY if owner else texts.NOT_ASKED
                joined = answer_texts.JOINED if owner else answer_texts.JOINED_NOBODY
                said = (joined if message.about == "joined" else text).to(language, owner=owner)
            case "relayed":
                said = texts.SAYS.to(language, person=person, text=mrkdwn(message.text))
            case "asked_later":
                when = in_words(message.seconds, language)
                owner = mrkdwn(await self._people.named(message.owner))
                said = texts.ASKED_LATER.to(language, owner=owner, when=when)
            case "saved_elsewhere":
                said = texts.SAVED_ELSEWHERE.to(language)
            case "expired":
                said = texts.EXPIRED.to(language, days=f"{message.days:g}")
            case "answered":
                link = await self._link(message.place, texts.IN_THREAD.to(language))
                said = texts.HAS_ANSWERED.to(language, person=person, link=link)
            case "saved":
                link = await self._link(message.place, texts.IN_THREAD.to(language))
                kept = mrkdwn(message.text)
                said = texts.ANSWER_SAVED.to(language, text=kept, link=link).strip()
        return notice(said)

    async def _shown(self, owner: str) -> str:
        """Return a mention of a person: names can be anybody's. A group is not notified."""
        if not owner or is_person(owner):
            return mention(owner)
        return mrkdwn(await self._people.named(owner))

    async def _link(self, place: str, words: str) -> str:
        """Return a link to the message at *place*, "" where it cannot be had."""
        address = await self._outbox.permalink(place)
        return f"<{address}|{words}>" if address else ""


def _passed_on(
    handoff: Handoff, message: HandoffMessage, person: str, language: Language
) -> Posting:
    """Say who has declined, and ask the next with everything that the first one got."""
    answer = message.answer or Answer("handed_over", "")
    said = texts.PASSED_ON.to(language, person=person, owner=mention(message.owner))
    asking = asking_posting(handoff.id, handoff.text, answer, message.owner, language)
    return Posting(said, [*notice(said).blocks, *asking.blocks[1:]])
