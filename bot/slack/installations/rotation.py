"""Renews the tokens that expire: one process asks Slack, and all get the new ones.

Slack takes a refresh token once. So the one process that asks holds a lock, and what it gets is
stored before anybody uses it. Where the reply is lost all the same, the token itself is good until
its end. https://docs.slack.dev/authentication/using-token-rotation
"""

import secrets
import time
from datetime import UTC, datetime

import structlog
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.redis.lua_scripts import load_script
from bot.slack.client.clients import error_of, unavailable
from bot.slack.installations.store import (
    SPENT,
    InstallationStore,
    StoredInstallation,
    installation_id,
)

EARLY_MINUTES = 120
"""Minutes before its end at which a token is renewed; Slack's last for twelve hours."""

FIRST_PAUSE = 10.0
LONGEST_PAUSE = 1_800.0
"""Seconds until Slack is asked again for a token that it did not give; doubled each time."""

_LOCK_SECONDS = 60.0
_LONGEST_LIFE = 90 * 86_400.0
"""Seconds for which a token may say that it is good; Slack's say twelve hours."""

_OURS = frozenset({"bad_client_secret", "invalid_client_id", "invalid_arguments"})
"""Refusals that are not of the token: once the settings are right, it is renewed."""

_log = structlog.get_logger(__name__)


def expires_soon(installation: Installation, early: float = EARLY_MINUTES) -> bool:
    """Tell whether the token of *installation* is to be renewed now."""
    ends = installation.bot_token_expires_at
    return ends is not None and ends <= time.time() + early * 60


def ended(installation: Installation) -> bool:
    """Tell whether the token of *installation* has ended, and cannot be renewed."""
    return bool(installation.get_custom_value(SPENT)) and expires_soon(installation, early=0)


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
        self._pauses = dict[str, float]()
        self._unsaved = dict[str, tuple[StoredInstallation, Installation]]()
        self._let_go = load_script(client, "bot.slack.installations", "let_go")

    async def renew(self, name: str) -> bool:
        """Renew the token of the installation *name*, unless another process does or has failed.

        What fails is noted with the installation, and logged.

        Returns:
            Whether somebody is to come back for it; Slack is asked again after growing pauses.
        """
        lock, token = f"{self._lock}:{name}", secrets.token_hex(8)
        milliseconds = round(_LOCK_SECONDS * 1_000)
        if not await self._client.set(lock, token, nx=True, px=milliseconds):
            return True
        pause = FIRST_PAUSE
        try:
            found = await self._store.find(name)
            due = found and expires_soon(found) and not found.get_custom_value(SPENT)
            if name in self._unsaved:  # nobody else has it, and Slack gives it once
                await self._keep(name)
                due = False
            if not found or not due or await self._ask(found):
                pause = 0.0
                self._pauses.pop(name, None)
            else:
                pause = self._pauses.get(name, FIRST_PAUSE)
                self._pauses[name] = min(2 * pause, LONGEST_PAUSE)
        finally:
            await self._let_go(keys=[lock], args=[token, round(pause * 1_000)])
        return pause > 0

    async def _ask(self, installation: StoredInstallation) -> bool:
        """Ask Slack once; tell whether that was the end of it."""
        name, reason, spent = installation_id(installation), "", False
        try:
            renewed = await self._rotator.perform_token_rotation(
                installation=installation, minutes_before_expiration=EARLY_MINUTES
            )
        except SlackTokenRotationError as error:
            cause = error.api_error
            reason = error_of(cause) or "an error page"
            # An error page has no word of Slack's: whoever sent it may not be Slack.
            spent = bool(error_of(cause)) and not unavailable(cause) and reason not in _OURS
        except Exception as error:  # noqa: BLE001 - whatever came in place of an answer
            reason = type(error).__name__
        else:
            if renewed is not None and _is_good(renewed):
                self._unsaved[name] = (installation, renewed)
                await self._keep(name)
                return True
            reason = "an answer without a token"
        ends = datetime.fromtimestamp(installation.bot_token_expires_at or 0, UTC)
        until = f"its token ends at {ends:%Y-%m-%d %H:%M} UTC"
        _log.error("token_not_renewed", installation=name, reason=reason, spent=spent, until=until)
        refused = "Slack refuses to renew the token" if spent else "the token is not renewed yet"
        advice = "; install the app again at /slack/install" if spent else ""
        await self._store.note(installation, f"{refused} ({reason}): {until}{advice}", spent=spent)
        return spent

    async def _keep(self, name: str) -> None:
        """Store what Slack has given. Raises `BotError`; then it is tried again."""
        before, renewed = self._unsaved[name]
        renewed.custom_values = {}  # nothing is wrong any more
        if await self._store.replace(before, renewed):
            _log.info("token_renewed", installation=name)
        else:  # removed, or installed again: what came meanwhile counts
            _log.info("renewed_token_not_needed", installation=name)
        del self._unsaved[name]


def _is_good(renewed: Installation) -> bool:
    """Tell whether Slack has told all that the next hours need."""
    told = (renewed.bot_token, renewed.bot_refresh_token)
    life = (renewed.bot_token_expires_at or 0) - time.time()
    return all(isinstance(one, str) and one for one in told) and 0 < life < _LONGEST_LIFE
