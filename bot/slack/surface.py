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

from bot.errors import BotError, InboxFullError, RedisUnavailableError, SettingsError
from bot.language import language_of
from bot.learning.saved import SavedKnowledge
from bot.learning.translating import Translate
from bot.overview import Overview
from bot.protocols import (
    Channels,
    Consents,
    HandOvers,
    Inbox,
    Labels,
    Lease,
    Ledger,
    Memory,
    Reply,
)
from bot.records import question_from
from bot.redis.entry_notes import RedisEntryNotes
from bot.redis.name_pins import RedisNamePins
from bot.rounds import Chore
from bot.slack.asking import Asking
from bot.slack.blocks import ANSWER, ASK_PRIVATELY, DRAFT, FEEDBACK, NOT_MINE, SHARE
from bot.slack.channels import ChannelSettings
from bot.slack.clients import RATE_LIMITED, UNCERTAIN, Clients, error_of, uncertain, web_client
from bot.slack.commands import Operations
from bot.slack.complaints import ComplaintBoard
from bot.slack.consent import ConsentDesk
from bot.slack.doorkeeper import Doorkeeper, DoorPolicy, with_choices
from bot.slack.drafts import DraftDesk
from bot.slack.entry_chores import Contradicting, Expiring, Mending
from bot.slack.entry_desk import EntryDesk
from bot.slack.entry_forms import SAVE, SAVE_ANSWER
from bot.slack.entry_work import EntryWork
from bot.slack.feedback import FeedbackDesk
from bot.slack.files import Files
from bot.slack.gaps import GapBoard
from bot.slack.handing import HandOverDesk
from bot.slack.home import REFRESH, REINDEX, Home
from bot.slack.identity import Identity, SlackCredentials
from bot.slack.intake import Intake
from bot.slack.labelling import FORM as LABEL
from bot.slack.labelling import LabelDesk
from bot.slack.manifest import EVENTS, event_type
from bot.slack.messages import Messages
from bot.slack.names import PinnedNames
from bot.slack.notices import Notices
from bot.slack.places import Place
from bot.slack.principals import Principals
from bot.slack.reasons import ASK_WHY, FORM, ReasonForm
from bot.slack.record_rights import RecordRights
from bot.slack.reindexing import Reindexing
from bot.slack.reply import STEADY, Pace, SlackReply
from bot.slack.requests import MISSHAPEN
from bot.slack.saving import SavingDesk
from bot.slack.sharing import Sharing
from bot.slack.shortcuts import ASK, Shortcuts
from bot.slack.slash import SlashCommands
from bot.slack.streamed_reply import StreamedReply
from bot.slack.streams import Streams
from bot.slack.talks import Talks
from bot.types import Job, JobKind, Question, ReadFile
from bot.worker import Handler
from knowledge.base import KnowledgeBase
from knowledge.errors import KnowledgeError

_ANY = re.compile(".*", re.DOTALL)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stores:
    """Where what happens in Slack is kept, and what reads it for people.

    Attributes:
        groups: Returns the channels and user groups, by name or id, that the knowledge names.
    """

    inbox: Inbox
    ledger: Ledger
    memory: Memory
    channels: Channels
    labels: Labels
    consents: Consents
    handovers: HandOvers
    overview: Overview
    saved: SavedKnowledge
    entry_notes: RedisEntryNotes
    pins: RedisNamePins
    groups: Callable[[], Awaitable[frozenset[str]]]


