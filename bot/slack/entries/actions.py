"""The list of entries, and the buttons below them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.core.i18n import Text
from bot.core.language import Language
from bot.entries.entry import EntryError
from bot.entries.service import EntryRefusedError, EntryService
from bot.entries.store import EntryChange
from bot.slack.client.forms import context
from bot.slack.client.outbox import Outbox
from bot.slack.client.permissions import Principals
from bot.slack.client.view_rights import safe_line
from bot.slack.entries import texts
from bot.slack.entries.forms import (
    EDIT,
    KEEP,
    PUBLISH,
    RENEW,
    TAKE_OVER,
    WITHDRAW,
    entry_list,
)
from bot.slack.entries.save import SaveForm

SHOWN = 10
"""Entries that a list shows."""

EntryPress = Callable[[str, str], Awaitable[EntryChange]]
"""Does what a button says, to an entry (id), for a person."""


class EntryActions:
    """Lists entries, and passes presses on to the service."""

    def __init__(
        self,
        entries: EntryService,
        form: SaveForm,
        outbox: Outbox,
        principals: Principals,
    ) -> None:
        self._entries = entries
        self._form = form
        self._outbox = outbox
        self._principals = principals

    async def listing(
        self, person: str, words: str, language: Language
    ) -> tuple[str, Sequence[dict[str, Any]]]:
        """Return the entries that *person* may read and that hold *words*, as text and blocks."""
        found = await self._entries.readable(person, words)
        if not found:
            return texts.NO_ENTRIES.to(language), ()
        listed = found[:SHOWN]
        text = texts.ENTRIES.to(language, shown=len(listed), count=len(found))
        return text, entry_list(listed, len(found), language)

    async def edit(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Edit"."""
        await ack()
        person, language = await self._who(body)
        try:
            entry = await self._entries.changeable(_value(body), person)
        except EntryError as error:
            await self._refuse(body, error)
            return
        await self._form.open_entry(str(body["trigger_id"]), person, entry, language)

    async def withdraw(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Withdraw"."""
        await ack()
        await self._press(body, self._entries.withdraw, texts.ENTRY_WITHDRAWN_BY)

    async def renew(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Still right"."""
        await ack()
        await self._press(
            body, self._entries.renew, texts.ENTRY_RENEWED_BY, texts.ENTRY_RENEWED_FOR_EVER
        )

    async def keep(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Keep"."""
        await ack()
        await self._press(body, self._entries.keep, texts.ENTRY_KEPT_BY)

    async def take_over(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Use the new text"."""
        await ack()
        await self._press(body, self._entries.take_over, texts.ENTRY_TAKEN_OVER_BY)

    async def publish(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        """Listen to "Publish anyway" below an entry that is held back."""
        await ack()
        person, language = await self._who(body)
        entry = await self._entries.publish_anyway(_value(body), person)
        if entry is None:
            await self._outbox.answer_press(body, texts.ENTRY_GONE.to(language))
            return
        await self._show(body, texts.ENTRY_PUBLISHED_BY, EntryChange(entry, changed=False))

    @property
    def buttons(self) -> Mapping[str, Any]:
        """The listener of each action id."""
        return {
            EDIT: self.edit,
            WITHDRAW: self.withdraw,
            RENEW: self.renew,
            KEEP: self.keep,
            TAKE_OVER: self.take_over,
            PUBLISH: self.publish,
        }

    async def _press(
        self,
        body: Mapping[str, Any],
        act: EntryPress,
        done: Text,
        for_ever: Text | None = None,
    ) -> None:
        """Do *act*, and show that it is *done*; *for_ever* where the entry never expires."""
        person, _ = await self._who(body)
        try:
            change = await act(_value(body), person)
        except EntryError as error:
            await self._refuse(body, error)
            return
        await self._show(body, done if change.entry.expires else for_ever or done, change)

    async def _refuse(self, body: Mapping[str, Any], error: EntryError) -> None:
        _, language = await self._who(body)
        refused = isinstance(error, EntryRefusedError)
        text = texts.ENTRY_NOT_YOURS if refused else texts.ENTRY_GONE
        await self._outbox.answer_press(body, text.to(language))

    async def _who(self, body: Mapping[str, Any]) -> tuple[str, Language]:
        person = str(body["user"]["id"])
        return person, await self._principals.language(person)

    async def _show(self, body: Mapping[str, Any], done: Text, change: EntryChange) -> None:
        """Say what a press has done: in place of the buttons, or to its person alone."""
        person, language = await self._who(body)
        text = done.to(language, person=f"<@{person}>", date=str(change.entry.expires))
        if change.late:
            text = f"{text} {texts.ENTRY_LATE.to(language)}"
        container: Mapping[str, Any] = body.get("container") or {}
        if container.get("is_ephemeral"):
            question = safe_line(change.entry.question)
            await self._outbox.answer_press(body, f"*{question}*\n{text}")
            return
        await self._outbox.replace_buttons(body, context(text))


def _value(body: Mapping[str, Any]) -> str:
    """Return the value of a pressed button: an entry's id."""
    return str(body["actions"][0].get("value") or "")
