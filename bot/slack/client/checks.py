"""Checks that Slack accepts the bot's tokens and scopes."""

from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.core.addresses import shown_address
from bot.core.errors import BotError
from bot.slack.client.clients import UNCERTAIN, Clients, error_of
from bot.slack.client.identity import SlackCredentials
from bot.slack.client.manifest import SCOPES
from bot.slack.client.name_pins import NamePin, RedisNamePins
from bot.slack.client.names import REMEDY, PinnedNames


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
        raise ValueError(
            f"{shown_address(credentials.api_url)} cannot be reached: {error}"
        ) from error
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
        raise ValueError(
            f"{shown_address(credentials.api_url)} cannot be reached: {error}"
        ) from error
    finally:
        await clients.aclose()
    return "Socket Mode can connect"


async def check_names(
    credentials: SlackCredentials, pins: RedisNamePins, groups: frozenset[str]
) -> tuple[list[str], list[str]]:
    """Look what the names among *groups* mean, and pin those that nobody has looked for yet.

    Args:
        credentials: How to get into Slack.
        pins: What is known about names.
        groups: Channels and user groups, by name or id, that settings and documents name.

    Returns:
        A line for each name that something else has taken or that means nothing, and one for each
        channel that everybody in the workspace can join.

    Raises:
        BotError: Slack or Redis does not answer.
    """

    async def used() -> frozenset[str]:
        return groups

    clients = Clients(credentials.bot_token, credentials.api_url)
    clients.open()
    try:
        told = await clients.repeating.auth_test()
        names = PinnedNames(clients.repeating, str(told["team_id"]), pins, used)
        holders = await names.look()
        doubtful = await names.doubtful()
        known = await pins.all(names.team)
    except (SlackApiError, *UNCERTAIN) as error:
        raise BotError(f"Slack does not answer: {error}") from error
    finally:
        await clients.aclose()
    meant = groups | {pin.id for pin in known if pin.name in groups}
    joined = (one for one in holders if one.id in meant and one.name[0] == "#" and not one.private)
    return (
        [_doubt(pin) for pin in doubtful],
        [f"{one.name} ({one.id}) is public: who joins it may read" for one in joined],
    )


def _doubt(pin: NamePin) -> str:
    if pin.claimant and pin.claimant == pin.id:
        return f"{pin.name} is named as an owner, but has left the workspace: nobody is asked"
    if not pin.claimant:
        return f"{pin.name} means nothing: no public channel, none with the bot, no user group"
    means = f"means {pin.id}" if pin.id else "meant nothing before"
    remedy = REMEDY.format(name=pin.name, id=pin.claimant)
    return f"{pin.name} {means}, but {pin.claimant} has taken the name; if it should: {remedy}"


def _granted(headers: Mapping[str, Any]) -> set[str]:
    """Return the scopes that Slack says the token has; all of them where it says nothing."""
    told = [value for name, value in headers.items() if name.lower() == "x-oauth-scopes"]
    if not told:
        return set(SCOPES)
    return {scope.strip() for scope in str(told[0]).split(",")}
