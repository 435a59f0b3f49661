"""Shares a private answer with the channel where it was asked for."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.core.i18n import Text
from bot.core.message_ref import MessageRef
from bot.core.types import QuestionId
from bot.records.ledger import Ledger
from bot.slack.answers import texts
from bot.slack.answers.blocks import Posting, answer_postings
from bot.slack.client.clients import UNCERTAIN
from bot.slack.client.escape import mrkdwn
from bot.slack.client.outbox import Outbox
from bot.slack.client.view_rights import ViewRights

_log = structlog.get_logger(__name__)


class ShareListener:
    """Posts a private answer into its channel, if everybody there may read its sources."""

    def __init__(self, ledger: Ledger, rights: ViewRights, outbox: Outbox) -> None:
        self.ledger = ledger
        self.rights = rights
        self.outbox = outbox
        self.principals = rights.principals

    async def press(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the button; only the person who pressed it sees the outcome."""
        await ack()
        person = str(body["user"]["id"])
        outcome = await self._share(str(body["actions"][0].get("value", "")), person)
        await self.outbox.answer_press(body, outcome.to(await self.principals.language(person)))

    async def _share(self, answer_id: str, person: str) -> Text:
        record = await self.ledger.get(QuestionId(answer_id))
        if record is None:
            return texts.NOT_RECORDED
        question, answer = record.question, record.answer
        if question.person != person or not question.asked_in:
            return texts.NOT_RECORDED
        place = MessageRef.parse(question.asked_in)
        readers = await self.rights.reader(person, place.channel)
        documents = [c.document_id for c in answer.citations]
        if not await self.rights.may_read(documents, readers):
            return texts.NOT_FOR_CHANNEL
        language = question.reply_language
        asked_by = texts.ASKED_BY.to(
            language, person=f"<@{person}>", question=mrkdwn(question.text[:2_000])
        )
        try:
            root = await self.outbox.post(place, Posting(asked_by))
            shown = replace(question, asked_in="")  # what is shared needs no button to share it
            for posting in answer_postings(shown, answer, language):
                await self.outbox.post(root, posting)
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("answer_not_shared", error=str(error))
            return texts.NOT_SHARED
        return texts.SHARED
