"""May this person, in this place, see this? Every view asks here. In doubt, they may not."""

import asyncio
from collections.abc import Collection, Iterable, Sequence

import structlog
from slack_sdk.errors import SlackApiError

from bot.analytics.outcomes import AnsweredDocument
from bot.core.i18n import Text
from bot.core.message_ref import MessageRef, is_direct
from bot.core.types import QuestionId
from bot.slack.client import texts
from bot.slack.client.clients import UNCERTAIN
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.escape import mrkdwn
from bot.slack.client.pages import pages
from bot.slack.client.permissions import Principals
from bot.slack.client.split import one_line
from knowledge.model.types import Principal

_FEW = 5
"""Channels up to which a call for each is cheaper than a listing."""

_CLOSED = ("is_private", "is_im", "is_mpim")
_log = structlog.get_logger(__name__)


class ViewRights:
    """Decides what a view shows of records, of documents and of the names of sources.

    The reader of a view is who can read it where it is posted: a person in the Home tab, a form,
    a direct message or an ephemeral message; everybody in the channel in a thread.
    """

    def __init__(self, principals: Principals, operations: OperatorActions) -> None:
        self.principals = principals
        self.operations = operations

    async def reader(self, person: str, channel: str = "") -> Principal:
        """Return who reads a view: everybody in *channel*, or *person* alone where it is "".

        A direct message is read by its person alone.
        """
        if channel and not channel.startswith("D"):
            return await self.principals.of_channel(channel)
        return await self.principals.of_person(person)

    async def may_see(
        self,
        question_id: QuestionId,
        reader: Principal,
        *,
        person: str = "",
        documents: Collection[str] = (),
        channels: Collection[str] | None = None,
    ) -> bool:
        """Tell whether *reader* may see a question, or what was said of its answer.

        They must have been able to read it where it was asked, and must be able to read now what
        the answer rests on. What was asked in a direct message, or by a program, is for its person
        alone; what was asked in a terminal, for members.

        Args:
            question_id: Tells where it was asked.
            reader: Whoever reads the view.
            person: Who asked, "" where that is not known.
            documents: Ids of what the answer cites; none to show the question alone.
            channels: What `open_channels` has returned for it; None to look it up now.
        """
        if not await self._could_read(question_id, reader, person, channels):
            return False
        return await self.may_read(documents, reader)

    async def may_read(self, documents: Iterable[str], reader: Principal) -> bool:
        """Tell whether *reader* may see every one of *documents* (ids), their names included."""
        return await self.operations.may_read(list(documents), reader)

    async def titles(
        self, documents: Iterable[AnsweredDocument], reader: Principal, longest: int
    ) -> list[str]:
        """Return the titles of those *documents* that *reader* may see, in Slack's own markup."""
        return [
            safe_line(document.title, longest)
            for document in documents
            if await self.may_read([document.id], reader)
        ]

    def sources(self, reader: Principal) -> Sequence[str]:
        """Return the names of the sources that *reader* may know of."""
        return self.operations.sources_for(reader)

    async def open_channels(
        self, question_ids: Iterable[QuestionId], reader: Principal
    ) -> frozenset[str]:
        """Return which channels *reader* may read of those where the questions were asked.

        For views of many records: beyond a few channels it is one listing, not a call for each.
        A channel that Slack does not list is not open.
        """
        places = [place for id_ in question_ids if (place := _place(id_)) and not place.direct]
        channels = {place.channel for place in places}
        here = {reader.id, *reader.groups}  # a shared channel has no groups, not even itself
        own, others = channels & here, channels - here
        if not reader.member or not others:
            return frozenset(own)
        if len(others) > _FEW and (listed := await self._listed()) is not None:
            return frozenset(own | (others & listed))
        looked_up = list(others)
        found = await asyncio.gather(*map(self.principals.is_open, looked_up))
        return frozenset(
            own.union(one for one, is_open in zip(looked_up, found, strict=True) if is_open)
        )

    async def _listed(self) -> frozenset[str] | None:
        """Return the channels that every member may read; None if Slack does not say."""
        try:
            channels = await pages(
                self.principals.client.conversations_list, "channels", types="public_channel"
            )
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("channels_unknown", error=type(error).__name__)
            return None
        return frozenset(
            one["id"]
            for one in channels
            if not any(map(one.get, _CLOSED)) and not self.principals.is_shared(one)
        )

    async def _could_read(
        self,
        question_id: QuestionId,
        reader: Principal,
        person: str,
        channels: Collection[str] | None,
    ) -> bool:
        if is_direct(question_id):
            return bool(person) and reader.id == person
        place = _place(question_id)
        if place is None:
            return reader.member
        if channels is not None:
            return place.channel in channels
        if place.channel in {reader.id, *reader.groups}:
            return True
        return reader.member and await self.principals.is_open(place.channel)


def instead_of(question_ids: Collection[QuestionId]) -> Text:
    """Return what stands in a view for a question, asked under those ids, that it may not show."""
    direct = all(in_direct_message(question_id) for question_id in question_ids)
    return texts.PRIVATE_QUESTION if direct else texts.HIDDEN_QUESTION


def in_direct_message(question_id: QuestionId) -> bool:
    """Tell whether it was asked where only its person reads."""
    return is_direct(question_id)


def safe_line(text: str, longest: int = 200) -> str:
    """Return foreign *text* as a line in Slack's own markup that pings nobody and links nowhere."""
    return mrkdwn(one_line(text, longest))


def _place(question_id: QuestionId) -> MessageRef | None:
    return MessageRef.parse(question_id) if question_id.startswith("slack:") else None
