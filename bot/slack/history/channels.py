"""Which channels can be a source now."""

import time
from collections.abc import Callable, Mapping, Sequence

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.errors import AdapterUnavailableError
from bot.slack.client.clients import error_of, reaching_slack
from bot.slack.client.names import PinnedNames, is_own
from bot.slack.client.permissions import Principals
from bot.slack.history.changes import canvases_of
from knowledge.model.source_settings import SlackSettings
from knowledge.sync.sources.slack_messages import KeptChannel

UNKNOWN = "no channel has this name or id, or it is private: /invite the bot there"
REASONS: Mapping[str, str] = {
    "is_im": "direct messages are never read",
    "is_mpim": "direct messages are never read",
    "is_archived": "it is archived",
}
"""Why a channel with such a flag is not read, in the order in which they are looked at."""

ABSENT = "the bot is not in it: /invite it there"
SHARED = "people of other workspaces read it, or may soon"
_GONE = frozenset({"channel_not_found", "missing_scope", "not_in_channel", "method_not_supported"})
_log = structlog.get_logger(__name__)


class SourceChannels:
    """Looks up the channels that the settings name.

    What Slack knows of a channel is asked again when an event says that it changed; a channel that
    cannot be read, after *pause*.

    Attributes:
        closed: Why a channel is not read, by the name that the settings give it.
        canvases: The channels' own canvases, ids by the id of the channel.

    Args:
        principals: What Slack tells of channels.
        pause: Returns seconds.
    """

    def __init__(self, principals: Principals, pause: Callable[[], float]) -> None:
        self.closed = dict[str, str]()
        self.canvases = dict[str, frozenset[str]]()
        self._principals = principals
        self._pause = pause
        self._next = dict[str, float]()

    async def readable(
        self, sources: Sequence[SlackSettings], workspace_url: str
    ) -> dict[str, KeptChannel]:
        """Return the channels of *sources* that can be read, by id.

        Raises:
            BotError: it cannot be told now.
        """
        found = dict[str, KeptChannel]()
        for source in sources:
            for name in source.channels:
                if time.monotonic() < self._next.get(name, 0.0):
                    continue
                told = await self._told_of(name)
                if reason := await self._closed_by(told):
                    self._close(name, reason)
                    continue
                self.closed.pop(name, None)
                id_ = str(told["id"])
                url = f"{workspace_url}archives/{id_}/"
                channel = KeptChannel(id_, source.name, str(told["name"]), url, source.days)
                found.setdefault(id_, channel)
                self.canvases[id_] = canvases_of(told)
        return found

    async def _told_of(self, name: str) -> Mapping[str, object]:
        """Return Slack's `channel` object, nothing for a channel that it does not tell of."""
        names: PinnedNames = self._principals.names
        id_ = await names.id_of(name)
        if not id_:
            return {}
        try:
            with reaching_slack():
                return await self._principals.facts.channel(id_)
        except SlackApiError as error:
            if error_of(error) not in _GONE:
                text = f"Slack says nothing about {id_}: {error_of(error)}"
                raise AdapterUnavailableError(text) from error
            return {}

    async def _closed_by(self, told: Mapping[str, object]) -> str:
        """Return why a channel must not be read, or ""."""
        if not told:
            return UNKNOWN
        for flag, reason in REASONS.items():
            if told.get(flag):
                return reason
        if not told.get("is_member"):
            return ABSENT
        external = told["id"] in await self._principals.facts.external()
        return SHARED if external or not is_own(told) else ""

    def _close(self, name: str, reason: str) -> None:
        self._next[name] = time.monotonic() + self._pause()
        if self.closed.get(name) != reason:
            _log.warning("channel_not_read", channel=name, reason=reason)
        self.closed[name] = reason
