"""Which channel or user group a name was found to mean, kept for all processes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.redis.lua_scripts import load_script

_SINCE = "since "


@dataclass(frozen=True, slots=True)
class NamePin:
    """What is known about a name.

    Attributes:
        team: Id of the workspace.
        name: `#channel` or `@group`, as settings and documents write it.
        id: Of the channel or user group that it means, "" while it means none.
        since: When it was first looked for in vain, in seconds since the epoch; 0 with an id.
        claimant: Id of another channel or user group that has the name now, or "".
    """

    team: str
    name: str
    id: str = ""
    since: float = 0.0
    claimant: str = ""


class RedisNamePins:
    """Pins of all processes that share a Redis and a namespace; kept until somebody changes them.

    Everything raises `RedisUnavailableError` when Redis cannot be reached.
    """

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        self._pins = f"{key_root(client)}:names:pins"
        self._claims = f"{key_root(client)}:names:claims"
        self._owners = f"{key_root(client)}:names:owners"
        self._settle = load_script(client, "bot.slack.client", "settle")

    async def all(self, team: str = "") -> Sequence[NamePin]:
        """Return the pins of *team*, or of every workspace when it is "", by name."""
        pins = await self._client.execute_command("HGETALL", self._pins)
        claims = await self._client.execute_command("HGETALL", self._claims)
        found = [_pin(field, value, claims.get(field, "")) for field, value in pins.items()]
        return sorted(
            (pin for pin in found if team in {"", pin.team}), key=lambda pin: (pin.team, pin.name)
        )

    async def meanings(self, team: str) -> Mapping[str, str]:
        """Return the ids that the names of *team* mean, by name; "" for nothing."""
        pins = await self._client.execute_command("HGETALL", self._pins)
        found = (_pin(field, value, "") for field, value in pins.items())
        return {pin.name: pin.id for pin in found if pin.team == team}

    async def note(self, team: str, name: str, id_: str, now: float) -> bool:
        """Pin *name* to *id_*, or note that it means nothing at *now*, unless something is known.

        Returns:
            Whether it was noted.
        """
        value = id_ or f"{_SINCE}{now:.3f}"
        return bool(
            await self._client.execute_command("HSETNX", self._pins, f"{team} {name}", value)
        )

    async def own(self, team: str, name: str) -> None:
        """Note that *name* was used for somebody who is asked, not only for an audience."""
        await self._client.execute_command("SADD", self._owners, f"{team} {name}")

    async def owners(self, team: str) -> frozenset[str]:
        """Return the names that were used so."""
        fields = await self._client.execute_command("SMEMBERS", self._owners)
        found = (field.partition(" ") for field in fields)
        return frozenset(name for of, _, name in found if of == team)

    async def settle(self, pin: NamePin, id_: str) -> bool:
        """Let the name of *pin* mean *id_*; False if somebody has changed it meanwhile."""
        field = f"{pin.team} {pin.name}"
        settled = await self._settle(keys=[self._pins], args=[field, _value(pin), id_])
        if settled:
            await self._client.execute_command("HDEL", self._claims, field)
        return bool(settled)

    async def claim(self, pin: NamePin, claimant: str) -> bool:
        """Note that *claimant* ("" for nobody) has the name of *pin* now.

        Returns:
            Whether that is a new claim, to exactly one of several callers.
        """
        field = f"{pin.team} {pin.name}"
        if not claimant:
            await self._client.execute_command("HDEL", self._claims, field)
            return False
        args = [field, pin.claimant, claimant]
        return claimant != pin.claimant and bool(await self._settle(keys=[self._claims], args=args))


def _value(pin: NamePin) -> str:
    return pin.id or f"{_SINCE}{pin.since:.3f}"


def _pin(field: str, value: str, claimant: str) -> NamePin:
    team, _, name = field.partition(" ")
    if value.startswith(_SINCE):
        return NamePin(team, name, since=float(value.removeprefix(_SINCE)), claimant=claimant)
    return NamePin(team, name, value, claimant=claimant)
