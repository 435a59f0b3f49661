"""Telling a person something by direct message, once, whatever crashes."""

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.message_ref import MessageRef
from bot.queue.queue import Lease
from bot.slack.answers.blocks import Posting
from bot.slack.client.clients import error_of, reaching_slack
from bot.slack.client.messages import Messages
from bot.slack.client.post_once import post_once

_log = structlog.get_logger(__name__)


async def tell_once(
    messages: Messages, lease: Lease, person: str, posting: Posting, since: float
) -> None:
    """Write *posting* to *person*, unless an earlier try of the job has.

    Somebody who cannot be written to is logged: nobody else waits for it.

    Args:
        messages: Post and find.
        lease: The job that tells it.
        person: Whom to tell.
        posting: What to say.
        since: When there was nothing to tell yet, in seconds since the epoch.

    Raises:
        SurfaceUnavailableError: Slack cannot be reached now; the job is to come back.
    """
    try:
        with reaching_slack():
            opened = await messages.clients.repeating.conversations_open(users=person)
        conversation = MessageRef("", str(opened["channel"]["id"]), "")
        await post_once(messages, lease, conversation, posting, since)
    except SlackApiError as error:
        _log.warning("person_not_told", person=person, error=error_of(error))
