"""The forms and buttons of entries, and the jobs behind them."""

from collections.abc import Mapping

from slack_bolt.app.async_app import AsyncApp

from bot.core.types import JobKind
from bot.entries.handler import EntryHandler
from bot.entries.service import EntryService
from bot.entries.translation import Translate
from bot.limits.person_limits import PersonLimits
from bot.queue.worker import JobHandler
from bot.slack.answers.blocks import ANSWER
from bot.slack.client.connection import SlackConnection
from bot.slack.client.view_rights import ViewRights
from bot.slack.entries.actions import EntryActions
from bot.slack.entries.forms import SAVE, SAVE_ANSWER
from bot.slack.entries.messenger import SlackEntryMessenger
from bot.slack.entries.save import SaveForm


class EntryListeners:
    """Saves, lists and changes entries.

    Args:
        slack: Where people save.
        entries: The rules.
        rights: Says who may see which records.
        translate: Proposes a question in the other language; None where there is no model.
        limits: What one person may send in an hour.

    Attributes:
        actions: Lists entries and does what their buttons say.
    """

    def __init__(
        self,
        slack: SlackConnection,
        entries: EntryService,
        rights: ViewRights,
        translate: Translate | None,
        limits: PersonLimits,
    ) -> None:
        outbox, principals = slack.outbox, slack.principals
        self._form = SaveForm(entries, slack.clients, outbox, rights, limits, translate)
        self.actions = EntryActions(entries, self._form, outbox, principals)
        messenger = SlackEntryMessenger(outbox, principals)
        self._handler = EntryHandler(entries, messenger, rights.may_see)

    @property
    def handlers(self) -> Mapping[JobKind, JobHandler]:
        """What does which jobs."""
        return {"entry": self._handler}

    def register(self, app: AsyncApp) -> None:
        """Listen on *app*."""
        app.action(ANSWER)(self._form.open_answer)
        app.action(SAVE_ANSWER)(self._form.open_answer)
        app.shortcut(SAVE)(self._form.open_message)
        app.view(SAVE)(self._form.submit)
        for action, listener in self.actions.buttons.items():
            app.action(action)(listener)
