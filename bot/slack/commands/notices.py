"""What is said instead of an answer: it travels as a job, so that a crash cannot swallow it."""

from collections.abc import Mapping
from typing import Literal

from bot.answering.memory import ThreadMemory
from bot.core.language import Language, language_of
from bot.core.limits import LONGEST_QUESTION
from bot.core.message_ref import MessageRef
from bot.core.serialization import question_data, question_from
from bot.core.types import Job, Question
from bot.queue.queue import Lease
from bot.slack.answers.reply import SlackReply
from bot.slack.client import texts as client_texts
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.escape import mrkdwn
from bot.slack.client.identity import BotIdentity
from bot.slack.client.messages import Messages
from bot.slack.commands import texts
from bot.slack.commands.channels import ChannelCommand, operators_only
from bot.slack.commands.complaints import ComplaintBoard
from bot.slack.commands.gaps import GapBoard

FixedNotice = Literal[
    "no_text", "too_long", "nothing_to_stop", "full", "person_full", "written_by_bot"
]
Notice = Literal["help", "status", "feedback", "gaps", "forget", "channel", "answers"] | FixedNotice

_COMPLAINTS = 10
_GAPS = 10


def notice_job(question: Question, notice: Notice, argument: str = "") -> Job:
    """Return the job that says *notice* in the thread of *question*; it does not hold the text.

    The channel's language counts first. A bare command is English in every language, so that only
    a Japanese or a longer text tells what its author reads; without one, Slack's profile does.
    """
    written = language_of(question.text)
    tells = written == "ja" or notice in {"too_long", "full", "person_full"}
    payload = {
        "notice": notice,
        "language": question.language or (written if tells else ""),
        "length": len(question.text),
        "argument": argument,
        "question": question_data(question) | {"text": ""},
    }
    return Job(question.id, question.thread, "notice", payload)


