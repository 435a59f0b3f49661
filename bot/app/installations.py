"""Where the app is installed, for whoever opens a bot or runs a command."""

import time

from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation

from bot.app.container import open_store
from bot.core.errors import BotError, SettingsError
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings, load_settings
from bot.slack.client.clients import UNCERTAIN
from bot.slack.client.manifest import scopes
from bot.slack.installations.encryption import InstallationCipher
from bot.slack.installations.flow import OAuthApp
from bot.slack.installations.store import STOPPED, InstallationStore
from bot.slack.installations.teams import teams_of

INSTALLED = "installed"
"""The state of an installation that can be used."""

EXPIRED = "its token has expired"
"""Its state until it is renewed, or installed again."""


def state_of(one: Installation | BotError) -> str:
    """Return `INSTALLED`, or why the installation *one* cannot be used."""
    if isinstance(one, BotError):
        return f"cannot be read: {one}"
    if stopped := one.get_custom_value(STOPPED):
        return str(stopped)
    ends = one.bot_token_expires_at
    return EXPIRED if ends and ends < time.time() else INSTALLED


class NotInstalledError(SettingsError):
    """The app is not installed in a workspace."""


def installations_of(settings: Settings, store: RedisConnection) -> InstallationStore:
    """Return the installations of the deployment. Raises `SettingsError` without a good key."""
    key = settings.installation_key
    cipher = InstallationCipher(key.get_secret_value() if key else "")
    return InstallationStore(store.commands, cipher)


def oauth_app(settings: Settings) -> OAuthApp:
    """Return the app that people install."""
    secret = settings.slack_client_secret
    return OAuthApp(
        settings.slack_client_id,
        secret.get_secret_value() if secret else "",
        settings.slack_api_url,
        scopes(agent=True, search=settings.slack_search == "on"),
        settings.slack_redirect_url,
    )


async def token_for(team: str) -> str:
    """Return the bot token for the workspace *team*: its own, or that of its organisation.

    Raises:
        NotInstalledError: the app is not installed there.
        SettingsError: INSTALLATION_KEY is missing.
        BotError: Redis cannot be reached, or the installation cannot be read.
    """
    deployment = load_settings(kotae_workspace="")
    async with open_store(deployment) as store:
        installations = installations_of(deployment, store)
        if (own := await installations.find(team)) is not None:
            return own.bot_token or ""
        for one in (await installations.all()).values():
            if isinstance(one, Installation) and one.is_enterprise_install:
                try:
                    teams = await teams_of(one, deployment.slack_api_url)
                except (SlackApiError, *UNCERTAIN):
                    continue
                if team in teams:
                    return one.bot_token or ""
    raise NotInstalledError(
        f"The app is not installed in {team}: `kotae workspaces` lists where it is"
    )
