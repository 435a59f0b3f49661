"""Finds people and user groups by the names in documents and settings."""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot.handoff.people import OwnerKind
from bot.slack.client.clients import UNCERTAIN
from bot.slack.client.permissions import Principals, UserGroup

_log = structlog.get_logger(__name__)


class SlackPeople:
    """Looks names up among the members and the user groups of the workspace.

    A name that several people have finds nobody: asking the wrong one would be worse.
    """

    def __init__(self, principals: Principals) -> None:
        self.principals = principals

    def kind(self, owner: str) -> OwnerKind:
        if is_person(owner):
            return "person"
        return "group" if is_group(owner) else "name"

    async def find(self, name: str) -> str:
        groups = await self._groups()
        try:
            users = await self.principals.users()
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("people_unknown", error=type(error).__name__)
            return name if is_person(name) or is_group(name) else ""
        wanted = name.strip()
        if wanted in groups or any(user["id"] == wanted for user in users):
            return wanted
        bare = wanted.removeprefix("@").casefold()
        for handle, group in groups.items():
            if group.handle.casefold() == bare:
                return handle
        return _only(user["id"] for user in users if bare in _names(user))

    async def named(self, owner: str) -> str:
        if is_group(owner):
            group = (await self._groups()).get(owner)
            return f"@{group.handle}" if group else owner
        return f"@{await self.principals.name(owner)}" if is_person(owner) else owner

    async def members(self, owner: str) -> frozenset[str]:
        group = (await self._groups()).get(owner) if is_group(owner) else None
        return group.people if group else frozenset()

    async def _groups(self) -> Mapping[str, UserGroup]:
        try:
            return await self.principals.groups()
        except (SlackApiError, *UNCERTAIN) as error:
            _log.warning("groups_unknown", error=type(error).__name__)
            return {}


def is_person(owner: str) -> bool:
    """Tell whether *owner* is the id of a person."""
    return owner[:1] in {"U", "W"} and _is_id(owner)


def is_group(owner: str) -> bool:
    """Tell whether *owner* is the id of a user group."""
    return owner[:1] == "S" and _is_id(owner)


def mention(owner: str) -> str:
    """Return what notifies *owner* in Slack's own markup, "" for a name that nobody has."""
    if is_group(owner):
        return f"<!subteam^{owner}>"
    return f"<@{owner}>" if is_person(owner) else ""


_SHORTEST_ID = 7


def _is_id(text: str) -> bool:
    return len(text) >= _SHORTEST_ID and text.isascii() and text.isalnum() and text.isupper()


def _names(user: Mapping[str, Any]) -> set[str]:
    """Return under which names people know *user*, in lower case."""
    profile: Mapping[str, Any] = user.get("profile") or {}
    names = (
        user.get("name"),
        user.get("real_name"),
        *(profile.get(key) for key in ("display_name", "real_name", "email")),
    )
    return {str(name).casefold() for name in names if name}


def _only(ids: Iterable[str]) -> str:
    found = list(dict.fromkeys(ids))
    return found[0] if len(found) == 1 else ""
