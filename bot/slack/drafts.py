"""The draft that was kept from the asker: its expert sees it, alone, at the press of a button."""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.protocols import Ledger
from bot.slack import texts
from bot.slack.blocks import draft_posting
from bot.slack.clients import UNCERTAIN, Clients
from bot.slack.principals import Principals
from bot.types import QuestionId

_log = structlog.get_logger(__name__)


class DraftDesk:
    """Shows drafts to the owners of their sources, and to nobody else."""

    def __init__(self, ledger: Ledger, clients: Clients, principals: Principals) -> None:
        self.ledger = ledger
        self.clients = clients
        self.principals = principals

    async def press(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the button below a hand-over."""
        await ack()
        person = str(body["user"]["id"])
        language = await self.principals.language(person)
        record = await self.ledger.get(QuestionId(str(body["actions"][0].get("value", "")))) or {}
        answer: Any = record.get("answer") or {}
        blocks = list[dict[str, Any]]()
        if not answer.get("draft"):
            text = texts.NO_DRAFT.to(language)
        elif answer.get("owner") != person:
            text = texts.DRAFT_FOR_OWNER.to(language)
        else:
            posting = draft_posting(answer["draft"], language)
            text, blocks = posting.text, [dict(block) for block in posting.blocks]
        container: Mapping[str, Any] = body.get("container") or {}
        try:
            await self.clients.posting.chat_postEphemeral(
                channel=str(container.get("channel_id") or body["channel"]["id"]),
                user=person,
                thread_ts=container.get("thread_ts"),
                text=text,
                blocks=blocks or None,
            )
        except (SlackApiError, *UNCERTAIN) as error:
            _log.info("draft_not_shown", error=str(error))
