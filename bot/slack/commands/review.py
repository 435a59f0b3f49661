"""Operators judge answers in Slack, one after the other, in a form: what certificates rest on."""

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.analytics.outcomes import outcome_of
from bot.core.i18n import Text
from bot.core.language import Language
from bot.core.types import Label, LabelVerdict
from bot.evaluation.alarm import check_after_label
from bot.evaluation.labelled import LabelAgreement, agreements
from bot.records.ledger import LedgerRecord
from bot.slack.answers.blocks import Posting
from bot.slack.client import texts as client_texts
from bot.slack.client.clients import view_of_team
from bot.slack.client.escape import mrkdwn
from bot.slack.client.forms import context, plain, section
from bot.slack.client.outbox import Outbox
from bot.slack.client.people import is_person, mention
from bot.slack.client.view_rights import ViewRights, safe_line
from bot.slack.commands import texts
from bot.slack.commands.channels import operators_only
from bot.slack.stores import SlackStores

FORM = "label_answer"
"""The callback id of the form."""

_LOOKED_AT = 500
_LONGEST = 2_800
_LONGEST_CORRECTION = 3_000
_VERDICTS: Mapping[LabelVerdict, Text] = {
    "right": texts.VERDICT_RIGHT,
    "partly": texts.VERDICT_PARTLY,
    "wrong": texts.VERDICT_WRONG,
}


@dataclass(frozen=True, slots=True)
class ReviewProgress:
    """The answer whose turn it is, and how far its judge has come.

    Attributes:
        record: Of the ledger.
        judged: How many answers the person has judged.
        left: How many wait for the person, this one included.
        second: Others have judged what is left: a second opinion is asked for.
    """

    record: LedgerRecord
    judged: int
    left: int
    second: bool


