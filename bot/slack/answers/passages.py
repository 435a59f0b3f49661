"""Shows a whole passage, in a view, where its source has no address to open."""

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.core.language import Language
from bot.core.types import Citation, QuestionId
from bot.records.ledger import Ledger
from bot.slack.answers import texts
from bot.slack.answers.blocks import SHOW_PASSAGE, about
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.escape import mrkdwn
from bot.slack.client.escape import plain as safe_plain
from bot.slack.client.forms import plain
from bot.slack.client.outbox import Outbox
from bot.slack.client.permissions import Principals
from bot.slack.client.split import split
from bot.text.excerpts import readable

PASSAGE_ACTION = re.compile(rf"{SHOW_PASSAGE}_\d+")

_MOST_SECTIONS = 10
_BOLD = re.compile(r"\*\*(\S(?:[^\n]*?\S)?)\*\*")


class PassageListener:
    """Opens a view with the passage, if who presses may still read it."""

    def __init__(
        self, ledger: Ledger, operations: OperatorActions, outbox: Outbox, principals: Principals
    ) -> None:
        self._ledger = ledger
        self._operations = operations
        self._outbox = outbox
        self._principals = principals

    async def press(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the button."""
        await ack()
        person = str(body["user"]["id"])
        answer_id, _, number = str(body["actions"][0].get("value", "")).rpartition("|")
        language = await self._principals.language(person)
        record = await self._ledger.get(QuestionId(answer_id))
        citations = record.answer.citations if record else ()
        cited = [one for one in citations if str(one.number) == number]
        reader = await self._principals.of_person(person)
        text = await self._operations.passage(cited[0], reader) if cited else ""
        if not text:
            await self._outbox.answer_press(body, texts.NO_PASSAGE.to(language))
            return
        view = passage_view(cited[0], text, language)
        await self._outbox.open_form(str(body["trigger_id"]), view)


def passage_view(cited: Citation, text: str, language: Language) -> dict[str, Any]:
    """Lay out the view: what is *cited*, what is known about it, and its *text*."""
    heading: list[dict[str, Any]] = [{"type": "header", "text": plain(cited.title[:150])}]
    if facts := about(cited, language):
        line = {"type": "plain_text", "text": safe_plain(facts)}
        heading.append({"type": "context", "elements": [line]})
    return {
        "type": "modal",
        "title": plain(texts.PASSAGE_TITLE.to(language)),
        "close": plain(texts.SKIP.to(language)),
        "blocks": [*heading, *_sections(readable(text))],
    }


def _sections(text: str) -> list[dict[str, Any]]:
    """Lay out Markdown in sections; a view takes no block of the type `markdown`."""
    bold = _BOLD.sub(r"*\1*", mrkdwn(text))
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": part}, "expand": True}
        for part in split(bold)[:_MOST_SECTIONS]
    ]
