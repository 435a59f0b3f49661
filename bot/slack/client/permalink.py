"""Links to messages."""

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.message_ref import MessageRef
from bot.slack.client.clients import UNCERTAIN, Clients

_log = structlog.get_logger(__name__)


async def permalink(clients: Clients, place: str) -> str:
    """Return the address of the message *place*; "" if Slack does not tell, or none is named."""
    if not in_slack(place):
        return ""
    ref = MessageRef.parse(place)
    try:
        found = await clients.repeating.chat_getPermalink(channel=ref.channel, message_ts=ref.ts)
    except (SlackApiError, *UNCERTAIN) as error:
        _log.info("no_permalink", error=str(error))
        return ""
    return str(found["permalink"])


def in_slack(place: str) -> bool:
    """Tell whether *place* is a message, a thread or a question in Slack."""
    return place.startswith("slack:")
