"""Finds people and user groups by the names in documents and settings."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.errors import AdapterUnavailableError
from bot.handoff.people import OwnerKind
from bot.slack.client.clients import error_of, reaching_slack
from bot.slack.client.facts import UserGroup
from bot.slack.client.permissions import Principals

_log = structlog.get_logger(__name__)


class SlackPeople:
    """Looks names up among the members and the user groups of the workspace.

    A person is named by id, e-mail address or handle, a group by id or handle. Display names and
    real names find nobody: everybody may call themselves what they like. A handle keeps the meaning
    that it had first (see `PinnedNames`): who takes it later, or after somebody has left, is not
    asked, and operators are told. A name that several have finds nobody either.
    """

    def __init__(self, principals: Principals) -> None:
        self.principals = principals

    def kind(self, owner: str) -> OwnerKind:
        if is_person(owner):
            return "person"
        return "group" if is_group(owner) else "name"

    async def find(self, name: str) -> str:
        wanted = unicodedata.normalize("NFKC", name).strip()
        groups = await self._groups()
        try:
            with reaching_slack():
                users = {user["id"]: user for user in await self.principals.users()}
        except SlackApiError as error:
            _log.warning("people_unknown", error=error_of(error))
            return wanted if is_person(wanted) or is_group(wanted) else ""
        present = users.keys() | groups.keys()
        if self.kind(wanted) != "name":
            return await self._by_id(wanted, present)
        bare = wanted.removeprefix("@").casefold()
        if "@" in bare:
            return _only(id_ for id_, user in users.items() if _email(user) == bare)
        having = [id_ for id_, group in groups.items() if _same(group.handle, bare)]
        having = having or [id_ for id_, user in users.items() if _same(user.get("name"), bare)]
        return await self.principals.names.owner(f"@{bare}", having, present) if bare else ""

    async def named(self, owner: str) -> str:
        if is_group(owner):
            try:
                group = (await self._groups()).get(owner)
            except AdapterUnavailableError:
                group = None
            return f"@{group.handle}" if group else owner
        return f"@{await self.principals.name(owner)}" if is_person(owner) else owner

    async def stand_ins(self) -> Sequence[str]:
        named = sorted(self.principals.operators)
        try:
            if named:
                return [one for one in [await self.find(name) for name in named] if one]
            with reaching_slack():
                users = await self.principals.users()
        except SlackApiError as error:
            _log.warning("people_unknown", error=error_of(error))
            return ()
        return [str(one["id"]) for one in users if one.get("is_admin") or one.get("is_owner")]

    async def members(self, owner: str) -> frozenset[str]:
        group = (await self._groups()).get(owner) if is_group(owner) else None
        return group.people if group else frozenset()

    async def _by_id(self, owner: str, present: Collection[str]) -> str:
        """Return *owner* if it is *present*; operators are told of who has left."""
        if owner in present:
            return owner
        # Guests and outsiders are not present either, and ask questions: they are no news.
        if is_group(owner) or await self.principals.has_left(owner):
            await self.principals.names.gone(owner)
        return ""

    async def _groups(self) -> Mapping[str, UserGroup]:
        try:
            with reaching_slack():
                return await self.principals.groups()
        except SlackApiError as error:
            _log.warning("groups_unknown", error=error_of(error))
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


def _same(handle: object, bare: str) -> bool:
    return unicodedata.normalize("NFKC", str(handle or "")).casefold() == bare


def _email(user: Mapping[str, Any]) -> str:
    return str((user.get("profile") or {}).get("email") or "").casefold()


def _only(ids: Iterable[str]) -> str:
    found = list(dict.fromkeys(ids))
    return found[0] if len(found) == 1 else ""
