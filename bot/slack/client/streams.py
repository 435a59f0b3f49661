"""Slack's native streams: messages that grow while people read them.

Platform rules (docs.slack.dev and field reports, 2026-08): a stream carries no metadata until it
ends, is closed by Slack about five minutes after its start, and holds about 10,600 bytes of text,
where a Japanese character is three. Starting and ending are limited to some 20 calls a minute for
the whole workspace, so that a reply without a stream must always be possible.
"""

from collections.abc import Sequence
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.core.message_ref import MessageRef
from bot.slack.answers.blocks import Block
from bot.slack.answers.steps import Task
from bot.slack.client.clients import Clients, error_of
from bot.slack.client.messages import MessageMark

MOST_BYTES = 9_000
"""UTF-8 bytes of text that are put into one stream."""

LONGEST_SECONDS = 240.0
"""Age up to which a stream is trusted to be still open."""

_LONGEST_TITLE = 70
_NEVER = frozenset({"unknown_method", "method_deprecated", "feature_not_enabled", "missing_scope"})
"""Errors after which no stream is tried any more: this workspace has none."""

_OVER = frozenset({"message_not_in_streaming_state", "stopped_by_user", "message_not_found"})


class Streams:
    """Starts, feeds and ends streams; methods raise `SlackApiError` or a connection's error."""

    def __init__(self, clients: Clients) -> None:
        self.clients = clients
        self.available = True

    async def start(self, thread: MessageRef, title: str) -> str:
        """Start a stream in *thread*, a direct message; return its ts."""
        try:
            started = await self.clients.hasty.chat_startStream(
                channel=thread.channel,
                thread_ts=thread.ts,
                task_display_mode="plan",
                chunks=[{"type": "plan_update", "title": title[:_LONGEST_TITLE]}],
            )
        except SlackApiError as error:
            self.available = error_of(error) not in _NEVER
            raise
        return str(started["ts"])

    async def show(self, channel: str, ts: str, tasks: Sequence[Task]) -> None:
        """Show *tasks* as cards; a task that is shown already changes in place."""
        await self.clients.hasty.chat_appendStream(
            channel=channel, ts=ts, chunks=[_card(task) for task in tasks]
        )

    async def write(self, channel: str, ts: str, markdown: str) -> None:
        """Add text."""
        chunk = {"type": "markdown_text", "text": markdown}
        await self.clients.hasty.chat_appendStream(channel=channel, ts=ts, chunks=[chunk])

    async def entitle(self, channel: str, ts: str, title: str) -> None:
        """Give the plan above the cards another title."""
        chunk = {"type": "plan_update", "title": title[:_LONGEST_TITLE]}
        await self.clients.hasty.chat_appendStream(channel=channel, ts=ts, chunks=[chunk])

    async def end(self, channel: str, ts: str, blocks: Sequence[Block], mark: MessageMark) -> None:
        """End the stream with *blocks* below its text."""
        await self.clients.hasty.chat_stopStream(
            channel=channel, ts=ts, blocks=list(map(dict, blocks)), metadata=mark.metadata
        )

    async def abandon(self, channel: str, ts: str) -> None:
        """End a stream that may be over already, so that its message can be changed."""
        try:
            await self.clients.repeating.chat_stopStream(channel=channel, ts=ts)
        except SlackApiError as error:
            if error_of(error) not in _OVER:
                raise

    async def find(self, thread: MessageRef, since: str, bot_user: str) -> str | None:
        """Return the bot's message after *since* that is still a stream, if there is one."""
        page = await self.clients.repeating.conversations_replies(
            channel=thread.channel, ts=thread.ts, oldest=since, limit=200
        )
        messages: list[dict[str, Any]] = page["messages"]
        for message in messages:
            mine = message.get("user") == bot_user and message["ts"] > since
            if mine and message.get("streaming_state") and not message.get("metadata"):
                return str(message["ts"])
        return None


def _card(task: Task) -> dict[str, Any]:
    card = {
        "type": "task_update",
        "id": task.id,
        "title": task.title[:_LONGEST_TITLE],
        "status": task.status,
    }
    return card | ({"output": task.output} if task.output else {})
