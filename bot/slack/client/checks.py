"""Checks that Slack accepts the bot's tokens and scopes."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.core.addresses import shown_address
from bot.core.errors import BotError
from bot.slack.client.clients import UNCERTAIN, Clients, error_of, reaching_slack
from bot.slack.client.connection import open_connection
from bot.slack.client.identity import SlackCredentials
from bot.slack.client.name_pins import NamePin, RedisNamePins
from bot.slack.client.names import REMEDY, PinnedNames
from bot.slack.client.pages import pages
from bot.slack.client.people import SlackPeople, is_group, is_person
from bot.slack.client.permissions import confirmed_address


async def check_bot_token(credentials: SlackCredentials, wanted: Collection[str]) -> str:
    """Return who the bot is and where; it has to have the *wanted* scopes.

    Raises:
        ValueError: what is wrong and what to do, in one line.
    """
    clients = Clients(credentials.bot_token, credentials.api_url, team=credentials.team)
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
    missing = sorted(set(wanted) - _granted(told.headers, wanted))
    if missing:
        raise ValueError(
            f"scopes are missing ({', '.join(missing)}): paste `kotae manifest` into the app's "
            "manifest and install the app again"
        )
    return f"{told['user']} in {told['team']}"


async def check_app_token(credentials: SlackCredentials) -> str:
    """Return that a socket can be opened. Raises `ValueError` as `check_bot_token` does."""
    clients = Clients(credentials.bot_token, credentials.api_url, team=credentials.team)
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


async def check_people(
    credentials: SlackCredentials,
    pins: RedisNamePins,
    owners: Collection[str],
    operators: Sequence[str],
) -> tuple[list[str], list[str]]:
    """Look up who is named: as at a handoff, and as an operator.

    Args:
        credentials: How to get into Slack.
        pins: What is known about names.
        owners: Owners and experts, as settings and documents name them.
        operators: As SLACK_OPERATORS names them.

    Returns:
        Those of *owners* whom nobody can be asked as, and a line for each of *operators* that gives
        nobody rights, with what to write in its place.

    Raises:
        BotError: Slack or Redis does not answer.
        SettingsError: Slack refuses the bot token.
    """

    async def used() -> Sequence[str]:
        return ()

    async with open_connection(credentials, pins, used, operators=operators) as slack:
        people = SlackPeople(slack.principals)
        try:
            with reaching_slack():
                await slack.principals.users()
        except SlackApiError as error:
            raise BotError(f"Slack does not name its people ({error_of(error)})") from error
        unknown = [owner for owner in sorted(owners) if not await people.find(owner)]
        powerless = [await _operator_doubt(people, one) for one in operators]
    return unknown, [line for line in powerless if line]


async def _operator_doubt(people: SlackPeople, operator: str) -> str:
    """Return why *operator* gives nobody rights, and what to write; "" if it does.

    Rights are given by an id, or by the handle of a user group: those of people can be changed.
    """
    principals = people.principals
    handles = {id_: f"@{group.handle}" for id_, group in (await principals.groups()).items()}
    if is_group(operator) or is_person(operator):
        known = operator in handles or await principals.is_member(operator)
        return "" if known else f"{operator} is no member and no user group of the workspace"
    if operator in handles.values():
        return ""
    if found := await people.find(operator):
        return f"{operator} gives nobody rights: write {handles.get(found, found)} in its place"
    return (
        f"{operator} is nobody: write a member id (in the profile: ⋮, Copy member ID) or a user "
        "group (@it-team)"
    )


async def count_addresses(credentials: SlackCredentials) -> tuple[int, int]:
    """Return how many people of the workspace have a confirmed address, and how many there are.

    Raises:
        BotError: Slack does not answer.
    """
    clients = Clients(credentials.bot_token, credentials.api_url, team=credentials.team)
    clients.open()
    try:
        team = str((await clients.repeating.auth_test())["team_id"])
        users = await pages(clients.repeating.users_list, "members")
    except (SlackApiError, *UNCERTAIN) as error:
        raise BotError(f"Slack does not answer: {error}") from error
    finally:
        await clients.aclose()
    people = [
        user
        for user in users
        if user.get("team_id") == team and not (user.get("deleted") or user.get("is_bot"))
    ]
    return sum(1 for user in people if confirmed_address(user)), len(people)


async def check_names(
    credentials: SlackCredentials,
    pins: RedisNamePins,
    groups: frozenset[str],
    operators: frozenset[str] = frozenset(),
) -> tuple[list[str], list[str]]:
    """Look what the names among *groups* mean, and pin those that nobody has looked for yet.

    Args:
        credentials: How to get into Slack.
        pins: What is known about names.
        groups: Channels and user groups, by name or id, that settings and documents name.
        operators: User groups that operate the bot; that one means nothing is `check_people`'s.

    Returns:
        A line for each name that something else has taken or that means nothing, and one for each
        channel that everybody in the workspace can join.

    Raises:
        BotError: Slack or Redis does not answer.
    """

    async def used() -> frozenset[str]:
        return groups | operators

    clients = Clients(credentials.bot_token, credentials.api_url, team=credentials.team)
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
        [_doubt(pin) for pin in doubtful if pin.claimant or pin.name not in operators - groups],
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


def _granted(headers: Mapping[str, Any], wanted: Collection[str]) -> set[str]:
    """Return the scopes that Slack says the token has; all *wanted* where it says nothing."""
    told = [value for name, value in headers.items() if name.lower() == "x-oauth-scopes"]
    if not told:
        return set(wanted)
    return {scope.strip() for scope in str(told[0]).split(",")}
