"""How often each Web API method may be called by all processes of the bot together.

Slack counts per method, workspace and app, however many workers there are. Who posts waits for
its turn; decoration that would have to wait is dropped, and leaves half of each burst to posts.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from bot.core.errors import RedisUnavailableError
from bot.slack.client.rate_limit_store import CallRate, RateLimitStore


def _tier(calls_a_minute: int) -> CallRate:
    """Return a rate that stays within a tier in every minute: a fifth of it may come at once."""
    return CallRate(calls_a_minute * 0.8, calls_a_minute // 5)


_TIER_2, _TIER_3, _TIER_4 = _tier(20), _tier(50), _tier(100)

PLACEHOLDER = "placeholder"
"""The budget of messages that will change: each takes a `chat.update` later, and no more are posted
than those allow for."""

RATES: Mapping[str, CallRate] = {
    PLACEHOLDER: CallRate(30, 20),
    "assistant.threads.setStatus": _tier(600),
    "agents.sessions.setStatus": _TIER_3,
    "canvases.getContent": _TIER_3,
    "chat.postMessage": CallRate(60, 5),
    "chat.update": _TIER_3,
    "chat.delete": _TIER_3,
    "chat.postEphemeral": _TIER_4,
    "chat.startStream": _TIER_2,
    "chat.appendStream": _TIER_4,
    "chat.stopStream": _TIER_2,
    "conversations.history": _TIER_3,
    "conversations.info": _TIER_3,
    "conversations.list": _TIER_2,
    "conversations.members": _TIER_4,
    "conversations.open": _TIER_3,
    "conversations.replies": _TIER_3,
    "files.info": _TIER_4,
    "functions.completeError": _TIER_3,
    "functions.completeSuccess": _TIER_3,
    "usergroups.list": _TIER_2,
    "users.conversations": _TIER_3,
    "users.info": _TIER_4,
    "users.list": _TIER_2,
    "views.open": _TIER_4,
    "views.publish": _TIER_4,
    "views.update": _TIER_4,
}
"""From docs.slack.dev (rate limits, 2026-08). Methods that are not here have no budget. The tier of
`canvases.getContent` is that of the other methods for canvases. As decoration, placeholders have
half of their burst."""

_BY_CHANNEL = frozenset({"chat.postMessage"})
"""Methods whose limit is one message a second and channel."""

_log = structlog.get_logger(__name__)


class SlackRateLimiter:
    """The bot's budgets; while Redis is away, Slack's own refusals have to do."""

    def __init__(self, budgets: RateLimitStore) -> None:
        self._budgets = budgets

    async def spend(self, method: str, arguments: Mapping[str, Any], patience: float) -> float:
        """Wait until *method* may be called; with no *patience* (seconds), only if it may now.

        Returns:
            0.0; or the seconds until it may be called, if that is too long to wait for.
        """
        rate = RATES.get(method)
        if rate is None:
            return 0.0
        name = _name(method, arguments)
        try:
            taken, wait = await self._budgets.reserve(
                name, rate, patience, reserve=0.0 if patience else 0.5
            )
        except RedisUnavailableError as error:
            _log.warning("budget_unknown", method=method, reason=str(error))
            return 0.0
        if not taken:
            return wait
        await asyncio.sleep(wait)
        return 0.0

    async def refused(self, method: str, arguments: Mapping[str, Any], seconds: float) -> None:
        """Keep everybody from calling *method* as long as Slack has asked."""
        if rate := RATES.get(method):
            try:
                await self._budgets.close(_name(method, arguments), rate, seconds)
            except RedisUnavailableError as error:
                _log.warning("budget_unknown", method=method, reason=str(error))


def _name(method: str, arguments: Mapping[str, Any]) -> str:
    return f"{method}:{arguments.get('channel')}" if method in _BY_CHANNEL else method
