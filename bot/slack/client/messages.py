"""The bot's own messages in Slack: posting, finding, changing them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

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

LONGEST_TITLE = 200
"""Characters of a session's title."""

_NO_SESSIONS = frozenset(
    {"feature_disabled", "missing_scope", "not_authorized", "unknown_method", "access_denied"}
)
"""Errors of workspaces without sessions, or of an app that is no agent there."""

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
        self._sessions_work = True

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
            await _with_known_blocks(
                partial(self._client(haste).chat_update, channel=channel, ts=ts, text=posting.text),
                posting,
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

    async def begin_session(self, thread: MessageRef, title: str, person: str) -> None:
        """Show in the list of agent sessions that the bot works in *thread*; a mere decoration.

        The title counts where the session is new. See
        https://docs.slack.dev/reference/methods/agents.sessions.setStatus
        """
        told = {"status": "processing", "title": title[:LONGEST_TITLE]}
        if person:
            told["initiator_user_id"] = person
        await self._set_session(self.clients.hasty, thread, told)

    async def end_session(self, thread: MessageRef) -> None:
        """Show there that it no longer does: Slack itself would do so only after an hour."""
        await self._set_session(self.clients.repeating, thread, {"status": "active"})

    async def _set_session(
        self, client: RateLimitedClient, thread: MessageRef, told: Mapping[str, str]
    ) -> None:
        if not self._sessions_work:
            return
        try:
            async with asyncio.timeout(DECORATION_SECONDS):
                await client.agents_sessions_setStatus(
                    channel_id=thread.channel, thread_ts=thread.ts, **told
                )
        except SlackApiError as error:
            self._sessions_work = error_of(error) not in _NO_SESSIONS
            _log.info("session_unavailable", error=error_of(error))
        except UNCERTAIN as error:
            _log.info("session_unavailable", error=type(error).__name__)

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
    post = partial(
        client.chat_postMessage,
        channel=thread.channel,
        thread_ts=thread.ts or None,
        text=posting.text,
        metadata=mark.metadata if mark else None,
        unfurl_links=False,
        unfurl_media=False,
    )
    response = await _with_known_blocks(post, posting)
    return str(response["ts"])


async def _with_known_blocks(
    call: Callable[..., Awaitable[AsyncSlackResponse]], posting: Posting
) -> AsyncSlackResponse:
    """Make *call* with the blocks of *posting*, or with its plainer ones if Slack refuses these.

    A refusal is certain, so that nothing is shown twice.
    """
    try:
        return await call(blocks=list(map(dict, posting.blocks)) or None)
    except SlackApiError as error:
        if error_of(error) != "invalid_blocks" or not posting.plainer:
            raise
    _log.info("blocks_refused", kinds=sorted({str(block["type"]) for block in posting.blocks}))
    return await call(blocks=list(map(dict, posting.plainer)))
