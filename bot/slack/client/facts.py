"""What Slack tells about people, channels and user groups, kept until it says that it changed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from pydantic import TypeAdapter
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import RedisUnavailableError
from bot.slack.client.clients import error_of
from bot.slack.client.names import SHARED
from bot.slack.client.pages import pages
from bot.slack.client.shared_facts import SharedFact, SharedFacts
from bot.slack.client.slack_changes import (
    CHANNELS,
    GROUPS,
    SlackChanges,
    noted,
    of_channel,
    of_person,
)

Looked = TypeVar("Looked")
SlackUser = Mapping[str, Any]

FRESH = 300.0
"""Seconds for which a fact is believed when no event says that it changed."""

SETTLED = 10.0
"""Seconds after a change for which Slack's answers may still be those of before."""

STRANGER: SlackUser = {"is_stranger": True}
"""What is known about a person whom Slack does not know."""

_NOBODY = frozenset({"user_not_found", "users_not_found", "user_not_visible"})
_NO_GROUPS = frozenset({"paid_teams_only", "plan_upgrade_required"})
_OF_ONE = ("locale", "is_email_confirmed")
"""What is looked at of one person beside `noted`."""

_MOST_KEPT = 5_000
_WRITTEN = frozenset({"latest", "previous_names", "purpose", "topic"})
"""What people have written, in a `channel` object."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A user group: how it is mentioned, and the ids of who is in it."""

    handle: str
    people: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Fact:
    """A fact, the times at which its subjects had changed before, and until when it is believed."""

    value: Any
    changed: tuple[float, ...]
    until: float


@dataclass(frozen=True, slots=True)
class _Everybody:
    """All people of the workspace, as they were at a time (seconds since the epoch)."""

    at: float
    people: Mapping[str, SlackUser]


_user: TypeAdapter[SlackUser] = TypeAdapter(SlackUser)
_everybody = TypeAdapter(_Everybody)
_groups: TypeAdapter[Mapping[str, UserGroup]] = TypeAdapter(Mapping[str, UserGroup])
_channel: TypeAdapter[Mapping[str, Any]] = TypeAdapter(Mapping[str, Any])
_people: TypeAdapter[frozenset[str]] = TypeAdapter(frozenset[str])
_channels: TypeAdapter[Sequence[Mapping[str, Any]]] = TypeAdapter(Sequence[Mapping[str, Any]])


