"""Catches up on messages that arrived while no process was connected.

Slack sends an event again for about six minutes; what is missed for longer is only in the history
of its channel. It is taken in under the same ids as ever, so that reading too much doubles nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from operator import itemgetter
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import QueueFullError, RedisUnavailableError
from bot.slack.client.clients import UNCERTAIN, error_of, patiently
from bot.slack.intake.presence import PresenceStore

ATTEND_SECONDS = 10.0
"""Between two marks."""

GAP_SECONDS = 60.0
"""A shorter silence is covered by Slack's own repetitions."""

OVERLAP_SECONDS = 120.0
"""Read from before the mark: events that failed just then are not repeated for ever."""

THREADS_SECONDS = 24 * 3_600.0
"""Threads that began at most so long before the silence are looked through for new replies: a
channel's history has only the beginnings of threads."""

MOST_SECONDS = 1_800.0
"""Longest time for catching up. Apps that are sold outside the Marketplace may read 15 messages a
minute; all others have done with fifty channels in two minutes."""

_PAGE = 200
_MOST_PAGES = 20
_PAUSE_SECONDS = 5.0
_UNREADABLE = frozenset({"channel_not_found", "not_in_channel", "missing_scope", "is_archived"})
_log = structlog.get_logger(__name__)

ReceiveEvent = Callable[[Mapping[str, Any]], Awaitable[None]]
CaughtEvent = Mapping[str, Any]


class CatchUp:
    """Notes that the bot listens, and reads what it has missed when it did not.

    Args:
        client: Of the Web API.
        receive: Takes in the body of an event, as Slack would send it.
        hours: How far back to look at most.
        missed: Called when events may have been missed; edits and deletions are in no history.
    """

    def __init__(
        self,
        presence: PresenceStore,
        client: AsyncWebClient,
        receive: ReceiveEvent,
        hours: float,
        missed: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._presence = presence
        self._client = client
        self._receive = receive
        self._hours = hours
        self._missed_some = missed

    async def begin(self, since: float) -> None:
        """Listen from *since* on, in seconds since the epoch, where nobody has listened before."""
        await self._presence.begin(since)

    async def missed_since(self, since: float) -> None:
        """Read soon what has come since then: it may have been acknowledged unread."""
        await self._presence.look_back(since - GAP_SECONDS)

    async def run(self, connected: Callable[[], Awaitable[bool]]) -> None:
        """Attend until cancelled, as long as *connected* says that Slack can be heard."""
        while True:
            pause = ATTEND_SECONDS
            try:
                if await connected():
                    await self.attend(time.time())
            except (RedisUnavailableError, SlackApiError, *UNCERTAIN) as error:
                _log.warning("catching_up_failed", error=str(error))
                pause = GAP_SECONDS
            await asyncio.sleep(pause)

    async def attend(self, now: float) -> None:
        """Note that everything until *now* was heard, after catching up if it was not.

        Raises:
            RedisUnavailableError: nothing was noted.
            SlackApiError: something cannot be read now; nothing was noted.
        """
        heard = await self._presence.heard_until()
        if heard is None or now - heard < GAP_SECONDS:
            await self._presence.mark(now)
        elif await self._presence.claim(MOST_SECONDS):
            try:
                await self._catch_up(max(heard - OVERLAP_SECONDS, now - self._hours * 3_600))
                await self._presence.mark(now)
            finally:
                await self._presence.release()

    async def _catch_up(self, since: float) -> None:
        found = 0
        _log.info("catching_up", since=since)
        if self._missed_some:
            await self._missed_some()
        try:
            async with asyncio.timeout(MOST_SECONDS):
                for channel in await self._channels():
                    for message in await self._missed(channel, since):
                        found += 1
                        await self._take_in(_event(channel, message))
        except TimeoutError:
            _log.error("catching_up_ended_early", read=found)
        _log.info("caught_up", read=found)

    async def _take_in(self, body: CaughtEvent) -> None:
        """Take in one message; one that cannot be understood is named, and the rest goes on."""
        while True:
            (failure,) = await asyncio.gather(self._receive(body), return_exceptions=True)
            if isinstance(failure, QueueFullError):
                await asyncio.sleep(_PAUSE_SECONDS)
            elif isinstance(failure, (RedisUnavailableError, TimeoutError)):
                raise failure
            else:
                if failure is not None:
                    ts = body["event"]["ts"]
                    _log.error("missed_message_not_understood", ts=ts, exc_info=failure)
                return

    async def _channels(self) -> list[str]:
        """Return the conversations that the bot is in, direct ones first."""
        kinds = "im,mpim,private_channel,public_channel"
        pages = self._pages(
            self._client.users_conversations, "channels", types=kinds, exclude_archived=True
        )
        ids = [str(channel["id"]) for channel in await pages]
        return sorted(ids, key=lambda channel: not channel.startswith("D"))

    async def _missed(self, channel: str, since: float) -> list[CaughtEvent]:
        """Return what was written in *channel* after *since*, in its order."""
        try:
            roots = await self._pages(
                self._client.conversations_history,
                "messages",
                channel=channel,
                oldest=f"{since - THREADS_SECONDS:.6f}",
            )
            missed = [root for root in roots if float(root["ts"]) > since]
            for root in roots:
                if float(root.get("latest_reply") or 0) > since:
                    replies = await self._pages(
                        self._client.conversations_replies,
                        "messages",
                        channel=channel,
                        ts=root["ts"],
                        oldest=f"{since:.6f}",
                    )
                    missed += [reply for reply in replies if reply["ts"] != root["ts"]]
        except SlackApiError as error:
            if error_of(error) not in _UNREADABLE:
                raise
            _log.warning("channel_not_caught_up", channel=channel, error=error_of(error))
            return []
        return sorted(missed, key=itemgetter("ts"))

    async def _pages(
        self, method: Callable[..., Awaitable[Any]], field: str, **arguments: object
    ) -> list[CaughtEvent]:
        items: list[CaughtEvent] = []
        cursor = None
        for _ in range(_MOST_PAGES):
            page = await patiently(method, limit=_PAGE, cursor=cursor, **arguments)
            items += page[field]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return items
        _log.warning("too_much_to_catch_up", channel=arguments.get("channel"), read=len(items))
        return items


def _event(channel: str, message: CaughtEvent) -> CaughtEvent:
    """Return the body with which Slack would have sent *message*."""
    changed: CaughtEvent = message.get("edited") or message
    event = {**message, "type": "message", "channel": channel}
    return {"type": "event_callback", "event_time": float(changed["ts"]), "event": event}
