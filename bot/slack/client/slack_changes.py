"""What Slack said has changed, so that no process goes on believing what it knew before."""

import json
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.redis.connection import RedisClient
from bot.redis.keys import key_root

CHANGE_EVENTS = (
    "member_joined_channel",
    "member_left_channel",
    "channel_archive",
    "channel_deleted",
    "channel_id_changed",
    "channel_left",
    "channel_rename",
    "channel_shared",
    "channel_unarchive",
    "channel_unshared",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_rename",
    "group_unarchive",
    "subteam_created",
    "subteam_members_changed",
    "subteam_updated",
    "team_join",
    "user_change",
)
"""Subscriptions that say that rights may have changed; `channels:read`, `groups:read`,
`usergroups:read` and `users:read` allow them. That a channel became private comes as a message of
the subtype `channel_convert_to_private`."""

CHANNELS = "channels"
"""The subject of everything that changes a channel itself: its name, its organisations, its end."""

GROUPS = "groups"
"""The subject of all user groups."""

KEPT = 3_600.0
"""Seconds for which a change is remembered; longer than anything is believed without one."""

EXTERNAL_FOR = 86_400.0
"""Seconds for which a channel counts as external after an event that said so, whatever else Slack
tells: its answers may lag."""

SKEW = 60.0
"""Seconds by which the clocks of two machines may differ."""

_RIGHTS = ("channel_", "group_", "member_", "subteam_", "shared_channel_", "user_", "team_join")
_INVITED = frozenset(
    {"channel_shared", "shared_channel_invite_accepted", "shared_channel_invite_approved"}
)
_OF_MEMBERS = ("member_", "user_", "team_", "channel_join", "channel_leave", "group_join")
_OF_FILES = frozenset({"file_shared", "file_unshared"})
_FLAGS = ("is_restricted", "is_ultra_restricted", "is_stranger", "is_bot", "deleted")
_ROLES = ("is_admin", "is_owner")
_NOTED = ("id", "team_id", "name", "real_name", "enterprise_user", *_ROLES, *_FLAGS)
_NAMES = ("display_name", "real_name", "email")


@dataclass(frozen=True, slots=True)
class SlackChange:
    """What an event changes.

    Attributes:
        subjects: What may no longer be believed; see `of_channel` and `of_person`.
        person: The facts about a person that the event brought, as `noted`; None for none.
        external: Id of a channel that people of another organisation read now, or "".
        internal: Id of a channel that only the own organisation reads again, or "".
    """

    subjects: frozenset[str] = frozenset()
    person: Mapping[str, Any] | None = None
    external: str = ""
    internal: str = ""


class SlackChanges:
    """The changes that all processes of one Redis and namespace have heard of.

    Everything raises `RedisUnavailableError` when Redis cannot be reached.
    """

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        root = f"{key_root(client)}:slack"
        self._changes = f"{root}:changes"
        self._external = f"{root}:external"
        self._people = f"{root}:person:"

    async def note(self, change: SlackChange) -> None:
        """Let every process know of *change*."""
        now = time.time()
        run = self._client.execute_command
        if change.external:
            await run("ZADD", self._external, now, change.external)
            await run("ZREMRANGEBYSCORE", self._external, "-inf", now - EXTERNAL_FOR)
        if change.internal:
            await run("ZREM", self._external, change.internal)
        for subject in sorted(change.subjects):
            if subject.startswith(of_person("")):
                key = f"{self._people}{subject}"
                if change.person and of_person(change.person["id"]) == subject:
                    await run("SET", key, json.dumps(change.person), "EX", int(KEPT))
                else:
                    await run("DEL", key)
            await run("ZADD", self._changes, now, subject)
        await run("ZREMRANGEBYSCORE", self._changes, "-inf", now - KEPT)

    async def times(self, *subjects: str) -> tuple[float, ...]:
        """Return when each of *subjects* changed last, in seconds since the epoch; 0 for never."""
        found = await self._client.execute_command("ZMSCORE", self._changes, *subjects)
        return tuple(float(one or 0.0) for one in found)

    async def people_since(self, moment: float) -> Mapping[str, Mapping[str, Any] | None]:
        """Return who may have changed since *moment*, by id: as events told them, or None."""
        subjects = await self._client.execute_command(
            "ZRANGEBYSCORE", self._changes, moment - SKEW, "+inf"
        )
        people = [one for one in subjects if one.startswith(of_person(""))]
        if not people:
            return {}
        told = await self._client.execute_command("MGET", *(self._people + one for one in people))
        return {
            one.removeprefix(of_person("")): json.loads(text) if text else None
            for one, text in zip(people, told, strict=True)
        }

    async def external(self) -> frozenset[str]:
        """Return the ids of the channels that an event called external not long ago."""
        since = time.time() - EXTERNAL_FOR
        found: Collection[str] = await self._client.execute_command(
            "ZRANGEBYSCORE", self._external, since, "+inf"
        )
        return frozenset(found)


def of_channel(channel: str) -> str:
    """Return the subject of what is known about one channel and who is in it."""
    return f"channel {channel}"


def of_person(person: str) -> str:
    """Return the subject of what is known about one person and where they are."""
    return f"person {person}"


def noted(user: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return no more of Slack's `user` object than rights and names need."""
    profile: Mapping[str, Any] = user.get("profile") or {}
    names = {key: profile[key] for key in _NAMES if profile.get(key)}
    return {key: user[key] for key in _NOTED if user.get(key)} | {"profile": names}


def change_in(body: Mapping[str, Any]) -> SlackChange | None:
    """Read what the body of an event delivery says about rights; None for nothing.

    Every event about channels, members, user groups and people counts, also one that Slack does
    not have yet: to ask again is cheap.
    """
    event: Mapping[str, Any] = body.get("event") or {}
    kind = str(event.get("type") or "")
    if kind == "message":
        kind = str(event.get("subtype") or "")
    channels = {_id(event.get(key)) for key in ("channel", "old_channel_id", "new_channel_id")}
    channels |= {_id(event.get("channel_id"))}
    place = _id(event.get("channel"))
    if kind in _OF_FILES:  # a canvas may be in its tabs now
        return SlackChange(frozenset(of_channel(channel) for channel in channels if channel))
    external = place if body.get("is_ext_shared_channel") or kind in _INVITED else ""
    if not kind.startswith(_RIGHTS):
        return SlackChange(external=external) if external else None
    people = {_id(event.get("user")), *map(str, event.get("users") or ())}
    subjects = {of_channel(channel) for channel in channels if channel}
    subjects |= {of_person(person) for person in people if person}
    if kind.startswith("subteam_"):
        subjects.add(GROUPS)
    elif not kind.startswith(_OF_MEMBERS):
        subjects.add(CHANNELS)
    alone = kind == "channel_unshared" and event.get("is_ext_shared") is False
    user = event.get("user")
    whole = isinstance(user, Mapping) and user.get("id") and user.get("team_id")
    return SlackChange(
        frozenset(subjects),
        person=noted(user) if whole and isinstance(user, Mapping) else None,
        external="" if alone else external,
        internal=place if alone else "",
    )


def _id(told: object) -> str:
    return str((told.get("id") if isinstance(told, Mapping) else told) or "")
