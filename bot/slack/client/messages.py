"""The bot's own messages in Slack: posting, finding, changing them."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.errors import CancelledByPersonError
from bot.core.message_ref import MessageRef
from bot.slack.answers.blocks import Posting
from bot.slack.client.clients import (
    RATE_LIMITED,
    UNCERTAIN,
    Clients,
    RateLimitedClient,
    error_of,
)
from bot.slack.client.rate_limits import PLACEHOLDER

EVENT_TYPE = "kotae_reply"
"""Names our metadata; everybody in the workspace can read it, so it holds ids only."""

DECORATION_SECONDS = 5.0
"""Seconds to wait for a call that a reply can do without."""

Haste = Literal["patient", "soon", "decoration"]
"""How long a call may wait for its turn: as long as a job can, a moment, or not at all; as
decoration it is not tried again either, and leaves half of each burst to others."""

_log = structlog.get_logger(__name__)
_GONE = frozenset({"message_not_found", "thread_not_found"})


@dataclass(frozen=True, slots=True)
class MessageMark:
    """What a message says of itself in its metadata: which part of which job's reply it is."""

    job: str
    part: int

    @property
    def metadata(self) -> dict[str, Any]:
        """The form in which Slack keeps it."""
        return {
            "event_type": EVENT_TYPE,
            "event_payload": {"job": self.job, "part": str(self.part)},
        }


class Messages:
    """Writes into threads. Every method may raise `SlackApiError` or a connection's error."""

    def __init__(self, clients: Clients) -> None:
        self.clients = clients
        self._status_works = True

    async def has_room(self) -> bool:
        """Take a placeholder out of their budget; False when there have been enough of them.

        Each is changed at least once later.
        """
        budget = self.clients.hasty.budget
        return budget is None or not await budget.spend(PLACEHOLDER, {}, 0.0)

    async def post(
        self,
        thread: MessageRef,
        posting: Posting,
        mark: MessageMark,
        *,
        decoration: bool = False,
    ) -> str:
        """Post into *thread* and return the message's ts. Not repeatable: see `find`.

        A thread without a ts is the conversation itself. As *decoration* nothing is waited for.

        Raises:
            CancelledByPersonError: somebody has deleted what the thread hangs on.
        """
        try:
            client = self.clients.hasty if decoration else self.clients.posting
            return await post_message(client, thread, posting, mark)
        except SlackApiError as error:
            if error_of(error) in _GONE:
                raise CancelledByPersonError from error
            raise

    async def find(self, thread: MessageRef, since: str, mark: MessageMark) -> str | None:
        """Return the ts of the message after *since* that carries *mark*, if there is one."""
        look = self.clients.repeating.conversations_history
        if thread.ts:
            look = partial(self.clients.repeating.conversations_replies, ts=thread.ts)
        cursor = None
        while True:
            page = await look(
                channel=thread.channel,
                oldest=since,
                include_all_metadata=True,
                limit=200,
                cursor=cursor,
            )
            for message in page["messages"]:
                if message.get("metadata") == mark.metadata:
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None

    async def update(
        self, channel: str, ts: str, posting: Posting, *, haste: Haste = "patient"
    ) -> None:
        """Give a message new content.

        Raises:
            CancelledByPersonError: somebody has deleted it.
        """
        try:
            await self._client(haste).chat_update(
                channel=channel,
                ts=ts,
                text=posting.text,
                blocks=list(map(dict, posting.blocks)),
            )
        except SlackApiError as error:
            if error_of(error) in _GONE:
                raise CancelledByPersonError from error
            raise

    async def delete(self, channel: str, ts: str, *, haste: Haste = "patient") -> bool:
        """Take a message back; False if it was gone already."""
        try:
            await self._client(haste).chat_delete(channel=channel, ts=ts)
        except SlackApiError as error:
            if error_of(error) not in _GONE:
                raise
            return False
        return True

    def _client(self, haste: Haste) -> RateLimitedClient:
        match haste:
            case "patient":
                return self.clients.repeating
            case "soon":
                return self.clients.brisk
            case "decoration":
                return self.clients.hasty

    async def set_status(self, thread: MessageRef, status: str) -> None:
        """Show *status* next to the bot's name, "" for nothing; a mere decoration."""
        if not self._status_works:
            return
        try:
            async with asyncio.timeout(DECORATION_SECONDS):
                await self.clients.hasty.assistant_threads_setStatus(
                    channel_id=thread.channel, thread_ts=thread.ts, status=status
                )
        except (SlackApiError, *UNCERTAIN) as error:
            refused = isinstance(error, SlackApiError) and error_of(error) != RATE_LIMITED
            self._status_works = not refused
            _log.info("status_unavailable", error=str(error))


async def post_message(
    client: RateLimitedClient,
    thread: MessageRef,
    posting: Posting,
    mark: MessageMark | None = None,
) -> str:
    """Post into *thread*, or into the conversation if it has no ts; return the message's ts.

    Not repeatable. Raises `SlackApiError` or a connection's error.
    """
    response = await client.chat_postMessage(
        channel=thread.channel,
        thread_ts=thread.ts or None,
        text=posting.text,
        blocks=list(map(dict, posting.blocks)) or None,
        metadata=mark.metadata if mark else None,
        unfurl_links=False,
        unfurl_media=False,
    )
    return str(response["ts"])
