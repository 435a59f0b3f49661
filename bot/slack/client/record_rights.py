"""The rights of a reader to other people's questions and answers. In doubt, none."""

from collections.abc import Collection

from bot.core.i18n import Text
from bot.core.message_ref import MessageRef
from bot.core.types import QuestionId
from bot.slack.client import texts
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.permissions import Principals
from knowledge.model.types import Principal


class RecordRights:
    """Asked by every view that shows records of the ledger to anybody but who asked.

    The reader of a view is who can read it where it is posted: a person in the Home tab, a form,
    a direct message or an ephemeral message; everybody in the channel in a thread.
    """

    def __init__(self, principals: Principals, operations: OperatorActions) -> None:
        self.principals = principals
        self.operations = operations

    async def may_see(
        self,
        question_id: QuestionId,
        reader: Principal,
        *,
        person: str = "",
        documents: Collection[str] = (),
    ) -> bool:
        """Tell whether *reader* may see a question, or what was said of its answer.

        They must have been able to read it where it was asked, and must be able to read now what
        the answer rests on. What was asked in a direct message is for its person alone; what was
        asked outside Slack, for members.

        Args:
            question_id: Tells where it was asked.
            reader: Whoever reads the view.
            person: Who asked, "" where that is not known.
            documents: Ids of what the answer cites; none to show the question alone.
        """
        if not await self._could_read(question_id, reader, person):
            return False
        return await self.operations.may_read(list(documents), reader)

    async def _could_read(self, question_id: QuestionId, reader: Principal, person: str) -> bool:
        place = _place(question_id)
        if place is None:
            return reader.member
        if place.direct:
            return bool(person) and reader.id == person
        if place.channel in reader.groups:
            return True
        return reader.member and await self.principals.is_open(place.channel)


def instead_of(question_ids: Collection[QuestionId]) -> Text:
    """Return what stands in a view for a question, asked under those ids, that it may not show."""
    places = [_place(question_id) for question_id in question_ids]
    direct = all(place is not None and place.direct for place in places)
    return texts.PRIVATE_QUESTION if direct else texts.HIDDEN_QUESTION


def _place(question_id: QuestionId) -> MessageRef | None:
    return MessageRef.parse(question_id) if question_id.startswith("slack:") else None
