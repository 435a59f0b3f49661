"""The form that saves an entry: from a message, from an expert's reply, or from an entry."""

import asyncio
import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.core.errors import QueueFullError, RedisUnavailableError
from bot.core.i18n import Text
from bot.core.language import Language
from bot.core.message_ref import MessageRef, in_slack
from bot.core.types import Handoff, QuestionId
from bot.entries.entry import Entry, EntryError, expires_after, one_line, tidied
from bot.entries.jobs import SaveEntry, today_at
from bot.entries.service import EntryProblem, EntryService
from bot.entries.translation import Translate
from bot.limits.person_limits import PersonLimits
from bot.limits.texts import in_words
from bot.slack.answers.blocks import Posting
from bot.slack.client import texts as client_texts
from bot.slack.client.clients import UNCERTAIN, Clients
from bot.slack.client.forms import FormState, chosen, sent, written_in
from bot.slack.client.identity import BotIdentity
from bot.slack.client.outbox import Outbox
from bot.slack.client.payloads import readable
from bot.slack.client.view_rights import ViewRights
from bot.slack.entries import texts
from bot.slack.entries.forms import SAME, EntryDraft, draft_of, named, save_form

_PROBLEMS: Mapping[EntryProblem, tuple[str, Text]] = {
    "no_question": ("question", texts.WRITE_SOMETHING),
    "no_answer": ("answer", texts.WRITE_SOMETHING),
    "taken": ("question", texts.ALREADY_SAVED),
    "not_yours": ("question", texts.ENTRY_NOT_YOURS),
}
"""The field at which each problem is shown, and its message."""

_log = structlog.get_logger(__name__)


