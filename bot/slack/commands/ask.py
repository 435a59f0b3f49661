"""Questions from commands and shortcuts, for which the bot writes the message."""

import time

from bot.channels.store import ChannelSettingsStore
from bot.core.language import Language
from bot.core.limits import LONGEST_QUESTION
from bot.core.message_ref import MessageRef
from bot.core.serialization import question_job
from bot.core.types import Question
from bot.queue.queue import Queue
from bot.slack.answers import texts as answer_texts
from bot.slack.answers.blocks import Posting
from bot.slack.client.escape import mrkdwn
from bot.slack.client.outbox import Outbox
from bot.slack.commands import texts
from knowledge.model.types import Principal

_QUOTED = 2_000
"""Characters of a question that are shown above its answer."""


class AskCommand:
    """Begins a thread for a question and puts the question into the queue.

    Every method may raise `SlackApiError`, a connection's error or `RedisUnavailableError`; the
    person is told to try again then.
    """

    def __init__(self, queue: Queue, channels: ChannelSettingsStore, outbox: Outbox) -> None:
        self.queue = queue
        self.channels = channels
        self.outbox = outbox

    async def privately(
        self, text: str, person: str, language: Language, asked_in: str = ""
    ) -> str:
        """Ask *text* in the direct messages of *person*; return what to say now.

        An ephemeral answer could not show its progress, would be lost on reload and could not be
        judged or followed up; a public one would surprise the person who asked where nobody saw.

        Args:
            text: The question.
            person: Who asks, and will read.
            language: To say it in.
            asked_in: Id of the channel, where the answer can be shared later.
        """
        if refusal := too_long(text, language):
            return refusal
        direct = await self.outbox.conversation(person)
        asked = texts.ASKED_HERE.to(language, question=_shown(text))
        place = await self.outbox.post(direct, Posting(asked))
        origin = str(MessageRef(direct.team, asked_in, "")) if _shared(asked_in) else ""
        question = Question(
            place.question,
            place.thread,
            text,
            Principal(person),
            person,
            time.time(),
            asked_in=origin,
        )
        await self._put(question)
        return texts.ANSWER_BY_DM.to(language)

    async def in_thread(
        self, text: str, person: str, thread: MessageRef, language: Language
    ) -> str:
        """Ask *text* in *thread*, for everybody there to see; return what to say now."""
        if refusal := too_long(text, language):
            return refusal
        asked = answer_texts.ASKED_BY.to(language, person=f"<@{person}>", question=_shown(text))
        place = await self.outbox.post(thread, Posting(asked))
        question = Question(
            place.question, thread.thread, text, Principal(place.channel), person, time.time()
        )
        settings = await self.channels.of(thread)
        await self._put(settings.applied_to(question))
        return texts.ANSWER_IN_THREAD.to(language)

    async def _put(self, question: Question) -> None:
        await self.queue.put(question_job(question))


def too_long(text: str, language: Language) -> str:
    """Return the refusal of a question that is too long, or ""."""
    if len(text) <= LONGEST_QUESTION:
        return ""
    return texts.TOO_LONG.to(language, length=len(text), limit=LONGEST_QUESTION)


def _shown(text: str) -> str:
    return mrkdwn(text[:_QUOTED])


def _shared(channel: str) -> bool:
    return bool(channel) and not channel.startswith("D")
