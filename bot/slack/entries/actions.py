"""Where people see what was saved: the list, and the buttons below entries."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError

from bot.core.types import Language
from bot.entries.entry import Entry, EntryError
from bot.entries.notes import EntryNotes
from bot.entries.store import EntryChange, EntryStore
from bot.slack import texts
from bot.slack.client.clients import UNCERTAIN
from bot.slack.client.ephemeral import send_ephemeral
from bot.slack.client.escape import mrkdwn
from bot.slack.entries.forms import (
    EDIT,
    KEEP,
    PUBLISH,
    RENEW,
    TAKE_OVER,
    WITHDRAW,
    context,
    entry_list,
)
from bot.slack.entries.jobs import save_from
from bot.slack.entries.permissions import may_change
from bot.slack.entries.save import SaveForm

SHOWN = 10
"""Entries that a list shows."""

_log = structlog.get_logger(__name__)


class EntryActions:
    """Lists entries, and does what is pressed below them."""

    def __init__(self, saved: EntryStore, notes: EntryNotes, saving: SaveForm) -> None:
        self.saved = saved
        self.notes = notes
        self.saving = saving
        self.clients = saving.clients
        self.principals = saving.principals

    async def listing(
        self, person: str, words: str, language: Language
    ) -> tuple[str, Sequence[dict[str, Any]]]:
        """Return what *person* may read of what is saved and holds *words*: text, and blocks."""
        reader = await self.principals.of_person(person)
        operator = await self.principals.is_operator(person)
        found = [
            entry
            for entry in await self.saved.entries()
            if entry.state == "active" and entry.permits(reader) and _holds(entry, words)
        ]
        if not found:
            return texts.NO_ENTRIES.to(language), ()
        shown = [(one, operator or person in {one.author, one.saved_by}) for one in found[:SHOWN]]
        text = texts.ENTRIES.to(language, shown=len(shown), count=len(found))
        return text, entry_list(shown, len(found), language)

    async def edit(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Edit" below an entry."""
        await ack()
        entry = await self._changeable(body)
        if entry is not None:
            language = await self.principals.language(str(body["user"]["id"]))
            await self.saving.open_entry(str(body["trigger_id"]), entry, language)

    async def withdraw(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Withdraw"."""
        await ack()
        entry = await self._changeable(body)
        if entry is not None:
            person = str(body["user"]["id"])
            change = await self.saved.withdraw(entry.id, by=person)
            await self._done(body, texts.ENTRY_WITHDRAWN_BY, change)

    async def renew(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Still right"."""
        await ack()
        entry = await self._changeable(body)
        if entry is not None:
            change = await self.saved.renew(entry.id, by=str(body["user"]["id"]))
            said = texts.ENTRY_RENEWED_BY if change.entry.expires else texts.ENTRY_RENEWED_FOR_EVER
            await self._done(body, said, change)

    async def keep(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Keep": it is not asked again, because it never is."""
        await ack()
        entry = await self._changeable(body)
        if entry is not None:
            await self._done(body, texts.ENTRY_KEPT_BY, EntryChange(entry, changed=False))

    async def take_over(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Take over the new text"."""
        await ack()
        entry = await self._changeable(body)
        if entry is not None:
            person = str(body["user"]["id"])
            answer = await self.notes.proposal(entry.id)
            change = EntryChange(entry, changed=False)
            if answer:
                change = await self.saved.save(replace(entry, answer=answer), by=person)
            await self._done(body, texts.ENTRY_TAKEN_OVER_BY, change)

    async def publish(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Publish anyway", of who sent an entry that is held back."""
        await ack()
        person = str(body["user"]["id"])
        held = str(body["actions"][0].get("value") or "")
        text = await self.notes.held(held)
        work = save_from(text) if text else None
        if work is None or work.person != person:
            language = await self.principals.language(person)
            await send_ephemeral(self.clients, body, texts.ENTRY_GONE.to(language))
            return
        mark = hashlib.sha256(text.encode()).hexdigest()[:16]
        job = replace(work, anyway=True).job(f"entry:{held}:anyway:{mark}")
        await self.saving.queue.put(job)
        await self.notes.let_go(held)
        await self._done(body, texts.ENTRY_PUBLISHED_BY, EntryChange(work.entry, changed=False))

    @property
    def buttons(self) -> Mapping[str, Any]:
        """What listens to which action id."""
        return {
            EDIT: self.edit,
            WITHDRAW: self.withdraw,
            RENEW: self.renew,
            KEEP: self.keep,
            TAKE_OVER: self.take_over,
            PUBLISH: self.publish,
        }

    async def _changeable(self, body: Mapping[str, Any]) -> Entry | None:
        """Return the entry of a press, if its person may change it; else say why not."""
        person = str(body["user"]["id"])
        language = await self.principals.language(person)
        try:
            entry = await self.saved.get(str(body["actions"][0].get("value") or ""))
        except EntryError:
            await send_ephemeral(self.clients, body, texts.ENTRY_GONE.to(language))
            return None
        if await may_change(entry, person, self.principals):
            return entry
        await send_ephemeral(self.clients, body, texts.ENTRY_NOT_YOURS.to(language))
        return None

    async def _done(self, body: Mapping[str, Any], said: texts.Text, change: EntryChange) -> None:
        """Say what became of a press: in place of the buttons, or to its person alone."""
        person = str(body["user"]["id"])
        language = await self.principals.language(person)
        date = str(change.entry.expires)
        text = said.to(language, person=f"<@{person}>", date=date)
        if change.late:
            text = f"{text} {texts.ENTRY_LATE.to(language)}"
        container: Mapping[str, Any] = body.get("container") or {}
        if container.get("is_ephemeral"):
            question = mrkdwn(change.entry.question)
            await send_ephemeral(self.clients, body, f"*{question}*\n{text}")
            return
        message: Mapping[str, Any] = body.get("message") or {}
        blocks = [block for block in message.get("blocks") or () if block["type"] != "actions"]
        try:
            await self.clients.repeating.chat_update(
                channel=str(container["channel_id"]),
                ts=str(container["message_ts"]),
                text=str(message.get("text") or ""),
                blocks=[*blocks, context(text)],
            )
        except (SlackApiError, *UNCERTAIN) as error:
            _log.info("outcome_not_shown", error=str(error))


def _holds(entry: Entry, words: str) -> bool:
    told = "\n".join((entry.question, *entry.wordings, entry.answer)).lower()
    return all(word in told for word in words.lower().split())
