"""The people of the workspace, for programs that call for them."""

import time
from collections.abc import Awaitable, Callable, Sequence

from slack_sdk.errors import SlackApiError

from bot.analytics.gaps import VisibleGap
from bot.analytics.overview import Overview
from bot.channels.store import ChannelSettingsStore
from bot.core.errors import QueueFullError, SettingsError, ToolError
from bot.core.language import Language
from bot.mcp_server import texts
from bot.mcp_server.callers import CallingPerson
from bot.queue.queue import Queue
from bot.redis.connection import RedisClient
from bot.slack.answers.access import OUTSIDE_SHARE, AccessPolicy
from bot.slack.client.clients import (
    UNCERTAIN,
    Clients,
    error_of,
    reaching_slack,
    unavailable,
)
from bot.slack.client.command_words import OperatorActions
from bot.slack.client.connection import SlackConnection
from bot.slack.client.people import SlackPeople, is_person
from bot.slack.client.permissions import Principals
from bot.slack.client.view_rights import ViewRights
from bot.slack.commands.ask import AskCommand
from bot.slack.commands.gaps import GapBoard
from bot.slack.installations.refusals import REFUSED

TOKEN_SECONDS = 10.0
"""How long it is believed that Slack still takes the bot's token."""


async def _taken() -> bool:
    return True


class TokenCheck:
    """Asks Slack now and then whether it still takes the bot's token; in doubt, as it said last.

    What is known of people outlives the installation for a while, and who removes the app takes
    away everybody's rights.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._asked_at = float("-inf")
        self._is_taken = True

    async def __call__(self) -> bool:
        """Tell whether it is taken."""
        now = time.monotonic()
        if now - self._asked_at >= TOKEN_SECONDS:
            self._asked_at = now
            try:
                await self._clients.hasty.auth_test()
                self._is_taken = True
            except SlackApiError as error:
                if not unavailable(error):  # a busy Slack takes nothing back that it has said
                    self._is_taken = error_of(error) not in REFUSED
            except UNCERTAIN:
                pass
        return self._is_taken


class SlackCallers:
    """Looks people up as for a question in their direct messages.

    Who has left, bots, people of other organisations and those of whom Slack does not tell are
    nobody; guests are, where `SLACK_GUESTS` refuses them. Where the app was removed, everybody is.
    """

    def __init__(
        self,
        principals: Principals,
        policy: AccessPolicy,
        installed: Callable[[], Awaitable[bool]] = _taken,
    ) -> None:
        self._principals = principals
        self._policy = policy
        self._installed = installed

    async def of(self, person: str) -> CallingPerson | None:
        if not is_person(person) or not await self._installed():
            return None
        kind = await self._principals.kind(person)
        if kind not in {"member", "guest"} or self._policy.refuses(kind):
            return None
        return CallingPerson(
            person,
            await self._principals.of_person(person),
            operator=await self._principals.is_operator(person),
            share=1.0 if kind == "member" else OUTSIDE_SHARE,
            language=await self._principals.language(person),
        )


class SlackGaps:
    """The gaps, by the rule of all views in Slack."""

    def __init__(self, board: GapBoard) -> None:
        self._board = board

    async def visible(self, caller: CallingPerson, limit: int) -> Sequence[VisibleGap]:
        return await self._board.visible(caller.reader, limit)


class DirectQuestions:
    """Asks in the direct messages of a person, where they can pass their question on."""

    def __init__(self, asking: AskCommand) -> None:
        self._asking = asking

    async def __call__(self, text: str, person: str, language: Language) -> None:
        """Ask *text* for *person*. Raises `BotError`: it cannot be asked now."""
        try:
            with reaching_slack():
                await self._asking.privately(text, person, language)
        except QueueFullError as error:
            raise ToolError(texts.TOO_BUSY.to(language)) from error


def slack_side(
    slack: SlackConnection,
    operations: OperatorActions,
    overview: Overview,
    queue: Queue,
    client: RedisClient,
    policy: AccessPolicy,
) -> tuple[SlackCallers, SlackGaps, DirectQuestions]:
    """Return the people of the workspace, their view of the gaps, and their direct messages."""
    rights = ViewRights(slack.principals, operations)
    asking = AskCommand(queue, ChannelSettingsStore(client), slack.outbox)
    return (
        SlackCallers(slack.principals, policy, TokenCheck(slack.clients)),
        SlackGaps(GapBoard(overview, rights)),
        DirectQuestions(asking),
    )


async def person_named(principals: Principals, callers: SlackCallers, name: str) -> str:
    """Return the id of the person *name*, an id, e-mail address or handle, who may ask.

    Raises:
        SettingsError: nobody, or a group, is called so, or they may not ask.
    """
    found = await SlackPeople(principals).find(name) or name
    if not await callers.of(found):
        raise SettingsError(
            f"--person {name}: nobody in the workspace who may ask is called so; "
            "write an id (U123…), an e-mail address or a @handle"
        )
    return found
