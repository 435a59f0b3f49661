"""Pins a name such as `#hr` to one channel or user group for good, whatever is renamed.

Names of channels and handles of user groups can be given away and taken. So a name gives rights
only by the id that it was pinned to, and whoever takes the name later gets none.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import AdapterUnavailableError, BotError
from bot.core.language import Language
from bot.slack.client import texts
from bot.slack.client.clients import UNCERTAIN, error_of, unavailable
from bot.slack.client.escape import mrkdwn
from bot.slack.client.name_pins import NamePin, RedisNamePins
from bot.slack.client.pages import pages
from knowledge.model.errors import KnowledgeError

REMEDY = "kotae knowledge pins --accept '{name}={id}'"
"""How an operator lets a name mean the channel or user group that has it now."""

SHARED = (
    "is_shared",
    "is_ext_shared",
    "is_pending_ext_shared",
    "is_org_shared",
    "is_external",
    "pending_shared",
    "pending_connected_team_ids",
)
"""Flags of channels and user groups whose names people elsewhere may have chosen."""

_PEOPLE = frozenset("UW")
"""First letters of the ids of people."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Holder:
    """A channel or user group that has a name now.

    Attributes:
        created: Seconds since the epoch.
        renamed: It had another name before.
        trusted: People of other workspaces cannot have chosen its name.
    """

    id: str
    name: str
    private: bool = False
    created: float = 0.0
    renamed: bool = False
    trusted: bool = True

    def came_to_light(self, since: float) -> bool:
        """Tell whether it had its name before *since*, and could only not be seen."""
        return self.trusted and self.private and not self.renamed and self.created < since


