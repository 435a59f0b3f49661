"""The buttons and the form below answers, and what happens when they are used."""

from slack_bolt.app.async_app import AsyncApp

from bot.auto_answers.unwanted import AutoAnswerJudge
from bot.slack.answers.blocks import DRAFT, FEEDBACK, NOT_A_QUESTION, SHARE
from bot.slack.answers.draft import DraftListener
from bot.slack.answers.feedback import FeedbackListener
from bot.slack.answers.feedback_reasons import ASK_WHY, FORM, ReasonForm
from bot.slack.answers.not_a_question import NotAQuestionListener
from bot.slack.answers.passages import PASSAGE_ACTION, PassageListener
from bot.slack.answers.share import ShareListener
from bot.slack.client.connection import SlackConnection
from bot.slack.client.view_rights import ViewRights
from bot.slack.stores import SlackStores


class AnswerListeners:
    """Votes on answers and their reasons, sharing, and drafts.

    Attributes:
        feedback: Also counts the reactions that the receiver hears of.
    """

    def __init__(
        self,
        slack: SlackConnection,
        stores: SlackStores,
        rights: ViewRights,
        judge: AutoAnswerJudge,
    ) -> None:
        ledger, outbox, principals = stores.ledger, slack.outbox, slack.principals
        self._reasons = ReasonForm(ledger, outbox, principals)
        self.feedback = FeedbackListener(ledger, self._reasons, outbox, principals, slack.me, judge)
        self._unwanted = NotAQuestionListener(ledger, judge, outbox, principals)
        self._share = ShareListener(ledger, rights, outbox)
        self._drafts = DraftListener(ledger, stores.handoffs, rights.operations, outbox, principals)
        self._passages = PassageListener(ledger, rights.operations, outbox, principals)

    def register(self, app: AsyncApp) -> None:
        """Listen on *app*."""
        app.action(FEEDBACK)(self.feedback.press)
        app.action(NOT_A_QUESTION)(self._unwanted.press)
        app.action(ASK_WHY)(self._reasons.press)
        app.action(SHARE)(self._share.press)
        app.action(PASSAGE_ACTION)(self._passages.press)
        app.action(DRAFT)(self._drafts.press)
        app.view(FORM)(self._reasons.submit)
