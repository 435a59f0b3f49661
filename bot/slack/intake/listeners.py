"""The events: messages, reactions, and the Stop button."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.entries.service import EntryService
from bot.handoff.service import HandoffService
from bot.slack.answers.feedback import FeedbackListener
from bot.slack.auto_answers.overheard import Overheard
from bot.slack.client.connection import SlackConnection
from bot.slack.client.slack_changes import change_in
from bot.slack.history.changes import change_of
from bot.slack.intake.receiver import Receiver
from bot.slack.stores import SlackStores


class EventListeners:
    """Stores what an event asks for before Bolt acknowledges the event.

    Attributes:
        receiver: Decides what is for the bot, and stores it.
    """

    def __init__(
        self,
        slack: SlackConnection,
        stores: SlackStores,
        feedback: FeedbackListener,
        handoffs: HandoffService,
        entries: EntryService,
    ) -> None:
        self._changes = stores.changes
        self._history = stores.history
        self._me = slack.me
        self.receiver = Receiver(
            stores.queue,
            stores.memory,
            stores.channels,
            feedback,
            handoffs,
            entries,
            slack.me,
            overheard=Overheard(stores.queue, stores.channels, stores.auto_answers),
        )

    def register(self, app: AsyncApp) -> None:
        """Listen on *app*, before every other listener."""
        app.use(self._receive)

    async def _receive(
        self, body: Mapping[str, Any], next_: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        if body.get("type") == "event_callback":
            # First: what follows may be judged in another process at once.
            if change := change_in(body):
                await self._changes.note(change)
            if message := change_of(body, self._me):
                await self._history.note(message)
            await self.receiver.receive(body)
        elif body.get("type") == "app_rate_limited":
            await self._history.missed()
        return await next_()
