"""The rights of the readers of an answer. In doubt, a reader has none."""

import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.language import Language
from bot.core.message_ref import MessageRef
from bot.core.types import Question
from bot.slack.client.clients import UNCERTAIN
from bot.slack.client.identity import BotIdentity
from bot.slack.client.names import SHARED, PinnedNames, is_own
from bot.slack.client.pages import pages
from knowledge.model.types import Principal

Looked = TypeVar("Looked")
PersonKind = Literal["member", "guest", "outsider", "unknown"]

FRESH = 300.0
"""Seconds for which facts about people and channels are cached."""

_MOST_KEPT = 5_000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A user group: how it is mentioned, and the ids of who is in it."""

    handle: str
    people: frozenset[str]


class Principals:
    """Looks up people and channels; one that cannot be looked up has no rights for now."""

    def __init__(
        self,
        client: AsyncWebClient,
        me: BotIdentity,
        names: PinnedNames,
        operators: Collection[str] = (),
    ) -> None:
        self.client = client
        self.me = me
        self.names = names
        self.operators = frozenset(operators)
        self._known: dict[str, tuple[float, Any]] = {}

    async def of(self, question: Question) -> Principal:
        """Return who reads the answer to *question*: its person, or everybody in its channel."""
        place = MessageRef.parse(question.id)
        if place.direct:
            return await self.of_person(question.person)
        return await self.of_channel(place.channel)

    async def of_person(self, person: str) -> Principal:
        """Return *person*: their channels and user groups; a member unless guest or stranger."""
        member, groups = await self.is_member(person), frozenset[str]()
        try:
            channels = await self._fresh(f"channels of {person}", lambda: self._channels(person))
            named = _own_ids(channels) | await self._user_groups(person)
            groups = named | {channel["id"] for channel in channels}
            groups |= await self.names.meaning(named)
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("groups_unknown", person=person, error=type(error).__name__)
        return Principal(person, member=member, groups=groups)

    async def of_channel(self, channel: str) -> Principal:
        """Return *channel* itself; a member only when every reader in it is one.

        A channel that is shared with another workspace is known by its id alone: who named it did
        not have its present readers in mind.
        """
        try:
            told, member = await self._fresh(f"channel {channel}", lambda: self._channel(channel))
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("channel_unknown", channel=channel, error=type(error).__name__)
            return Principal(channel)
        names = await self.names.meaning(_own_ids([told]))
        return Principal(channel, member=member, groups=frozenset({channel, *names}))

    async def is_member(self, person: str) -> bool:
        """Tell whether *person* is a full member of this workspace."""
        user = await self._user(person)
        return user is not None and self._is_full_member(user)

    async def is_operator(self, person: str) -> bool:
        """Tell whether *person* may operate the bot.

        Operators are those whom the settings name, by id or user group; when they name nobody,
        the admins and owners of the workspace.
        """
        if not await self.is_member(person):
            return False
        if person in self.operators:
            return True
        if not self.operators:
            user = await self._user(person) or {}
            return bool(user.get("is_admin") or user.get("is_owner"))
        try:
            groups = await self._user_groups(person)
            return bool(self.operators & (groups | await self.names.meaning(groups)))
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("groups_unknown", person=person, error=type(error).__name__)
            return False

    async def kind(self, person: str) -> PersonKind:
        """Say whether *person* is one of the team, a guest in it, or from outside.

        Who cannot be looked up is unknown: answered, but as somebody without rights.
        """
        user = await self._user(person)
        if user is None:
            return "unknown"
        if self._is_full_member(user):
            return "member"
        guest = user.get("is_restricted") or user.get("is_ultra_restricted")
        return "guest" if guest and user.get("team_id") == self.me.team else "outsider"

    async def is_open(self, channel: str) -> bool:
        """Tell whether every full member may read *channel*: it is public, and only the team's."""
        try:
            told = await self._fresh(f"openness of {channel}", lambda: self._about(channel))
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("channel_unknown", channel=channel, error=type(error).__name__)
            return False
        closed = ("is_private", "is_im", "is_mpim", "is_ext_shared", "is_pending_ext_shared")
        return not any(told.get(flag) for flag in closed)

    async def language(self, person: str) -> Language:
        """Return the language in which *person* uses Slack, English if it is not Japanese."""
        user = await self._user(person)
        return "ja" if user and str(user.get("locale", "")).startswith("ja") else "en"

    async def name(self, person: str) -> str:
        """Return how people write *person*, the id if it is not known."""
        user = await self._user(person) or {}
        profile: Mapping[str, Any] = user.get("profile") or {}
        return str(profile.get("display_name") or user.get("name") or person)

    async def users(self) -> Sequence[Mapping[str, Any]]:
        """Return the full members of this workspace. Raises what `SlackApiError` tells of."""
        users = await self._fresh("users", self._all_users)
        return [user for user in users if self._is_full_member(user)]

    async def groups(self) -> Mapping[str, UserGroup]:
        """Return the user groups, by id. Raises likewise."""
        return await self._fresh("groups", self._all_groups)

    async def _user(self, person: str) -> Mapping[str, Any] | None:
        async def look_up() -> Mapping[str, Any]:
            response = await self.client.users_info(user=person, include_locale=True)
            user: Mapping[str, Any] = response["user"]
            return user

        try:
            return await self._fresh(f"user {person}", look_up)
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("person_unknown", person=person, error=type(error).__name__)
            return None

    def _is_full_member(self, user: Mapping[str, Any]) -> bool:
        if any(user.get(flag) for flag in _FLAGS):
            return False
        grid = user.get("enterprise_user") or {}
        at_home = bool(self.me.enterprise) and grid.get("enterprise_id") == self.me.enterprise
        return at_home or user.get("team_id") == self.me.team

    async def _about(self, channel: str) -> Mapping[str, Any]:
        response = await self.client.conversations_info(channel=channel)
        told: Mapping[str, Any] = response["channel"]
        return told

    async def _channel(self, channel: str) -> tuple[Mapping[str, Any], bool]:
        """Return what Slack tells of *channel*, and whether all its readers are members."""
        told = await self._about(channel)
        shared = told.get("is_ext_shared") or told.get("is_pending_ext_shared")
        return told, not shared and await self._only_members(channel)

    async def _only_members(self, channel: str) -> bool:
        people = await pages(self.client.conversations_members, "members", channel=channel)
        return (await self._fresh("insiders", self._insiders)).issuperset(people)

    async def _insiders(self) -> frozenset[str]:
        """Return the full members of this workspace, and its bots, who read nothing."""
        users = await self._fresh("users", self._all_users)
        return frozenset(
            user["id"] for user in users if user.get("is_bot") or self._is_full_member(user)
        )

    async def _channels(self, person: str) -> list[Mapping[str, Any]]:
        channels = await pages(
            self.client.users_conversations,
            "channels",
            user=person,
            types="public_channel,private_channel",
            exclude_archived=True,
        )
        return [
            {key: channel[key] for key in ("id", "is_mpim", *SHARED) if channel.get(key)}
            for channel in channels
        ]

    async def _all_users(self) -> list[Mapping[str, Any]]:
        """Return everybody, with no more of each than is looked at: a workspace may be large."""
        users = await pages(self.client.users_list, "members")
        return [_noted(user) for user in users]

    async def _user_groups(self, person: str) -> frozenset[str]:
        """Return the ids of the user groups that *person* is in."""
        groups = await self.groups()
        return frozenset(id_ for id_, group in groups.items() if person in group.people)

    async def _all_groups(self) -> Mapping[str, UserGroup]:
        response = await self.client.usergroups_list(include_users=True)
        groups: Iterable[Mapping[str, Any]] = response["usergroups"]
        return {
            group["id"]: UserGroup(str(group["handle"]), frozenset(group.get("users") or ()))
            for group in groups
        }

    async def _fresh(self, key: str, look_up: Callable[[], Awaitable[Looked]]) -> Looked:
        """Return what is known under *key*, looked up when it is older than `FRESH`."""
        now = time.monotonic()
        known = self._known.get(key)
        if known is not None and now - known[0] < FRESH:
            value: Looked = known[1]
            return value
        value = await look_up()
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[key] = (now, value)
        return value


_FLAGS = ("is_restricted", "is_ultra_restricted", "is_stranger", "is_bot", "deleted")
_NOTED = ("id", "team_id", "name", "real_name", "enterprise_user", *_FLAGS)
_NAMES = ("display_name", "real_name", "email")


def _noted(user: Mapping[str, Any]) -> Mapping[str, Any]:
    profile: Mapping[str, Any] = user.get("profile") or {}
    names = {key: profile[key] for key in _NAMES if profile.get(key)}
    return {key: user[key] for key in _NOTED if user.get(key)} | {"profile": names}


def _own_ids(channels: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the ids of the *channels* that belong to this workspace alone."""
    return frozenset(one["id"] for one in channels if is_own(one) and not one.get("is_mpim"))
