"""The bot in Slack: all its parts, put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary, proxy

from bot.agent.texts import ATTACHED
from bot.answering.adapter import Reply
from bot.answering.answerer import Answerer, QuestionHandler
from bot.auto_answers.handler import AutoAnswerHandler
from bot.auto_answers.silence import AutoAnswerPace
from bot.auto_answers.unwanted import AutoAnswerJudge
from bot.core.message_ref import MessageRef
from bot.core.types import JobKind, Question, ReadFile
from bot.entries.periodic import EntryConflicts, EntryExpiry
from bot.entries.service import CheckRegression, EntryService
from bot.entries.translation import Translate
from bot.handoff.service import HandoffService
from bot.queue.periodic import PeriodicTask
from bot.queue.queue import Lease
from bot.queue.worker import JobHandler
from bot.slack.answers.access import AccessCheck, AccessPolicy
from bot.slack.answers.listeners import AnswerListeners
from bot.slack.answers.reply import STEADY, ReplyPace, SlackReply
from bot.slack.answers.streamed_reply import StreamedReply
from bot.slack.auto_answers.place import SlackAutoAnswerNews, SlackAutoAnswerPlace
from bot.slack.bolt_app import acknowledge_the_rest, new_bolt_app
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.connection import SlackConnection
from bot.slack.client.files import Files
from bot.slack.client.linked_files import LinkedFiles
from bot.slack.client.people import SlackPeople
from bot.slack.client.readers import SlackReaders
from bot.slack.client.streams import Streams
from bot.slack.client.view_rights import ViewRights
from bot.slack.commands.listeners import CommandListeners
from bot.slack.entries.forms import is_user
from bot.slack.entries.listeners import EntryListeners
from bot.slack.handoff.listeners import HandoffListeners
from bot.slack.intake.conversation_state import ConversationState
from bot.slack.intake.listeners import EventListeners
from bot.slack.stores import SlackStores
from bot.slack.workflow_steps.handler import StepHandler
from bot.text.question_similarity import QuestionSimilarity
from knowledge.base import KnowledgeBase
from knowledge.parsing.pool import ParserPool


@dataclass(frozen=True, slots=True)
class SlackOptions:
    """What operators choose about the bot in Slack.

    Attributes:
        access: How people from outside the team are treated.
        sees_pictures: Whether the model looks at pictures.
        pace: How often a reply is updated.
        similarity: Compares questions, so that the same one is asked once.
        handoff_days: After this many, a question that no expert answered expires.
        translate: Proposes a question in the other language; None where there is no model.
        check_regression: Says which right answers an entry would change; None to check nothing.
        parsers: Where attachments are parsed; the adapter's own when absent.
        weekly_channel: Where the weekly post goes, `#name` or id; "" for nowhere.
        auto_answers: How long people come first where questions to everybody are answered.
    """

    access: AccessPolicy = field(default_factory=AccessPolicy)
    sees_pictures: bool = False
    pace: ReplyPace = STEADY
    similarity: QuestionSimilarity = field(default_factory=QuestionSimilarity)
    handoff_days: float = 7.0
    translate: Translate | None = None
    check_regression: CheckRegression | None = None
    parsers: ParserPool | None = None
    weekly_channel: str = ""
    auto_answers: AutoAnswerPace = field(default_factory=AutoAnswerPace)


class SlackAdapter:
    """Puts questions from Slack into the queue, and shows the answers there.

    Attributes:
        slack: The connection to Slack.
        app: The Bolt app, which `bot.slack.transport` joins to Slack.
        receiver: Stores the events that Slack sends.
        handoffs: The rules of handoffs, with the people of this workspace.
        entries: The rules of entries, likewise.
        handoff_messenger: Tells experts and those who wait.
        handlers: What does the jobs that need no agent.
    """

    def __init__(
        self,
        slack: SlackConnection,
        stores: SlackStores,
        operations: OperatorActions,
        options: SlackOptions = SlackOptions(),
    ) -> None:
        self.slack = slack
        self.app = new_bolt_app(slack.credentials, slack.me)
        self.files = Files(
            slack.downloads,
            pictures=options.sees_pictures,
            parsers=options.parsers or ParserPool(),
            limits=stores.limits,
        )
        self._streams, self._stores = Streams(slack.clients), stores
        self._options = options
        self._replies: WeakKeyDictionary[Lease, SlackReply] = WeakKeyDictionary()

        rights = ViewRights(slack.principals, operations)
        readers = SlackReaders(slack.principals, operations)
        people = SlackPeople(slack.principals)
        self._judge = _judge(slack, stores, people)
        answers = AnswerListeners(slack, stores, rights, self._judge)
        self.handoffs = HandoffService(
            stores.handoffs,
            stores.queue,
            stores.ledger,
            people,
            readers,
            options.similarity,
            options.handoff_days,
            limits=stores.limits,
        )
        self.entries = EntryService(
            stores.saved,
            stores.entry_notes,
            stores.queue,
            self.handoffs,
            slack.principals,
            reaches=is_user,
            check_regression=options.check_regression,
        )
        handoff = HandoffListeners(slack, self.handoffs)
        translate, weekly = options.translate, options.weekly_channel
        entries = EntryListeners(slack, self.entries, rights, translate, stores.limits)
        pace, actions = options.auto_answers, entries.actions
        commands = CommandListeners(slack, stores, operations, rights, actions, weekly, pace)
        events = EventListeners(slack, stores, answers.feedback, self.handoffs, self.entries)
        for listeners in (events, answers, handoff, entries, commands):
            listeners.register(self.app)
        acknowledge_the_rest(self.app)

        self.receiver = events.receiver
        self.handoff_messenger = handoff.messenger
        self.handlers: Mapping[JobKind, JobHandler] = {
            **commands.handlers,
            **handoff.handlers,
            **entries.handlers,
        }

    def periodic_tasks(self, base: KnowledgeBase) -> Sequence[PeriodicTask]:
        """Return the tasks that look after what people have saved to *base*."""
        return (
            EntryExpiry(self.entries),
            EntryConflicts(self.entries, base),
        )

    async def prepared(self, question: Question) -> Question:
        """Return *question* with its files; who reads its answer, the access check has asked.

        One that was not put to the bot has passed no access check.
        """
        if question.unaddressed:
            question = replace(question, asker=await self.slack.principals.of(question))
        files = await self.files.read(question.attachments, question.person)
        home = self.slack.credentials.api_url.removesuffix("/api/")
        linked = LinkedFiles(self.slack.clients, self.slack.principals, self.files, home)
        files += await linked.read(question, question.asker)
        return replace(question, files=files, text=_with_files(question, files))

    def guarded(self, answering: QuestionHandler) -> Mapping[JobKind, JobHandler]:
        """Return *answering* behind the access check, for people and for workflows."""
        access = AccessCheck(
            answering,
            self._stores.channels,
            self.slack.principals,
            self.slack.messages,
            self._options.access,
            self._stores.limits,
            self.slack.credentials.command,
        )
        steps = StepHandler(access, self.slack, self._stores.queue)
        return {"question": access, "workflow_step": steps}

    def unaddressed(self, answerer: Answerer) -> JobHandler:
        """Return what does about questions to everybody what *answerer* can prove."""
        return AutoAnswerHandler(
            answerer,
            self,
            SlackAutoAnswerPlace(self.slack, self._options.access),
            self._stores.channels,
            self._stores.auto_answers,
            self._judge,
            pace=self._options.auto_answers,
        )

    def reply(self, question: Question, lease: Lease) -> Reply:
        """Open the reply to *question*, once for each lease; its durable notes go to *lease*."""
        # A failure message must know of the steps that the failed try is still showing.
        known = self._replies.get(lease)
        if known is None:
            # By proxy: a reply that held its lease would keep both for ever.
            known = self._replies[lease] = self._new_reply(question, proxy(lease))
        return known

    async def expect(self, question: Question) -> None:
        """Note that an answer asked back: the next reply in its thread is for the bot."""
        await ConversationState(self._stores.memory).expect(question.thread)

    def _new_reply(self, question: Question, lease: Lease) -> SlackReply:
        """Return a reply that streams where only its reader looks: in direct messages."""
        messages, pace = self.slack.messages, self._options.pace
        if MessageRef.parse(question.id).direct:
            user = self.slack.me.user
            return StreamedReply(question, lease, messages, self._streams, user, pace)
        return SlackReply(question, lease, messages, pace)


def _with_files(question: Question, files: Sequence[ReadFile]) -> str:
    """Return the text of *question*, with the names of its files so that a model reads them."""
    names = ", ".join(file.name for file in files if file.text or file.picture)
    if not names:
        return question.text
    return f"{question.text}\n\n{ATTACHED.to(question.reply_language, names=names)}"


def _judge(slack: SlackConnection, stores: SlackStores, people: SlackPeople) -> AutoAnswerJudge:
    return AutoAnswerJudge(
        stores.auto_answers,
        stores.channels,
        stores.ledger,
        stores.queue,
        stores.audit,
        SlackAutoAnswerNews(slack, stores.channels, people),
    )
