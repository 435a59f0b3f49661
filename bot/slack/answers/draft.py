"""Shows a withheld draft to its expert alone, at the press of a button."""

from collections.abc import Mapping, Sequence
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.core.types import Answer, QuestionId
from bot.handoff.people import includes
from bot.handoff.store import HandoffStore
from bot.records.ledger import Ledger
from bot.slack.answers import texts
from bot.slack.answers.blocks import draft_posting
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.outbox import Outbox
from bot.slack.client.people import SlackPeople
from bot.slack.client.permissions import Principals


class DraftListener:
    """Shows drafts to the owners of their sources, and to nobody else."""

    def __init__(
        self,
        ledger: Ledger,
        handoffs: HandoffStore,
        operations: OperatorActions,
        outbox: Outbox,
        principals: Principals,
    ) -> None:
        self.ledger = ledger
        self.operations = operations
        self.handoffs = handoffs
        self.people = SlackPeople(principals)
        self.outbox = outbox
        self.principals = principals

    async def press(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the button below a handoff."""
        await ack()
        person = str(body["user"]["id"])
        language = await self.principals.language(person)
        question = QuestionId(str(body["actions"][0].get("value", "")))
        record = await self.ledger.get(question)
        handoff = await self.handoffs.get(question)
        blocks: Sequence[Mapping[str, Any]] = ()
        if record is None or not record.answer.draft:
            text = texts.NO_DRAFT.to(language)
        elif not await includes(
            self.people, handoff.owner if handoff else record.answer.owner, person
        ):
            text = texts.DRAFT_FOR_OWNER.to(language)
        elif not await self._may_read(record.answer, person):
            text = texts.DRAFT_NOT_READABLE.to(language)
        else:
            posting = draft_posting(record.answer.draft, language)
            text, blocks = posting.text, posting.blocks
        await self.outbox.answer_press(body, text, blocks)

    async def _may_read(self, answer: Answer, person: str) -> bool:
        """Tell whether *person* may read now what a draft can tell of: all that the bot read."""
        reader = await self.principals.of_person(person)
        documents = [*answer.read, *(citation.document_id for citation in answer.citations)]
        return await self.operations.may_read(list(dict.fromkeys(documents)), reader)
