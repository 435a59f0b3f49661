"""What became of a press of a button, said to its person alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot.slack.client.clients import UNCERTAIN, Clients

_log = structlog.get_logger(__name__)


async def send_ephemeral(
    clients: Clients,
    body: Mapping[str, Any],
    text: str,
    blocks: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Answer a press where it was made; if Slack does not take it, it is only logged.

    Args:
        clients: Speak to Slack.
        body: Slack's `block_actions` payload.
        text: What to say, also where blocks cannot be shown.
        blocks: How it looks, if not like text.
    """
    container: Mapping[str, Any] = body.get("container") or {}
    try:
        await clients.posting.chat_postEphemeral(
            channel=str(container.get("channel_id") or body["channel"]["id"]),
            user=str(body["user"]["id"]),
            thread_ts=container.get("thread_ts"),
            text=text,
            blocks=[dict(block) for block in blocks] or None,
        )
    except (SlackApiError, *UNCERTAIN) as error:
        _log.info("outcome_not_shown", error=str(error))
