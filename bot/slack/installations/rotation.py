"""Renews the tokens that expire: one process asks Slack, and all get the new ones.

Slack takes a refresh token once. So the one process that asks holds a lock, and what it gets is
stored before anybody uses it. https://docs.slack.dev/authentication/using-token-rotation
"""

import secrets
import time

import structlog
from slack_sdk.errors import SlackApiError, SlackTokenRotationError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.slack.client.clients import UNCERTAIN, error_of, unavailable
from bot.slack.installations.store import STOPPED, InstallationStore, installation_id

EARLY_MINUTES = 120
"""Minutes before its end at which a token is renewed; Slack's last for twelve hours."""

_LOCK_MILLISECONDS = 60_000

_log = structlog.get_logger(__name__)


def expires_soon(installation: Installation, early: float = EARLY_MINUTES) -> bool:
    """Tell whether the token of *installation* is to be renewed now."""
    ends = installation.bot_token_expires_at
    return ends is not None and ends <= time.time() + early * 60


class TokenRenewal:
    """Renews the tokens of installations.

    Args:
        client: Redis.
        store: Where the installations are.
        rotator: slack_sdk's, which asks Slack.
    """

    def __init__(
        self, client: RedisClient, store: InstallationStore, rotator: AsyncTokenRotator
    ) -> None:
        self._client = client
        self._store = store
        self._rotator = rotator
        self._lock = f"{key_root(client)}:installations:renewing"

    async def renew(self, name: str) -> None:
        """Renew the token of the installation *name*, unless another process does.

        A refusal is noted with the installation, and logged; any other failure is tried again.
        """
        lock, token = f"{self._lock}:{name}", secrets.token_hex(8)
        taken = await self._client.execute_command(
            "SET", lock, token, "NX", "PX", _LOCK_MILLISECONDS
        )
        if not taken:
            return
        try:
            found = await self._store.find(name)
            if found and expires_soon(found) and not found.get_custom_value(STOPPED):
                await self._ask(found)
        finally:
            if await self._client.execute_command("GET", lock) == token:
                await self._client.execute_command("DEL", lock)

    async def _ask(self, installation: Installation) -> None:
        name = installation_id(installation)
        try:
            renewed = await self._rotator.perform_token_rotation(
                installation=installation, minutes_before_expiration=EARLY_MINUTES
            )
        except SlackTokenRotationError as error:
            cause = error.api_error
            if unavailable(cause):
                _log.warning("token_not_renewed", installation=name, reason=error_of(cause))
                return
            reason = f"Slack refuses to renew the token ({error_of(cause) or 'no reason'})"
            _log.error("token_refused", installation=name, reason=reason)
            await self._store.stop(installation, reason)
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("token_not_renewed", installation=name, reason=type(error).__name__)
        else:
            if renewed is not None:
                await self._store.async_save(renewed)
                _log.info("token_renewed", installation=name)