class Notices:
    """Says notices, in the language in which their reader uses Slack."""

    def __init__(
        self,
        operations: OperatorActions,
        board: GapBoard,
        complaints: ComplaintBoard,
        memory: ThreadMemory,
        channels: ChannelCommand,
        messages: Messages,
        me: BotIdentity,
    ) -> None:
        self.operations = operations
        self.board = board
        self.complaints = complaints
        self.memory = memory
        self.channels = channels
        self.rights = board.rights
        self.principals = channels.principals
        self.messages = messages
        self.me = me
        self.command = channels.command

    async def __call__(self, lease: Lease) -> None:
        """Do a job of the kind `notice`."""
        question = _question(lease)
        language = await self._language(lease.job.payload, question)
        text = await self._text(lease.job.payload, question, language)
        await SlackReply(question, lease, self.messages).tell(text)

    async def give_up(self, lease: Lease, message: str) -> None:
        """Show *message* instead of the notice."""
        await SlackReply(_question(lease), lease, self.messages).fail(message)

    async def help(self, person: str, language: Language, *, public: bool = False) -> str:
        """Return what the bot can do for *person*, in Slack's own markup.

        In *public*, where others read it, it names what every member may do.
        """
        names = {"bot": f"<@{self.me.user}>", "command": self.command}
        lines = [texts.HELP.to(language, **names)]
        if await self.principals.is_member(person):
            lines.append(texts.HELP_MEMBERS.to(language, **names))
        if not public and await self.principals.is_operator(person):
            lines.append(texts.HELP_OPERATORS.to(language, **names))
        return "\n".join(lines)

    async def status(self, person: str, language: Language, channel: str = "") -> str:
        """Return how the bot is doing, for members only; arguments as of `gaps`.

        Operators learn of failed jobs and doubtful names where nobody else reads it.
        """
        if not await self.principals.is_member(person):
            return client_texts.MEMBERS_ONLY.to(language)
        reader = await self.rights.reader(person, channel)
        if channel and not reader.member:
            return texts.NOT_HERE.to(language, command=self.command)
        in_detail = not channel and await self.principals.is_operator(person)
        said = await self.operations.status(language, reader, in_detail=in_detail)
        lines = [mrkdwn(said, self.operations.addresses(reader))]
        if in_detail:
            lines += await self.principals.names.lines(language)
        return "\n".join(lines)

    async def feedback(self, person: str, language: Language, channel: str = "") -> str:
        """Return the last complaints, for operators only; arguments as of `gaps`."""
        if not await self.principals.is_operator(person):
            return operators_only(self.principals, language)
        reader = await self.rights.reader(person, channel)
        lines = await self.complaints.lines(reader, _COMPLAINTS, language)
        return "\n".join(lines) or texts.NO_COMPLAINTS.to(language)

    async def gaps(self, person: str, language: Language, channel: str = "") -> str:
        """Return what nothing answers, for operators only.

        Args:
            person: Who asks, and alone reads it.
            language: To answer in.
            channel: Where everybody reads it; "" if nobody else does.
        """
        if not await self.principals.is_operator(person):
            return operators_only(self.principals, language)
        reader = await self.rights.reader(person, channel)
        lines = await self.board.lines(reader, _GAPS, language)
        return "\n".join([texts.GAPS_TITLE.to(language), *lines] if lines else []) or (
            texts.NO_GAPS.to(language)
        )

    async def answers(self, person: str, channel: str, policy: str, language: Language) -> str:
        """Return what is answered in *channel*, to members; let operators choose it."""
        if not await self.principals.is_member(person):
            return client_texts.MEMBERS_ONLY.to(language)
        if policy and not await self.principals.is_operator(person):
            return operators_only(self.principals, language)
        if channel.startswith("D"):
            return texts.CHANNEL_ONLY.to(language)
        if policy:
            await self.channels.audit.record(person, "answers", channel, after=policy)
        return mrkdwn(await self.operations.answers(channel, policy, language))

    async def _language(self, payload: Mapping[str, object], question: Question) -> Language:
        match payload["language"]:
            case "ja":
                return "ja"
            case "en":
                return "en"
            case _:
                return await self.principals.language(question.person)

    async def _text(
        self, payload: Mapping[str, object], question: Question, language: Language
    ) -> str:
        match payload["notice"]:
            case "status":
                return await self.status(question.person, language, _channel(question))
            case "feedback":
                return await self.feedback(question.person, language, _channel(question))
            case "gaps":
                return await self.gaps(question.person, language, _channel(question))
            case "forget":
                await self.memory.forget(question.thread)
                return texts.FORGOTTEN.to(language)
            case "channel":
                place, argument = MessageRef.parse(question.id), str(payload["argument"])
                return await self.channels.run(place, argument, question.person, language)
            case "answers":
                place, policy = MessageRef.parse(question.id), str(payload["argument"])
                return await self.answers(question.person, place.channel, policy, language)
            case "help":
                public = bool(_channel(question))
                return await self.help(question.person, language, public=public)
            case _:
                return _said(payload, question, language)


def _said(payload: Mapping[str, object], question: Question, language: Language) -> str:
    """Return a notice that nothing has to be looked up for."""
    match payload["notice"]:
        case "no_text":
            names = mrkdwn(", ".join(file.name for file in question.attachments))
            return texts.NO_TEXT.to(language, names=names)
        case "too_long":
            length = payload["length"]
            return texts.TOO_LONG.to(language, length=length, limit=LONGEST_QUESTION)
        case "nothing_to_stop":
            return texts.NOTHING_TO_STOP.to(language)
        case "written_by_bot":
            return texts.WRITTEN_BY_BOT.in_both()
        case "person_full":
            return texts.PERSON_FULL.to(language, count=payload["argument"])
        case _:
            return texts.FULL.to(language)


def _channel(question: Question) -> str:
    """Return where others read what is said to *question*; "" if nobody does."""
    place = MessageRef.parse(question.id)
    return "" if place.direct else place.channel


def _question(lease: Lease) -> Question:
    data = lease.job.payload["question"]
    assert isinstance(data, Mapping)
    return question_from(data)
