"""Answers to commands that come later than their acknowledgement, where they were typed."""

from http import HTTPStatus

import structlog
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.slack.client.clients import UNCERTAIN, Clients, local

_log = structlog.get_logger(__name__)


async def respond(clients: Clients, response_url: str, text: str) -> bool:
    """Show *text* to who typed a command, and to nobody else; False if Slack did not take it.

    Slack takes answers at a *response_url* for half an hour.
    """
    webhook = AsyncWebhookClient(response_url, session=clients.repeating.session)
    if local(response_url):
        webhook.proxy = None
    try:
        response = await webhook.send(text=text, response_type="ephemeral", replace_original=False)
    except UNCERTAIN as error:
        _log.warning("response_url_failed", error=str(error))
        return False
    return response.status_code == HTTPStatus.OK
