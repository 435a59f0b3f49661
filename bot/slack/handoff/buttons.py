"""The buttons of a handoff: an asker agrees, an expert declines."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.core.i18n import Text
from bot.core.types import QuestionId
from bot.handoff.service import HandoffService
from bot.handoff.texts import NOT_PASSED_ON
from bot.limits.texts import in_words
from bot.slack.client.outbox import Outbox
from bot.slack.client.permissions import Principals
from bot.slack.handoff import texts


class HandoffButtons:
    """Passes presses on to the service; Slack hears of a press once it is stored."""

    def __init__(self, handoffs: HandoffService, outbox: Outbox, principals: Principals) -> None:
        self._handoffs = handoffs
        self._outbox = outbox
        self._principals = principals

    async def agree(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the button with which an asker lets an expert be asked."""
        agreed = await self._handoffs.agree(*_pressed(body))
        await ack()
        if not agreed:
            await self._answer(body, texts.NOT_ASKED)

    async def ask_about(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the button with which an asker has a person asked about what was found."""
        wait = await self._handoffs.ask_about(*_pressed(body))
        await ack()
        if wait is None:
            await self._answer(body, texts.NOT_ASKED)
        elif wait:
            await self._answer(body, NOT_PASSED_ON, wait)

    async def decline(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the button with which an expert passes a question on."""
        declined = await self._handoffs.decline(*_pressed(body))
        await ack()
        await self._answer(body, texts.NOT_FOR_YOU_NOTED if declined else texts.FOR_THE_ASKED)

    async def _answer(self, body: Mapping[str, Any], text: Text, wait: float = 0.0) -> None:
        """Show *text* to who pressed; a *wait* of some seconds stands in it as `when`."""
        language = await self._principals.language(str(body["user"]["id"]))
        when = {"when": in_words(wait, language)} if wait else {}
        await self._outbox.answer_press(body, text.to(language, **when))


def _pressed(body: Mapping[str, Any]) -> tuple[QuestionId, str]:
    """Return the handoff of a pressed button, and who pressed it."""
    return QuestionId(str(body["actions"][0].get("value", ""))), str(body["user"]["id"])
