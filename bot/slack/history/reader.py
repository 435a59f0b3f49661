"""Reads the history of channels from Slack, a page at a time, from the newest message back."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client.clients import patiently
from bot.slack.client.identity import BotIdentity
from bot.slack.history.changes import is_to_bot, kept
from knowledge.model.threads import in_thread
from knowledge.sync.sources.slack_history_writer import SlackHistoryWriter
from knowledge.sync.sources.slack_messages import ChannelMessage, KeptChannel

PAGE = 200

COMMERCIAL_PAGE = 15
"""What Slack hands out in a minute to an app that is sold and not in its Marketplace, whatever is
asked for: https://docs.slack.dev/apis/web-api/rate-limits."""

UNSETTLED_SECONDS = 60.0
"""What was written so long ago may be in an event and not yet in a page, or the other way round."""

_AHEAD_SECONDS = 3_600.0
"""By how much Slack's clock may be ahead."""

_log = structlog.get_logger(__name__)
_Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HistoryReader:
    """Reads pages into *history*; where it was ended, it goes on.

    Slack's limits hold: the client waits for its turn, and a refusal is waited out.
    """

    client: AsyncWebClient
    history: SlackHistoryWriter
    me: BotIdentity

    async def read_page(self, channel: KeptChannel) -> None:
        """Read the next page of *channel* with all its threads, and note how far it is read.

        Raises:
            SlackApiError: Slack refuses; nothing was noted.
            RedisUnavailableError: likewise.
        """
        at = time.time()
        horizon = f"{at - channel.days * 86_400:.6f}"
        page = await patiently(
            self.client.conversations_history,
            channel=channel.id,
            oldest=horizon,
            # Without an end, the pages could begin at the oldest message.
            latest=channel.reached or f"{at + _AHEAD_SECONDS:.6f}",
            limit=PAGE,
        )
        roots: Sequence[_Told] = page["messages"]
        found, refused = list[ChannelMessage](), list[str]()
        for root in roots:
            await self._take(channel.id, root, found, refused)
        more = bool(page.get("has_more")) and bool(roots)
        if more and len(roots) == COMMERCIAL_PAGE:
            _log.warning("history_is_slow", channel=channel.id, messages_a_minute=COMMERCIAL_PAGE)
        # With nothing older, the span has no lower end but what is too old.
        low = min(str(root["ts"]) for root in roots) if more else ""
        span = (_before(low) if low else "", channel.reached)
        until = at - UNSETTLED_SECONDS
        await in_thread(partial(self.history.put_page, channel.id, found, refused, span, until))
        state = channel.state if more else "complete"
        await in_thread(partial(self.history.reached, channel, low, state))
        if not more:
            _log.info("history_read", channel=channel.id)

    async def _take(
        self, channel: str, root: _Told, found: list[ChannelMessage], refused: list[str]
    ) -> None:
        """Take in *root* and the replies to it."""
        if is_to_bot(root, self.me) and not root.get("bot_id"):
            refused.append(str(root["ts"]))
            return
        begins_thread = root.get("reply_count") and root.get("thread_ts") == root["ts"]
        told = await self._thread(channel, str(root["ts"])) if begins_thread else [root]
        found += filter(None, (kept(message, self.me) for message in told))

    async def _thread(self, channel: str, ts: str) -> list[_Told]:
        messages, cursor = list[_Told](), None
        while True:
            page = await patiently(
                self.client.conversations_replies,
                channel=channel,
                ts=ts,
                limit=PAGE,
                cursor=cursor,
            )
            messages += page["messages"]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return messages


def _before(ts: str) -> str:
    """Return what is just below *ts*, so that an exclusive span holds its message."""
    return ts[:-1] if ts else ""
