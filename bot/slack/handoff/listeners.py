"""The buttons of a handoff, and the jobs behind them."""

from collections.abc import Mapping

from slack_bolt.app.async_app import AsyncApp

from bot.core.types import JobKind
from bot.handoff.handler import HandoffHandler
from bot.handoff.service import HandoffService
from bot.queue.worker import JobHandler
from bot.slack.answers.blocks import ASK_ABOUT_FOUND, ASK_PRIVATELY, NOT_MINE
from bot.slack.client.connection import SlackConnection
from bot.slack.handoff.buttons import HandoffButtons
from bot.slack.handoff.messenger import SlackHandoffMessenger


class HandoffListeners:
    """Asks experts, and tells those who wait.

    Attributes:
        messenger: Says in Slack what happens to a handoff.
    """

    def __init__(self, slack: SlackConnection, handoffs: HandoffService) -> None:
        self.messenger = SlackHandoffMessenger(slack.outbox, slack.principals)
        self._handler = HandoffHandler(handoffs, self.messenger)
        self._buttons = HandoffButtons(handoffs, slack.outbox, slack.principals)

    @property
    def handlers(self) -> Mapping[JobKind, JobHandler]:
        """What does which jobs."""
        return {"handoff": self._handler}

    def register(self, app: AsyncApp) -> None:
        """Listen on *app*."""
        app.action(ASK_PRIVATELY)(self._buttons.agree)
        app.action(ASK_ABOUT_FOUND)(self._buttons.ask_about)
        app.action(NOT_MINE)(self._buttons.decline)
