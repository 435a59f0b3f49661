"""`kotae knowledge pins`: what names of channels and user groups mean."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from bot.app.container import open_store
from bot.core.errors import SettingsError
from bot.settings.settings import load_settings
from bot.slack.client.name_pins import RedisNamePins

T = TypeVar("T")


def list_pins(*, as_json: bool) -> None:
    """Print what each name means, and what else has the name now."""
    found = _with_pins(RedisNamePins.all)
    if as_json:
        print(json.dumps([asdict(pin) for pin in found], ensure_ascii=False))  # noqa: T201
        return
    console = Console()
    if not found:
        console.print("No name has been looked up yet: the running bot does that.")
        return
    table = Table("name", "means", "taken by", "workspace")
    for pin in found:
        table.add_row(pin.name, pin.id or "nothing", pin.claimant, pin.team)
    console.print(table)


def accept_name(written: str) -> None:
    """Let a name mean the channel or user group that has taken it, written `#hr=C0123`.

    Raises:
        SettingsError: it is not written so, or that id has not taken that name.
    """
    name, _, id_ = written.rpartition("=")

    async def accept(pins: RedisNamePins) -> bool:
        taken = [pin for pin in await pins.all() if (pin.name, pin.claimant) == (name, id_)]
        return bool(id_ and taken) and await pins.settle(taken[0], id_)

    if not _with_pins(accept):
        raise SettingsError(
            f"--accept {written}: nothing like that waits; `kotae knowledge pins` lists what does"
        )
    Console().print(f"{name} means {id_} from now on.")


def _with_pins(act: Callable[[RedisNamePins], Awaitable[T]]) -> T:
    settings = load_settings()

    async def run() -> T:
        async with open_store(settings) as store:
            return await act(RedisNamePins(store.commands))

    return asyncio.run(run())
