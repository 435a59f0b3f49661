"""The rights of the readers of an answer. In doubt, a reader has none."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import AdapterUnavailableError
from bot.core.language import Language
from bot.core.message_ref import STEP, MessageRef
from bot.core.types import Question
from bot.directory.lookup import GroupLookup
from bot.slack.client.clients import UNCERTAIN, reaching_slack
from bot.slack.client.facts import SlackFacts, UserGroup
from bot.slack.client.identity import BotIdentity
from bot.slack.client.names import PinnedNames, is_own
from bot.slack.client.shared_facts import SharedFacts
from bot.slack.client.slack_changes import SlackChanges
from knowledge.model.directory_settings import SLACK
from knowledge.model.readers import group as group_name
from knowledge.model.readers import person as person_name
from knowledge.model.types import Principal

PersonKind = Literal["member", "guest", "outsider", "unknown"]

WORKFLOW = "workflow"
"""Stands for the person where nobody has acted in a workflow, wherever people are counted: all such
runs together have what one person has."""

_log = structlog.get_logger(__name__)


class Principals:
    """Knows the rights of people and channels.

    Whom Slack refuses to tell about has no rights for now. Whom it cannot tell about just now, in
    an outage or with no call left, nobody can judge: everything here but `language` and `name`
    raises `AdapterUnavailableError` then, and the job waits.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        me: BotIdentity,
        names: PinnedNames,
        operators: Collection[str] = (),
        changes: SlackChanges | None = None,
        directories: GroupLookup | None = None,
        shared: SharedFacts | None = None,
    ) -> None:
        self.client = client
        self.me = me
        self.names = names
        self.operators = frozenset(operators)
        self.facts = SlackFacts(client, changes, shared)
        self.directories = directories or GroupLookup()

    async def of(self, question: Question) -> Principal:
        """Return who reads the answer to *question*: its person, or everybody in its channel.

        What a workflow is told, it may show to anybody.
        """
        if question.id.startswith(STEP):
            return await self.of_output(question.person)
        place = MessageRef.parse(question.id)
        if place.direct:
            return await self.of_person(question.person)
        return await self.of_channel(place.channel)

    async def of_person(self, person: str) -> Principal:
        """Return *person*: their channels and user groups, if they are a member or a guest.

        Only a person has names at sources: their address, and the groups that they are in there.
        """
        kind, groups, here = await self.kind(person), frozenset[str](), frozenset[str]()
        if kind not in {"member", "guest"}:
            return Principal(person)
        with _told("groups_unknown", person=person):
            channels = await self.facts.channels_of(person)
            external = await self.facts.external()
            named = (_own_ids(channels) - external) | await self._user_groups(person)
            here = named | {channel["id"] for channel in channels}
            groups = here | await self.names.meaning(named)
        names = _in_slack(here) | await self._names_at_sources(person)
        return Principal(person, member=kind == "member", groups=groups, names=names)

    async def of_channel(self, channel: str) -> Principal:
        """Return *channel* itself; a member only when every reader in it is one.

        Whoever is in it, it has no name at any source but its own: what only some of them may
        read is not shown there.

        A channel that is shared with another organisation, or about to be, has no rights, not even
        by its id: who named it did not have its present readers in mind.
        """
        with _told("channel_unknown", channel=channel):
            told = await self.facts.channel(channel)
            if await self._is_external(told, channel):
                return Principal(channel)
            people = await self.facts.users_of(await self.facts.people_in(channel))
            member = all(user.get("is_bot") or self._is_full_member(user) for user in people)
            names = await self.names.meaning(_own_ids([told]))
            groups = frozenset({channel, *names})
            return Principal(channel, member=member, groups=groups, names=_in_slack([channel]))
        return Principal(channel)

    async def of_output(self, person: str) -> Principal:
        """Return who may read what a workflow is told that *person* runs; "" for nobody.

        Whoever built it has it posted where they like, and sees it themselves. So it has no
        channel, no group and no name at a source, whoever runs it: only what every member may read
        if that is a member, and else what anybody may. It is another reader than the person: what
        was answered to them alone is no example for it.
        """
        member = bool(person) and await self.is_member(person)
        return Principal(f"{WORKFLOW}:{person}" if person else WORKFLOW, member=member)

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
        with _told("groups_unknown", person=person):
            groups = await self._user_groups(person)
            return bool(self.operators & (groups | await self.names.meaning(groups)))
        return False

    async def kind(self, person: str) -> PersonKind:
        """Say whether *person* is one of the team, a guest in it, or from outside.

        Outside are people of other teams, who has left, bots, and whom Slack does not know. Only
        where Slack refuses to tell, for want of a scope, a person is unknown: answered, but as
        somebody without rights.
        """
        user = await self._user(person)
        if user is None:
            return "unknown"
        if self._is_full_member(user):
            return "member"
        guest = user.get("is_restricted") or user.get("is_ultra_restricted")
        gone = user.get("deleted") or user.get("is_bot") or user.get("is_stranger")
        return "guest" if guest and not gone and self._is_at_home(user) else "outsider"

    async def has_left(self, person: str) -> bool:
        """Tell whether *person* was in this workspace, or never existed, and cannot come back."""
        user = await self._user(person)
        return user is not None and (bool(user.get("deleted")) or "id" not in user)

    async def is_open(self, channel: str) -> bool:
        """Tell whether every full member may read *channel*: it is public, and only the team's."""
        with _told("channel_unknown", channel=channel):
            told = await self.facts.channel(channel)
            closed = any(told.get(flag) for flag in ("is_private", "is_im", "is_mpim"))
            return not closed and not await self._is_external(told, channel)
        return False

    async def language(self, person: str) -> Language:
        """Return the language in which *person* uses Slack, English if it is not Japanese."""
        user = await self._user_if_told(person)
        return "ja" if str(user.get("locale", "")).startswith("ja") else "en"

    async def name(self, person: str) -> str:
        """Return the handle of *person*, the id if it is not known.

        No display name: everybody may call themselves what they like.
        """
        return str((await self._user_if_told(person)).get("name") or person)

    async def users(self) -> Sequence[Mapping[str, Any]]:
        """Return the full members of this workspace. Raises what `SlackApiError` tells of."""
        users = await self.facts.users()
        return [user for user in users.values() if self._is_full_member(user)]

    async def groups(self) -> Mapping[str, UserGroup]:
        """Return the user groups, by id. Raises likewise."""
        return await self.facts.groups()

    async def _user(self, person: str) -> Mapping[str, Any] | None:
        with _told("person_unknown", person=person):
            user = await self.facts.user(person)
            return await self._as_here(person, user) if self.me.org_wide else user
        return None

    async def _as_here(self, person: str, user: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return *user* with what they are in this workspace: its admin, or a guest.

        `users.info` takes no workspace, so with the token of an organisation nobody knows whose
        admin it tells of. https://docs.slack.dev/reference/methods/users.info
        """
        here = await self.facts.listed(person)
        limits = {flag: True for flag in _LIMITS if user.get(flag) or here.get(flag)}
        roles = {role: here[role] for role in _ROLES if here.get(role)}
        return {key: value for key, value in user.items() if key not in _ROLES} | limits | roles

    async def _names_at_sources(self, person: str) -> frozenset[str]:
        """Return the name of a member or a guest at sources, and those of their groups there."""
        mail = confirmed_address(await self._user(person) or {})
        if not mail:
            return frozenset()
        return frozenset({person_name(mail), *await self.directories.names_of(mail)})

    async def _user_if_told(self, person: str) -> Mapping[str, Any]:
        try:
            with _told("person_unknown", person=person):
                return await self.facts.user_for_words(person)
        except AdapterUnavailableError:
            pass
        return {}

    def _is_full_member(self, user: Mapping[str, Any]) -> bool:
        return not any(user.get(flag) for flag in _FLAGS) and self._is_at_home(user)

    def _is_at_home(self, user: Mapping[str, Any]) -> bool:
        """Tell whether *user* is of this workspace, or of its organisation if it has only one bot.

        https://docs.slack.dev/reference/objects/user-object (`enterprise_user.teams`)
        """
        grid = user.get("enterprise_user") or {}
        if self.me.apart:
            return self.me.team in (grid.get("teams") or (user.get("team_id"),))
        at_home = bool(self.me.enterprise) and grid.get("enterprise_id") == self.me.enterprise
        return at_home or user.get("team_id") == self.me.team

    def is_shared(self, told: Mapping[str, Any]) -> bool:
        """Tell whether Slack's object of a channel says that others than the bot's team read it.

        Where the workspaces of an organisation are apart, the other ones are others, too.
        """
        if any(told.get(flag) for flag in _EXTERNAL):
            return True
        teams = {team for name in _TEAMS for team in told.get(name) or ()}
        return self.me.apart and (bool(told.get("is_org_shared")) or bool(teams - {self.me.team}))

    async def _is_external(self, told: Mapping[str, Any], channel: str) -> bool:
        """Tell whether others read *channel*, were invited to, or may soon; see `is_shared`."""
        return self.is_shared(told) or channel in await self.facts.external()

    async def _user_groups(self, person: str) -> frozenset[str]:
        """Return the ids of the user groups that *person* is in."""
        groups = await self.groups()
        return frozenset(id_ for id_, group in groups.items() if person in group.people)


def confirmed_address(user: Mapping[str, Any]) -> str:
    """Return the e-mail address of *user* if Slack has confirmed it, else "".

    It is that of the account: nobody can write themselves another one. Slack leaves it out without
    the scope `users:read.email`. https://docs.slack.dev/reference/objects/user-object
    """
    mail = str((user.get("profile") or {}).get("email") or "").strip()
    return mail if user.get("is_email_confirmed") is True and "@" in mail else ""


_FLAGS = ("is_restricted", "is_ultra_restricted", "is_stranger", "is_bot", "deleted")
_LIMITS = ("is_restricted", "is_ultra_restricted", "deleted")
_ROLES = ("is_admin", "is_owner")
_TEAMS = ("shared_team_ids", "internal_team_ids")
_EXTERNAL = (
    "is_ext_shared",
    "is_pending_ext_shared",
    "is_external",
    "pending_shared",
    "pending_connected_team_ids",
)


@contextmanager
def _told(event: str, **about: str) -> Iterator[None]:
    """Pass over what Slack refuses to tell, with a warning *event* in the log.

    Raises:
        AdapterUnavailableError: it could not be asked; a later try may find out.
    """
    try:
        with reaching_slack():
            yield
    except (SlackApiError, *UNCERTAIN) as error:
        _log.warning(event, error=type(error).__name__, **about)


def _in_slack(ids: Iterable[str]) -> frozenset[str]:
    """Return the names of channels and user groups as the groups of a directory, by *ids*."""
    return frozenset(group_name(SLACK, id_) for id_ in ids)


def _own_ids(channels: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the ids of the *channels* that belong to this workspace alone."""
    return frozenset(one["id"] for one in channels if is_own(one) and not one.get("is_mpim"))
