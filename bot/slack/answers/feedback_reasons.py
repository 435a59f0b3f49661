"""The reason of a vote down: a short form."""

import json
import time
from collections.abc import Mapping
from typing import Any, get_args

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.core.i18n import Text
from bot.core.language import Language
from bot.core.types import Feedback, FeedbackReason, QuestionId
from bot.records.ledger import Ledger
from bot.slack.answers import texts
from bot.slack.client import texts as client_texts
from bot.slack.client.forms import plain
from bot.slack.client.outbox import Outbox
from bot.slack.client.permissions import Principals

FORM = "feedback_reason"
"""The callback id of the form."""

ASK_WHY = "feedback_why"
"""The action id of the button that opens it, for who reacted with a thumb."""

_REASONS: Mapping[FeedbackReason, Text] = {
    "wrong": texts.REASON_WRONG,
    "outdated": texts.REASON_OUTDATED,
    "missing_source": texts.REASON_MISSING_SOURCE,
    "unclear": texts.REASON_UNCLEAR,
}
_LONGEST_COMMENT = 2_000


class ReasonForm:
    """Opens the form and keeps what is written in it, with the vote that it explains."""

    def __init__(self, ledger: Ledger, outbox: Outbox, principals: Principals) -> None:
        self.ledger = ledger
        self.outbox = outbox
        self.principals = principals

    async def open(self, trigger_id: str, answer_id: str, person: str) -> None:
        """Open the form for *person*; a trigger that is too old opens nothing."""
        language = await self.principals.language(person)
        await self.outbox.open_form(trigger_id, reason_form(answer_id, language))

    async def press(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the button that asks why."""
        await ack()
        answer_id = str(body["actions"][0].get("value", ""))
        await self.open(str(body["trigger_id"]), answer_id, str(body["user"]["id"]))

    async def submit(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the form; it closes once the reason is stored."""
        feedback = feedback_of(body, at=time.time())
        if await self.ledger.rate(feedback):
            await ack()
            return
        language = await self.principals.language(feedback.person)
        gone = texts.NOT_RECORDED.to(language)
        await ack(response_action="errors", errors={"reason": gone})


def reason_form(answer_id: str, language: Language) -> dict[str, Any]:
    """Lay out the form, a modal."""
    options = [
        {"text": plain(text.to(language)), "value": reason} for reason, text in _REASONS.items()
    ]
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": json.dumps({"answer": answer_id}),
        "title": plain(texts.REASON_TITLE.to(language)),
        "submit": plain(client_texts.SEND.to(language)),
        "close": plain(texts.SKIP.to(language)),
        "blocks": [
            {
                "type": "input",
                "block_id": "reason",
                "label": plain(texts.REASON_LABEL.to(language)),
                "element": {"type": "radio_buttons", "action_id": "reason", "options": options},
            },
            {
                "type": "input",
                "block_id": "comment",
                "optional": True,
                "label": plain(texts.COMMENT_LABEL.to(language)),
                "element": {
                    "type": "plain_text_input",
                    "action_id": "comment",
                    "multiline": True,
                    "max_length": _LONGEST_COMMENT,
                },
            },
        ],
    }


def why_button(answer_id: str, language: Language) -> dict[str, Any]:
    """Return the blocks that offer the form to who has put a thumb down."""
    return {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": ASK_WHY,
                "text": plain(texts.ASK_WHY.to(language)),
                "value": answer_id,
            }
        ],
    }


def feedback_of(body: Mapping[str, Any], at: float) -> Feedback:
    """Read the form as the vote down that it explains."""
    view = body["view"]
    values = view["state"]["values"]
    chosen = values["reason"]["reason"].get("selected_option") or {}
    reasons: tuple[FeedbackReason, ...] = get_args(FeedbackReason)
    return Feedback(
        QuestionId(str(json.loads(view["private_metadata"])["answer"])),
        str(body["user"]["id"]),
        "down",
        via="button",
        at=at,
        reason=next((reason for reason in reasons if reason == chosen.get("value")), ""),
        comment=str(values["comment"]["comment"].get("value") or "")[:_LONGEST_COMMENT],
    )