class SaveForm:
    """Opens the form, and stores what is sent.

    Args:
        entries: The rules.
        clients: Read threads.
        outbox: Opens forms, and says why none opens.
        rights: Says who may see which questions.
        translate: Proposes the question in the other language; None where there is no model.
    """

    def __init__(
        self,
        entries: EntryService,
        clients: Clients,
        outbox: Outbox,
        rights: ViewRights,
        limits: PersonLimits,
        translate: Translate | None = None,
    ) -> None:
        self.entries = entries
        self.handoffs = entries.handoffs
        self.clients = clients
        self.outbox = outbox
        self.rights = rights
        self.principals = rights.principals
        self.me = self.principals.me
        self.limits = limits
        self.translate = translate

    async def open_message(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Save to knowledge" in a message's menu; only members of the team save."""
        await ack()
        person = str(body["user"]["id"])
        language = await self.principals.language(person)
        if not await self.principals.is_member(person):
            await self.outbox.direct_message(
                person, Posting(client_texts.MEMBERS_ONLY.to(language))
            )
            return
        kept = _kept(body)
        question, private = await asyncio.gather(
            self._question_above(body), self._is_private(kept["channel"])
        )
        draft = EntryDraft(
            question,
            readable(str(body["message"].get("text") or "")).strip(),
            private=private,
            channel=kept["audience"],
        )
        await self._open(str(body["trigger_id"]), person, draft, kept, language)

    async def open_answer(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the button that saves an expert's reply."""
        await ack()
        handoff_id, _, place = str(body["actions"][0].get("value") or "").partition("|")
        person = str(body["user"]["id"])
        handoff = await self.handoffs.get(QuestionId(handoff_id))
        if handoff is None or not await self._may_answer(handoff, person):
            language = await self.principals.language(person)
            await self.outbox.answer_press(body, texts.ENTRY_GONE.to(language))
            return
        said_at = MessageRef.parse(place) if place else None
        await self.open_handoff(str(body["trigger_id"]), person, handoff, said_at)

    async def _may_answer(self, handoff: Handoff, person: str) -> bool:
        """Tell whether *person* may answer, and may see the question that the form shows."""
        if not await self.handoffs.may_answer(handoff, person):
            return False
        reader, asker = await self.rights.reader(person), handoff.waiting[0].person
        return await self.handoffs.is_asked(handoff, person) or await self.rights.may_see(
            handoff.id, reader, person=asker
        )

    async def open_handoff(
        self, trigger_id: str, person: str, handoff: Handoff, place: MessageRef | None
    ) -> None:
        """Open the form on *handoff*; only members of the team save.

        Args:
            trigger_id: Slack's leave to open a form, good for three seconds.
            person: Who opens it.
            handoff: What was asked.
            place: The reply that answers it; None to take the last one of *person*.
        """
        language = await self.principals.language(person)
        if not await self.principals.is_member(person):
            await self.outbox.direct_message(
                person, Posting(client_texts.MEMBERS_ONLY.to(language))
            )
            return
        said = await self._reply(handoff, person, place)
        channel = _channel_of(handoff.id)
        kept = {
            "channel": said["channel"],
            "ts": said["ts"],
            "author": said["author"] or person,
            "audience": _listed(channel),
            "handoff": str(handoff.id),
        }
        draft = EntryDraft(
            handoff.text,
            said["text"] or await self.handoffs.draft_for(handoff, person),
            await self.handoffs.other_wordings(handoff),
            private=bool(channel) and await self._is_private(channel),
            channel=_listed(channel),
        )
        await self._open(trigger_id, person, draft, kept, language)

    async def submit(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to the form: the entry is a job before the form closes."""
        person, kept, values = sent(body)
        language = await self.principals.language(person)
        try:
            entry, errors = await self._sent_entry(person, kept, values, language)
            job_id = f"slack:{self.me.team}:form:{body['view']['id']}"
            if not errors:
                errors = await self._too_many(person, job_id, language)
            if not errors:
                work = SaveEntry(entry, person, kept.get("handoff", ""), language=language)
                await self.entries.submit(work, job_id)
        except (RedisUnavailableError, QueueFullError, EntryError) as error:
            _log.warning("entry_refused", error=str(error))
            errors = {"question": client_texts.TRY_AGAIN.to(language)}
        if errors:
            await ack(response_action="errors", errors=errors)
        else:
            await ack()

    async def _too_many(self, person: str, job_id: str, language: Language) -> dict[str, str]:
        """Return the error message of a form that is one too many; it stays open, as written."""
        wait = await self.limits.take("entries", person, job_id)
        if not wait:
            return {}
        most, when = self.limits.hourly.entries, in_words(wait, language)
        return {"question": texts.TOO_MANY_ENTRIES.to(language, count=most, when=when)}

    async def open_entry(
        self, trigger_id: str, person: str, entry: Entry, language: Language
    ) -> None:
        """Open the form that edits *entry*, for *person*, who may."""
        await self._open(trigger_id, person, draft_of(entry), {"entry": entry.id}, language)

    async def _open(
        self,
        trigger_id: str,
        person: str,
        draft: EntryDraft,
        kept: FormState,
        language: Language,
    ) -> None:
        """Open the form at once; what takes longer is added when it is there."""
        days = self.entries.store.days
        kept = {**kept, "said": _words_of(draft.answer)}
        form_id = await self.outbox.open_form(trigger_id, save_form(draft, kept, days, language))
        if not form_id or self.translate is None or not draft.question or draft.wordings:
            return
        if translated := await self.translate(one_line(draft.question), person):
            view = save_form(draft, kept, days, language, translated)
            await self.outbox.update_form(form_id, view)

    async def _sent_entry(
        self, person: str, kept: FormState, values: Mapping[str, Any], language: Language
    ) -> tuple[Entry, dict[str, str]]:
        """Read the form; return the entry, and the error messages by field.

        Raises:
            EntryError: the edited entry is gone.
        """
        known = await self.entries.store.get(kept["entry"]) if kept.get("entry") else None
        answer = written_in(values, "answer")
        # Nobody is said to have written what somebody else made of their words.
        own_words = kept.get("said", "") in {"", _words_of(answer)}
        wordings = [
            *written_in(values, "wordings").splitlines(),
            written_in(values, "translated"),
        ]
        entry = known or Entry(
            "",
            "",
            kept["author"] if own_words else person,
            person,
            "",
            on=today_at(float(kept["ts"])) if kept.get("ts") else None,
            place=_place(self.me, kept),
        )
        entry = tidied(
            replace(
                entry,
                question=written_in(values, "question"),
                answer=answer,
                wordings=wordings,
                groups=_groups(chosen(values, "audience"), entry, kept),
                expires=_expires(chosen(values, "expiry"), entry),
            )
        )
        problems = await self.entries.problems(entry, person, known)
        author = await self.entries.taken_by(entry, person) if "taken" in problems else ""
        return entry, {
            field: text.to(language, author=named(author))
            for field, text in map(_PROBLEMS.__getitem__, problems)
        }

    async def _question_above(self, body: Mapping[str, Any]) -> str:
        """Return what the message's thread began with, "" where that cannot be read."""
        message = body["message"]
        root = str(message.get("thread_ts") or message["ts"])
        if root == message["ts"]:
            return ""
        first = await self._thread(str(body["channel"]["id"]), root, limit=1)
        return self._without_mention(str(first[0].get("text") or "")) if first else ""

    async def _reply(
        self, handoff: Handoff, person: str, place: MessageRef | None
    ) -> dict[str, str]:
        """Return the reply that answers *handoff*: its text, its author, where it is."""
        if not in_slack(handoff.thread):
            return {"text": "", "author": "", "channel": "", "ts": ""}
        thread = MessageRef.parse(handoff.thread)
        nothing = {"text": "", "author": "", "channel": thread.channel, "ts": ""}
        answered = [
            message
            for message in await self._thread(thread.channel, thread.ts, limit=200)
            if not message.get("bot_id")
            and (
                message["ts"] == place.ts
                if place
                else message.get("user") in {person, handoff.answered_by}
                and float(message["ts"]) > handoff.at
            )
        ]
        if not answered:
            return nothing
        last = answered[-1]
        return nothing | {
            "text": self._without_mention(str(last.get("text") or "")),
            "author": str(last.get("user") or ""),
            "ts": str(last["ts"]),
        }

    async def _thread(self, channel: str, ts: str, *, limit: int) -> list[Mapping[str, Any]]:
        look = self.clients.hasty.conversations_replies
        try:
            if ts:
                page = await look(channel=channel, ts=ts, limit=limit)
            else:
                page = await self.clients.hasty.conversations_history(channel=channel, limit=limit)
        except (SlackApiError, *UNCERTAIN):
            return []
        found: list[Mapping[str, Any]] = page["messages"]
        return sorted(found, key=lambda message: float(message["ts"]))

    async def _is_private(self, channel: str) -> bool:
        """Tell whether *channel* is private; one that cannot be looked up counts as private."""
        try:
            found = await self.clients.hasty.conversations_info(channel=channel)
        except (SlackApiError, *UNCERTAIN):
            return True
        told: Mapping[str, Any] = found["channel"]
        return bool(told.get("is_private") or told.get("is_im") or told.get("is_mpim"))

    def _without_mention(self, text: str) -> str:
        return readable(text).replace(f"@{self.me.user}", "").strip()


def _kept(body: Mapping[str, Any]) -> dict[str, str]:
    """Return what the form on a message has to know when it is sent."""
    message, channel = body["message"], str(body["channel"]["id"])
    return {
        "channel": channel,
        "ts": str(message["ts"]),
        "author": str(message.get("user") or ""),
        "audience": _listed(channel),
    }


def _words_of(text: str) -> str:
    """Return a short sign of the words of *text*, which changes with each of them."""
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()[:16] if text.strip() else ""


def _channel_of(question_id: str) -> str:
    """Return the channel where a question was asked, "" for one from a terminal."""
    return MessageRef.parse(question_id).channel if in_slack(question_id) else ""


def _listed(channel: str) -> str:
    """Return *channel* if its members can be an audience: not that of a direct message."""
    return "" if channel.startswith("D") else channel


def _place(me: BotIdentity, kept: FormState) -> str:
    return str(MessageRef(me.team, kept["channel"], kept["ts"])) if kept.get("ts") else ""


def _groups(audience: str, entry: Entry, kept: FormState) -> tuple[str, ...]:
    match audience:
        case "same":
            return tuple(entry.groups)
        case "channel":
            return (kept["audience"],)
        case _:
            return ()


def _expires(expiry: str, entry: Entry) -> dt.date | None:
    if expiry == SAME:
        return entry.expires
    return expires_after(int(expiry or 0), dt.datetime.now(dt.UTC).date())
