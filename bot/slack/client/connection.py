"""The bot's connection to Slack: the Web API, who the bot is there, and what people may see."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.addresses import shown_address
from bot.core.errors import BotError, SettingsError
from bot.directory.lookup import GroupLookup
from bot.slack.client.call_report import CallReport
from bot.slack.client.clients import RATE_LIMITED, UNCERTAIN, Clients, error_of, uncertain
from bot.slack.client.downloads import Downloads
from bot.slack.client.identity import BotIdentity, SlackCredentials
from bot.slack.client.messages import Messages
from bot.slack.client.name_pins import RedisNamePins
from bot.slack.client.names import PinnedNames
from bot.slack.client.outbox import Outbox
from bot.slack.client.permissions import Principals
from bot.slack.client.rate_limits import SlackRateLimiter
from bot.slack.client.shared_facts import SharedFacts
from bot.slack.client.slack_changes import SlackChanges
from knowledge.model.errors import KnowledgeError

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SlackConnection:
    """What every part of the bot in Slack is built on.

    Attributes:
        credentials: What the installed app was given.
        clients: The Web API.
        me: Who the bot is in its workspace.
        messages: Posts and edits messages.
        outbox: Says things beside the replies to questions.
        principals: Looks up what people and channels may read.
    """

    credentials: SlackCredentials
    clients: Clients
    me: BotIdentity
    messages: Messages
    outbox: Outbox
    principals: Principals

    @property
    def downloads(self) -> Downloads:
        """Downloads the files of people."""
        return Downloads(self.clients, self.credentials.bot_token, self.credentials.api_url)

    async def pin_names(self) -> None:
        """Pin the names that settings and documents use; a failure is logged and tried again."""
        try:
            await self.principals.names.look()
        except (BotError, KnowledgeError) as error:
            _log.warning("names_not_pinned", reason=str(error))

    async def reachable(self) -> str:
        """Return the id of the workspace, as Slack tells it now.

        Raises:
            BotError: Slack refuses the token or cannot be reached.
        """
        try:
            told = await self.clients.hasty.auth_test()
        except SlackApiError as error:
            if error_of(error) == RATE_LIMITED:  # there is nothing wrong with a busy bot
                return self.me.team
            raise BotError(f"Slack refuses the bot token ({error_of(error) or error})") from error
        except UNCERTAIN as error:
            address = shown_address(self.credentials.api_url)
            reason = str(error) or type(error).__name__
            raise BotError(f"Slack cannot be reached at {address}: {reason}") from error
        return str(told["team_id"])


@asynccontextmanager
async def open_connection(  # noqa: PLR0913 - what Slack alone does not tell
    credentials: SlackCredentials,
    pins: RedisNamePins,
    names_used: Callable[[], Awaitable[Iterable[str]]],
    *,
    changes: SlackChanges | None = None,
    shared: SharedFacts | None = None,
    operators: Collection[str] = (),
    directories: GroupLookup | None = None,
    budget: SlackRateLimiter | None = None,
    report: CallReport | None = None,
) -> AsyncIterator[SlackConnection]:
    """Connect to Slack, and learn who the bot is there; close the connections at the end.

    Args:
        credentials: What the installed app was given.
        pins: What names of channels and user groups mean.
        names_used: Returns the names that the documents use.
        changes: What events have said, for all processes.
        shared: What other processes have asked Slack.
        operators: Ids and user groups of the people who operate the bot.
        directories: Where the groups of people at sources are known.
        budget: Slack's rate limits; None where the server has none.
        report: Called with the outcome of each call.

    Raises:
        SettingsError: Slack refuses the bot token.
        BotError: Slack cannot be reached.
    """
    clients = Clients(
        credentials.bot_token, credentials.api_url, budget, report, team=credentials.team
    )

    async def used() -> frozenset[str]:
        return frozenset([*await names_used(), *operators])

    clients.open()
    try:
        me = await identify(clients, credentials.team)
        names = PinnedNames(clients.repeating, me.team, pins, used)
        principals = Principals(
            clients.repeating, me, names, operators, changes, directories, shared
        )
        messages = Messages(clients)
        outbox = Outbox(messages, me.team)
        connection = SlackConnection(credentials, clients, me, messages, outbox, principals)
        await connection.pin_names()
        yield connection
    finally:
        await clients.aclose()


async def identify(clients: Clients, team: str = "") -> BotIdentity:
    """Return who the bot token belongs to.

    Args:
        clients: With the token.
        team: The workspace that it must belong to, itself or by its organisation; "" for any.

    Raises:
        SettingsError: Slack refuses the bot token, or it is another workspace's.
        BotError: Slack cannot be reached.
    """
    try:
        told = await clients.posting.auth_test()
    except SlackApiError as error:
        if uncertain(error):
            raise BotError(f"Slack is in trouble just now: {error_of(error)}") from error
        if team:
            raise SettingsError(
                f"Slack refuses the token for {team} ({error_of(error) or error}): the app is to "
                "be installed there again"
            ) from error
        raise SettingsError(
            f"SLACK_BOT_TOKEN was refused by Slack ({error_of(error) or error}): copy the bot "
            "token (xoxb-…) from OAuth & Permissions of your app at api.slack.com/apps"
        ) from error
    except UNCERTAIN as error:
        address = shown_address(clients.posting.base_url)
        raise BotError(f"Slack cannot be reached at {address}: {error}") from error
    # With the token of an organisation, `team_id` may be the organisation.
    org_wide = told.get("is_enterprise_install") is True
    if team and not org_wide and told["team_id"] != team:
        raise SettingsError(f"The token for {team} belongs to {told['team_id']}: install it again")
    return BotIdentity(
        team=team or str(told["team_id"]),
        user=str(told["user_id"]),
        bot=str(told.get("bot_id") or ""),
        enterprise=str(told.get("enterprise_id") or ""),
        org_wide=org_wide,
        apart=bool(team),
    )
