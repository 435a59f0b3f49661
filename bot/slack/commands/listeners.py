"""The slash command, the Home tab, the shortcut and the review form."""

import re
from collections.abc import Mapping

from slack_bolt.app.async_app import AsyncApp

from bot.auto_answers.silence import AutoAnswerPace
from bot.core.types import JobKind
from bot.queue.worker import JobHandler
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.connection import SlackConnection
from bot.slack.client.view_rights import ViewRights
from bot.slack.commands.ask import AskCommand
from bot.slack.commands.channels import ChannelCommand
from bot.slack.commands.complaints import ComplaintBoard
from bot.slack.commands.consent import OptOutCommand
from bot.slack.commands.gaps import GapBoard
from bot.slack.commands.hello import Hello
from bot.slack.commands.home import ASK as HOME_ASK
from bot.slack.commands.home import REFRESH, REINDEX, Home
from bot.slack.commands.notices import Notices
from bot.slack.commands.reindex import ReindexHandler
from bot.slack.commands.review import FORM, ReviewForm
from bot.slack.commands.shortcuts import ASK, Shortcuts
from bot.slack.commands.slash import SlashCommands
from bot.slack.commands.weekly_post import WeeklyPost
from bot.slack.entries.actions import EntryActions
from bot.slack.stores import SlackStores

_ANY = re.compile(".*", re.DOTALL)


class CommandListeners:
    """Does what people and operators ask for outside a conversation."""

    def __init__(
        self,
        slack: SlackConnection,
        stores: SlackStores,
        operations: OperatorActions,
        rights: ViewRights,
        entries: EntryActions,
        weekly_channel: str,
        pace: AutoAnswerPace,
    ) -> None:
        outbox, principals, me = slack.outbox, slack.principals, slack.me
        command = slack.credentials.command
        gaps = GapBoard(stores.overview, rights)
        complaints = ComplaintBoard(stores.overview, rights)
        ask = AskCommand(stores.queue, stores.channels, outbox)
        channels = ChannelCommand(
            stores.channels, rights, stores.audit, command, stores.auto_answers, pace
        )
        opt_out = OptOutCommand(stores.opt_outs, command)
        self._review = ReviewForm(stores, outbox, rights)
        self._home = Home(gaps, complaints, operations, slack.clients, ask, me, command)
        self._hello = Hello(stores.channels, outbox, principals, me)
        self._shortcuts = Shortcuts(ask, outbox, principals, me)
        self._reindex = ReindexHandler(operations, rights, slack.messages, outbox, stores.audit)
        self._notices = Notices(
            operations, gaps, complaints, stores.memory, channels, slack.messages, me
        )
        self._weekly = WeeklyPost(
            gaps, operations, stores.channels, outbox, weekly_channel, command
        )
        self._slash = SlashCommands(
            ask, self._notices, self._reindex, self._review, entries, me, opt_out
        )

    @property
    def handlers(self) -> Mapping[JobKind, JobHandler]:
        """What does which jobs."""
        return {"notice": self._notices, "reindex": self._reindex, "weekly": self._weekly}

    def register(self, app: AsyncApp) -> None:
        """Listen on *app*."""
        app.command(_ANY)(self._slash.run)
        app.event("app_home_opened")(self._home.opened)
        app.event("member_joined_channel")(self._hello.joined)
        app.action(re.compile(f"{HOME_ASK}_[0-9]"))(self._home.ask)
        app.action(REFRESH)(self._home.refresh)
        app.action(REINDEX)(self._slash.reindex_from_home)
        app.shortcut(ASK)(self._shortcuts.open_ask)
        app.view(ASK)(self._shortcuts.ask)
        app.view(FORM)(self._review.submit)
