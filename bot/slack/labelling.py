"""Operators judge answers in Slack, one after the other, in a form: what certificates rest on."""

import hashlib
import time
from collections.abc import Mapping
from typing import Any, get_args

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.protocols import Labels, Ledger
from bot.slack import texts
from bot.slack.channels import operators_only
from bot.slack.clients import UNCERTAIN, Clients
from bot.slack.escaping import mrkdwn
from bot.slack.places import Place
from bot.slack.principals import Principals
from bot.types import Label, Language, Verdict

FORM = "label_answer"
"""The callback id of the form."""

_LOOKED_AT = 500
_LONGEST = 2_800
_VERDICTS: Mapping[Verdict, texts.Text] = {
    "right": texts.VERDICT_RIGHT,
    "partly": texts.VERDICT_PARTLY,
    "wrong": texts.VERDICT_WRONG,
}
_log = structlog.get_logger(__name__)


class LabelDesk:
    """Opens the form on an answer that its person has not judged, and keeps the verdict.

    Answers come in the order of a hash, so that those judged stand for all. What was asked in a
    direct message is not shown to others.
    """

    def __init__(
        self, ledger: Ledger, labels: Labels, clients: Clients, principals: Principals
    ) -> None:
        self.ledger = ledger
        self.labels = labels
        self.clients = clients
        self.principals = principals

    async def open(self, trigger_id: str, person: str, language: Language) -> str:
        """Open the form for *person*; return what to say beside it, "" for nothing."""
        if not await self.principals.is_operator(person):
            return operators_only(self.principals, language)
        record = await self._next(person)
        if record is None:
            return texts.NOTHING_TO_JUDGE.to(language)
        try:
            await self.clients.hasty.views_open(
                trigger_id=trigger_id, view=label_form(record, language)
            )
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("form_not_opened", error=str(error))
            return texts.TRY_AGAIN.to(language)
        return ""

    async def submit(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the form: keep the verdict, and show the next answer in its place."""
        view, person = body["view"], str(body["user"]["id"])
        language = await self.principals.language(person)
        chosen: Mapping[str, Any] = {}
        for block in view["state"]["values"].values():
            chosen = block["verdict"].get("selected_option") or {}
        verdicts: tuple[Verdict, ...] = get_args(Verdict)
        verdict = next((word for word in verdicts if word == chosen.get("value")), None)
        if verdict is not None and await self.principals.is_operator(person):
            answer_id = str(view["private_metadata"])
            await self.labels.put(Label(answer_id, verdict, person, time.time()))
        record = await self._next(person)
        if record is None:
            await ack(response_action="update", view=_finished(language))
        else:
            await ack(response_action="update", view=label_form(record, language))

    async def _next(self, person: str) -> Mapping[str, Any] | None:
        judged = {label.answer_id for label in await self.labels.all() if label.person == person}
        records: list[Any] = await self.ledger.recent(_LOOKED_AT)
        waiting = [
            record
            for record in records
            if record["answer"]["status"] == "answered"
            and record["question"]["id"] not in judged
            and _may_be_shown(record["question"], person)
        ]
        return min(waiting, key=_order, default=None)


def label_form(record: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """Lay out the form for one answer."""
    question, answer = record["question"], record["answer"]
    sources = "\n".join(f"[{c['number']}] {mrkdwn(str(c['title']))}" for c in answer["citations"])
    options = [
        {"text": _plain(text.to(language)), "value": verdict} for verdict, text in _VERDICTS.items()
    ]
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": str(question["id"]),
        "title": _plain(texts.JUDGE_TITLE.to(language)),
        "submit": _plain(texts.SEND.to(language)),
        "close": _plain(texts.CLOSE.to(language)),
        "blocks": [
            _section(f"*{mrkdwn(str(question['text']))[:_LONGEST]}*"),
            _section(mrkdwn(str(answer["text"]))[:_LONGEST] or "…"),
            *([_section(sources[:_LONGEST])] if sources else []),
            {
                "type": "input",
                # Slack keeps what is filled in where a block's id stays the same.
                "block_id": _order(record)[:12],
                "label": _plain(texts.JUDGE_LABEL.to(language)),
                "element": {"type": "radio_buttons", "action_id": "verdict", "options": options},
            },
        ],
    }


def _finished(language: Language) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": _plain(texts.JUDGE_TITLE.to(language)),
        "close": _plain(texts.CLOSE.to(language)),
        "blocks": [_section(texts.NOTHING_TO_JUDGE.to(language))],
    }


def _may_be_shown(question: Mapping[str, Any], person: str) -> bool:
    asked = str(question["id"])
    private = asked.startswith("slack:") and Place.parse(asked).direct
    return not private or question["person"] == person


def _order(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(str(record["question"]["id"]).encode()).hexdigest()


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}
