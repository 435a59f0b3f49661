"""Who gets an answer: checked before every question."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.answering.answerer import QuestionHandler
from bot.channels.store import ChannelSettingsStore
from bot.core.errors import AdapterUnavailableError
from bot.core.i18n import Text
from bot.core.language import Language
from bot.core.message_ref import MessageRef
from bot.core.serialization import question_from
from bot.core.types import Question
from bot.limits.person_limits import PersonLimits
from bot.limits.texts import in_words
from bot.queue.queue import Lease
from bot.slack.answers import texts
from bot.slack.answers.reply import SlackReply
from bot.slack.client.messages import Messages
from bot.slack.client.permissions import PersonKind, Principals

Treatment = Literal["answer", "refuse"]

OUTSIDE_SHARE = 0.5
"""The share of a member's questions that guests and people of other organisations may ask."""
PATIENCE = 300.0
"""Seconds for which a question waits until Slack tells who reads its answer."""


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """How guests and people of other organisations are treated.

    Guests are answered from what they may read. People of other organisations, in shared channels,
    are refused unless the operator says otherwise: they did not choose to be read by a bot.
    Operators are named by id or user group; nobody named means the workspace's admins and owners.
    """

    guests: Treatment = "answer"
    outsiders: Treatment = "refuse"
    operators: Sequence[str] = ()

    def refuses(self, kind: PersonKind) -> Text | None:
        """Return the refusal for people of *kind*, or None."""
        refusals: Mapping[PersonKind, tuple[Treatment, Text]] = {
            "guest": (self.guests, texts.NOT_FOR_GUESTS),
            "outsider": (self.outsiders, texts.NOT_FOR_OUTSIDERS),
        }
        treatment, text = refusals.get(kind, ("answer", texts.NOT_FOR_GUESTS))
        return text if treatment == "refuse" else None


class AccessCheck:
    """A handler in front of another: it refuses a question, or passes it on.

    What is passed on has the rights that the readers of its answer have now. A question waits while
    Slack cannot be asked who reads its answer. When `PATIENCE` is over, its asker is told so, as
    soon as Slack takes messages.
    """

    def __init__(
        self,
        answering: QuestionHandler,
        channels: ChannelSettingsStore,
        principals: Principals,
        messages: Messages,
        policy: AccessPolicy,
        limits: PersonLimits,
        command: str,
    ) -> None:
        self.answering = answering
        self.channels = channels
        self.principals = principals
        self.messages = messages
        self.policy = policy
        self.limits = limits
        self.command = command

    async def __call__(self, lease: Lease) -> None:
        """Do a job of the kind `question`."""
        question = question_from(lease.job.payload)
        if question.language is None:  # it has no words
            spoken = await self.principals.language(question.person)
            question = replace(question, language=spoken)
        try:
            refusal = await self.refusal(question)
            if not refusal:
                readers = await self.principals.of(question)
                question = replace(question, asker=readers)
        except AdapterUnavailableError:
            refusal = await self.too_late(question, lease)
            if not refusal:
                raise
        if refusal:
            await SlackReply(question, lease, self.messages).tell(refusal)
            await lease.save(refused="1")
        else:
            await self.answering.handle(question, lease)

    async def too_late(self, question: Question, lease: Lease) -> str:
        """Return why there is no answer when Slack has not told for long who reads it, or ""."""
        now = time.time()
        since = float(lease.notes.get("readers_unknown_since", now))
        if "readers_unknown_since" not in lease.notes:
            await lease.save(readers_unknown_since=f"{now:.3f}")
        late = now - since >= PATIENCE
        return texts.READERS_UNKNOWN.to(question.reply_language) if late else ""

    async def give_up(self, lease: Lease, message: str) -> None:
        """Tell the asker that there will be no answer."""
        await self.answering.give_up(lease, message)

    async def refusal(self, question: Question) -> str:
        """Return why *question* gets no answer, as a text for its asker, or ""."""
        language = question.reply_language
        settings = await self.channels.of(MessageRef.parse(question.id))
        if settings.listening == "off":
            return texts.SWITCHED_OFF.to(language, command=self.command)
        return await self.personal_refusal(question.person, question.id, language)

    async def personal_refusal(self, person: str, asked: str, language: Language) -> str:
        """Return why *person* gets no answer to what has the id *asked*, wherever, or ""."""
        kind = await self.principals.kind(person)
        if refused := self.policy.refuses(kind):
            return refused.to(language)
        share = OUTSIDE_SHARE if kind in {"guest", "outsider"} else 1.0
        return await self.over_limit(person, asked, language, share=share)

    async def over_limit(
        self, person: str, asked: str, language: Language, *, share: float = 1.0
    ) -> str:
        """Count what has the id *asked* for *person*; say so if it is one too many, else ""."""
        wait = await self.limits.take("questions", person, asked, share=share)
        if not wait:
            return ""
        most = int(self.limits.hourly.questions * share)
        when = in_words(wait, language)
        return texts.TOO_MANY_QUESTIONS.to(language, count=most, when=when)
