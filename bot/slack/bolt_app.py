"""The Bolt app: its authorization, its errors, and what nothing else listens to."""

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped
from slack_bolt.response import BoltResponse

from bot.core.errors import AdapterUnavailableError, QueueFullError, RedisUnavailableError
from bot.slack.client.clients import UNCERTAIN, web_client
from bot.slack.client.identity import BotIdentity, SlackCredentials
from bot.slack.client.manifest import EVENTS, event_type
from bot.slack.client.texts import LATER
from bot.slack.requests import MISSHAPEN

_ANY = re.compile(".*", re.DOTALL)
_log = structlog.get_logger(__name__)


def new_bolt_app(credentials: SlackCredentials, me: BotIdentity) -> AsyncApp:
    """Return a Bolt app without listeners.

    Bolt reads the environment behind our back: a stray SLACK_CLIENT_ID would switch it to OAuth
    and make it forget the token. Our own `authorize` wins over that in every case.
    """
    authorization = AuthorizeResult(
        enterprise_id=me.enterprise or None,
        team_id=me.team,
        bot_user_id=me.user,
        bot_id=me.bot,
        bot_token=credentials.bot_token,
    )

    async def authorize() -> AuthorizeResult:
        return authorization

    logger = logging.getLogger(f"{__name__}.bolt")
    logger.setLevel(logging.WARNING)  # below, it logs request bodies
    expected = warning_client_prioritized_and_token_skipped()
    logger.addFilter(lambda record: record.getMessage() != expected)
    app = AsyncApp(
        name="kotae",
        logger=logger,
        client=web_client(None, credentials.api_url),
        signing_secret=credentials.signing_secret,
        authorize=authorize,
    )
    app.error(_report)
    return app


def acknowledge_the_rest(app: AsyncApp) -> None:
    """Listen to everything without a listener: Slack sends again what nobody acknowledges."""
    for subscription in EVENTS:
        app.event(event_type(subscription))(_received)
    app.event(_ANY)(_received)
    for others in (app.action, app.options, app.shortcut, app.view):
        others(_ANY)(_acknowledge)


async def _received() -> None:
    """Listen to an event that the receiver has stored: Bolt has acknowledged it."""


async def _acknowledge(ack: AsyncAck) -> None:
    """Acknowledge something that is not ours to act on."""
    await ack()


async def _report(
    error: Exception, body: Mapping[str, Any], respond: AsyncRespond
) -> BoltResponse | None:
    """Log what went wrong; Slack gets an error status if another try may mend it.

    Whoever pressed or typed something hears that it has to wait, if that is all.
    """
    expected = isinstance(
        error, (RedisUnavailableError, QueueFullError, TimeoutError, AdapterUnavailableError)
    )
    if isinstance(error, AdapterUnavailableError) and body.get("response_url"):
        with suppress(*UNCERTAIN):
            await respond(LATER.in_both(), replace_original=False)
    reason = str(error) or type(error).__name__
    _log.error("slack_request_failed", reason=reason, exc_info=None if expected else error)
    if not isinstance(error, MISSHAPEN):
        return None
    event = body.get("type") == "event_callback"
    return BoltResponse(status=HTTPStatus.OK if event else HTTPStatus.BAD_REQUEST)