class ReviewForm:
    """Opens the form on an answer that its person has not judged, and keeps the verdict.

    What nobody has judged comes first, then second opinions. Answers come in the order of a hash,
    so that those judged stand for all. Shown is what the judge may read: of open channels and of
    their own, from documents that are theirs to read; of direct messages only their own.
    """

    def __init__(
        self,
        stores: SlackStores,
        outbox: Outbox,
        rights: ViewRights,
    ) -> None:
        self.audit = stores.audit
        self.ledger = stores.ledger
        self.labels = stores.labels
        self.certificates = stores.certificates
        self.outbox = outbox
        self.rights = rights
        self.principals = rights.principals

    async def open(self, trigger_id: str, person: str, language: Language) -> str:
        """Open the form for *person*; return what to say beside it, "" for nothing."""
        if not await self.principals.is_operator(person):
            return operators_only(self.principals, language)
        waiting = await self._next(person)
        if waiting is None:
            return "\n".join(await self._end(language))
        opened = await self.outbox.open_form(trigger_id, label_form(waiting, language))
        return "" if opened else client_texts.TRY_AGAIN.to(language)

    async def submit(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the form: keep the verdict, and show the next answer in its place."""
        view, person = body["view"], str(body["user"]["id"])
        language = await self.principals.language(person)
        if not await self.principals.is_operator(person):
            refused = _view([section(operators_only(self.principals, language))], language)
            await ack(response_action="update", view=refused)
            return
        label, block = label_of(view, person, time.time())
        if label is not None and label.verdict == "right" and label.correction:
            told = texts.CORRECTION_OF_RIGHT.to(language)
            await ack(response_action="errors", errors={block: told})
            return
        if label is not None:
            await self.labels.put(label)
            await self.audit.record(person, "review", label.answer_id, after=label.verdict)
        waiting = await self._next(person)
        if waiting is None:
            await ack(
                response_action="update",
                view=_view([section(line) for line in await self._end(language)], language),
            )
        else:
            me = self.principals.me
            form = view_of_team(label_form(waiting, language), me.team if me.apart else "")
            await ack(response_action="update", view=form)
        if label is not None:
            await self._watch(person, language)

    async def _watch(self, person: str, language: Language) -> None:
        """Test the certificate with what was judged; tell who judged last of an alarm."""
        outcome, now = await check_after_label(self.certificates, self.ledger, self.labels)
        if now is None or outcome not in {"raised", "withdrawn"}:
            return
        await self.audit.record(person, "certificate", "certificate", after=outcome)
        told = texts.ALARM_WITHDRAWN if outcome == "withdrawn" else texts.ALARM_RAISED
        words = told.to(language, floor=f"{now.floor:.3f}")
        await self.outbox.direct_message(person, Posting(words))

    async def _next(self, person: str) -> ReviewProgress | None:
        made = await self.labels.all()
        mine = {label.answer_id for label in made if label.person == person}
        others = {label.answer_id for label in made if label.person != person}
        known = {
            str(record.question.id): record
            for record in await self.ledger.recent(_LOOKED_AT)
            if record.answer.status == "answered"
        }
        left = await self._shown([r for id_, r in known.items() if id_ not in mine], person)
        fresh = [record for record in left if record.question.id not in others]
        queue = fresh or left
        if not queue:
            return None
        judged = len(known.keys() & mine)
        return ReviewProgress(min(queue, key=_order), judged, len(queue), second=not fresh)

    async def _shown(self, records: Iterable[LedgerRecord], person: str) -> list[LedgerRecord]:
        """Return those of *records* that *person* may read."""
        reader = await self.rights.reader(person)
        asked = [(record, outcome_of(record)) for record in records]
        # Looked up together: Slack waits three seconds for the form.
        channels = await self.rights.open_channels([one.id for _, one in asked], reader)
        return [
            record
            for record, one in asked
            if await self.rights.may_see(
                one.id,
                reader,
                person=one.person,
                documents=[d.id for d in one.documents],
                channels=channels,
            )
        ]

    async def _end(self, language: Language) -> list[str]:
        """Say that nothing is left, and how far the judges agree."""
        agreed, alpha = agreements(await self.labels.all())
        return [texts.NOTHING_TO_JUDGE.to(language), *agreement_lines(agreed, alpha, language)]


def label_form(waiting: ReviewProgress, language: Language) -> dict[str, Any]:
    """Lay out the form for one answer."""
    record = waiting.record
    question, answer = record.question, record.answer
    sources = "\n".join(f"[{c.number}] {safe_line(c.title)}" for c in answer.citations)
    options = [
        {"text": plain(text.to(language)), "value": verdict} for verdict, text in _VERDICTS.items()
    ]
    # Slack keeps what is filled in where a block's id stays the same.
    block_id = _order(record)[:12]
    progress = texts.JUDGE_SECOND if waiting.second else texts.JUDGE_PROGRESS
    told = progress.to(language, judged=waiting.judged, left=waiting.left)
    form = _view(
        [
            context(told),
            section(f"*{mrkdwn(question.text)[:_LONGEST]}*"),
            section(mrkdwn(answer.text)[:_LONGEST] or "…"),
            *([section(sources[:_LONGEST])] if sources else []),
            {
                "type": "input",
                "block_id": block_id,
                "label": plain(texts.JUDGE_LABEL.to(language)),
                "element": {"type": "radio_buttons", "action_id": "verdict", "options": options},
            },
            {
                "type": "input",
                "block_id": f"{block_id}-correction",
                "optional": True,
                "label": plain(texts.CORRECTION_LABEL.to(language)),
                "hint": plain(texts.CORRECTION_HINT.to(language)),
                "element": {
                    "type": "plain_text_input",
                    "action_id": "correction",
                    "multiline": True,
                    "max_length": _LONGEST_CORRECTION,
                },
            },
        ],
        language,
    )
    return form | {
        "callback_id": FORM,
        "private_metadata": question.id,
        "submit": plain(client_texts.SEND.to(language)),
    }


def label_of(view: Mapping[str, Any], person: str, at: float) -> tuple[Label | None, str]:
    """Read the form; return the label, None without a verdict, and its correction's block."""
    chosen, correction, block_id = "", "", ""
    for name, block in view["state"]["values"].items():
        if "verdict" in block:
            chosen = (block["verdict"].get("selected_option") or {}).get("value", "")
        if "correction" in block:
            correction, block_id = str(block["correction"].get("value") or "").strip(), name
    verdicts: tuple[LabelVerdict, ...] = get_args(LabelVerdict)
    verdict = next((word for word in verdicts if word == chosen), None)
    if verdict is None:
        return None, block_id
    return Label(str(view["private_metadata"]), verdict, person, at, correction), block_id


def agreement_lines(
    agreed: Iterable[LabelAgreement], alpha: float | None, language: Language
) -> list[str]:
    """Return how far judges agree, in Slack's own markup; empty where no two judged the same."""
    lines = [
        texts.AGREEMENT.to(
            language,
            one=_person(pair.one),
            other=_person(pair.other),
            alike=pair.alike,
            both=pair.both,
            kappa="–" if pair.kappa is None else f"{pair.kappa:.2f}",
        )
        for pair in agreed
    ]
    if alpha is not None:
        lines.append(texts.AGREEMENT_OF_ALL.to(language, alpha=f"{alpha:.2f}"))
    return ["\n".join(lines)[:_LONGEST]] if lines else []


def _person(name: str) -> str:
    return mention(name) if is_person(name) else mrkdwn(name)


def _view(blocks: list[dict[str, Any]], language: Language) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": plain(texts.JUDGE_TITLE.to(language)),
        "close": plain(texts.CLOSE.to(language)),
        "blocks": blocks,
    }


def _order(record: LedgerRecord) -> str:
    return hashlib.sha256(record.question.id.encode()).hexdigest()
