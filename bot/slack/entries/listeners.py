"""The forms and buttons of saved entries, and the tasks that look after the entries."""

from collections.abc import Mapping, Sequence

from slack_bolt.app.async_app import AsyncApp

from bot.core.types import JobKind
from bot.entries.translation import Translate
from bot.queue.periodic import PeriodicTask
from bot.queue.worker import JobHandler
from bot.slack.answers.blocks import ANSWER
from bot.slack.client.connection import SlackConnection
from bot.slack.client.record_rights import RecordRights
from bot.slack.entries.actions import EntryActions
from bot.slack.entries.forms import SAVE, SAVE_ANSWER
from bot.slack.entries.periodic import EntryConflicts, EntryExpiry, EntryRepair
from bot.slack.entries.save import SaveForm
from bot.slack.entries.worker import CheckRegression, EntryHandler
from bot.slack.handoff.actions import HandoffHandler
from bot.slack.stores import SlackStores
from knowledge.base import KnowledgeBase


class EntryListeners:
    """Saves, lists and changes entries.

    Args:
        slack: Where people save.
        stores: Where entries are kept.
        handoff_handler: Tells those who wait for an answer that is saved.
        rights: Says who may see which records.
        translate: Proposes a question in the other language; None where there is no model.
        check_regression: Says which right answers an entry would change; None to check nothing.

    Attributes:
        actions: Lists entries and does what their buttons say.
        save_form: Opens the form that saves something.
        handler: Does the jobs of the kind `entry`.
    """

    def __init__(
        self,
        slack: SlackConnection,
        stores: SlackStores,
        handoff_handler: HandoffHandler,
        rights: RecordRights,
        translate: Translate | None,
        check_regression: CheckRegression | None,
    ) -> None:
        self._saved, self._notes = stores.saved, stores.entry_notes
        self._principals = slack.principals
        queue = stores.queue
        self.save_form = SaveForm(self._saved, queue, handoff_handler, slack.me, translate)
        self.actions = EntryActions(self._saved, self._notes, self.save_form)
        self.handler = EntryHandler(
            self._saved, self._notes, queue, handoff_handler, rights, check_regression
        )

    @property
    def handlers(self) -> Mapping[JobKind, JobHandler]:
        """What does which jobs."""
        return {"entry": self.handler}

    def periodic_tasks(self, base: KnowledgeBase) -> Sequence[PeriodicTask]:
        """Return the tasks that look after what people have saved to *base*."""
        return (
            EntryRepair(self._saved, self._notes),
            EntryExpiry(self._saved, self._notes, self.handler),
            EntryConflicts(self._saved, base, self._notes, self.handler, self._principals),
        )

    def register(self, app: AsyncApp) -> None:
        """Listen on *app*."""
        app.action(ANSWER)(self.save_form.open_answer)
        app.action(SAVE_ANSWER)(self.save_form.open_answer)
        app.shortcut(SAVE)(self.save_form.open_message)
        app.view(SAVE)(self.save_form.submit)
        for action, listener in self.actions.buttons.items():
            app.action(action)(listener)
