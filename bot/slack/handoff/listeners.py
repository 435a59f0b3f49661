"""The buttons of a handoff."""

from collections.abc import Mapping

from slack_bolt.app.async_app import AsyncApp

from bot.core.types import JobKind
from bot.queue.worker import JobHandler
from bot.slack.answers.blocks import ASK_PRIVATELY, NOT_MINE
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.connection import SlackConnection
from bot.slack.handoff.actions import HandoffHandler, OnAnswer
from bot.slack.stores import SlackStores


class HandoffListeners:
    """Asks experts, and tells those who wait.

    Args:
        slack: Where people are asked.
        stores: Where handoffs are kept.
        operations: Says who may read which documents.
        on_answer: Called with what an expert has answered.
        days: After this many, a question without an answer expires.

    Attributes:
        handler: Does the jobs of the kind `handoff`.
    """

    def __init__(
        self,
        slack: SlackConnection,
        stores: SlackStores,
        operations: OperatorActions,
        on_answer: OnAnswer,
        days: float,
    ) -> None:
        self.handler = HandoffHandler(
            stores.handoffs,
            stores.queue,
            stores.ledger,
            operations,
            slack,
            on_answer,
            days,
        )

    @property
    def handlers(self) -> Mapping[JobKind, JobHandler]:
        """What does which jobs."""
        return {"handoff": self.handler}

    def register(self, app: AsyncApp) -> None:
        """Listen on *app*."""
        app.action(ASK_PRIVATELY)(self.handler.agree)
        app.action(NOT_MINE)(self.handler.decline)
