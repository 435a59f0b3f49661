"""The button with which people say that an automatic answer was not wanted."""

import time
from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.auto_answers.unwanted import AutoAnswerJudge
from bot.core.types import Feedback, QuestionId
from bot.records.ledger import Ledger
from bot.slack.answers import texts
from bot.slack.client.outbox import Outbox
from bot.slack.client.permissions import Principals


class NotAQuestionListener:
    """Counts a press; if the one who wrote the message presses, the answer goes."""

    def __init__(
        self, ledger: Ledger, judge: AutoAnswerJudge, outbox: Outbox, principals: Principals
    ) -> None:
        self._ledger = ledger
        self._judge = judge
        self._outbox = outbox
        self._principals = principals

    async def press(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the button."""
        question_id = QuestionId(str(body["actions"][0].get("value", "")))
        person = str(body["user"]["id"])
        vote = Feedback(
            question_id, person, "down", via="button", at=time.time(), reason="not_a_question"
        )
        stored = await self._ledger.rate(vote)
        if stored:
            await self._judge.was_unwanted(question_id)
        await ack()
        record = await self._ledger.get(question_id)
        if record is not None and record.question.person == person:
            await self._outbox.take_back(body)
            return
        language = await self._principals.language(person)
        said = texts.NOTED if stored else texts.NOT_RECORDED
        await self._outbox.answer_press(body, said.to(language))
