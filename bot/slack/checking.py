"""Whether Slack would let the bot in and let it do its work."""

from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.slack.clients import UNCERTAIN, Clients, error_of
from bot.slack.identity import SlackCredentials
from bot.slack.manifest import SCOPES


async def check_bot_token(credentials: SlackCredentials) -> str:
    """Return who the bot is and where.

    Raises:
        ValueError: what is wrong and what to do, in one line.
    """
    clients = Clients(credentials.bot_token, credentials.api_url)
    clients.open()
    try:
        told = await clients.hasty.auth_test()
    except SlackApiError as error:
        raise ValueError(
            f"refused ({error_of(error) or error}): copy the bot token (xoxb-…) from OAuth & "
            "Permissions of your app"
        ) from error
    except UNCERTAIN as error:
        raise ValueError(f"{credentials.api_url} cannot be reached: {error}") from error
    finally:
        await clients.aclose()
    missing = sorted(set(SCOPES) - _granted(told.headers))
    if missing:
        raise ValueError(
            f"scopes are missing ({', '.join(missing)}): paste `kotae manifest` into the app's "
            "manifest and install the app again"
        )
    return f"{told['user']} in {told['team']}"


async def check_app_token(credentials: SlackCredentials) -> str:
    """Return that a socket can be opened. Raises `ValueError` as `check_bot_token` does."""
    clients = Clients(credentials.bot_token, credentials.api_url)
    clients.open()
    try:
        await clients.hasty.apps_connections_open(app_token=credentials.app_token)
    except SlackApiError as error:
        raise ValueError(
            f"refused ({error_of(error) or error}): create an app-level token (xapp-…) with "
            "connections:write under Basic Information, and switch Socket Mode on"
        ) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ValueError(f"{credentials.api_url} cannot be reached: {error}") from error
    finally:
        await clients.aclose()
    return "Socket Mode can connect"


def _granted(headers: Mapping[str, Any]) -> set[str]:
    """Return the scopes that Slack says the token has; all of them where it says nothing."""
    told = [value for name, value in headers.items() if name.lower() == "x-oauth-scopes"]
    if not told:
        return set(SCOPES)
    return {scope.strip() for scope in str(told[0]).split(",")}
