"""Slack as a place where people talk with the bot: all its parts, put together."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from weakref import WeakKeyDictionary, proxy

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError

from bot.analytics.overview import Overview
from bot.answering.adapter import Reply
from bot.answering.memory import ThreadMemory
from bot.channels.store import ChannelSettingsStore
from bot.core.errors import BotError, QueueFullError, RedisUnavailableError, SettingsError
from bot.core.language import language_of
from bot.core.message_ref import MessageRef
from bot.core.serialization import question_from
from bot.core.types import Job, JobKind, Question, ReadFile
from bot.entries.notes import EntryNotes
from bot.entries.store import EntryStore
from bot.entries.translation import Translate
from bot.handoff.store import HandoffStore
from bot.queue.periodic import PeriodicTask
from bot.queue.queue import Lease, Queue
from bot.queue.worker import JobHandler
from bot.records.labels import Labels
from bot.records.ledger import Ledger
from bot.records.opt_out import OptOuts
from bot.slack.answers.access import AccessCheck, AccessPolicy, with_choices
from bot.slack.answers.blocks import ANSWER, ASK_PRIVATELY, DRAFT, FEEDBACK, NOT_MINE, SHARE
from bot.slack.answers.draft import DraftListener
from bot.slack.answers.feedback import FeedbackListener
from bot.slack.answers.feedback_reasons import ASK_WHY, FORM, ReasonForm
from bot.slack.answers.reply import STEADY, ReplyPace, SlackReply
from bot.slack.answers.share import ShareListener
from bot.slack.answers.streamed_reply import StreamedReply
from bot.slack.client.clients import (
    RATE_LIMITED,
    UNCERTAIN,
    Clients,
    error_of,
    uncertain,
    web_client,
)
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.files import Files
from bot.slack.client.identity import BotIdentity, SlackCredentials
from bot.slack.client.manifest import EVENTS, event_type
from bot.slack.client.messages import Messages
from bot.slack.client.name_pins import RedisNamePins
from bot.slack.client.names import PinnedNames
from bot.slack.client.permissions import Principals
from bot.slack.client.record_rights import RecordRights
from bot.slack.client.streams import Streams
from bot.slack.commands.ask import AskCommand
from bot.slack.commands.channels import ChannelCommand
from bot.slack.commands.complaints import ComplaintBoard
from bot.slack.commands.consent import OptOutCommand
from bot.slack.commands.gaps import GapBoard
from bot.slack.commands.home import REFRESH, REINDEX, Home
from bot.slack.commands.notices import Notices
from bot.slack.commands.reindex import ReindexHandler
from bot.slack.commands.review import FORM as LABEL
from bot.slack.commands.review import ReviewForm
from bot.slack.commands.shortcuts import ASK, Shortcuts
from bot.slack.commands.slash import SlashCommands
from bot.slack.entries.actions import EntryActions
from bot.slack.entries.forms import SAVE, SAVE_ANSWER
from bot.slack.entries.periodic import EntryConflicts, EntryExpiry, EntryRepair
from bot.slack.entries.save import SaveForm
from bot.slack.entries.worker import EntryHandler
from bot.slack.handoff.actions import HandoffHandler
from bot.slack.intake.conversation_state import ConversationState
from bot.slack.intake.receiver import Receiver
from bot.slack.requests import MISSHAPEN
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError

_ANY = re.compile(".*", re.DOTALL)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SlackStores:
    """Where what happens in Slack is kept, and what reads it for people.

    Attributes:
        groups: Returns the channels and user groups, by name or id, that the knowledge names.
    """

    queue: Queue
    ledger: Ledger
    memory: ThreadMemory
    channels: ChannelSettingsStore
    labels: Labels
    opt_outs: OptOuts
    handoffs: HandoffStore
    overview: Overview
    saved: EntryStore
    entry_notes: EntryNotes
    pins: RedisNamePins
    groups: Callable[[], Awaitable[frozenset[str]]]


class SlackAdapter:
    """Receives into the inbox, replies from it. Nothing but `connect` works before `connect`.

    Attributes:
        app: The Bolt app, which `bot.slack.transport` joins to Slack.
        me: Who the bot is in its workspace.
        intake: Takes in what Slack sends.
        translate: Proposes questions in the other language, None where nothing can.
        handoff_handler: Looks after what was handed over to people.
        handlers: What a worker does with the jobs that need no agent.
        saving: Opens the form that saves something.
        entry_work: Does what is to be done about what was saved.
    """

    me: BotIdentity
    intake: Receiver
    handoff_handler: HandoffHandler
    saving: SaveForm
    entry_work: EntryHandler
    handlers: Mapping[JobKind, JobHandler]

    def __init__(
        self,
        credentials: SlackCredentials,
        stores: SlackStores,
        operations: OperatorActions,
        *,
        doors: AccessPolicy = AccessPolicy(),  # noqa: B008 - frozen
        sees_pictures: bool = False,
        pace: ReplyPace = STEADY,
        clients: Clients | None = None,
    ) -> None:
        self.credentials = credentials
        self.clients = clients or Clients(credentials.bot_token, credentials.api_url)
        self.messages = Messages(self.clients)
        self.streams = Streams(self.clients)
        self.files = Files(
            self.clients, credentials.bot_token, credentials.api_url, pictures=sees_pictures
        )
        self.app = _bolt_app(credentials, self._authorization)
        self._stores = stores
        self._operations = operations
        self._doors = doors
        self._pace = pace
        self.translate: Translate | None = None
        self._replies: WeakKeyDictionary[Lease, SlackReply] = WeakKeyDictionary()

    async def connect(self) -> None:
        """Learn who the bot is, and get ready to listen.

        Raises:
            SettingsError: Slack refuses the bot token.
            BotError: Slack cannot be reached.
        """
        self.clients.open()
        self.me = await self._identify()
        names = PinnedNames(
            self.clients.repeating, self.me.team, self._stores.pins, self._names_used
        )
        self.principals = Principals(self.clients.repeating, self.me, names, self._doors.operators)
        command = self.credentials.command
        rights = RecordRights(self.principals, self._operations)
        board = GapBoard(self._stores.overview, rights)
        complaints = ComplaintBoard(self._stores.overview, rights)
        asking = AskCommand(self._stores.queue, self.clients, self.me)
        channels = ChannelCommand(self._stores.channels, self._operations, self.principals, command)
        reindexing = ReindexHandler(self._operations, self.principals, self.messages, self.clients)
        notices = Notices(
            self._operations,
            board,
            complaints,
            self._stores.memory,
            channels,
            self.messages,
            self.me,
        )
        reasons = ReasonForm(self._stores.ledger, self.clients, self.principals)
        feedback = FeedbackListener(
            self._stores.ledger, reasons, self.clients, self.principals, self.me
        )
        home = Home(board, complaints, self._operations, self.clients, self.principals, self.me)
        shortcuts = Shortcuts(asking, self.clients, self.principals, self.me)
        drafts = DraftListener(
            self._stores.ledger, self._stores.handoffs, self.clients, self.principals
        )
        self.handoff_handler = HandoffHandler(
            self._stores.handoffs,
            self._stores.queue,
            self._stores.ledger,
            self._operations,
            self.principals,
            self.messages,
        )
        self.saving = SaveForm(
            self._stores.saved, self._stores.queue, self.handoff_handler, self.me, self.translate
        )
        self.handoff_handler.on_answer = self.saving.offer
        entries = EntryActions(self._stores.saved, self._stores.entry_notes, self.saving)
        self.entry_work = EntryHandler(
            self._stores.saved,
            self._stores.entry_notes,
            self._stores.queue,
            self.handoff_handler,
            rights,
        )
        sharing = ShareListener(
            self._stores.ledger, self._operations, self.clients, self.principals
        )
        labelling = ReviewForm(self._stores.ledger, self._stores.labels, self.clients, rights)
        commands = SlashCommands(
            asking,
            notices,
            reindexing,
            labelling,
            entries,
            self.me,
            OptOutCommand(self._stores.opt_outs, command),
        )
        self.intake = Receiver(
            self._stores.queue,
            self._stores.memory,
            self._stores.channels,
            feedback,
            self.handoff_handler,
            self._stores.entry_notes,
            self.me,
        )
        self.handlers = {
            "notice": notices,
            "reindex": reindexing,
            "handoff": self.handoff_handler,
            "entry": self.entry_work,
        }
        _take_in(
            self.app,
            self.intake,
        )
        self.app.event("app_home_opened")(home.opened)
        self.app.command(_ANY)(commands.run)
        for action, listener in {
            FEEDBACK: feedback.press,
            ASK_WHY: reasons.press,
            SHARE: sharing.press,
            DRAFT: drafts.press,
            ASK_PRIVATELY: self.handoff_handler.agree,
            NOT_MINE: self.handoff_handler.decline,
            REFRESH: home.refresh,
            REINDEX: commands.reindex_from_home,
            ANSWER: self.saving.open_answer,
            SAVE_ANSWER: self.saving.open_answer,
            **entries.buttons,
        }.items():
            self.app.action(action)(listener)
        self.app.shortcut(ASK)(shortcuts.open_ask)
        self.app.shortcut(SAVE)(self.saving.open_message)
        self.app.view(ASK)(shortcuts.ask)
        self.app.view(SAVE)(self.saving.submit)
        self.app.view(FORM)(reasons.submit)
        self.app.view(LABEL)(labelling.submit)
        _acknowledge_the_rest(self.app)
        await self.pin_names()

    async def pin_names(self) -> None:
        """Pin the names that settings and documents use; a failure is logged and tried again."""
        try:
            await self.principals.names.look()
        except (BotError, KnowledgeError) as error:
            _log.warning("names_not_pinned", reason=str(error))

    def periodic_tasks(self, base: KnowledgeBase) -> Sequence[PeriodicTask]:
        """Return what is looked after from time to time in what people have saved to *base*."""
        saved, notes, work = self._stores.saved, self._stores.entry_notes, self.entry_work
        return (
            EntryRepair(saved, notes),
            EntryExpiry(saved, notes, work),
            EntryConflicts(saved, base, notes, work, self.principals),
        )

    async def question(self, job: Job) -> Question:
        """Read the question out of *job*, with the rights that its readers have now."""
        question = await with_choices(question_from(job.payload), self._stores.channels)
        files = await self.files.read(question.attachments, question.person)
        asker = await self.principals.of(question)
        return replace(question, asker=asker, files=files, text=_with_files(question.text, files))

    def is_private(self, question: Question) -> bool:
        """Tell whether nobody but its asker sees *question*."""
        return MessageRef.parse(question.id).direct

    def guarded(self, answering: JobHandler) -> JobHandler:
        """Return *answering* with the doorkeeper in front of it."""
        return AccessCheck(
            answering,
            self._stores.channels,
            self.principals,
            self.messages,
            self._doors,
            self.credentials.command,
        )

    def reply(self, question: Question, lease: Lease) -> Reply:
        """Open the reply to *question*, once for each lease; its durable notes go to *lease*."""
        # An apology must know of the steps that the failed try is still showing.
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
        if MessageRef.parse(question.id).direct:
            return StreamedReply(
                question, lease, self.messages, self.streams, self.me.user, self._pace
            )
        return SlackReply(question, lease, self.messages, self._pace)

    async def reachable(self) -> str:
        """Return the bot's workspace, as Slack tells it now. Raises `BotError` if it does not."""
        try:
            told = await self.clients.hasty.auth_test()
        except SlackApiError as error:
            if error_of(error) == RATE_LIMITED:  # there is nothing wrong with a busy bot
                return self.me.team
            raise BotError(f"Slack refuses the bot token ({error_of(error) or error})") from error
        except UNCERTAIN as error:
            address = self.credentials.api_url
            reason = str(error) or type(error).__name__
            raise BotError(f"Slack cannot be reached at {address}: {reason}") from error
        return str(told["team_id"])

    async def aclose(self) -> None:
        """Close the connections."""
        await self.clients.aclose()

    async def _identify(self) -> BotIdentity:
        try:
            told = await self.clients.posting.auth_test()
        except SlackApiError as error:
            if uncertain(error):
                raise BotError(f"Slack is in trouble just now: {error_of(error)}") from error
            raise SettingsError(
                f"SLACK_BOT_TOKEN was refused by Slack ({error_of(error) or error}): copy the bot "
                "token (xoxb-…) from OAuth & Permissions of your app at api.slack.com/apps"
            ) from error
        except UNCERTAIN as error:
            address = self.credentials.api_url
            raise BotError(f"Slack cannot be reached at {address}: {error}") from error
        return BotIdentity(
            team=str(told["team_id"]),
            user=str(told["user_id"]),
            bot=str(told.get("bot_id") or ""),
            enterprise=str(told.get("enterprise_id") or ""),
        )

    async def _names_used(self) -> frozenset[str]:
        return await self._stores.groups() | frozenset(self._doors.operators)

    def _authorization(self) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=self.me.enterprise or None,
            team_id=self.me.team,
            bot_user_id=self.me.user,
            bot_id=self.me.bot,
            bot_token=self.credentials.bot_token,
        )