class SlackSurface:
    """Receives into the inbox, replies from it. Nothing but `connect` works before `connect`.

    Attributes:
        app: The Bolt app, which `bot.slack.serve` joins to Slack.
        me: Who the bot is in its workspace.
        intake: Takes in what Slack sends.
        translate: Proposes questions in the other language, None where nothing can.
        handing: Looks after what was handed over to people.
        handlers: What a worker does with the jobs that need no agent.
        saving: Opens the form that saves something.
        entry_work: Does what is to be done about what was saved.
    """

    me: Identity
    intake: Intake
    handing: HandOverDesk
    saving: SavingDesk
    entry_work: EntryWork
    handlers: Mapping[JobKind, Handler]

    def __init__(
        self,
        credentials: SlackCredentials,
        stores: Stores,
        operations: Operations,
        *,
        doors: DoorPolicy = DoorPolicy(),  # noqa: B008 - frozen
        sees_pictures: bool = False,
        pace: Pace = STEADY,
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
        asking = Asking(self._stores.inbox, self.clients, self.me)
        channels = ChannelSettings(
            self._stores.channels, self._operations, self.principals, command
        )
        reindexing = Reindexing(self._operations, self.principals, self.messages, self.clients)
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
        feedback = FeedbackDesk(
            self._stores.ledger, reasons, self.clients, self.principals, self.me
        )
        home = Home(board, complaints, self._operations, self.clients, self.principals, self.me)
        shortcuts = Shortcuts(asking, self.clients, self.principals, self.me)
        drafts = DraftDesk(
            self._stores.ledger, self._stores.handovers, self.clients, self.principals
        )
        self.handing = HandOverDesk(
            self._stores.handovers,
            self._stores.inbox,
            self._stores.ledger,
            self._operations,
            self.principals,
            self.messages,
        )
        self.saving = SavingDesk(
            self._stores.saved, self._stores.inbox, self.handing, self.me, self.translate
        )
        self.handing.on_answer = self.saving.offer
        entries = EntryDesk(self._stores.saved, self._stores.entry_notes, self.saving)
        self.entry_work = EntryWork(
            self._stores.saved, self._stores.entry_notes, self._stores.inbox, self.handing, rights
        )
        sharing = Sharing(self._stores.ledger, self._operations, self.clients, self.principals)
        labelling = LabelDesk(self._stores.ledger, self._stores.labels, self.clients, rights)
        commands = SlashCommands(
            asking,
            notices,
            reindexing,
            labelling,
            entries,
            self.me,
            ConsentDesk(self._stores.consents, command),
        )
        self.intake = Intake(
            self._stores.inbox,
            self._stores.memory,
            self._stores.channels,
            feedback,
            self.handing,
            self._stores.entry_notes,
            self.me,
        )
        self.handlers = {
            "notice": notices,
            "reindex": reindexing,
            "handover": self.handing,
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
            ASK_PRIVATELY: self.handing.agree,
            NOT_MINE: self.handing.decline,
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

    def chores(self, base: KnowledgeBase) -> Sequence[Chore]:
        """Return what is looked after from time to time in what people have saved to *base*."""
        saved, notes, work = self._stores.saved, self._stores.entry_notes, self.entry_work
        return (
            Mending(saved, notes),
            Expiring(saved, notes, work),
            Contradicting(saved, base, notes, work, self.principals),
        )

    async def question(self, job: Job) -> Question:
        """Read the question out of *job*, with the rights that its readers have now."""
        question = await with_choices(question_from(job.payload), self._stores.channels)
        files = await self.files.read(question.attachments)
        asker = await self.principals.of(question)
        return replace(question, asker=asker, files=files, text=_with_files(question.text, files))

    def is_private(self, question: Question) -> bool:
        """Tell whether nobody but its asker sees *question*."""
        return Place.parse(question.id).direct

    def guarded(self, answering: Handler) -> Handler:
        """Return *answering* with the doorkeeper in front of it."""
        return Doorkeeper(
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
        await Talks(self._stores.memory).expect(question.thread)

    def _new_reply(self, question: Question, lease: Lease) -> SlackReply:
        """Return a reply that streams where only its reader looks: in direct messages."""
        if Place.parse(question.id).direct:
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

    async def _identify(self) -> Identity:
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
        return Identity(
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


def _take_in(app: AsyncApp, intake: Intake) -> None:
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
    expected = isinstance(error, (RedisUnavailableError, InboxFullError, TimeoutError))
    reason = str(error) or type(error).__name__
    _log.error("slack_request_failed", reason=reason, exc_info=None if expected else error)
    return BoltResponse(status=HTTPStatus.BAD_REQUEST) if isinstance(error, MISSHAPEN) else None