class PinnedNames:
    """Pins names that settings and documents use, and tells which of them mean given ids.

    A name is pinned when it is first looked for. If nothing has it then, only a private channel
    that was there before, and never had another name, is pinned later: the bot could not see it.
    Everything else that takes the name has to be accepted by an operator.

    Args:
        client: Lists channels and user groups.
        team: Id of the workspace.
        pins: Shared by all processes.
        used: Returns the names that are used now; anything else in it is ignored.
        clock: Seconds since the epoch.
    """

    name = "names"

    def __init__(
        self,
        client: AsyncWebClient,
        team: str,
        pins: RedisNamePins,
        used: Callable[[], Awaitable[Iterable[str]]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.client = client
        self.team = team
        self.pins = pins
        self._used = used
        self._clock = clock
        self._looking = asyncio.Lock()

    async def __call__(self, now: float) -> None:  # noqa: ARG002 - a periodic task
        """Look who has the names now; see `look`."""
        await self.look()

    async def meaning(self, ids: Iterable[str]) -> frozenset[str]:
        """Return the used names that mean one of *ids*; none when that cannot be told.

        Raises:
            AdapterUnavailableError: Slack cannot be asked just now.
        """
        try:
            return await self._meaning(frozenset(ids))
        except AdapterUnavailableError:
            raise
        except (BotError, KnowledgeError) as error:
            _log.warning("names_unknown", reason=str(error))
            return frozenset()

    async def id_of(self, channel: str) -> str:
        """Return the id that *channel*, a used `#name` or an id, means; "" for none.

        Raises:
            BotError: it cannot be told.
            KnowledgeError: likewise.
        """
        if not channel.startswith("#"):
            return channel
        await self._meaning(frozenset())
        return (await self._pinned()).get(channel, "")

    async def doubtful(self) -> Sequence[NamePin]:
        """Return the used names that something else has taken, or that mean nothing.

        Raises:
            BotError: it cannot be told.
            KnowledgeError: likewise.
        """
        used = await self.used() | await self.pins.owners(self.team)
        pins = await self.pins.all(self.team)
        return [pin for pin in pins if pin.name in used and (pin.claimant or not pin.id)]

    async def lines(self, language: Language) -> list[str]:
        """Return a line for operators about each doubtful name, in Slack's own markup."""
        try:
            return [_line(pin, language) for pin in await self.doubtful()]
        except (BotError, KnowledgeError) as error:
            _log.warning("names_unknown", reason=str(error))
            return []

    async def used(self) -> frozenset[str]:
        """Return the names that are used now. Raises `KnowledgeError`."""
        return frozenset(name for name in await self._used() if name[:1] in {"#", "@"})

    async def look(self) -> Sequence[Holder]:
        """Look who has the names now: pin what is new, and warn of names that were taken.

        Returns:
            All channels and user groups that the bot can see.

        Raises:
            BotError: Slack or Redis does not answer.
            KnowledgeError: it cannot be told which names are used.
        """
        used = await self.used()
        if not used:
            return ()
        holders = await self._holders(used)
        known = {pin.name: pin for pin in await self.pins.all(self.team)}
        for name in sorted(used):
            having = [holder for holder in holders if holder.name == name]
            if name in known:
                await self._compare(known[name], having)
            else:
                only = having[0].id if len(having) == 1 and having[0].trusted else ""
                await self.pins.note(self.team, name, only, self._clock())
                if having and not only:
                    await self._warn(NamePin(self.team, name), having[0].id)
        return holders

    async def owner(self, name: str, having: Sequence[str], present: Collection[str]) -> str:
        """Return the id of who *name* means as an owner, "" for nobody.

        It is pinned when exactly one has it. Who has the name later is not asked instead. That no
        user group had it, as an audience or operators were looked up, says nothing of people.

        Args:
            name: A handle, such as `@keiko` or `@board`.
            having: Ids of the members or groups that have it now.
            present: Ids of all members and groups.

        Raises:
            RedisUnavailableError: nobody can tell what it meant before.
        """
        pins = {pin.name: pin for pin in await self.pins.all(self.team)}
        pin = pins.get(name)
        if pin is None or not pin.id:
            of_people = len(having) == 1 and having[0][:1] in _PEOPLE
            if pin is not None and not pin.claimant and of_people:
                await self.pins.settle(pin, having[0])
                await self.pins.own(self.team, name)
                return having[0]
            if len(having) != 1 or pin is not None:
                if having:
                    await self.pins.note(self.team, name, "", self._clock())
                    await self.pins.own(self.team, name)
                    await self._warn(pin or NamePin(self.team, name), having[0])
                return ""
            await self.pins.note(self.team, name, having[0], self._clock())
            await self.pins.own(self.team, name)
            return having[0]
        await self.pins.own(self.team, name)
        others = [one for one in having if one != pin.id]
        claimant = others[0] if others else "" if pin.id in present else pin.id
        if claimant != pin.claimant:
            await self._warn(pin, claimant)
        return pin.id if pin.id in present else ""

    async def gone(self, owner: str) -> None:
        """Tell operators once that *owner*, an id that documents or settings name, has left."""
        await self.pins.note(self.team, owner, owner, self._clock())
        await self.pins.own(self.team, owner)
        pin = next(one for one in await self.pins.all(self.team) if one.name == owner)
        await self._warn(pin, owner)

    async def _meaning(self, ids: frozenset[str]) -> frozenset[str]:
        used = await self.used()
        if not used:
            return frozenset()
        pinned = await self._pinned()
        if not used <= pinned.keys():
            async with self._looking:
                if not used <= (await self._pinned()).keys():
                    await self.look()
            pinned = await self._pinned()
        return frozenset(name for name in used if pinned.get(name) in ids)

    async def _pinned(self) -> Mapping[str, str]:
        return await self.pins.meanings(self.team)

    async def _compare(self, pin: NamePin, having: Sequence[Holder]) -> None:
        others = [holder for holder in having if holder.id != pin.id]
        if pin.id and pin.claimant == pin.id and not having:
            return  # it is gone, as was told
        if not pin.id and len(having) == 1 and having[0].came_to_light(pin.since):
            await self.pins.settle(pin, having[0].id)
            return
        claimant = others[0].id if others else ""
        if claimant != pin.claimant:
            await self._warn(pin, claimant)

    async def _warn(self, pin: NamePin, claimant: str) -> None:
        if await self.pins.claim(pin, claimant):
            if claimant == pin.id:
                _log.warning("owner_gone", name=pin.name, id=pin.id)
                return
            _log.warning(
                "name_taken",
                name=pin.name,
                means=pin.id or "nothing",
                taken_by=claimant,
                to_accept=REMEDY.format(name=pin.name, id=claimant),
            )

    async def _holders(self, used: frozenset[str]) -> Sequence[Holder]:
        try:
            channels = await self._channels() if any(name[0] == "#" for name in used) else []
            groups = await self._groups() if any(name[0] == "@" for name in used) else []
        except (SlackApiError, *UNCERTAIN) as error:
            reason = error_of(error) if isinstance(error, SlackApiError) else type(error).__name__
            kind = AdapterUnavailableError if unavailable(error) else BotError
            raise kind(f"Slack does not say who has which name ({reason})") from error
        return [*channels, *groups]

    async def _channels(self) -> list[Holder]:
        found = await pages(
            self.client.conversations_list,
            "channels",
            types="public_channel,private_channel",
            exclude_archived=True,
        )
        return [
            Holder(
                channel["id"],
                f"#{channel['name']}",
                private=bool(channel.get("is_private")),
                created=float(channel.get("created") or "inf"),
                renamed=bool(channel.get("previous_names")),
                trusted=is_own(channel),
            )
            for channel in found
            if channel.get("name")
        ]

    async def _groups(self) -> list[Holder]:
        response = await self.client.usergroups_list()
        groups: Iterable[Mapping[str, Any]] = response["usergroups"]
        return [
            Holder(group["id"], f"@{group['handle']}", trusted=is_own(group)) for group in groups
        ]


def is_own(told: Mapping[str, Any]) -> bool:
    """Tell whether a channel or user group belongs to this workspace alone, and is to stay so."""
    return not any(told.get(flag) for flag in SHARED)


def _line(pin: NamePin, language: Language) -> str:
    name = mrkdwn(pin.name)
    if not pin.claimant:
        return f"• {texts.NAME_UNKNOWN.to(language, name=name)}"
    if pin.claimant == pin.id:
        return f"• {texts.OWNER_GONE.to(language, name=name)}"
    text = texts.NAME_TAKEN if pin.id else texts.NAME_CLAIMED
    remedy = mrkdwn(REMEDY.format(name=pin.name, id=pin.claimant))
    linked = {"claimant": _mention(pin.claimant), "pinned": _mention(pin.id)}
    return f"• {text.to(language, name=name, remedy=remedy, **linked)}"


def _mention(id_: str) -> str:
    """Return what Slack shows as a channel's or user group's present name, without notifying."""
    if id_[:1] in _PEOPLE:
        return f"<@{id_}>"
    return f"<#{id_}>" if id_.startswith("C") else id_