class SlackFacts:
    """Looks facts up, each at most once until an event about it comes or it is `FRESH` no more.

    Everything raises what the client raises.

    Args:
        client: Waits for its turn, and tries again.
        changes: What events have said; without them facts are as old as `FRESH` allows.
        shared: What other processes have looked up; None for a process on its own.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        changes: SlackChanges | None = None,
        shared: SharedFacts | None = None,
    ) -> None:
        self.client = client
        self.changes = changes
        self.shared = shared
        self._known: dict[str, _Fact] = {}
        self._asking: dict[tuple[str, tuple[float, ...]], asyncio.Task[Any]] = {}

    async def user(self, person: str) -> SlackUser:
        """Return what is looked at of a `user` object; `STRANGER` for whom Slack does not know."""

        async def look_up() -> SlackUser:
            try:
                response = await self.client.users_info(user=person, include_locale=True)
            except SlackApiError as error:
                if error_of(error) in _NOBODY:
                    return STRANGER
                raise
            user: Mapping[str, Any] = response["user"]
            return {**noted(user), **{key: user[key] for key in _OF_ONE if key in user}}

        return await self._fresh(f"user {person}", _user, look_up, of_person(person))

    async def user_for_words(self, person: str) -> SlackUser:
        """Return a `user` object, maybe an old one: names and languages give no rights."""
        known = self._known.get(f"user {person}")
        if known is not None and time.monotonic() < known.until:
            user: SlackUser = known.value
            return user
        return await self.user(person)

    async def users(self) -> Mapping[str, SlackUser]:
        """Return everybody by id, with no more of each than is looked at."""
        everybody = await self._fresh("users", _everybody, self._all_users)
        changed = await self._changed_since(everybody.at)
        if not changed:
            return everybody.people
        people = dict(everybody.people)
        for person, told in changed.items():
            people[person] = told or {**noted(await self.user(person)), "id": person}
        return people

    async def users_of(self, people: Iterable[str]) -> Sequence[SlackUser]:
        """Return *people* as `users` does; who is not known is a stranger."""
        everybody = await self._fresh("users", _everybody, self._all_users)
        changed = await self._changed_since(everybody.at)
        return [
            (changed[one] or await self.user(one))
            if one in changed
            else everybody.people.get(one, STRANGER)
            for one in people
        ]

    async def listed(self, person: str) -> SlackUser:
        """Return *person* as the listing of this very workspace told, not older than `FRESH`."""
        everybody = await self._fresh("users", _everybody, self._all_users)
        return everybody.people.get(person, STRANGER)

    async def groups(self) -> Mapping[str, UserGroup]:
        """Return the user groups, by id."""

        async def look_up() -> Mapping[str, UserGroup]:
            try:
                response = await self.client.usergroups_list(include_users=True)
            except SlackApiError as error:
                if error_of(error) in _NO_GROUPS:
                    return {}
                raise
            groups: Iterable[Mapping[str, Any]] = response["usergroups"]
            return {
                group["id"]: UserGroup(str(group["handle"]), frozenset(group.get("users") or ()))
                for group in groups
            }

        return await self._fresh("groups", _groups, look_up, GROUPS)

    async def channel(self, channel: str) -> Mapping[str, Any]:
        """Return a `channel` object, without what people have written about it."""

        async def look_up() -> Mapping[str, Any]:
            response = await self.client.conversations_info(channel=channel)
            told: Mapping[str, Any] = response["channel"]
            return {key: value for key, value in told.items() if key not in _WRITTEN}

        return await self._fresh(f"channel {channel}", _channel, look_up, of_channel(channel))

    async def people_in(self, channel: str) -> frozenset[str]:
        """Return the ids of everybody in *channel*, bots included."""

        async def look_up() -> frozenset[str]:
            found = await pages(self.client.conversations_members, "members", channel=channel)
            return frozenset(found)

        return await self._fresh(f"people in {channel}", _people, look_up, of_channel(channel))

    async def channels_of(self, person: str) -> Sequence[Mapping[str, Any]]:
        """Return the channels of *person* that are not archived, with their flags."""

        async def look_up() -> Sequence[Mapping[str, Any]]:
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

        subjects = (of_person(person), CHANNELS)
        return await self._fresh(f"channels of {person}", _channels, look_up, *subjects)

    async def external(self) -> frozenset[str]:
        """Return the channels that events called external; Slack's own answers may lag."""
        return await self.changes.external() if self.changes else frozenset()

    async def _all_users(self) -> _Everybody:
        at = time.time()
        users = await pages(self.client.users_list, "members")
        return _Everybody(at, {user["id"]: noted(user) for user in users})

    async def _changed_since(self, moment: float) -> Mapping[str, SlackUser | None]:
        return await self.changes.people_since(moment) if self.changes else {}

    async def _fresh(
        self,
        key: str,
        form: TypeAdapter[Looked],
        look_up: Callable[[], Awaitable[Looked]],
        *subjects: str,
    ) -> Looked:
        """Return what is known under *key*, looked up again when one of *subjects* has changed.

        Whoever needs it while it is being looked up waits for the same answer.
        """
        try:
            changed = await self.changes.times(*subjects) if self.changes and subjects else ()
        except RedisUnavailableError as error:
            _log.warning("changes_unknown", reason=str(error))
            return await look_up()
        known = self._known.get(key)
        if known is not None and known.changed == changed and time.monotonic() < known.until:
            value: Looked = known.value
            return value
        asking = self._asking.get((key, changed))
        if asking is None:
            asking = asyncio.create_task(self._looked_up(key, form, look_up, changed))
            self._asking[key, changed] = asking
            asking.add_done_callback(lambda _: self._asking.pop((key, changed)))
            asking.add_done_callback(_heed)
        looked: Looked = await asyncio.shield(asking)
        return looked

    async def _looked_up(
        self,
        key: str,
        form: TypeAdapter[Looked],
        look_up: Callable[[], Awaitable[Looked]],
        changed: tuple[float, ...],
    ) -> Looked:
        """Return what another process knows, or what Slack tells, and keep it."""
        shared = await self.shared.get(key) if self.shared else None
        if shared is not None and shared.changed == changed:
            value, seconds = form.validate_json(shared.text), shared.seconds
        else:
            value = await look_up()
            seconds = _believed(changed)
            if self.shared is not None:
                text = form.dump_json(value).decode()
                await self.shared.put(key, SharedFact(text, changed, seconds))
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[key] = _Fact(value, changed, time.monotonic() + seconds)
        return value


def _heed(asked: asyncio.Task[Any]) -> None:
    """Look at how *asked* ended: whoever has waited for it may be gone."""
    if not asked.cancelled():
        asked.exception()


def _believed(changed: Sequence[float]) -> float:
    """Return for how many seconds a fact is believed whose subjects have *changed* at those times.

    One that was looked up right after a change may be what Slack told before it.
    """
    age = time.time() - max(changed, default=0.0)
    return FRESH if age >= SETTLED else min(SETTLED, max(0.0, SETTLED - age))