def _with_files(text: str, files: Sequence[ReadFile]) -> str:
    """Return *text* with the names of what can be read beside it, so that a model asks for it."""
    names = ", ".join(file.name for file in files if file.text or file.picture)
    if not names:
        return text
    return f"{text}\n\n({'添付' if language_of(text) == 'ja' else 'Attached'}: {names})"


def _bolt_app(
    credentials: SlackCredentials, authorization: Callable[[], AuthorizeResult]
) -> AsyncApp:
    """Make the Bolt app.

    Bolt reads the environment behind our back: a stray SLACK_CLIENT_ID would switch it to OAuth
    and make it forget the token. Our own `authorize` wins over that in every case.
    """

    async def authorize() -> AuthorizeResult:
        return authorization()

    logger = logging.getLogger(f"{__name__}.bolt")
    logger.setLevel(logging.WARNING)  # below, it logs request bodies
    expected = warning_client_prioritized_and_token_skipped()
    logger.addFilter(lambda record: record.getMessage() != expected)
    app = AsyncApp(
        name="kotae",
        logger=logger,
        client=web_client(None, credentials.api_url),
        signing_secret=credentials.signing_secret,
        authorize=authorize,
    )
    app.error(_report)
    return app


def _take_in(app: AsyncApp, intake: Receiver) -> None:
    """Store what an event asks for before Bolt acknowledges the event."""

    async def receive(
        body: Mapping[str, Any], next_: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        if body.get("type") == "event_callback":
            await intake.receive(body)
        return await next_()

    app.use(receive)


def _acknowledge_the_rest(app: AsyncApp) -> None:
    """Listen to all that nothing else listens to: what is not acknowledged comes again."""
    for subscription in EVENTS:
        app.event(event_type(subscription))(_received)
    app.event(_ANY)(_received)
    for others in (app.action, app.options, app.shortcut, app.view):
        others(_ANY)(_acknowledge)


async def _received() -> None:
    """Listen to an event that the intake has taken in: Bolt has acknowledged it."""


async def _acknowledge(ack: AsyncAck) -> None:
    """Acknowledge something that is not ours to act on."""
    await ack()


async def _report(error: Exception) -> BoltResponse | None:
    """Log what went wrong; Slack gets an error status, and sends again."""
    expected = isinstance(error, (RedisUnavailableError, QueueFullError, TimeoutError))
    reason = str(error) or type(error).__name__
    _log.error("slack_request_failed", reason=reason, exc_info=None if expected else error)
    return BoltResponse(status=HTTPStatus.BAD_REQUEST) if isinstance(error, MISSHAPEN) else None
