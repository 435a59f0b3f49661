"""Who reads what in Slack, for handoffs."""

from collections.abc import Sequence

from bot.core.message_ref import MessageRef, is_direct
from bot.core.types import QuestionId, Waiter
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.permissions import Principals
from knowledge.model.types import Principal


class SlackReaders:
    """Looks up who may read what.

    Args:
        principals: The rights of people and channels.
        operations: Says who may read which documents.
    """

    def __init__(self, principals: Principals, operations: OperatorActions) -> None:
        self._principals = principals
        self._operations = operations

    def is_private(self, question_id: QuestionId) -> bool:
        return is_direct(question_id)

    async def of_person(self, person: str) -> Principal:
        return await self._principals.of_person(person)

    async def of_waiter(self, waiter: Waiter) -> Principal:
        place = MessageRef.parse(waiter.question_id)
        if place.direct:
            return await self._principals.of_person(waiter.person)
        return await self._principals.of_channel(place.channel)

    async def may_read(self, documents: Sequence[str], reader: Principal) -> bool:
        return await self._operations.may_read(documents, reader)

    async def is_member(self, person: str) -> bool:
        return await self._principals.is_member(person)

    async def has_left(self, person: str) -> bool:
        return await self._principals.has_left(person)
